"""How a picture file becomes what an exported network takes: lines of Python that run, and how bright the
pictures are that it learned from. Every format tells it where a person looks first.
"""

from __future__ import annotations

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
    print("Unlike what it learned from: mean", rows.mean(), "and not within {least} to {most}."){remedy}"""
REMEDY = """
    print("Is it {theirs}? Then take the # off the line with ImageOps.invert.")"""
# The same as a function, for code that takes the name of a file.
FUNCTION = '''def {head}
    """A picture file as rows (1, {height}, {width}, {channels}); `invert` makes white of black."""
    from PIL import Image, ImageOps  # pip install pillow

    picture = ImageOps.exif_transpose(Image.open(path)).convert("RGBA")
    picture = Image.alpha_composite(Image.new("RGBA", picture.size, "white"), picture).convert("{mode}")
    picture = {fitted}
    if invert:
        picture = ImageOps.invert(picture)
    rows = np.asarray(picture).reshape(1, {height}, {width}, {channels}){unit}{warned}
    return rows
'''
WARNED = """
    if not {least} <= rows.mean() <= {most}:
        told = f"{{path}} is unlike what the network learned from: its mean is {{rows.mean():.3g}}"
        print(f"{{told}}, and not within {least} to {most}.{advice}", file=sys.stderr)"""
ADVICE = """{{'' if invert else ' Is it {theirs}? Then give {option}.'}}"""
PLAIN_HEAD = "read_picture(path, invert=False):"
TYPED_HEAD = "read_picture(path: str, invert: bool = False) -> np.ndarray:"
# What inverts a picture on a command line, and in a program.
INVERTED, INVERTING = "--invert", "invert=True"
ON_BLACK, ON_WHITE = "light on black", "dark on white"
# Between black and white, as a share of white.
MIDDLE = 0.5
LIKE = (
    "It must look like the pictures that the network learned from, or the answer means nothing: as much "
    "border around what it shows, and the same side bright."
)
UNKNOWN_MEANS = (
    "If those show light strokes on black and yours dark ones on white, yours must be inverted: "
    "invert=True, or picture = ImageOps.invert(picture) before rows."
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
    sides = learned_side(network)
    turned = TURNED.format(own=sides[0], theirs=sides[1]) if sides else ""
    remedy = REMEDY.format(theirs=sides[1]) if sides else ""
    return READING.format(turned=turned, asked=_bounded(ASKED, network, remedy=remedy), **_measures(network))


def reader_text(network: ExportedNetwork, head: str) -> str:
    """A function ``read_picture`` that does the same for the name of a file, and says on stderr where the
    picture is unlike those of training; it needs ``np`` and ``sys``.
    """
    sides = learned_side(network)
    advice = (
        ADVICE.format(theirs=sides[1], option=f"{INVERTED}, or {INVERTING} in a program") if sides else ""
    )
    warned = _bounded(WARNED, network, advice=advice)
    return FUNCTION.format(head=head, warned=warned, **_measures(network))


def reader_usage(network: ExportedNetwork, module: str) -> str:
    """Lines that predict a picture file by the code of a folder: in a terminal, and as a program."""
    sides = learned_side(network)
    terminal = f"python {module}.py picture.png"
    told = ["# In a terminal:", f"#     {terminal}"]
    if sides:
        told.append(f"#     {terminal} {INVERTED}")
        told.append(f"# The network learned from {sides[0]}; {INVERTED} is for {sides[1]}.")
    lines = [
        f"import {module}", "",
        f'rows = {module}.read_picture("picture.png"){f"  # {INVERTING} for {sides[1]}" if sides else ""}',
        f"print({module}.predict(rows))",
    ]  # fmt: skip
    return "\n".join([*told, *lines])


def _measures(network: ExportedNetwork) -> dict[str, object]:
    height, width, channels = network.input_shape
    fit = network.pictures.fit if network.pictures is not None else Fit.CROP
    return {
        "mode": "RGB" if channels == 3 else "L",
        "fitted": FITTED[fit].format(width=width, height=height),
        "width": width, "height": height, "channels": channels, "unit": pixels(network)[1],
    }  # fmt: skip


def _bounded(text: str, network: ExportedNetwork, **more: str) -> str:
    """Lines that compare a picture's brightness with those of training; none where they are not known."""
    if network.pictures is None or network.pictures.means is None:
        return ""
    least, _, most = network.pictures.means
    return text.format(least=f"{least:.3g}", most=f"{most:.3g}", **more)


def learned_side(network: ExportedNetwork) -> tuple[str, str] | None:
    """Whether it learned from light on black or dark on white, and the other one; None where neither can be
    said.
    """
    if network.pictures is None or network.pictures.means is None or pixels(network) == OTHER:
        return None
    least, _, most = network.pictures.means
    middle = MIDDLE * network.preprocessing["x_scale"][0]
    if least <= middle <= most:
        return None
    return (ON_BLACK, ON_WHITE) if most < middle else (ON_WHITE, ON_BLACK)


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
