"""Average pooling, and pooling over a whole picture or sequence."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, ClassVar, NamedTuple

import numpy as np

from nnkernels.jit import kernel
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
    in_steps,
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
    """Pooling over windows: sizes of the input (h, w, c), the window, its step, and the output."""

    h: int
    w: int
    c: int
    kh: int
    kw: int
    stride: int
    oh: int
    ow: int


@kernel
def mean_forward(state, acts, grads, params, work, chunk, lo, hi, window: Window, x_at, y_at):
    """Mean over windows of kh x kw."""
    h, w, c, kh, kw, stride, oh, ow = window
    share = cast(1.0 / (kh * kw), acts)
    for n in range(lo, hi):
        for i in range(oh):
            for j in range(ow):
                y = y_at + ((n * oh + i) * ow + j) * c
                for m in range(c):
                    store(acts, y + m, cast(0.0, acts))
                if kh * kw > FEW_TAPS:
                    for a in range(kh):
                        p = x_at + ((n * h + i * stride + a) * w + j * stride) * c
                        row_sums(acts, p, acts, y, acts, y, c, kw, c, 0, 0)
                    for m in range(c):
                        store(acts, y + m, share * load(acts, y + m))
                    continue
                for tap in range(kh * kw):
                    p = x_at + ((n * h + i * stride + tap // kw) * w + j * stride + tap % kw) * c
                    for m in range(c):
                        store(acts, y + m, load(acts, y + m) + share * load(acts, p + m))


@kernel
def mean_backward(state, acts, grads, params, work, chunk, lo, hi, window: Window, dx_at, dy_at):
    """Every value of a window gets the same share of its gradient."""
    h, w, c, kh, kw, stride, oh, ow = window
    share = cast(1.0 / (kh * kw), acts)
    for n in range(lo, hi):
        grads[dx_at + n * h * w * c : dx_at + (n + 1) * h * w * c] = 0
        for i in range(oh):
            for j in range(ow):
                dy = dy_at + ((n * oh + i) * ow + j) * c
                for tap in range(kh * kw):
                    p = dx_at + ((n * h + i * stride + tap // kw) * w + j * stride + tap % kw) * c
                    for m in range(c):
                        store(grads, p + m, load(grads, p + m) + share * load(grads, dy + m))


@kernel
def top_forward(state, acts, grads, params, work, chunk, lo, hi, positions, c, x_at, y_at, where_at):
    """Largest value of each channel and the first position that holds it."""
    for n in range(lo, hi):
        for p in range(positions):
            for m in range(c):
                value, best = load(acts, x_at + (n * positions + p) * c + m), load(acts, y_at + n * c + m)
                # `not <=`: NaN must win, and stay visible.
                if p == 0 or not value <= best:
                    store(acts, y_at + n * c + m, value)
                    store(work, where_at + n * c + m, cast(p, work))


@kernel
def top_backward(state, acts, grads, params, work, chunk, lo, hi, positions, c, dx_at, dy_at, where_at):
    for n in range(lo, hi):
        grads[dx_at + n * positions * c : dx_at + (n + 1) * positions * c] = 0
        for m in range(c):
            p = int(work[where_at + n * c + m])
            grads[dx_at + (n * positions + p) * c + m] = grads[dy_at + n * c + m]


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
)


class WindowPool(Layer):
    """Base of pooling over windows without padding; an incomplete window at the edge is left out."""

    category = "Pictures"
    axes = 2
    shown = ("pool_size",)
    options: ClassVar[tuple[Option, ...]] = (
        Option("pool_size", 2, "Length of the window along each axis.", 1, 31, unit="px"),
        Option("stride", 2, "Step between neighbouring windows.", 1, 31, unit="px"),
    )
    samples: ClassVar[Samples] = (
        ({}, ((4, 6, 3),)),
        ({"pool_size": 3, "stride": 2}, ((7, 6, 2),)),
        ({"pool_size": 3, "stride": 1}, ((3, 5, 17),)),
    )

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        (check_picture if self.axes == 2 else check_sequence)(self.title, inputs[0])
        k, s = options["pool_size"], options["stride"]
        if k > min(inputs[0][:-1]):
            raise SpecError(
                f"The window of {show_shape((k,) * self.axes)} is larger than the input of "
                f"{show_shape(inputs[0][:-1])}. Make the pool size smaller, or remove a pooling layer."
            )
        return (*[(n - k) // s + 1 for n in inputs[0][:-1]], inputs[0][-1])

    def flops(self, options: Options, inputs: Shapes) -> int:
        taps: int = options["pool_size"] ** self.axes
        return size_of(self.shape(options, inputs)) * taps

    def window(self, options: Options, inside: Shape, out: Shape) -> Window:
        """Arguments of the kernels; a sequence has height 1."""
        k, stride = options["pool_size"], options["stride"]
        if self.axes == 1:
            length, channels = inside
            return Window(1, length, channels, 1, k, stride, 1, out[0])
        height, width, channels = inside
        return Window(height, width, channels, k, k, stride, out[0], out[1])

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        x, k, s = inputs[0], options["pool_size"], options["stride"]
        shape = self.shape(options, [x.shape[1:]])
        y = np.empty((len(x), *shape))
        for index in np.ndindex(shape[:-1]):
            window = x[(slice(None), *[slice(p * s, p * s + k) for p in index])]
            y[(slice(None), *index)] = self.combine(window.reshape(len(x), -1, x.shape[-1]))
        return y

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        k, s = options["pool_size"], options["stride"]
        indices = itertools.product(*[range(p * s, p * s + k) for p in unit[:-1]])
        rule: Rule
        rule, scale = (Rule.LARGEST, 1.0) if self.takes_largest else (Rule.SUM, 1 / k**self.axes)
        return Terms(rule, tuple(Term(0, (*index, unit[-1]), None, scale) for index in indices))

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses:
        k, s, sizes = options["pool_size"], options["stride"], self.shape(options, inputs)[:-1]
        scale = 1.0 if self.takes_largest else 1 / k**self.axes
        spans = [(-((k - 1 - a) // s), a // s + 1) for a in index[:-1]]
        windows = itertools.product(
            *[range(max(0, low), min(high, n)) for (low, high), n in zip(spans, sizes, strict=True)]
        )
        return tuple(((*w, index[-1]), Term(0, index, None, scale)) for w in windows)

    def combine(self, window: np.ndarray) -> np.ndarray:
        """(batch, channels) from a window (batch, positions, channels), for the reference."""
        raise NotImplementedError


class AveragePool(WindowPool):
    """Base of both."""

    synonyms = ("pooling", "subsampling", "downsample", "mean pooling")

    def lower(self, node: Lowering) -> None:
        window = self.window(node.options, node.inputs[0], node.shape)
        node.forward(mean_forward, x_at=node.x[0], y_at=node.y, window=window)
        if node.training and node.dx[0] >= 0:
            node.backward(mean_backward, dx_at=node.dx[0], dy_at=node.dy, window=window)

    def combine(self, window: np.ndarray) -> np.ndarray:
        y: np.ndarray = window.mean(1)
        return y


@layers.register
class AveragePool2D(AveragePool):
    """Mean over windows, as PyTorch's AvgPool2d without padding."""

    id = "averagepool2d"
    title = "AveragePool"
    pytorch = "nn.AvgPool2d"
    formula = "y[i, j, c] = mean of x[·, ·, c] over the window"
    order = 23
    help = "Shrinks a picture by taking the mean of each small window."


@layers.register
class AveragePool1D(AveragePool):
    """Mean over windows, as PyTorch's AvgPool1d without padding, with channels last."""

    id = "averagepool1d"
    title = "AveragePool1D"
    pytorch = "nn.AvgPool1d"
    glyph = "pool"
    formula = "y[t, c] = mean of x[·, c] over the window"
    category = "Sequences"
    order = 37
    axes = 1
    options = in_steps(AveragePool.options)
    help = "Shrinks a sequence by taking the mean of neighbouring steps."
    samples = SEQUENCES


class GlobalPool(Layer):
    """Base of pooling over all positions: one value remains for each channel, by a ``rule``."""

    category = "Pictures"
    axes = 2
    rule: ClassVar[Rule]
    samples: ClassVar[Samples] = (({}, ((4, 3, 5),)), ({}, ((1, 1, 17),)))

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        (check_picture if self.axes == 2 else check_sequence)(self.title, inputs[0])
        return (inputs[0][-1],)

    def flops(self, options: Options, inputs: Shapes) -> int:
        return size_of(inputs[0])

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        indices = list(np.ndindex(inputs[0][:-1]))
        scale = 1 / len(indices) if self.rule == Rule.SUM else 1.0
        return Terms(self.rule, tuple(Term(0, (*index, unit[-1]), None, scale) for index in indices))


class GlobalAverage(GlobalPool):
    """Base of both."""

    rule: ClassVar[Rule] = Rule.SUM
    synonyms = ("global pooling", "mean", "squeeze")

    def lower(self, node: Lowering) -> None:
        c = node.inputs[0][-1]
        positions = size_of(node.inputs[0]) // c
        window = Window(1, positions, c, 1, positions, 1, 1, 1)
        node.forward(mean_forward, x_at=node.x[0], y_at=node.y, window=window)
        if node.training and node.dx[0] >= 0:
            node.backward(mean_backward, dx_at=node.dx[0], dy_at=node.dy, window=window)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        x = inputs[0]
        y: np.ndarray = x.reshape(len(x), -1, x.shape[-1]).mean(1)
        return y


@layers.register
class GlobalAveragePool(GlobalAverage):
    """Mean over height and width."""

    id = "globalaveragepool"
    title = "GlobalAveragePool"
    pytorch = "nn.AdaptiveAvgPool2d"
    glyph = "global pool"
    adapts = True
    formula = "y[c] = mean of x[·, ·, c]"
    order = 24
    help = "One number for each channel: its mean over the whole picture."


@layers.register
class GlobalAveragePool1D(GlobalAverage):
    """Mean over all steps."""

    id = "globalaveragepool1d"
    title = "GlobalAveragePool1D"
    pytorch = "nn.AdaptiveAvgPool1d"
    glyph = "global pool"
    adapts = True
    formula = "y[c] = mean of x[·, c]"
    category = "Sequences"
    order = 37
    axes = 1
    help = "One number for each channel: its mean over the whole sequence."
    samples = (({}, ((7, 5),)), ({}, ((1, 17),)))


class GlobalMax(GlobalPool):
    """Base of both."""

    rule: ClassVar[Rule] = Rule.LARGEST
    synonyms = ("global pooling", "maximum", "squeeze")

    def lower(self, node: Lowering) -> None:
        c = node.inputs[0][-1]
        where, positions = node.per_sample(c), size_of(node.inputs[0]) // c
        shared = {"positions": positions, "c": c, "where_at": where}
        node.forward(top_forward, x_at=node.x[0], y_at=node.y, **shared)
        if node.training and node.dx[0] >= 0:
            node.backward(top_backward, dx_at=node.dx[0], dy_at=node.dy, **shared)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        x = inputs[0]
        y: np.ndarray = x.reshape(len(x), -1, x.shape[-1]).max(1)
        return y


@layers.register
class GlobalMaxPool(GlobalMax):
    """Maximum over height and width."""

    id = "globalmaxpool"
    title = "GlobalMaxPool"
    pytorch = "nn.AdaptiveMaxPool2d"
    glyph = "global pool"
    formula = "y[c] = max of x[·, ·, c]"
    order = 25
    help = "One number for each channel: its largest value in the whole picture."


@layers.register
class GlobalMaxPool1D(GlobalMax):
    """Maximum over all steps."""

    id = "globalmaxpool1d"
    title = "GlobalMaxPool1D"
    pytorch = "nn.AdaptiveMaxPool1d"
    glyph = "global pool"
    formula = "y[c] = max of x[·, c]"
    category = "Sequences"
    order = 37
    axes = 1
    help = "One number for each channel: its largest value in the whole sequence."
    samples = (({}, ((7, 5),)), ({}, ((1, 17),)))
