"""Since when something holds in a run, as far as a few looks at kept steps tell."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

# Looks at kept steps: each takes a pass through the network.
LOOKS = 6


class Onset(NamedTuple):
    """It began ``by`` this step, where it was seen, and ``after`` that one, where it was not seen yet; None
    where it was seen at all steps that were looked at.
    """

    by: int
    after: int | None = None

    @property
    def in_words(self) -> str:
        """Such as "between step 7,000 and 8,666": later looks do not contradict that."""
        if self.by == 0:
            return "the start"
        if self.after is None:
            return f"step {self.by:,} or before"
        return f"between step {self.after:,} and {self.by:,}"


def onset_of(
    steps: Sequence[int], holds: Callable[[int], bool], known: Onset | None = None, looked_at: int = -1
) -> Onset | None:
    """The earliest of the kept ``steps``, rising, from which on something holds; None where none shows it.

    Args:
        holds: whether it does at the step of an index.
        known: what the look before told, at step ``looked_at``: it stays where it still held at the next.
    """
    low, high, after, by = 0, len(steps) - 1, None, None
    if known is not None:
        low = next((at for at, step in enumerate(steps) if step > looked_at), len(steps))
        if low == len(steps) or holds(low):
            return known
        # It went meanwhile, and came back.
        after, low = steps[low], low + 1
    for _ in range(LOOKS):
        if low > high:
            break
        middle = (low + high) // 2
        if holds(middle):
            by, high = steps[middle], middle - 1
        else:
            after, low = steps[middle], middle + 1
    return None if by is None else Onset(by, after)
