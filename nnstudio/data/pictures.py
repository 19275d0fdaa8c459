"""Picture files as the network gets them: every depth and mode by its own range, and all of one size.

What is trained on and what is predicted goes through here alike. Pillow reads the files; it is imported when
first needed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.spec import Shape
from nnstudio.data.files_seen import Properties
from nnstudio.data.mapped import pieces
from nnstudio.data.progress import each
from nnstudio.data.storage import zeros
from nnstudio.model.folders import files_called

if TYPE_CHECKING:
    from PIL.Image import Image

SUFFIXES = {".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm"}
# The largest value of a picture.
WHITE = 65535
# Of 8 bits.
WHITE_8 = 255
# What transparent pictures lie on, and what is beside a padded one.
BACKGROUND, PADDING = "white", "black"
DEEP_GREY = ("I;16", "I;16B", "I;16L", "I;16N", "I")
# What Pillow calls pictures without colours, besides the deep ones.
GREY_MODES = ("1", "L", "LA", "La", "F", *DEEP_GREY)
# Kinds of pictures, in words for `files_seen`.
GREY, COLOURS = "grey", "in colour"
EIGHT_BITS, SIXTEEN_BITS, REAL_NUMBERS = "of 8 bits per value", "of 16 bits per value", "of real numbers"
# The tag of EXIF that says how a picture is turned, and those of its values that swap width and height.
ORIENTATION, ON_ITS_SIDE = 0x0112, (5, 6, 7, 8)
# Pictures whose sums are taken at once.
AT_ONCE = 1024


class Trait(StrEnum):
    """What a person must know of how a picture was read; the text follows the number of pictures."""

    DEEP = "with 16 bits per value, of 65,535"
    FLOAT = "with real numbers, from the lowest to the highest of each"
    TRANSPARENT = f"transparent, laid on {BACKGROUND}"
    CUT = "of another shape, cut from the middle"
    PADDED = f"of another shape, padded with {PADDING}"
    STRETCHED = "of another shape, stretched"


class Fit(StrEnum):
    """What becomes of pictures that have not the shape of the network's input."""

    CROP = "crop"
    PAD = "pad"
    STRETCH = "stretch"


OF_FIT = {Fit.CROP: Trait.CUT, Fit.PAD: Trait.PADDED, Fit.STRETCH: Trait.STRETCHED}


@dataclass(frozen=True)
class Picture:
    """A picture (height, width, channels): uint8 or, where 8 bits do not hold it, uint16.

    Attributes:
        size: width and height of its file, upright.
        kinds: its colours and its depth, in words.
    """

    pixels: np.ndarray
    traits: frozenset[Trait]
    size: tuple[int, int]
    kinds: tuple[str, str]


@dataclass(frozen=True, eq=False)
class Pictures:
    """Pictures of one size.

    Attributes:
        pixels: (files, height, width, channels), uint8 where all have 8 bits, else uint16; what could not be
            read is black.
        readable: (files,), whether each could be read.
        traits: how many have each trait.
        properties: of each file, see `files_seen`.
    """

    pixels: np.ndarray
    readable: np.ndarray
    traits: Counter[Trait]
    properties: Properties

    @property
    def notes(self) -> tuple[str, ...]:
        """Sentences on what pictures have that a person must know."""
        return tuple(f"{self.traits[trait]:,} × {trait}." for trait in Trait if trait in self.traits)


@dataclass(frozen=True)
class Preparation:
    """How a picture becomes an input: its fit, and the mean and deviation that it is standardised by.

    Those are of values from 0, black, to 1, white: one for all channels, or one for each.
    """

    fit: Fit = Fit.CROP
    mean: tuple[float, ...] = (0.0,)
    deviation: tuple[float, ...] = (1.0,)

    @property
    def standardises(self) -> bool:
        return any(self.mean) or set(self.deviation) != {1.0}

    def inputs(self, pixels: np.ndarray) -> np.ndarray:
        """Inputs (n, height, width, channels), float32, of uint8 or uint16 pixels."""
        return self.of_shares(pixels / np.float32(WHITE_8 if pixels.dtype == np.uint8 else WHITE))

    def of_shares(self, x: np.ndarray) -> np.ndarray:
        """Inputs of float32 values (.., channels) from 0, black, to 1, white, which are overwritten."""
        if self.standardises:
            x -= np.array(self.mean, np.float32)
            x /= np.array(self.deviation, np.float32)
        return x

    def shares_of_white(self, x: np.ndarray) -> np.ndarray:
        """The values from 0, black, to 1, white, that inputs (.., channels) stand for."""
        return x * np.array(self.deviation, np.float32) + np.array(self.mean, np.float32)


def standardising(fit: Fit, pixels: np.ndarray, rows: np.ndarray) -> Preparation:
    """The one that gives each channel of some pictures mean 0 and deviation 1; a constant one keeps its own.

    ``rows`` are those of ``pixels`` (files, height, width, channels).
    """
    scale = 1.0 / (WHITE_8 if pixels.dtype == np.uint8 else WHITE)
    channels = pixels.shape[-1]
    sums, squares = np.zeros(channels), np.zeros(channels)
    for start in range(0, len(rows), AT_ONCE):
        values = pixels[rows[start : start + AT_ONCE]].reshape(-1, channels) * scale
        sums += values.sum(0)
        squares += np.square(values).sum(0)
    count = max(len(rows), 1) * pixels[0].size // channels
    mean = sums / count
    variance = squares / count - mean**2
    # What rounding leaves of the variance of a constant is none.
    deviation = np.where(variance > 1e-12, np.sqrt(np.maximum(variance, 0)), 1.0)
    return Preparation(fit, tuple(mean.tolist()), tuple(deviation.tolist()))


def picture_files(folder: Path) -> list[Path]:
    """Files below a folder that are called like pictures, sorted; no hidden ones. Raises FileError."""
    return files_called(folder, SUFFIXES)


def read_pictures(paths: Sequence[Path], shape: Shape, fit: Fit) -> Pictures:
    """All of these files, each decoded once; ``shape`` is (height, width, channels).

    Threads were tried: they took as long, for they wait for the interpreter.
    """
    pixels = zeros((len(paths), *shape), np.uint8)
    readable, traits = np.zeros(len(paths), bool), Counter[Trait]()
    quantities = np.zeros((3, len(paths)))
    kinds = np.full((2, len(paths)), "", object)
    for i, path in enumerate(each(paths)):
        picture = read_picture(path, shape, fit)
        if picture is None:
            continue
        if pixels.dtype == np.uint8 and picture.pixels.dtype == np.uint16:
            # Without loss, so that pictures of both depths can lie in one array.
            pixels = _deep(pixels)
        is_shallow = pixels.dtype == np.uint16 and picture.pixels.dtype == np.uint8
        pixels[i] = picture.pixels * np.uint16(WHITE // WHITE_8) if is_shallow else picture.pixels
        readable[i] = True
        traits.update(picture.traits)
        white = WHITE_8 if picture.pixels.dtype == np.uint8 else WHITE
        quantities[:, i] = (*picture.size, picture.pixels.mean() / white)
        kinds[:, i] = picture.kinds
    properties = dict(zip(("width", "height", "brightness"), quantities, strict=True))
    properties |= dict(zip(("colours", "depth"), kinds, strict=True))
    return Pictures(pixels, readable, traits, properties)


def _deep(pixels: np.ndarray) -> np.ndarray:
    """The same with 16 bits."""
    deep = zeros(pixels.shape, np.uint16)
    for piece in pieces(pixels):
        deep[piece] = pixels[piece] * np.uint16(WHITE // WHITE_8)
    return deep


def read_picture(path: Path, shape: Shape, fit: Fit = Fit.CROP) -> Picture | None:
    """A picture as (height, width, channels); None where it cannot be read.

    Grey pictures have three equal values where colour is asked for; colours become grey by ITU-R 601.
    """
    from PIL import Image, ImageOps

    height, width, channels = shape
    mode = "RGB" if channels == 3 else "L"
    try:
        with Image.open(path) as opened:
            size, colours = opened.size, GREY if opened.mode in GREY_MODES else COLOURS
            if opened.getexif().get(ORIENTATION) in ON_ITS_SIDE:
                size = size[::-1]
            # JPEG is decoded at a fraction of its size where that is enough: several times as fast.
            opened.draft(mode, (width, height))
            ImageOps.exif_transpose(opened, in_place=True)
            upright: Image.Image = opened
            if upright.mode in (*DEEP_GREY, "F"):
                values, traits = _grey(upright)
                depth = SIXTEEN_BITS if Trait.DEEP in traits else REAL_NUMBERS
                fitted = _fitted(values, (width, height), fit)
                deep = np.clip(np.rint(np.asarray(fitted)), 0, WHITE).astype(np.uint16)
                pixels = np.repeat(deep[:, :, None], channels, 2)
            else:
                traits, depth = set(), EIGHT_BITS
                if upright.has_transparency_data:
                    upright = _on_background(upright)
                    traits.add(Trait.TRANSPARENT)
                fitted = _fitted(upright.convert(mode), (width, height), fit)
                pixels = np.asarray(fitted, np.uint8).reshape(shape)
            if upright.width * height != upright.height * width:
                traits.add(OF_FIT[fit])
            return Picture(pixels, frozenset(traits), size, (colours, depth))
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        return None


def _fitted(picture: Image, size: tuple[int, int], fit: Fit) -> Image:
    """The picture in this width and height."""
    from PIL import ImageOps
    from PIL.Image import Resampling

    match fit:
        case Fit.PAD:
            return ImageOps.pad(picture, size, color=0)
        case Fit.STRETCH:
            return picture.resize(size, Resampling.BICUBIC)
    return ImageOps.fit(picture, size)


def _grey(picture: Image) -> tuple[Image, set[Trait]]:
    """A picture of one deep value as mode F, 0 to WHITE."""
    from PIL import Image

    values = np.asarray(picture).astype(np.float32)
    if picture.mode != "F" and values.min() >= 0 and values.max() <= WHITE:
        return Image.fromarray(values), {Trait.DEEP}
    if not np.isfinite(values).all():
        raise ValueError("A picture holds a value that is not finite.")
    if picture.mode == "F" and values.min() >= 0 and values.max() <= 1:
        return Image.fromarray(values * WHITE), set()
    low, high = float(values.min()), float(values.max())
    return Image.fromarray((values - low) * (WHITE / ((high - low) or 1.0))), {Trait.FLOAT}


def _on_background(picture: Image) -> Image:
    from PIL import Image

    clear = picture.convert("RGBA")
    return Image.alpha_composite(Image.new("RGBA", clear.size, BACKGROUND), clear)
