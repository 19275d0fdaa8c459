"""The engine's work in pieces, for whoever waits for a picture: between two of them it can be given up.

A large network may take seconds for a single sample. While somebody waits, one call into the engine becomes
several, see `nnkernels.planning.pieces`. Knows nothing of views or of terminals.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from nnkernels.planning.pieces import is_large, pieces
from nnkernels.program import Program

# Until work that says how far it is has said it twice, its bar goes so far: that it moves is seen.
FIRST = 0.02


class GivenUp(Exception):
    """Nobody waits for the result any more. Raised between two pieces; what was computed is of no use."""


class Waiting:
    """Somebody who waits for a result that takes one or several calls into the engine."""

    def __init__(
        self, tell: Callable[[float], None] = lambda _share: None, is_over: Callable[[], bool] = lambda: False
    ) -> None:
        """``tell`` hears of the share that is done, from 0 to 1; ``is_over`` says that nobody waits now."""
        self._tell, self._is_over = tell, is_over
        self._share = self._stride = 0.0
        # Whether the work itself says how far it is; calls that belong together, and how many of them ended.
        self._says, self._calls, self._ended = False, 1, 0

    def reached(self, share: float) -> None:
        """The work itself says how far it is: what comes next is taken to be as much as what came last."""
        self._stride = share - self._share if share > self._share and self._says else self._stride
        self._share, self._says, self._calls, self._ended = share, True, 1, 0

    def expect(self, calls: int) -> None:
        """The next calls belong together, and take about as long each."""
        self._calls, self._ended = calls, 0

    def go_on(self, share: float) -> None:
        """A piece is done, and so much of the call into the engine. Raises GivenUp."""
        if self._is_over():
            raise GivenUp
        part = (self._ended + share) / self._calls
        self._tell(min(self._share + self._room * part, 1.0))

    def call_ended(self) -> None:
        """Where the work does not say how far it is, nobody knows how many calls there will be: each, or all
        of those that belong together, take half of what is left.
        """
        self._ended += 1
        if self._ended >= self._calls:
            self._share += 0.0 if self._says else self._room
            self.expect(1)

    @property
    def _room(self) -> float:
        if self._says:
            return self._stride or min(FIRST, 1.0 - self._share)
        return (1.0 - self._share) / 2


_WAITING: ContextVar[Waiting | None] = ContextVar("waiting", default=None)


@contextmanager
def in_pieces(waiting: Waiting | None = None) -> Iterator[None]:
    """Within, or in a function that this decorates, `run` cuts what is large into pieces, for this one who
    waits; None: for somebody who hears of nothing, so that Ctrl+C comes between two pieces.
    """
    before = _WAITING.set(waiting or Waiting())
    try:
        yield
    finally:
        _WAITING.reset(before)


def run(program: Program, threads: int) -> None:
    """One step of a program. Raises GivenUp where nobody waits any more."""
    waiting = _WAITING.get()
    if waiting is None or not is_large(program):
        program.run(1, threads)
        return
    calls = pieces(program, threads)
    for done, call in enumerate(calls, 1):
        call()
        waiting.go_on(done / len(calls))
    waiting.call_ended()


def expect(calls: int) -> None:
    """The next calls of `run` belong together, for the share that whoever waits hears of."""
    waiting = _WAITING.get()
    if waiting is not None:
        waiting.expect(calls)


def pause(share: float) -> None:
    """Where work outside of the engine can be given up: ``share`` of it is done. Raises GivenUp."""
    waiting = _WAITING.get()
    if waiting is not None:
        waiting.go_on(share)
