"""RandomZoom: enlarges and shrinks pictures at random while training."""

from __future__ import annotations

import numpy as np

from nnkernels.jit import kernel
from nnkernels.layers.augmentation import FILL, MATRIX, Resamples
from nnkernels.machine import BEFORE, draw_key
from nnkernels.spec import Option, Options, layers
from nnkernels.vector.vmath import cast, real, uniform32


@kernel
def draw_zooms(state, acts, grads, params, work, chunk, lo, hi, matrix_at, largest, salt):
    """Enlarges by a factor from 1 - largest to 1 + largest."""
    key, largest = draw_key(state, salt), real(largest, np.float64(0))
    for n in range(lo, hi):
        factor = 1.0 + largest * (2.0 * np.float64(uniform32(key, state[BEFORE] + n)) - 1.0)
        matrix = work[matrix_at + n * MATRIX : matrix_at + (n + 1) * MATRIX]
        matrix[0] = matrix[3] = cast(1.0 / factor, work)
        matrix[1] = matrix[2] = cast(0.0, work)


@layers.register
class RandomZoom(Resamples):
    """Each sample is enlarged or shrunk about its middle, height and width alike; off in evaluation."""

    id = "randomzoom"
    title = "RandomZoom"
    glyph = "zoom"
    formula = "y = x enlarged by a factor drawn by chance; y = x when predicting"
    order = 73
    help = "While training, enlarges or shrinks pictures a little at random, so that size does not matter."
    synonyms = ("augmentation", "scale", "enlarge", "shrink", "resize", "overfitting")
    shown = ("change",)
    options = (
        Option("change", 0.1, "Largest change of the size, as a share of it.", 0.0, 0.9),
        FILL,
    )
    samples = (
        ({"change": 0.5}, ((5, 7, 3),)),
        ({"change": 0.9, "fill": "zero"}, ((6, 4, 1),)),
        ({"change": 0.0}, ((1, 3, 2),)),
    )
    draw = draw_zooms

    def largest(self, options: Options) -> float:
        return float(options["change"])
