"""RandomErasing: blanks a square of pictures at random while training."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import device, kernel
from nnkernels.layers.augmentation import Augmentation
from nnkernels.machine import BEFORE, draw_key
from nnkernels.spec import NamedArrays, Option, Options, layers
from nnkernels.spec.terms import Gradients, Index
from nnkernels.vector.vmath import cast, real, uniform32

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering

# Row and column of the square's first pixel, -1 where there is none.
CORNER = 2


@kernel
def draw_corners(state, acts, grads, params, work, chunk, lo, hi, h, w, side, share, corner_at, salt):
    """Where the square begins; a ``share`` of the samples has one. It lies inside of the picture."""
    key, share = draw_key(state, salt), real(share, np.float32(0))
    for n in range(lo, hi):
        first, corner = 3 * (state[BEFORE] + n), work[corner_at + n * CORNER : corner_at + (n + 1) * CORNER]
        corner[0] = corner[1] = cast(-1.0, work)
        if uniform32(key, first) < share:
            # In float64: a product of float32 might round up to the number of choices.
            row = int(np.float64(uniform32(key, first + 1)) * (h - side + 1))
            column = int(np.float64(uniform32(key, first + 2)) * (w - side + 1))
            corner[0], corner[1] = cast(row, work), cast(column, work)


@device
def erase(values, x_at, y_at, corner, h, w, c, side):
    """Copies one picture, but where it is there already, and blanks the square."""
    if x_at != y_at:
        for i in range(h * w * c):
            values[y_at + i] = values[x_at + i]
    if corner[0] >= 0:
        for i in range(side):
            start = y_at + ((int(corner[0]) + i) * w + int(corner[1])) * c
            values[start : start + side * c] = 0


@kernel(in_place=("x_at", "y_at"))
def forward(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, corner_at, h, w, c, side):
    for n in range(lo, hi):
        corner, at = work[corner_at + n * CORNER : corner_at + (n + 1) * CORNER], n * h * w * c
        erase(acts, x_at + at, y_at + at, corner, h, w, c, side)


@kernel(in_place=("dy_at", "dx_at"))
def backward(state, acts, grads, params, work, chunk, lo, hi, dy_at, dx_at, corner_at, h, w, c, side):
    for n in range(lo, hi):
        corner, at = work[corner_at + n * CORNER : corner_at + (n + 1) * CORNER], n * h * w * c
        erase(grads, dy_at + at, dx_at + at, corner, h, w, c, side)


@layers.register
class RandomErasing(Augmentation):
    """Cutout (DeVries and Taylor 2017) with the square inside of the picture; off in evaluation."""

    id = "randomerasing"
    title = "RandomErasing"
    glyph = "erase"
    formula = "y = x, 0 in a square at a place drawn by chance; y = x when predicting"
    order = 74
    help = "While training, blanks a square of pictures at random, so that no single part decides alone."
    synonyms = ("augmentation", "cutout", "cut-out", "occlusion", "mask", "overfitting")
    shown = ("size", "probability")
    options = (
        Option("size", 0.4, "Side of the square, as a share of the picture's shorter side.", 0.0, 1.0),
        Option("probability", 0.5, "Share of the samples that lose a square.", 0.0, 1.0),
    )
    samples = (
        ({"probability": 0.8}, ((5, 7, 3),)),
        ({"size": 1.0}, ((4, 4, 1),)),
        ({"size": 0.0}, ((2, 3, 1),)),
    )

    def varies(self, options: Options) -> bool:
        return bool(options["size"] > 0 and options["probability"] > 0)

    def lower(self, node: Lowering) -> None:
        h, w, c = node.inputs[0]
        side = max(1, round(node.options["size"] * min(h, w)))
        corner, share = node.per_sample(CORNER), node.real(node.options["probability"])
        shared = {"corner_at": corner, "h": h, "w": w, "side": side}
        node.forward(draw_corners, share=share, salt=node.seed, **shared)
        node.forward(forward, x_at=node.x[0], y_at=node.y, c=c, **shared)
        if node.dx[0] >= 0:
            node.backward(backward, dy_at=node.dy, dx_at=node.dx[0], c=c, **shared)

    def gradients_in_training(
        self,
        options: Options,
        x: np.ndarray,
        y: np.ndarray,
        parameters: NamedArrays,
        index: Index,
        passed: float | None,
    ) -> Gradients | None:
        # Of a zero, the output does not tell whether it was erased.
        kept = passed if x[index] == 0 else y[index]
        return None if kept is None else ((index, 1.0 if kept else 0.0),)
