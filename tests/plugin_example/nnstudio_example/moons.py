"""Two half moons, one inside the curve of the other."""

from __future__ import annotations

import numpy as np

from nnstudio.data.dataset import sources
from nnstudio.data.playground import Points


@sources.register
class Moons(Points):
    """Half circles of radius 3."""

    id = "example_moons"
    title = "Moons"
    order = 90
    help = "Two half moons that reach into each other."

    def draw(self, labels: np.ndarray, noise: float, rng: np.random.Generator) -> np.ndarray:
        angle = rng.uniform(0, np.pi, len(labels))
        side = np.where(labels == 1, -1.0, 1.0)
        points = np.stack([3 * np.cos(angle) - side * 1.5, side * (3 * np.sin(angle) - 0.75)], 1)
        return points + rng.normal(0, 3, points.shape) * noise
