"""Points of two numbers that a generator learns to imitate: all of them are real."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import Dataset, Source, sources
from nnstudio.data.playground import SHARES, divided

# What a judge tells apart. All samples are of the second class; a generator makes those of the first.
ORIGINS = ("generated", "real")
RING, MOONS, SPIRAL = "ring", "two moons", "spiral"
# Clouds of the ring.
CLOUDS = 8


def holds_only_real(data: Dataset) -> bool:
    """Whether a judge's accuracy on this data counts real samples only, as it has no generated ones."""
    real = ORIGINS.index("real")
    return data.classes == ORIGINS and all((data.part(part)[1] == real).all() for part in data.parts)


@sources.register
class Imitation(Source):
    """Points within about -2 .. 2, as a ring of eight clouds, two moons or a spiral."""

    id = "imitation"
    title = "Points to imitate"
    order = 5
    help = "Points in one shape, for a generator to imitate and a judge to tell apart from its own."
    own_file = ("imitation_table", {"test_ratio": "test_ratio", "validation_ratio": "validation_ratio"})
    options = (
        Option(
            "shape", RING, "Where the points lie: a ring of eight clouds, two moons, or a spiral.",
            choices=(RING, MOONS, SPIRAL),
        ),
        Option("samples", 2000, "Number of points.", 4, 100_000),
        Option("noise", 0.08, "How far points stray from the shape.", 0.0, 1.0),
        *SHARES,
    )  # fmt: skip

    def load(self, options: Mapping[str, Any]) -> Dataset:
        rng, count = np.random.default_rng(options["seed"]), options["samples"]
        shapes = {RING: _ring, MOONS: _moons, SPIRAL: _spiral}
        points = shapes[options["shape"]](rng, count)
        points += rng.normal(0, 1, points.shape) * options["noise"]
        real = np.ones((count, 1))
        return divided(self.title, points, real, options, ORIGINS, ("x1", "x2"), ("origin",))


def _ring(rng: np.random.Generator, count: int) -> np.ndarray:
    angle = 2 * np.pi * rng.integers(0, CLOUDS, count) / CLOUDS
    return 1.8 * np.stack([np.cos(angle), np.sin(angle)], 1)


def _moons(rng: np.random.Generator, count: int) -> np.ndarray:
    """Two half circles that reach into each other."""
    angle, lower = np.pi * rng.random(count), rng.random(count) < 0.5
    upper = np.stack([np.cos(angle) - 0.5, np.sin(angle) - 0.25], 1)
    points: np.ndarray = 1.2 * np.where(lower[:, None], -upper, upper)
    return points


def _spiral(rng: np.random.Generator, count: int) -> np.ndarray:
    """One arm, as dense everywhere along its way out."""
    turn = np.sqrt(rng.random(count))
    angle = 3 * np.pi * turn
    points: np.ndarray = (1.9 * turn)[:, None] * np.stack([np.cos(angle), np.sin(angle)], 1)
    return points
