"""How far a piece of work is that takes a while, for whoever waits for it."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Underway:
    """A piece is done, and there is nothing to see of it yet; ``share`` of all the work, from 0 to 1."""

    share: float


def told_by_pieces(work: Iterator[Any], total: int) -> Generator[Any, None, Any]:
    """Results as they come, and in the place of each None how far the work is; it has ``total`` pieces.

    Returns what the work returns.
    """
    done = 0
    while True:
        try:
            result = next(work)
        except StopIteration as end:
            return end.value
        done += 1
        yield Underway(min(done / max(total, 1), 1.0)) if result is None else result


def share_of(result: Any) -> float | None:
    """How far the work is that a piece of it gave this for; None where it does not say."""
    return getattr(result, "share", None)


@dataclass(frozen=True)
class Standing:
    """How a picture of a view stands.

    Attributes:
        share: of the one that is being computed; None while none is, or where it does not say.
        cost: seconds of work that the last whole one took; None before there is one.
        served: when a piece of the one that is being computed was done, by ``time.perf_counter``; 0 while
            none is. Others may have had their turns since.
    """

    share: float | None = None
    cost: float | None = None
    served: float = field(default=0.0, compare=False)
