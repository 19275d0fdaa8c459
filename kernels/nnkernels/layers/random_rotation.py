"""RandomRotation: turns pictures at random while training."""

from __future__ import annotations

import math

import numpy as np

from nnkernels.jit import kernel
from nnkernels.layers.augmentation import FILL, MATRIX, Resamples
from nnkernels.machine import BEFORE, draw_key
from nnkernels.spec import Option, Options, layers
from nnkernels.vector.vmath import cast, real, uniform32


@kernel
def draw_turns(state, acts, grads, params, work, chunk, lo, hi, matrix_at, largest, salt):
    """Turns by an angle from -largest to largest, in radians."""
    key, largest = draw_key(state, salt), real(largest, np.float64(0))
    for n in range(lo, hi):
        angle = largest * (2.0 * np.float64(uniform32(key, state[BEFORE] + n)) - 1.0)
        matrix = work[matrix_at + n * MATRIX : matrix_at + (n + 1) * MATRIX]
        matrix[0] = matrix[3] = cast(math.cos(angle), work)
        matrix[1], matrix[2] = cast(math.sin(angle), work), cast(-math.sin(angle), work)


@layers.register
class RandomRotation(Resamples):
    """Each sample is turned about its middle, as torchvision's RandomRotation; off in evaluation."""

    id = "randomrotation"
    title = "RandomRotation"
    glyph = "turn"
    formula = "y = x turned by an angle drawn by chance; y = x when predicting"
    order = 72
    help = "While training, turns pictures a little at random, so that a tilted thing is still known."
    synonyms = ("augmentation", "rotate", "turn", "angle", "tilt", "overfitting")
    shown = ("angle",)
    options = (
        Option("angle", 15.0, "Largest turn to the left or right.", 0.0, 180.0, unit="°"),
        FILL,
    )
    samples = (
        ({}, ((5, 7, 3),)),
        ({"angle": 180.0, "fill": "zero"}, ((6, 4, 1),)),
        ({"angle": 0.0}, ((2, 3, 1),)),
    )
    draw = draw_turns

    def largest(self, options: Options) -> float:
        return math.radians(options["angle"])
