"""Layers that only move values: UpSampling, Permute, Reshape; a table drives them, and `borders` too."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import kernel
from nnkernels.layers.average_pool import check_picture
from nnkernels.machine import array_at
from nnkernels.spec import (
    Arrays,
    Layer,
    NamedArrays,
    Option,
    Options,
    Shape,
    Shapes,
    SpecError,
    layers,
    show_shape,
    size_of,
)
from nnkernels.spec.terms import Index, Rule, Term, Terms, Uses
from nnkernels.vector.vmath import real

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@kernel
def take(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, width, out, source, value):
    """y[i] = x[source[i]], or the value where source is -1."""
    source, value = array_at(source, state), real(value, acts)
    for n in range(lo, hi):
        for i in range(out):
            s = source[i]
            acts[y_at + n * out + i] = acts[x_at + n * width + s] if s >= 0 else value


@kernel
def give_back(state, acts, grads, params, work, chunk, lo, hi, dx_at, dy_at, width, out, source):
    """dx[source[i]] += dy[i]"""
    source = array_at(source, state)
    for n in range(lo, hi):
        grads[dx_at + n * width : dx_at + (n + 1) * width] = 0
        for i in range(out):
            s = source[i]
            if s >= 0:
                grads[dx_at + n * width + s] += grads[dy_at + n * out + i]


class Rearrange(Layer):
    """Base: `source` gives, for every output value, the input value that it copies, or -1 for `value`."""

    category = "Pictures"

    def source(self, options: Options, shape: Shape) -> np.ndarray:
        raise NotImplementedError

    def value(self, options: Options) -> float:
        """What stands where nothing is copied."""
        return 0.0

    def lower(self, node: Lowering) -> None:
        width = size_of(node.inputs[0])
        table = node.table(self.source(node.options, node.inputs[0]))
        shared = {"width": width, "out": node.size, "source": table}
        value = node.real(self.value(node.options))
        node.forward(take, x_at=node.x[0], y_at=node.y, value=value, **shared)
        if node.training and node.dx[0] >= 0:
            node.backward(give_back, dx_at=node.dx[0], dy_at=node.dy, **shared)

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        at = int(self.source(options, inputs[0])[unit])
        if at < 0:
            return Terms(Rule.FORMULA if self.value(options) else Rule.SUM, ())
        return Terms(Rule.SUM, (Term(0, tuple(int(i) for i in np.unravel_index(at, inputs[0]))),))

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses:
        copies = np.argwhere(self.source(options, inputs[0]) == np.ravel_multi_index(index, inputs[0]))
        return tuple((tuple(int(i) for i in unit), Term(0, index)) for unit in copies)


def numbered(shape: Sequence[int]) -> np.ndarray:
    """Every value's own index, in the shape."""
    return np.arange(size_of(tuple(shape))).reshape(shape)


@layers.register
class UpSampling2D(Rearrange):
    """Repeats every pixel, as PyTorch's Upsample with "nearest"."""

    id = "upsampling2d"
    title = "UpSampling"
    pytorch = "nn.Upsample"
    glyph = "enlarge"
    formula = "y[i, j, c] = x[⌊i / n⌋, ⌊j / n⌋, c]"
    order = 26
    help = "Enlarges a picture by repeating every pixel."
    synonyms = ("upsample", "enlarge", "nearest", "decoder")
    shown = ("factor",)
    options = (Option("factor", 2, "How many times larger the picture gets.", 1, 16, unit="×"),)
    samples = (({}, ((2, 3, 2),)), ({"factor": 3}, ((1, 2, 1),)))

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        check_picture(self.title, inputs[0])
        h, w, c = inputs[0]
        return (h * options["factor"], w * options["factor"], c)

    def source(self, options: Options, shape: Shape) -> np.ndarray:
        return numbered(shape).repeat(options["factor"], 0).repeat(options["factor"], 1)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return inputs[0].repeat(options["factor"], 1).repeat(options["factor"], 2)


def read_numbers(text: str, title: str) -> tuple[int, ...]:
    """Whole numbers separated by commas or ×. Raises SpecError."""
    parts = text.replace("×", ",").replace("x", ",").replace(" ", ",").split(",")
    try:
        return tuple(int(p) for p in parts if p)
    except ValueError as error:
        raise SpecError(f"{title} takes whole numbers such as 4, 7, 3; received '{text}'.") from error


def check_order(text: str) -> None:
    """Raise SpecError where a text is no order of axes, of however many."""
    axes = read_numbers(text, "Axes")
    if not axes or sorted(axes) != list(range(1, len(axes) + 1)):
        raise SpecError(f"Axes must name each axis from 1 on once, such as 2, 1, 3; received '{text}'.")


def check_target(text: str) -> None:
    """Raise SpecError where a text is the shape of nothing."""
    target = read_numbers(text, "Target")
    if not target or target.count(-1) > 1 or any(n < 1 and n != -1 for n in target):
        raise SpecError(
            f"Target takes sizes of 1 or more, such as 28, 28, 1, one of which may be -1; received '{text}'."
        )


@layers.register
class Permute(Rearrange):
    """Another order of the axes, numbered from 1, as in Keras; the batch axis stays."""

    id = "permute"
    title = "Permute"
    pytorch = "torch.permute"
    glyph = "reshape"
    formula = "y = x with its axes in another order"
    category = "Shape"
    order = 35
    help = "Puts the axes in another order, such as 2, 1, 3 to turn rows and columns."
    synonyms = ("transpose", "swap axes")
    shown = ("axes",)
    options = (
        Option("axes", "2, 1, 3", "The old axis at each position, counted from 1.", reads=check_order),
    )
    samples = (({}, ((2, 3, 4),)), ({"axes": "3, 1, 2"}, ((2, 3, 4),)))

    def axes(self, options: Options, shape: Shape) -> list[int]:
        axes = read_numbers(options["axes"], "Axes")
        if sorted(axes) != list(range(1, len(shape) + 1)):
            raise SpecError(f"Axes must name each of 1 to {len(shape)} once for {show_shape(tuple(shape))}.")
        return [a - 1 for a in axes]

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        return tuple(inputs[0][a] for a in self.axes(options, inputs[0]))

    def source(self, options: Options, shape: Shape) -> np.ndarray:
        return numbered(shape).transpose(self.axes(options, shape))

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        axes = self.axes(options, inputs[0].shape[1:])
        return inputs[0].transpose([0, *[a + 1 for a in axes]])


@layers.register
class Reshape(Layer):
    """The same values in another shape; costs nothing."""

    id = "reshape"
    title = "Reshape"
    pytorch = "nn.Unflatten"
    glyph = "reshape"
    formula = "y = the values of x in the same order, in another shape"
    category = "Shape"
    order = 34
    help = "Reads the same values in another shape, such as 784 as 28×28×1."
    synonyms = ("view", "fold", "shape")
    shown = ("target",)
    options = (
        Option(
            "target", "28, 28, 1", "The new shape; one number may be -1 and is worked out.",
            reads=check_target,
        ),
    )  # fmt: skip
    samples = (({"target": "2, 3, 2"}, ((12,),)), ({"target": "-1"}, ((2, 3, 2),)))

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        target, count = list(read_numbers(options["target"], "Target")), size_of(inputs[0])
        known = size_of(tuple(n for n in target if n != -1))
        if target.count(-1) == 1 and known > 0 and count % known == 0:
            target[target.index(-1)] = count // known
        if min(target, default=0) < 1 or size_of(tuple(target)) != count:
            raise SpecError(
                f"{show_shape(inputs[0])} has {count:,} values and cannot become '{options['target']}'."
            )
        return tuple(target)

    def flops(self, options: Options, inputs: Shapes) -> int:
        return 0

    def is_view(self, options: Options, training: bool) -> bool:
        return True

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return inputs[0].reshape(len(inputs[0]), *self.shape(options, [inputs[0].shape[1:]]))
