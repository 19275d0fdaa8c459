"""Evaluates many samples piece by piece, so that orders need not wait for all of them."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from nnkernels.program import Program

if TYPE_CHECKING:
    from nnstudio.training.evaluation import Evaluation

T = TypeVar("T")


class Evaluating:
    """Mean loss and accuracy of samples, without learning. Between the pieces the network may be evaluated
    for others, but must not learn.

    Attributes:
        seconds: what the pieces took up to now.
    """

    def __init__(self, network: Evaluation, x: np.ndarray, y: np.ndarray, batch: int, at_once: int) -> None:
        """In pieces of ``at_once`` samples, by the program that evaluates a ``batch``. Whole batches give the
        same bits as all samples at once.
        """
        self._network, self._x, self._y, self._batch, self._at_once = network, x, y, batch, at_once
        self._rows: list[np.ndarray] = []
        self._at, self.seconds = 0, 0.0

    @property
    def is_over(self) -> bool:
        """Whether all are evaluated."""
        return self._at >= len(self._x)

    def advance(self) -> None:
        """Evaluate a piece."""
        began, end = time.perf_counter(), min(self._at + self._at_once, len(self._x))

        def rows(program: Program) -> np.ndarray:
            # Others may have given this program other samples.
            program.set_data(self._x, self._y, np.arange(self._at, end))
            return program.run(end - self._at, self._network.threads)

        self._rows.append(self._network.computed(len(self._x), self._batch, rows))
        self._at = end
        self.seconds += time.perf_counter() - began

    def finish(self) -> None:
        """Evaluate what is left."""
        while not self.is_over:
            self.advance()

    @property
    def figures(self) -> tuple[float, float | None]:
        """Mean loss and accuracy, None for number targets, once all are evaluated."""
        rows = np.concatenate(self._rows).sum(0) / len(self._x)
        return float(rows[0]), float(rows[1]) if self._network.classifies else None


def advanced(evaluating: Evaluating | None, told: T | None) -> Iterator[T]:
    """Go through all pieces, and give what is ``told`` between any two; None: give nothing."""
    while evaluating is not None and not evaluating.is_over:
        evaluating.advance()
        if told is not None and not evaluating.is_over:
            yield told
