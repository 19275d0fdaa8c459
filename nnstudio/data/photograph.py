"""Two photographs that ship with the program, and as a target what a known kernel makes of them."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from io import BytesIO
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.data.dataset import Dataset, Source, Split, sources
from nnstudio.data.known_kernels import BLUR, IDENTITY, LAPLACIAN, SHARPEN, SOBEL_X, SOBEL_Y, filtered
from nnstudio.data.pictures import WHITE_8

PHOTOGRAPHS = ("cat", "coffee")
# What the eye takes for the brightness of red, green and blue light (ITU-R BT.601).
BRIGHTNESS = (0.299, 0.587, 0.114)
TARGETS = {
    "brightness": IDENTITY,
    "blurred": BLUR,
    "sharpened": SHARPEN,
    "edges left to right": SOBEL_X,
    "edges top to bottom": SOBEL_Y,
    "all edges": LAPLACIAN,
}


@sources.register
class Photograph(Source):
    """One picture (size, size, 1 or 3), from 0 to 1, to learn from, and another one to test with.

    The target is one number for each pixel: its brightness, or that filtered by a known kernel.
    """

    id = "photograph"
    title = "Photograph"
    order = 13
    help = "A cat, and a cup of coffee: to try filters on, and to let a network find them by itself."
    options = (
        Option(
            "photograph", PHOTOGRAPHS[0],
            "The one that you see and that the network is tested on. It learns from the other one.",
            choices=PHOTOGRAPHS,
        ),
        Option("size", 64, "Width and height, in pixels.", 16, 128, unit="px"),
        Option("colour", False, "Red, green and blue; otherwise grey."),
        Option(
            "target", "brightness",
            "What is learned for each pixel: its brightness, or what a known filter makes of it.",
            choices=tuple(TARGETS),
        ),
    )  # fmt: skip

    def load(self, options: Mapping[str, Any]) -> Dataset:
        size, kernel = options["size"], TARGETS[options["target"]]
        shown = options["photograph"]
        (other,) = (name for name in PHOTOGRAPHS if name != shown)
        x, y = [], []
        for name in (other, shown):
            colours = _read(name, size)
            grey = colours @ BRIGHTNESS
            x.append((colours if options["colour"] else grey[..., None])[None].astype(np.float32))
            y.append(filtered(grey, kernel).reshape(1, -1).astype(np.float32))
        names = tuple(f"pixel {row}, {column}" for row in range(size) for column in range(size))
        return Dataset(
            self.title, x[0], y[0], x[1], y[1], (), (), names, 0.0, WHITE_8, 0.0, WHITE_8,
            own_parts=(Split.TEST,),
        )  # fmt: skip


def _read(name: str, size: int) -> np.ndarray:
    """A photograph (size, size, 3), from 0 to 1, float64."""
    # Pillow takes a moment to import, and most windows never need it.
    from PIL import Image

    content = files("nnstudio.resources").joinpath(f"datasets/{name}.png").read_bytes()
    with Image.open(BytesIO(content)) as picture:
        small = picture.convert("RGB").resize((size, size), Image.Resampling.BOX)
    return np.asarray(small, np.float64) / WHITE_8
