"""RandomFlip: mirrors pictures at random while training."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnkernels.jit import kernel
from nnkernels.layers.augmentation import DRAWN, Moves
from nnkernels.machine import BEFORE, draw_key
from nnkernels.spec import Option, Options, Shape, layers
from nnkernels.vector.vmath import cast, uniform32

HORIZONTAL, VERTICAL, BOTH = "horizontal", "vertical", "both"


@kernel
def draw_flips(state, acts, grads, params, work, chunk, lo, hi, h, w, rows, columns, drawn_at, salt):
    """Mirrors half of the samples along each axis that may be: ``rows`` and ``columns`` are 0 or 1."""
    key, half, one = draw_key(state, salt), np.float32(0.5), cast(1.0, work)
    for n in range(lo, hi):
        first, drawn = 2 * (state[BEFORE] + n), work[drawn_at + n * DRAWN : drawn_at + (n + 1) * DRAWN]
        down = rows == 1 and uniform32(key, first) < half
        across = columns == 1 and uniform32(key, first + 1) < half
        drawn[0] = cast(h - 1 if down else 0, work)
        drawn[1] = cast(w - 1 if across else 0, work)
        drawn[2] = -one if down else one
        drawn[3] = -one if across else one


@layers.register
class RandomFlip(Moves):
    """Each sample is mirrored with probability 1/2 along each axis, as in Keras; off in evaluation."""

    id = "randomflip"
    title = "RandomFlip"
    glyph = "mirror"
    formula = "y = x or its mirror image, by chance; y = x when predicting"
    order = 70
    help = "While training, mirrors pictures at random, so that left and right count as the same."
    synonyms = ("augmentation", "mirror", "reflect", "overfitting")
    shown = ("mode",)
    options = (
        Option(
            "mode", HORIZONTAL, "Swap left and right, top and bottom, or each of them.",
            choices=(HORIZONTAL, VERTICAL, BOTH),
        ),
    )  # fmt: skip
    samples = (
        ({}, ((4, 6, 3),)),
        ({"mode": VERTICAL}, ((5, 1, 17),)),
        ({"mode": BOTH}, ((3, 4, 1),)),
    )
    draw = draw_flips

    def reach(self, options: Options, shape: Shape) -> tuple[int, int]:
        return int(options["mode"] != HORIZONTAL), int(options["mode"] != VERTICAL)

    def maps(self, options: Options, shape: Shape) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        flips = self.reach(options, shape)
        for down in range(flips[0] + 1):
            for across in range(flips[1] + 1):
                yield np.arange(shape[0])[:: 1 - 2 * down], np.arange(shape[1])[:: 1 - 2 * across]
