"""What a layer has learned: its arrays as they are, and how their values are distributed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnstudio.training.evaluation import Evaluation
from nnstudio.training.weights import weights_of

BINS = 40
# Of arrays with more values only so many are handed over, spread evenly; the histogram counts them all.
MOST = 1 << 20


@dataclass(frozen=True)
class Array:
    """One trained array with the counts of its values between ``edges`` (BINS + 1 of them)."""

    values: np.ndarray
    counts: np.ndarray
    edges: np.ndarray
    missing: int


@dataclass(frozen=True)
class Weights:
    """The arrays of a node by name, as they are at a step."""

    step: int
    node: str
    arrays: dict[str, Array]


@dataclass(frozen=True)
class WeightsProbe:
    """The arrays of one node; nothing for a node without any."""

    node: str
    every: ClassVar[float] = 0.2

    def run(self, session: Evaluation) -> Iterator[Weights]:
        found = weights_of(session, self.node)
        yield Weights(session.steps, self.node, {name: describe(values) for name, values in found.items()})


def describe(values: np.ndarray) -> Array:
    """An array with the histogram of its finite values; ``missing`` counts the others."""
    finite = values[np.isfinite(values)].astype(np.float64)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    # Wide enough for as many bins as there are, also where all values are the same.
    room = max((high - low) * 1e-6, abs(low) * 1e-6, 1e-12)
    counts, edges = np.histogram(finite, BINS, (low - room, high + room))
    return Array(values, counts, edges, int(values.size - finite.size))
