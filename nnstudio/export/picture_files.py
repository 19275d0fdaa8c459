"""How a picture file becomes what an exported network takes: lines of Python that run, and how bright the
pictures are that it learned from. Every format tells it where a person looks first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.spec import Shape
from nnstudio.data.dataset import Dataset
from nnstudio.data.pictures import Fit
from nnstudio.data.seen import seen_in

if TYPE_CHECKING:
    from nnstudio.export.network import ExportedNetwork

IMPORTS = ("import numpy as np", "from PIL import Image, ImageOps")
FITTED = {
    Fit.CROP: "ImageOps.fit(picture, ({width}, {height}))",
    Fit.PAD: "ImageOps.pad(picture, ({width}, {height}), color=0)",
    Fit.STRETCH: "picture.resize(({width}, {height}))",
}
# As nnstudio reads a file of 8 bits per value: upright, and on white where it is transparent.
READING = """picture = ImageOps.exif_transpose(Image.open("picture.png")).convert("RGBA")
picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("{mode}")
picture = {fitted}
{turned}rows = np.asarray(picture).reshape(1, {height}, {width}, {channels}){unit}{asked}"""
# Nothing turns it around unasked: nnstudio itself predicts a picture as it is, and says the same.
TURNED = """# The network learned from {own}. Is yours {theirs}? Then without the #:
# picture = ImageOps.invert(picture)
"""
ASKED = """
if not {least} <= rows.mean() <= {most}:
    print("Unlike what it learned from: mean", rows.mean(), "and not within {least} to {most}.")"""
ON_BLACK, ON_WHITE = "light on black", "dark on white"
# Between black and white, as a share of white.
MIDDLE = 0.5
LIKE = (
    "It must look like the pictures that the network learned from, or the answer means nothing: as much "
    "border around what it shows, and the same side bright."
)
UNKNOWN_MEANS = (
    "If those show light strokes on black and yours dark ones on white, a line before rows turns it around: "
    "picture = ImageOps.invert(picture)."
)
# Of data in a unit that pixels of 8 bits may not have.
OTHER = ("; the pixels of a file of 8 bits go from 0 to 255", "")
ANY_UNIT = "The pixels of a file of 8 bits go from 0 to 255; where the data has another range, change rows."


@dataclass(frozen=True)
class LearnedPictures:
    """The pictures that a network learned from.

    Attributes:
        fit: what became of those that had another shape.
        means: of a picture's values, in the units of the data: the least, that of all, the most; None where
            they are not known.
    """

    fit: Fit = Fit.CROP
    means: tuple[float, float, float] | None = None

    @staticmethod
    def of(data: Dataset) -> LearnedPictures | None:
        """None where samples are no pictures."""
        if not takes_pictures(data.input_shape):
            return None
        seen, scales = seen_in(data), np.asarray(data.x_scale)
        fit = data.pictures.fit if data.pictures is not None else Fit.CROP
        # Where each pixel has a scale of its own, the mean of scaled values tells nothing of brightness.
        if seen is None or scales.size > data.input_shape[-1]:
            return LearnedPictures(fit)
        scale, shift = float(scales.mean()), float(np.mean(data.x_shift))
        least, usual, most = (v * scale + shift for v in (seen.means[0], seen.moments[0], seen.means[1]))
        return LearnedPictures(fit, (least, usual, most))


def takes_pictures(shape: Shape) -> bool:
    """Whether samples of a shape are pictures as files hold them, in grey or in colour."""
    return len(shape) == 3 and shape[-1] in (1, 3)


def reading(network: ExportedNetwork) -> str:
    """Lines of Python that follow `IMPORTS` and make ``rows`` (1, height, width, channels), in the units of
    the data, of picture.png.
    """
    height, width, channels = network.input_shape
    fit = network.pictures.fit if network.pictures is not None else Fit.CROP
    turned, asked = _checks(network)
    return READING.format(
        turned=turned, asked=asked,
        mode="RGB" if channels == 3 else "L", fitted=FITTED[fit].format(width=width, height=height),
        width=width, height=height, channels=channels, unit=pixels(network)[1],
    )  # fmt: skip


def _checks(network: ExportedNetwork) -> tuple[str, str]:
    """Lines that turn a picture around where that may be needed, and those that compare its brightness."""
    if network.pictures is None or network.pictures.means is None:
        return "", ""
    least, _, most = network.pictures.means
    asked = ASKED.format(least=f"{least:.3g}", most=f"{most:.3g}")
    middle = MIDDLE * network.preprocessing["x_scale"][0]
    if pixels(network) == OTHER or least <= middle <= most:
        return "", asked
    own, theirs = (ON_BLACK, ON_WHITE) if most < middle else (ON_WHITE, ON_BLACK)
    return TURNED.format(own=own, theirs=theirs), asked


def script(network: ExportedNetwork, module: str, then: Sequence[str]) -> str:
    """A few lines that read picture.png, with what follows them."""
    return "\n".join([*IMPORTS, f"import {module}", "", reading(network), *then])


def caution(network: ExportedNetwork) -> str:
    """What a picture of one's own must be like, in sentences."""
    told = [LIKE]
    if network.pictures is None or network.pictures.means is None:
        told.append(UNKNOWN_MEANS)
    else:
        least, usual, most = (f"{value:.3g}" for value in network.pictures.means)
        told.append(f"Their means lie between {least} and {most}, {usual} on the whole.")
    if pixels(network) == OTHER:
        told.append(ANY_UNIT)
    return " ".join(told)


def pixels(network: ExportedNetwork) -> tuple[str, str]:
    """The range of values in words, and what makes them of pixels of 8 bits."""
    shift, scale = (set(network.preprocessing[f"x_{end}"]) for end in ("shift", "scale"))
    if shift == {0.0} and scale == {255.0}:
        return ": from 0 to 255", ""
    if shift == {0.0} and scale == {65535.0}:
        return ": from 0 to 65535", " / 255 * 65535"
    return OTHER
