"""RandomShift: moves pictures at random while training."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnkernels.jit import kernel
from nnkernels.layers.augmentation import DRAWN, EDGE, FILL, Moves
from nnkernels.machine import BEFORE, draw_key
from nnkernels.spec import Option, Options, Shape, layers
from nnkernels.vector.vmath import cast, uniform32


@kernel
def draw_shifts(state, acts, grads, params, work, chunk, lo, hi, rows, columns, drawn_at, salt):
    """Whole numbers from -rows to rows and from -columns to columns, all alike likely."""
    key = draw_key(state, salt)
    for n in range(lo, hi):
        first, drawn = 2 * (state[BEFORE] + n), work[drawn_at + n * DRAWN : drawn_at + (n + 1) * DRAWN]
        # In float64: a product of float32 might round up to the number of choices.
        down = int(np.float64(uniform32(key, first)) * (2 * rows + 1)) - rows
        across = int(np.float64(uniform32(key, first + 1)) * (2 * columns + 1)) - columns
        drawn[0], drawn[1] = cast(-down, work), cast(-across, work)
        drawn[2], drawn[3] = cast(1.0, work), cast(1.0, work)


@layers.register
class RandomShift(Moves):
    """Each sample is moved by whole pixels, as torchvision's RandomAffine does; off in evaluation."""

    id = "randomshift"
    title = "RandomShift"
    glyph = "move"
    formula = "y[i, j, c] = x[i − a, j − b, c], a and b by chance; y = x when predicting"
    order = 71
    help = "While training, moves pictures a little at random, so that it does not matter where a thing is."
    synonyms = ("augmentation", "translation", "RandomTranslation", "move", "crop", "overfitting")
    shown = ("height", "width")
    options = (
        Option("height", 0.1, "Largest shift up or down, as a share of the height.", 0.0, 1.0),
        Option("width", 0.1, "Largest shift to the left or right, as a share of the width.", 0.0, 1.0),
        FILL,
    )
    samples = (
        ({"height": 0.5, "width": 0.3}, ((4, 7, 3),)),
        ({"height": 0.0, "width": 1.0, "fill": "zero"}, ((3, 4, 1),)),
        ({"height": 0.3, "width": 0.3, "fill": "zero"}, ((6, 5, 2),)),
        ({"height": 0.0, "width": 0.0}, ((2, 3, 1),)),
    )
    draw = draw_shifts

    def varies(self, options: Options) -> bool:
        return bool(options["height"] > 0 or options["width"] > 0)

    def reach(self, options: Options, shape: Shape) -> tuple[int, int]:
        return round(options["height"] * shape[0]), round(options["width"] * shape[1])

    def maps(self, options: Options, shape: Shape) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        rows, columns = self.reach(options, shape)
        edge = options["fill"] == EDGE
        for down in range(-rows, rows + 1):
            for across in range(-columns, columns + 1):
                yield _sources(shape[0], down, edge), _sources(shape[1], across, edge)


def _sources(size: int, shift: int, edge: bool) -> np.ndarray:
    """Where each row or column comes from, -1 for nowhere."""
    sources = np.arange(size) - shift
    if edge:
        return sources.clip(0, size - 1)
    return np.where((sources >= 0) & (sources < size), sources, -1)
