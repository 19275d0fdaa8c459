"""One picture file as the network gets it: every depth and mode by its own range, 16 bits for a value.

8 bits become 16 without loss (times 257), so that pictures of both depths can lie in one array. Pillow reads
them; it is imported when first needed.
"""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
# The largest value of a picture.
WHITE = 65535
# Of 8 bits.
WHITE_8 = 255
# What transparent pictures lie on.
BACKGROUND = "white"
DEEP_GREY = ("I;16", "I;16B", "I;16L", "I;16N", "I")


class Trait(StrEnum):
    """What a person must know of how a picture was read; the text follows the number of pictures."""

    DEEP = "with 16 bits per value, of 65,535"
    FLOAT = "with real numbers, from the lowest to the highest of each"
    TRANSPARENT = f"transparent, laid on {BACKGROUND}"


def read_picture(path: Path, pixels: np.ndarray) -> set[Trait] | None:
    """Write a picture into ``pixels`` (size, size, 1 or 3), uint16, cut square; None where it cannot be read.

    Grey pictures have three equal values where colour is asked for; colours become grey by ITU-R 601.
    """
    from PIL import Image, ImageOps

    size, channels = len(pixels), pixels.shape[2]
    mode = "RGB" if channels == 3 else "L"
    try:
        with Image.open(path) as opened:
            # JPEG is decoded at a fraction of its size where that is enough: several times as fast.
            opened.draft(mode, (size, size))
            upright = ImageOps.exif_transpose(opened)
            if upright.mode in (*DEEP_GREY, "F"):
                values, trait = _grey(upright)
                square = ImageOps.fit(values, (size, size))
                pixels[:] = np.clip(np.rint(np.asarray(square)), 0, WHITE)[:, :, None]
                return {trait} if trait else set()
            traits = set()
            if upright.has_transparency_data:
                upright = _on_background(upright)
                traits.add(Trait.TRANSPARENT)
            square = ImageOps.fit(upright.convert(mode), (size, size))
            pixels[:] = np.asarray(square, np.uint16).reshape(pixels.shape) * np.uint16(WHITE // WHITE_8)
            return traits
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _grey(picture: Image) -> tuple[Image, Trait | None]:
    """A picture of one deep value as mode F, 0 to WHITE."""
    from PIL import Image

    values = np.asarray(picture).astype(np.float32)
    if picture.mode != "F" and values.min() >= 0 and values.max() <= WHITE:
        return Image.fromarray(values), Trait.DEEP
    if not np.isfinite(values).all():
        raise ValueError("A picture holds a value that is not finite.")
    if picture.mode == "F" and values.min() >= 0 and values.max() <= 1:
        return Image.fromarray(values * WHITE), None
    low, high = float(values.min()), float(values.max())
    return Image.fromarray((values - low) * (WHITE / ((high - low) or 1.0))), Trait.FLOAT


def _on_background(picture: Image) -> Image:
    from PIL import Image

    clear = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", clear.size, BACKGROUND), clear)
