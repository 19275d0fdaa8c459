"""Numbers over the plane, as TensorFlow Playground has them: a tilted plane, and hills and hollows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import Dataset, Source, sources
from nnstudio.data.playground import SHARES, divided

# Points lie within -RADIUS .. RADIUS.
RADIUS = 6.0
# Centres of the blobs, and whether each is a hill or a hollow.
BLOBS = ((-4, 2.5, 1), (0, 2.5, -1), (4, 2.5, 1), (-4, -2.5, -1), (0, -2.5, 1), (4, -2.5, -1))
# At this distance from its centre nothing is left of a blob.
REACH = 2.0


class Heights(Source):
    """Base of the numbers over the plane; targets lie within about -1 .. 1 and are not scaled."""

    options = (
        Option("samples", 500, "Number of points.", 4, 100_000),
        Option(
            "noise", 0.0, "How far beside a point its number is taken, as a share of the picture.", 0, 0.5
        ),
        *SHARES,
    )

    def load(self, options: Mapping[str, Any]) -> Dataset:
        rng = np.random.default_rng(options["seed"])
        x = rng.uniform(-RADIUS, RADIUS, (options["samples"], 2))
        beside = x + rng.uniform(-RADIUS, RADIUS, x.shape) * options["noise"]
        y = self.height(beside)[:, None]
        return divided(self.title, x, y, options, (), ("x1", "x2"), ("height",))

    def height(self, points: np.ndarray) -> np.ndarray:
        """The number (n,) of each point (n, 2)."""
        raise NotImplementedError


@sources.register
class Plane(Heights):
    """A tenth of the sum of both coordinates."""

    id = "plane"
    title = "Plane"
    order = 6
    help = "A number that rises evenly from one corner to the other; one linear unit is enough."

    def height(self, points: np.ndarray) -> np.ndarray:
        return np.asarray(points.sum(1) / 10)


@sources.register
class MultiGauss(Heights):
    """Three hills and three hollows; where two overlap, the stronger counts."""

    id = "multi_gauss"
    title = "Multi-Gaussian"
    order = 7
    help = "A number with three hills and three hollows, each a blob around its centre."

    def height(self, points: np.ndarray) -> np.ndarray:
        blobs = np.array(BLOBS)
        distance = np.linalg.norm(points[:, None] - blobs[None, :, :2], axis=2)
        heights = blobs[:, 2] * np.clip(1 - distance / REACH, 0, 1)
        return np.take_along_axis(heights, np.abs(heights).argmax(1)[:, None], 1)[:, 0]
