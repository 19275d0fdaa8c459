"""What held at some moment of a step, for the checks for which that is enough."""

from __future__ import annotations

from collections.abc import Sequence

from nnstudio.lessons.condition import YES, Verdict
from nnstudio.lessons.conditions import AnyCondition


class Memory:
    """Of the checks of one step, from when it was opened."""

    def __init__(self, checks: Sequence[AnyCondition] = ()) -> None:
        self.checks = tuple(checks)
        self._held = [False] * len(self.checks)

    def note(
        self, verdicts: Sequence[Verdict | None], but: Sequence[bool] = ()
    ) -> tuple[Verdict | None, ...]:
        """The verdicts of now, in the order of the checks, as they count; ``but`` those that a run may still
        undo, which are not kept.
        """
        for at, verdict in enumerate(verdicts):
            is_kept = self.checks[at].once and not (but and but[at])
            self._held[at] |= is_kept and verdict is not None and verdict.holds
        return tuple(YES if held else verdict for held, verdict in zip(self._held, verdicts, strict=True))

    def copy(self) -> Memory:
        """One of the same that goes on by itself."""
        other = Memory(self.checks)
        other._held = self._held[:]
        return other

    def holds(self, at: int) -> bool:
        """Whether this check is one that held."""
        return self._held[at]
