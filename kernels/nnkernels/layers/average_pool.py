"""Average pooling, and pooling over a whole picture."""

from __future__ import annotations

import numpy as np

from nnkernels.jit import kernel
from nnkernels.simd import load, store
from nnkernels.spec import Layer, Option, SpecError, layers, show_shape
from nnkernels.vmath import cast


@kernel
def mean_forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """Mean over windows of kh x kw."""
    h, w, c, kh, kw, stride, oh, ow = args[0], args[1], args[2], args[3], args[4], args[5], args[6], args[7]
    share = cast(1.0 / (kh * kw), acts)
    for n in range(lo, hi):
        for i in range(oh):
            for j in range(ow):
                y = args[9] + ((n * oh + i) * ow + j) * c
                for m in range(c):
                    store(acts, y + m, cast(0.0, acts))
                for tap in range(kh * kw):
                    p = args[8] + ((n * h + i * stride + tap // kw) * w + j * stride + tap % kw) * c
                    for m in range(c):
                        store(acts, y + m, load(acts, y + m) + share * load(acts, p + m))


@kernel
def mean_backward(args, state, acts, grads, params, work, chunk, lo, hi):
    """Every value of a window gets the same share of its gradient."""
    h, w, c, kh, kw, stride, oh, ow = args[0], args[1], args[2], args[3], args[4], args[5], args[6], args[7]
    share = cast(1.0 / (kh * kw), acts)
    for n in range(lo, hi):
        grads[args[8] + n * h * w * c : args[8] + (n + 1) * h * w * c] = 0
        for i in range(oh):
            for j in range(ow):
                dy = args[9] + ((n * oh + i) * ow + j) * c
                for tap in range(kh * kw):
                    p = args[8] + ((n * h + i * stride + tap // kw) * w + j * stride + tap % kw) * c
                    for m in range(c):
                        store(grads, p + m, load(grads, p + m) + share * load(grads, dy + m))


@kernel
def top_forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """Largest value of each channel and the first position that holds it."""
    positions, c, x, y, where = args[0], args[1], args[2], args[3], args[4]
    for n in range(lo, hi):
        for p in range(positions):
            for m in range(c):
                value, best = load(acts, x + (n * positions + p) * c + m), load(acts, y + n * c + m)
                # `not <=`: NaN must win, and stay visible.
                if p == 0 or not value <= best:
                    store(acts, y + n * c + m, value)
                    store(work, where + n * c + m, cast(p, work))


@kernel
def top_backward(args, state, acts, grads, params, work, chunk, lo, hi):
    positions, c, dx, dy, where = args[0], args[1], args[2], args[3], args[4]
    for n in range(lo, hi):
        grads[dx + n * positions * c : dx + (n + 1) * positions * c] = 0
        for m in range(c):
            p = int(work[where + n * c + m])
            grads[dx + (n * positions + p) * c + m] = grads[dy + n * c + m]


def check_picture(title, shape):
    """Raise SpecError unless the shape is a picture's."""
    if len(shape) != 3:
        raise SpecError(
            f"{title} takes a picture (height × width × channels), but receives {show_shape(shape)}."
        )


class WindowPool(Layer):
    """Base of pooling over windows without padding; an incomplete window at the edge is left out."""

    category = "Pictures"
    shown = ("pool_size",)
    options = (
        Option("pool_size", 2, "Height and width of the window.", 1, 31),
        Option("stride", 2, "Step between neighbouring windows.", 1, 31),
    )
    samples = (
        ({}, ((4, 6, 3),)),
        ({"pool_size": 3, "stride": 2}, ((7, 6, 2),)),
        ({"pool_size": 3, "stride": 1}, ((3, 5, 17),)),
    )

    def shape(self, options, inputs):
        check_picture(self.title, inputs[0])
        k, s = options["pool_size"], options["stride"]
        if k > min(inputs[0][:2]):
            raise SpecError(
                f"The window of {k}×{k} is larger than the picture of {show_shape(inputs[0][:2])}. "
                "Make the pool size smaller, or take out a pooling layer."
            )
        return ((inputs[0][0] - k) // s + 1, (inputs[0][1] - k) // s + 1, inputs[0][2])

    def flops(self, options, inputs):
        oh, ow, c = self.shape(options, inputs)
        return oh * ow * c * options["pool_size"] ** 2

    def reference(self, options, inputs, parameters):
        x, k, s = inputs[0], options["pool_size"], options["stride"]
        oh, ow, c = self.shape(options, [x.shape[1:]])
        y = np.empty((len(x), oh, ow, c))
        for i in range(oh):
            for j in range(ow):
                y[:, i, j] = self.combine(x[:, i * s : i * s + k, j * s : j * s + k])
        return y

    def combine(self, window):
        """(batch, channels) from a window (batch, k, k, channels), for the reference."""
        raise NotImplementedError


@layers.register
class AveragePool2D(WindowPool):
    """Mean over windows, as PyTorch's AvgPool2d without padding."""

    id = "averagepool2d"
    title = "AveragePool"
    order = 23
    help = "Shrinks a picture by taking the mean of each small window."
    synonyms = ("pooling", "subsampling", "downsample", "mean pooling")

    def lower(self, node):
        k = node.options["pool_size"]
        geometry = (*node.inputs[0], k, k, node.options["stride"], *node.shape[:2])
        node.forward(mean_forward, *geometry, node.x[0], node.y)
        if node.training and node.dx[0] >= 0:
            node.backward(mean_backward, *geometry, node.dx[0], node.dy)

    def combine(self, window):
        return window.mean((1, 2))


class GlobalPool(Layer):
    """Base of pooling over all positions: a picture becomes one value per channel."""

    category = "Pictures"
    samples = (({}, ((4, 3, 5),)), ({}, ((1, 1, 17),)))

    def shape(self, options, inputs):
        check_picture(self.title, inputs[0])
        return (inputs[0][2],)

    def flops(self, options, inputs):
        return int(np.prod(inputs[0]))


@layers.register
class GlobalAveragePool(GlobalPool):
    """Mean over height and width."""

    id = "globalaveragepool"
    title = "GlobalAveragePool"
    order = 24
    help = "One number for each channel: its mean over the whole picture."
    synonyms = ("global pooling", "mean", "squeeze")

    def lower(self, node):
        h, w, c = node.inputs[0]
        geometry = (h, w, c, h, w, 1, 1, 1)
        node.forward(mean_forward, *geometry, node.x[0], node.y)
        if node.training and node.dx[0] >= 0:
            node.backward(mean_backward, *geometry, node.dx[0], node.dy)

    def reference(self, options, inputs, parameters):
        return inputs[0].mean((1, 2))


@layers.register
class GlobalMaxPool(GlobalPool):
    """Maximum over height and width."""

    id = "globalmaxpool"
    title = "GlobalMaxPool"
    order = 25
    help = "One number for each channel: its largest value in the whole picture."
    synonyms = ("global pooling", "maximum", "squeeze")

    def lower(self, node):
        h, w, c = node.inputs[0]
        where = node.per_sample(c)
        node.forward(top_forward, h * w, c, node.x[0], node.y, where)
        if node.training and node.dx[0] >= 0:
            node.backward(top_backward, h * w, c, node.dx[0], node.dy, where)

    def reference(self, options, inputs, parameters):
        return inputs[0].max((1, 2))
