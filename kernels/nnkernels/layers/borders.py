"""Pad and Crop: borders put around pictures and sequences, or cut off them."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from nnkernels.layers.average_pool import check_picture, check_sequence
from nnkernels.layers.rearrange import Rearrange, numbered
from nnkernels.spec import (
    Arrays,
    NamedArrays,
    Option,
    Options,
    Shape,
    Shapes,
    SpecError,
    in_steps,
    layers,
    show_shape,
)
from nnkernels.spec.declared import LARGEST_NUMBER

EQUAL, SEPARATE = "equal", "separate"
CONSTANT, REFLECT, EDGE, WRAP = "constant", "reflect", "edge", "wrap"
# The width of a border before and behind the values of each axis.
Widths = tuple[tuple[int, int], ...]


def side_options(what: str, sides: tuple[str, ...], border: Option, most: int) -> tuple[Option, ...]:
    """One border for all sides, or one for each."""
    separate = ("sides", SEPARATE)
    each = (Option(s, 0, f"{what} {s}.", 0, most, unit="px", when=separate) for s in sides)
    choice = Option("sides", EQUAL, "All borders alike, or each by itself.", choices=(EQUAL, SEPARATE))
    return (border, choice, *each)


class Borders(Rearrange):
    """Base; ``sides`` names the options of the borders, two for each axis."""

    sides: ClassVar[tuple[str, ...]] = ("top", "bottom", "left", "right")
    shown = ("border",)

    def widths(self, options: Options) -> Widths:
        if options["sides"] == EQUAL:
            return ((options["border"],) * 2,) * (len(self.sides) // 2)
        pairs = zip(self.sides[::2], self.sides[1::2], strict=True)
        return tuple((options[first], options[second]) for first, second in pairs)

    def check(self, shape: Shape) -> None:
        (check_picture if len(self.sides) == 4 else check_sequence)(self.title, shape)


class Pad(Borders):
    """Base of what puts borders around its input."""

    glyph = "pad"
    formula = "y = x with a border around it"
    pytorch = "nn.functional.pad"

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        self.check(inputs[0])
        most = {REFLECT: -1, WRAP: 0}.get(options["mode"])
        for length, pair in zip(inputs[0], self.widths(options), strict=False):
            if most is not None and max(pair) > length + most:
                word = "mirror" if options["mode"] == REFLECT else "repeat"
                raise SpecError(
                    f"{self.title} cannot {word} {max(pair)} values of {length} along a side of "
                    f"{show_shape(inputs[0])}; {max(length + most, 0)} is the most. "
                    f"Choose a narrower border or the mode {EDGE}."
                )
        widths = (*self.widths(options), (0, 0))
        return tuple(n + before + after for n, (before, after) in zip(inputs[0], widths, strict=True))

    def value(self, options: Options) -> float:
        return float(options["value"]) if options["mode"] == CONSTANT else 0.0

    def source(self, options: Options, shape: Shape) -> np.ndarray:
        return self._padded(numbered(shape), options, -1, (0, 0))

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return self._padded(inputs[0], options, self.value(options), (0, 0), (0, 0))

    def _padded(
        self, x: np.ndarray, options: Options, value: float, last: tuple[int, int], *first: tuple[int, int]
    ) -> np.ndarray:
        """x with its borders; axes before and behind those that have some get what is given."""
        widths = (*first, *self.widths(options), last)
        if options["mode"] == CONSTANT:
            return np.pad(x, widths, constant_values=value)
        return np.pad(x, widths, mode=options["mode"])


def pad_options(sides: tuple[str, ...]) -> tuple[Option, ...]:
    """How wide the border is, in positions, on all sides or on each by itself, and what it holds."""
    border = Option("border", 1, "Width of the border on all sides.", 0, 64, unit="px", when=("sides", EQUAL))
    return (
        *side_options("Width of the border:", sides, border, 1024),
        Option(
            "mode", CONSTANT, "A number, the values mirrored, the edge repeated, or the other end.",
            choices=(CONSTANT, REFLECT, EDGE, WRAP),
        ),
        Option(
            "value",
            0.0,
            "The number that fills the border.",
            -LARGEST_NUMBER,
            LARGEST_NUMBER,
            when=("mode", CONSTANT),
        ),
    )  # fmt: skip


@layers.register
class Pad2D(Pad):
    """A border around a picture: a number, or values of the picture, as NumPy, ONNX and PyTorch do.

    PyTorch calls the mode "edge" replicate, and "wrap" circular.
    """

    id = "pad2d"
    title = "Pad"
    order = 27
    help = "Puts a border around a picture: zeros, another number, or the picture's own values."
    synonyms = ("zero padding", "border", "frame", "reflect", "replicate", "circular")
    options = pad_options(Borders.sides)
    samples = (
        ({}, ((2, 3, 2),)),
        ({"border": 3}, ((1, 2, 1),)),
        ({"sides": SEPARATE, "top": 1, "left": 2, "right": 3, "value": -1.5}, ((2, 3, 2),)),
        ({"border": 1, "mode": REFLECT}, ((2, 3, 2),)),
        ({"border": 3, "mode": EDGE}, ((1, 2, 2),)),
        ({"sides": SEPARATE, "top": 2, "bottom": 1, "right": 3, "mode": WRAP}, ((2, 3, 1),)),
    )


@layers.register
class Pad1D(Pad):
    """A border before and behind a sequence, as `Pad2D`; before it alone, for causal filters."""

    id = "pad1d"
    title = "Pad1D"
    category = "Sequences"
    order = 37
    help = "Puts steps before and behind a sequence: zeros, another number, or its own values."
    synonyms = ("zero padding", "border", "causal", "reflect", "replicate", "circular")
    sides = ("before", "after")
    options = in_steps(pad_options(("before", "after")))
    samples = (
        ({}, ((4, 2),)),
        ({"sides": SEPARATE, "before": 3, "value": 0.5}, ((4, 3),)),
        ({"sides": SEPARATE, "before": 1, "after": 3, "mode": REFLECT}, ((4, 2),)),
        ({"border": 2, "mode": EDGE}, ((1, 3),)),
        ({"border": 2, "mode": WRAP}, ((4, 2),)),
    )


class Crop(Borders):
    """Base of what cuts borders off its input."""

    glyph = "pad"
    formula = "y = x without its edges"
    pytorch = "nn.functional.pad"

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        self.check(inputs[0])
        left = tuple(n - sum(pair) for n, pair in zip(inputs[0], self.widths(options), strict=False))
        if min(left) < 1:
            if options["sides"] == EQUAL:
                cut = f"{options['border']} {'pixels' if len(self.sides) == 4 else 'steps'} off each side"
            else:
                cut = ", ".join(f"{options[side]} at {side}" for side in self.sides)
            raise SpecError(f"Cutting {cut} leaves nothing of {show_shape(inputs[0][:-1])}.")
        return (*left, inputs[0][-1])

    def source(self, options: Options, shape: Shape) -> np.ndarray:
        return numbered(shape)[self._inside(options, shape)]

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return inputs[0][:, *self._inside(options, inputs[0].shape[1:])]

    def _inside(self, options: Options, shape: Shape) -> tuple[slice, ...]:
        pairs = zip(shape, self.widths(options), strict=False)
        return tuple(slice(before, n - after) for n, (before, after) in pairs)


def crop_options(sides: tuple[str, ...]) -> tuple[Option, ...]:
    """What is cut off, in positions, on all sides or on each by itself."""
    border = Option(
        "border", 1, "How much is cut off on each side.", 0, 1024, unit="px", when=("sides", EQUAL)
    )
    return side_options("How much is cut off:", sides, border, 2**20)


@layers.register
class Crop2D(Crop):
    """Cuts off the border of a picture, the same on all sides or not."""

    id = "crop2d"
    title = "Crop"
    order = 28
    help = "Cuts a border off a picture."
    synonyms = ("cut", "trim", "border")
    options = crop_options(Borders.sides)
    samples = (
        ({}, ((4, 5, 2),)),
        ({"border": 0}, ((1, 2, 1),)),
        ({"sides": SEPARATE, "top": 1, "left": 2, "right": 1}, ((3, 5, 2),)),
    )


@layers.register
class Crop1D(Crop):
    """Cuts off the first and last steps of a sequence, as many at both ends or not."""

    id = "crop1d"
    title = "Crop1D"
    category = "Sequences"
    order = 37
    help = "Cuts steps off both ends of a sequence."
    synonyms = ("cut", "trim", "border")
    sides = ("before", "after")
    options = in_steps(crop_options(("before", "after")))
    samples = (({}, ((4, 2),)), ({"sides": SEPARATE, "after": 2}, ((3, 5),)))
