"""A step as pieces: launches of the walker over some groups, and products of a library between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nnkernels import machine
from nnkernels.cuda import library, together
from nnkernels.cuda.library import Gemm, Work
from nnkernels.cuda.walker import LEAD_IN, LEAD_OUT, TOGETHER
from nnkernels.jit import Kernel

# The kernel of an instruction, and its arguments and what follows them.
Read = Callable[[int], tuple[Kernel, list[int]]]


@dataclass(frozen=True)
class Walk:
    """The rows ``first .. last`` of the group table in one launch, worth threads for so many ``chunks``."""

    first: int
    last: int
    chunks: int


class Pieces:
    """How a program is cut, given its groups, how its instructions are read, and how many multiplications
    make a product large (None: no library does any).

    Attributes:
        groups: the table as the card wants it, flat: of a group that a library computes, what is before and
            what is after it.
        outside: the kernels that a library computes, at least once.
        windows: values of windows that it needs room for.
    """

    def __init__(self, groups: np.ndarray, read: Read, batch: int, itemsize: int, large: int | None) -> None:
        self._read, self._batch, self.outside, self.windows = read, batch, list[Kernel](), 0
        rows, self._calls = list[np.ndarray](), dict[int, list[int]]()
        for group in groups:
            at = int(group[machine.FIRST])
            work = self._work(at, batch) if group[machine.PARALLEL] == TOGETHER else None
            if work is None or large is None or not library.is_worth_it(work, itemsize, large):
                rows.append(group)
                continue
            rows += [_marked(group, LEAD_IN)] if work.before else []
            # Before the row that comes next.
            self._calls.setdefault(len(rows), []).append(at)
            rows += [_marked(group, LEAD_OUT)] if work.after else []
            self.windows = max(self.windows, work.windows)
            kernel, _ = read(at)
            self.outside += [] if kernel in self.outside else [kernel]
        self._rows = np.array(rows)
        self.groups = self._rows.ravel()

    @property
    def most_chunks(self) -> int:
        """Those of the largest group, or values where all threads share it."""
        return self._chunks(0, len(self._rows), self._batch)

    def of(self, samples: int) -> list[Walk | Gemm]:
        """A step of so many samples."""
        pieces, first = list[Walk | Gemm](), 0
        for at in sorted(self._calls):
            if at > first:
                pieces.append(Walk(first, at, self._chunks(first, at, samples)))
            for instruction in self._calls[at]:
                work = self._work(instruction, samples)
                assert work is not None
                pieces += work.gemms
            first = at
        # What ends the step is in the last row: nothing is left to a library there.
        return [*pieces, Walk(first, len(self._rows), self._chunks(first, len(self._rows), samples))]

    def _work(self, instruction: int, samples: int) -> Work | None:
        return library.work_of(*self._read(instruction), samples)

    def _chunks(self, first: int, last: int, samples: int) -> int:
        g = self._rows[first:last]
        spans = g[:, machine.PER_SAMPLE] * samples + g[:, machine.FIXED] - g[:, machine.START]
        chunks = [int(span) for span in -(-spans // g[:, machine.CHUNK])]
        for at, row in enumerate(g):
            mode, number = row[machine.PARALLEL], int(row[machine.FIRST])
            if mode == TOGETHER and together.is_ranged(self._read(number)[0]):
                chunks[at] = int(spans[at])
            elif mode == TOGETHER:
                chunks[at] = together.values_of(*self._read(number), samples)
            elif mode in (LEAD_IN, LEAD_OUT):
                work = self._work(number, samples)
                assert work is not None
                chunks[at] = work.before if mode == LEAD_IN else work.after
        return max(chunks)


def _marked(group: Sequence[int] | np.ndarray, mode: int) -> np.ndarray:
    row = np.array(group)
    row[machine.PARALLEL] = mode
    return row
