"""Average pooling over windows of a picture or a sequence, and what all pooling over windows shares."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from nnkernels.jit import device, kernel
from nnkernels.ops import windows
from nnkernels.ops.windows import TWO_LENGTHS, Axis, inside, one_axis, sides, width_option
from nnkernels.spec import (
    Arrays,
    Layer,
    NamedArrays,
    Option,
    Options,
    Samples,
    Shape,
    Shapes,
    SpecError,
    layers,
    show_shape,
    size_of,
)
from nnkernels.spec.terms import Index, Rule, Term, Terms, Uses
from nnkernels.vector.channel_loops import row_sums
from nnkernels.vector.simd import load, store
from nnkernels.vector.vmath import cast

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering

# A larger window is summed in blocks, row by row.
FEW_TAPS = 16


class Window(NamedTuple):
    """Pooling over windows: input (h, w, c), window, stride, dilation, padding on each side, output.

    ``counted`` says whether the padding counts in a mean.
    """

    h: int
    w: int
    c: int
    kh: int
    kw: int
    sh: int
    sw: int
    dh: int
    dw: int
    top: int
    bottom: int
    left: int
    right: int
    oh: int
    ow: int
    counted: int


@device
def counted_taps(position, taps, stride, before, after, size, counted):
    """How many points of a window along one axis share in the mean."""
    start = position * stride - before
    low, high = (-before, size + after) if counted else (0, size)
    return min(start + taps, high) - max(start, low)


@kernel
def mean_forward(state, acts, grads, params, work, chunk, lo, hi, window: Window, x_at, y_at):
    """Mean over windows of kh x kw."""
    h, w, c, kh, kw, sh, sw, _, _, top, bottom, left, right, oh, ow, counted = window
    for n in range(lo, hi):
        for i in range(oh):
            # Rows of the window that lie in the picture, and then columns.
            first, last = max(0, top - i * sh), min(kh, h + top - i * sh)
            tall = counted_taps(i, kh, sh, top, bottom, h, counted)
            for j in range(ow):
                start, end = max(0, left - j * sw), min(kw, w + left - j * sw)
                share = cast(1.0 / (tall * counted_taps(j, kw, sw, left, right, w, counted)), acts)
                y = y_at + ((n * oh + i) * ow + j) * c
                for m in range(c):
                    store(acts, y + m, cast(0.0, acts))
                if kh * kw > FEW_TAPS:
                    for a in range(first, last):
                        p = x_at + ((n * h + i * sh + a - top) * w + j * sw + start - left) * c
                        row_sums(acts, p, acts, y, acts, y, c, end - start, c, 0, 0)
                    for m in range(c):
                        store(acts, y + m, share * load(acts, y + m))
                    continue
                for a in range(first, last):
                    for b in range(start, end):
                        p = x_at + ((n * h + i * sh + a - top) * w + j * sw + b - left) * c
                        for m in range(c):
                            store(acts, y + m, load(acts, y + m) + share * load(acts, p + m))


@kernel
def mean_backward(state, acts, grads, params, work, chunk, lo, hi, window: Window, dx_at, dy_at):
    """Every value of a window gets the same share of its gradient."""
    h, w, c, kh, kw, sh, sw, _, _, top, bottom, left, right, oh, ow, counted = window
    for n in range(lo, hi):
        grads[dx_at + n * h * w * c : dx_at + (n + 1) * h * w * c] = 0
        for i in range(oh):
            first, last = max(0, top - i * sh), min(kh, h + top - i * sh)
            tall = counted_taps(i, kh, sh, top, bottom, h, counted)
            for j in range(ow):
                start, end = max(0, left - j * sw), min(kw, w + left - j * sw)
                share = cast(1.0 / (tall * counted_taps(j, kw, sw, left, right, w, counted)), grads)
                dy = dy_at + ((n * oh + i) * ow + j) * c
                for a in range(first, last):
                    for b in range(start, end):
                        p = dx_at + ((n * h + i * sh + a - top) * w + j * sw + b - left) * c
                        for m in range(c):
                            store(grads, p + m, load(grads, p + m) + share * load(grads, dy + m))


def check_picture(title: str, shape: Shape) -> None:
    """Raise SpecError unless the shape is a picture's."""
    if len(shape) != 3:
        raise SpecError(
            f"{title} takes a picture (height × width × channels), but receives {show_shape(shape)}."
        )


def check_sequence(title: str, shape: Shape) -> None:
    """Raise SpecError unless the shape is a sequence's."""
    if len(shape) != 2:
        raise SpecError(f"{title} takes a sequence (steps × channels), but receives {show_shape(shape)}.")


# Cases of pooling over sequences.
SEQUENCES: Samples = (
    ({}, ((6, 3),)),
    ({"pool_size": 3, "stride": 2}, ((8, 2),)),
    ({"pool_size": 3, "stride": 1}, ((5, 17),)),
    ({"pool_size": 1, "stride": 1}, ((1, 1),)),
    ({"pool_size": 3, "padding": "same"}, ((6, 2),)),
    ({"pool_size": 4, "padding": "sides", "pad_before": 2, "pad_after": 1, "ceil_mode": True}, ((6, 3),)),
)
PADDING = ("valid", "same", "same lower", "number", "sides")


class WindowPool(Layer):
    """Base of pooling over windows; an incomplete one at the edge counts in ceil mode alone."""

    category = "Pictures"
    axes = 2
    shown = ("pool_size",)
    options: ClassVar[tuple[Option, ...]] = (
        TWO_LENGTHS,
        Option("pool_size", 2, "Length of the window along each axis.", 1, 255, unit="px"),
        width_option("pool_width", 2, "Width of the window; Pool size is its height.", 1, 255),
        Option("stride", 2, "Step between neighbouring windows.", 1, 31, unit="px"),
        width_option("stride_width", 2, "Step along the width; Stride is the one along the height.", 1, 31),
        Option(
            "padding", "valid", windows.PADDING_HELP.replace("zeros", "border").replace("zero ", "one "),
            choices=PADDING,
        ),
        Option("pad", 1, "Padding on every side.", 0, 64, when=("padding", "number"), unit="px"),
        *sides(2),
        Option("ceil_mode", False, "Keep an incomplete window at the bottom and on the right."),
    )  # fmt: skip
    samples: ClassVar[Samples] = (
        ({}, ((4, 6, 3),)),
        ({"pool_size": 3, "stride": 2}, ((7, 6, 2),)),
        ({"pool_size": 3, "stride": 1}, ((3, 5, 17),)),
        ({"two_lengths": True, "pool_size": 1, "pool_width": 3, "stride": 1}, ((3, 7, 2),)),
        ({"two_lengths": True, "pool_size": 3, "stride_width": 1, "padding": "same"}, ((5, 4, 3),)),
        ({"padding": "same"}, ((5, 3, 2),)),
        ({"padding": "same lower"}, ((5, 4, 2),)),
        ({"pool_size": 3, "padding": "number"}, ((6, 7, 2),)),
        ({"ceil_mode": True}, ((5, 7, 3),)),
        ({"pool_size": 4, "padding": "sides", "pad_top": 3, "pad_right": 1, "ceil_mode": True}, ((4, 6, 2),)),
    )

    def window_taps(self, options: Options) -> tuple[int, ...]:
        """Lengths of the window."""
        return windows.lengths(options, self.axes, "pool_size", "pool_width")

    def frame(self, options: Options, shape: Shape) -> list[Axis]:
        """The windows along each axis of an input."""
        stride, dilation = windows.lengths(options, self.axes, "stride", "stride_width"), (1,) * self.axes
        if self.has_option("dilation"):
            dilation = windows.lengths(options, self.axes, "dilation", "dilation_width")
        return windows.over(options, shape[:-1], self.window_taps(options), stride, dilation)

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        (check_picture if self.axes == 2 else check_sequence)(self.title, inputs[0])
        frame, size = self.frame(options, inputs[0]), inputs[0][:-1]
        windows.check(frame, size, "Make the pool size smaller, or remove a pooling layer.")
        windows.check_inside(frame, size)
        return (*[axis.positions for axis in frame], inputs[0][-1])

    def flops(self, options: Options, inputs: Shapes) -> int:
        return size_of(self.shape(options, inputs)) * size_of(self.window_taps(options))

    def window(self, options: Options, shape: Shape) -> Window:
        """Arguments of the kernels; a sequence has height 1."""
        frame, size = self.frame(options, shape), shape[:-1]
        down, over = (Axis(1, 1, 1, 0, 0, 1), frame[0]) if self.axes == 1 else frame
        h, w = (1, *size) if self.axes == 1 else size
        return Window(
            h, w, shape[-1], down.taps, over.taps, down.stride, over.stride, down.dilation, over.dilation,
            down.before, down.after, over.before, over.after, down.positions, over.positions,
            int(options.get("count_padding", False)),
        )  # fmt: skip

    def divisor(self, options: Options, inputs: Shapes, index: Index) -> int:
        """How many values the mean at a position divides by."""
        count = 1
        for position, axis, n in zip(index, self.frame(options, inputs[0]), inputs[0], strict=False):
            start = position * axis.stride - axis.before
            if options.get("count_padding"):
                count *= min(start + axis.taps, n + axis.after) - start
            else:
                count *= len(inside(axis, position, n))
        return count

    def positions(self, options: Options, inputs: Shapes, index: Index) -> list[Index]:
        """Where the window at a position looks, without what lies in the padding."""
        frame = zip(index, self.frame(options, inputs[0]), inputs[0], strict=False)
        return list(itertools.product(*[inside(axis, p, n) for p, axis, n in frame]))

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        x, shapes = inputs[0], [inputs[0].shape[1:]]
        shape = self.shape(options, shapes)
        samples_last = np.moveaxis(x, 0, -2)
        y = np.empty((len(x), *shape))
        for index in np.ndindex(shape[:-1]):
            where = self.positions(options, shapes, index)
            values = np.stack([samples_last[at] for at in where], 1)
            y[(slice(None), *index)] = self.combine(values, self.divisor(options, shapes, index))
        return y

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        *index, c = unit
        largest = self.takes_largest
        scale = 1.0 if largest else 1 / self.divisor(options, inputs, tuple(index))
        where = self.positions(options, inputs, tuple(index))
        rule = Rule.LARGEST if largest else Rule.SUM
        return Terms(rule, tuple(Term(0, (*at, c), None, scale) for at in where))

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses:
        *at, c = index
        reached = []
        for value, axis in zip(at, self.frame(options, inputs[0]), strict=True):
            starts = [value + axis.before - tap * axis.dilation for tap in range(axis.taps)]
            whole = sorted(s // axis.stride for s in starts if s % axis.stride == 0)
            reached.append([p for p in whole if 0 <= p < axis.positions])
        uses = []
        for window in itertools.product(*reached):
            scale = 1.0 if self.takes_largest else 1 / self.divisor(options, inputs, window)
            uses.append(((*window, c), Term(0, index, None, scale)))
        return tuple(uses)

    def combine(self, window: np.ndarray, divisor: int) -> np.ndarray:
        """(batch, channels) from a window (batch, positions, channels), for the reference."""
        raise NotImplementedError


class AveragePool(WindowPool):
    """Base of both."""

    synonyms = ("pooling", "subsampling", "downsample", "mean pooling")
    options = (
        *WindowPool.options,
        Option("count_padding", False, "Whether the padding counts as zeros in the mean, as in PyTorch."),
    )
    samples = (
        *WindowPool.samples,
        ({**WindowPool.samples[-1][0], "count_padding": True}, WindowPool.samples[-1][1]),
    )

    def lower(self, node: Lowering) -> None:
        window = self.window(node.options, node.inputs[0])
        node.forward(mean_forward, x_at=node.x[0], y_at=node.y, window=window)
        if node.training and node.dx[0] >= 0:
            node.backward(mean_backward, dx_at=node.dx[0], dy_at=node.dy, window=window)

    def combine(self, window: np.ndarray, divisor: int) -> np.ndarray:
        y: np.ndarray = window.sum(1) / divisor
        return y


@layers.register
class AveragePool2D(AveragePool):
    """Mean over windows, as PyTorch's AvgPool2d."""

    id = "averagepool2d"
    title = "AveragePool"
    pytorch = "nn.AvgPool2d"
    formula = "y[i, j, c] = mean of x[·, ·, c] over the window"
    order = 23
    help = "Shrinks a picture by taking the mean of each small window."


@layers.register
class AveragePool1D(AveragePool):
    """Mean over windows, as PyTorch's AvgPool1d with channels last."""

    id = "averagepool1d"
    title = "AveragePool1D"
    pytorch = "nn.AvgPool1d"
    glyph = "pool"
    formula = "y[t, c] = mean of x[·, c] over the window"
    category = "Sequences"
    order = 37
    axes = 1
    options = one_axis(AveragePool.options)
    help = "Shrinks a sequence by taking the mean of neighbouring steps."
    samples = SEQUENCES
