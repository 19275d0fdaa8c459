"""Steps as graphs, each captured once and begun at the price of one launch; piece by piece where refused."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from nnkernels.cuda.card import Card
from nnkernels.planning.hardware import HardwareError

PIECE_BY_PIECE = (
    "The graphics card begins each piece of a step by itself, which takes longer: whole steps could not be "
    "handed to it as a graph"
)


class Graphs:
    """The steps of a program, by how many samples they take.

    ``put_step`` puts one into the card's stream, piece by piece. ``say`` is told once where graphs are
    refused; from then on steps go there in that way.
    """

    def __init__(self, card: Card, put_step: Callable[[int], None], say: Callable[[str], None]) -> None:
        self._card, self._put_step, self._say = card, put_step, say
        # None where a step of so many samples was made once, piece by piece.
        self._graphs: dict[int, Callable[[], None] | None] = {}
        self._are_refused = False

    def begin(self, samples: int) -> None:
        """Put a step into the stream. Raises HardwareError where that fails piece by piece, too."""
        if not self._begins_whole(samples):
            self._put_step(samples)

    def _begins_whole(self, samples: int) -> bool:
        if self._are_refused:
            return False
        if samples not in self._graphs:
            # A library makes itself ready when it is first called.
            self._graphs[samples] = None
            return False
        try:
            graph = self._graphs[samples]
            if graph is None:
                graph = self._graphs[samples] = self._card.captured(partial(self._put_step, samples))
            graph()
        except HardwareError as error:
            # Whether it is the graph or the card that failed, the pieces will tell: what a driver calls a
            # refusal is, under other circumstances, the name of a lost card.
            self._are_refused = True
            self._graphs.clear()
            self._say(f"{PIECE_BY_PIECE} ({_in_its_words(error)}).")
            return False
        return True


def _in_its_words(error: HardwareError) -> str:
    """What was complained about, without what that would mean of a card that is lost or full."""
    said = error.__cause__ or error
    return ": ".join(filter(None, (type(said).__name__, " ".join(str(said).split()).rstrip("."))))
