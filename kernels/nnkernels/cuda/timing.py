"""Where the time of one step on a card goes; for benchmarks."""

from __future__ import annotations

import time
from dataclasses import dataclass

from nnkernels.cuda.library import Gemm
from nnkernels.cuda.pieces import Walk
from nnkernels.cuda.program import GraphicsProgram


@dataclass(frozen=True)
class StepTimes:
    """Seconds of one step that was put into the card's stream piece by piece.

    ``launch`` is what putting it there takes here; ``walks`` and ``products`` are the card's own, of the
    walker and of a library, in so many ``pieces``; ``copy`` is what a snapshot takes, from the end of the
    step until it is here.
    """

    launch: float
    walks: float
    products: float
    copy: float
    pieces: int


def step_times(program: GraphicsProgram) -> StepTimes:
    """Make a step that does not count, of a program that has run and has samples of its pass left.

    Raises HardwareError.
    """
    card, kinds = program.graphics.card, list[type]()
    marks = [card.event()]

    def mark(piece: Walk | Gemm) -> None:
        kinds.append(type(piece))
        marks.append(card.event())
        card.mark(marks[-1])

    card.mark(marks[0])
    began = time.perf_counter()
    program.put_step(program.batch, mark)
    launch = time.perf_counter() - began
    card.wait(marks[-1])
    spent = dict.fromkeys((Walk, Gemm), 0.0)
    for number, kind in enumerate(kinds):
        spent[kind] += card.seconds(marks[number], marks[number + 1])
    began = time.perf_counter()
    program.put_aside(1).arrive()
    return StepTimes(launch, spent[Walk], spent[Gemm], time.perf_counter() - began, len(kinds))
