"""The loss around the current weights, over two random directions.

Filter-normalised directions (Li et al. 2018, "Visualizing the Loss Landscape of Neural Nets"):
each filter of a random direction gets the norm of the filter it disturbs, so that scale-invariant
networks can be compared. Biases are left out of the directions, as in the paper. Networks with
exactly two trained values get the exact surface over those two values instead.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnkernels.program import ParameterSlot
from nnstudio.training.session import Session

# Grid sizes, coarse first; each is the one before with points put between.
SIZES = (9, 17, 33)
# Where the finest grid took less than this, the coarse ones are left out: they would only flicker.
QUICK_SECONDS = 0.3
# Operations that the coarsest grid may cost: about 0.1 s of one core.
COARSE_FLOPS = 4e9
# Points of the grid that are computed before training goes on.
SECONDS_PER_PIECE = 0.008


@dataclass(frozen=True)
class Surface:
    """A grid of mean losses.

    Attributes:
        values: (size, size), row is the second direction; NaN or infinite where the loss is.
        reach: the grid runs from -reach to reach in both directions.
        path: (n, 2) places of the weights along the run, in the same coordinates; the last is here.
        method: how the directions were chosen, for the caption.
        loss: at the centre.
    """

    step: int
    values: np.ndarray
    reach: float
    path: np.ndarray
    method: str
    samples: int
    seed: int
    seconds: float
    loss: float


class SurfaceProbe:
    """Loss on a grid around the weights as they are when it starts; the path is drawn on.

    The probe is asked again whenever the network has learned; it re-centres each time.
    """

    def __init__(self, seed: int = 0, samples: int = 256, reach: float = 1.0) -> None:
        self.seed, self.samples, self.reach = seed, samples, reach
        self._took = np.inf

    def run(self, session: Session) -> Iterator[Surface | None]:
        started, step = time.perf_counter(), session.steps
        centre = session.parameters.astype(np.float64)
        first, second, method = directions(session, centre, self.seed)
        places = np.array([*session.trail, session.parameters], np.float64)
        path = _project(places - centre, first, second)
        x, y, chosen = _sample(session, self.samples)
        values: np.ndarray | None = None
        for size in SIZES:
            known, ticks = values, np.linspace(-self.reach, self.reach, size)
            values = np.full((size, size), np.nan)
            if known is not None:
                values[::2, ::2] = known
            pause = time.perf_counter() + SECONDS_PER_PIECE
            for j, i in np.ndindex(size, size):
                if known is not None and j % 2 == 0 and i % 2 == 0:
                    continue
                weights = centre + ticks[i] * first + ticks[j] * second
                values[j, i] = loss_at(session, weights, x, y)
                if time.perf_counter() > pause:
                    yield None
                    pause = time.perf_counter() + SECONDS_PER_PIECE
            took = time.perf_counter() - started
            if size != SIZES[-1] and self._took < QUICK_SECONDS:
                continue
            middle = float(values[size // 2, size // 2])
            yield Surface(step, values, self.reach, path, method, chosen, self.seed, took, middle)
        self._took = time.perf_counter() - started


def directions(session: Session, centre: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, str]:
    """Two directions over the flat parameters, float64, and what to call them."""
    if len(centre) == 2:
        # With two weights there is nothing to choose: the surface is exact.
        scale = max(float(np.abs(centre).max()), 1.0)
        return np.array([scale, 0.0]), np.array([0.0, scale]), "exact: the two weights"
    rng = np.random.default_rng(seed)
    made = []
    for _ in range(2):
        direction = np.zeros(len(centre))
        for slot in session.layout.parameters:
            part = slice(slot.offset, slot.offset + slot.size)
            direction[part] = _normalised(rng.normal(size=slot.size), centre[part], slot)
        made.append(direction)
    return made[0], made[1], "filter-normalised random directions"


def _normalised(noise: np.ndarray, weights: np.ndarray, slot: ParameterSlot) -> np.ndarray:
    """Noise whose filters (last axis: one per unit or filter) have the norms of the weights'."""
    if len(slot.shape) < 2:
        return np.zeros(slot.size)
    noise, weights = noise.reshape(-1, slot.shape[-1]), weights.reshape(-1, slot.shape[-1])
    norms = np.linalg.norm(noise, axis=0)
    return (noise * (np.linalg.norm(weights, axis=0) / np.where(norms > 0, norms, 1))).ravel()


def loss_at(session: Session, weights: np.ndarray, x: np.ndarray, y: np.ndarray) -> float:
    """Mean loss of samples at other weights than the network's own, which stay as they are."""
    program = session.evaluator(len(x), own_parameters=True)
    program.params[: len(weights)] = weights
    program.set_data(x, y, np.arange(len(x)))
    return float(program.run(1, session.threads)[0, 0] / len(x))


def _sample(session: Session, count: int) -> tuple[np.ndarray, np.ndarray, int]:
    """The first training samples (they are shuffled already), at most ``count``; fewer where the
    network is large, so that the first picture does not take long.
    """
    flops = sum(n.layer.flops(n.options, n.input_shapes) for n in session.layout.nodes.values())
    affordable = int(COARSE_FLOPS / (SIZES[0] ** 2 * max(flops, 1)))
    count = min(count, max(affordable, 32), len(session.data.x_train))
    return session.data.x_train[:count], session.data.y_train[:count], count


def _project(offsets: np.ndarray, first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Least-squares coordinates (n, 2) of offsets in the plane of two directions."""
    basis = np.stack([first, second], 1)
    solved, *_ = np.linalg.lstsq(basis, offsets.T, rcond=None)
    return solved.T
