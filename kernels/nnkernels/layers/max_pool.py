"""MaxPool: keeps the strongest value in each window of a picture or a sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import device, kernel
from nnkernels.layers.average_pool import SEQUENCES, Window, WindowPool
from nnkernels.spec import in_steps, layers
from nnkernels.vector.simd import load, store
from nnkernels.vector.vmath import cast

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering

# `not <=` instead of `>` throughout: NaN must win, and stay visible.


@device
def pool_pairs(acts, work, n, window, x_at, y_at, taps_at):
    """Forward for windows of 2 x 2 at stride 2: all four taps in one vector loop."""
    h, w, c, _, _, _, oh, ow = window
    for i in range(oh):
        for j in range(ow):
            at = ((n * oh + i) * ow + j) * c
            p = x_at + ((n * h + 2 * i) * w + 2 * j) * c
            q = p + w * c
            y, taps = y_at + at, taps_at + at
            for m in range(c):
                best, tap = load(acts, p + m), 0
                value = load(acts, p + c + m)
                tap = tap if value <= best else 1
                best = best if value <= best else value
                value = load(acts, q + m)
                tap = tap if value <= best else 2
                best = best if value <= best else value
                value = load(acts, q + c + m)
                tap = tap if value <= best else 3
                best = best if value <= best else value
                store(acts, y + m, best)
                store(work, taps + m, tap)


@kernel
def forward(state, acts, grads, params, work, chunk, lo, hi, window: Window, x_at, y_at, taps_at):
    """Writes the maximum, and the number of the first tap that holds it, for the way back."""
    h, w, c, kh, kw, stride, oh, ow = window
    for n in range(lo, hi):
        if kh == 2 and kw == 2 and stride == 2:
            pool_pairs(acts, work, n, window, x_at, y_at, taps_at)
            continue
        for i in range(oh):
            for j in range(ow):
                at = ((n * oh + i) * ow + j) * c
                for tap in range(kh * kw):
                    p = x_at + ((n * h + i * stride + tap // kw) * w + j * stride + tap % kw) * c
                    for m in range(c):
                        value, best = load(acts, p + m), load(acts, y_at + at + m)
                        if tap == 0 or not value <= best:
                            store(acts, y_at + at + m, value)
                            store(work, taps_at + at + m, tap)


@device
def unpool_pairs(grads, work, n, window, dx_at, dy_at, taps_at):
    """Backward for windows of 2 x 2 at stride 2: they do not overlap, so nothing adds up."""
    h, w, c, _, _, _, oh, ow = window
    zero = cast(0.0, grads)
    for i in range(oh):
        for j in range(ow):
            at = ((n * oh + i) * ow + j) * c
            dy, taps = dy_at + at, taps_at + at
            # Tap by tap: the compiler makes vectors of loops over few arrays.
            for tap in range(4):
                dx = dx_at + ((n * h + 2 * i + tap // 2) * w + 2 * j + tap % 2) * c
                number = cast(tap, work)
                for m in range(c):
                    gradient = load(grads, dy + m)
                    store(grads, dx + m, gradient if load(work, taps + m) == number else zero)


@kernel
def backward(state, acts, grads, params, work, chunk, lo, hi, window: Window, dx_at, dy_at, taps_at):
    """The gradient goes to the tap that won; windows may overlap, so gradients add up."""
    h, w, c, kh, kw, stride, oh, ow = window
    pairs = kh == 2 and kw == 2 and stride == 2
    for n in range(lo, hi):
        if not pairs or h % 2 or w % 2:
            grads[dx_at + n * h * w * c : dx_at + (n + 1) * h * w * c] = 0
        if pairs:
            unpool_pairs(grads, work, n, window, dx_at, dy_at, taps_at)
            continue
        for i in range(oh):
            for j in range(ow):
                at = ((n * oh + i) * ow + j) * c
                for tap in range(kh * kw):
                    p = dx_at + ((n * h + i * stride + tap // kw) * w + j * stride + tap % kw) * c
                    for m in range(c):
                        gradient = load(grads, dy_at + at + m)
                        if load(work, taps_at + at + m) == tap:
                            store(grads, p + m, load(grads, p + m) + gradient)


class MaxPool(WindowPool):
    """Base of both."""

    takes_largest = True
    synonyms = ("pooling", "subsampling", "downsample", "max pooling")

    def lower(self, node: Lowering) -> None:
        window = self.window(node.options, node.inputs[0], node.shape)
        taps = node.per_sample(node.size)
        node.forward(forward, x_at=node.x[0], y_at=node.y, taps_at=taps, window=window)
        if node.training and node.dx[0] >= 0:
            node.backward(backward, dx_at=node.dx[0], dy_at=node.dy, taps_at=taps, window=window)

    def combine(self, window: np.ndarray) -> np.ndarray:
        y: np.ndarray = window.max(1)
        return y


@layers.register
class MaxPool2D(MaxPool):
    """Maximum over windows, as PyTorch's MaxPool2d without padding."""

    id = "maxpool2d"
    title = "MaxPool"
    pytorch = "nn.MaxPool2d"
    formula = "y[i, j, c] = max of x[·, ·, c] over the window"
    order = 21
    help = "Shrinks a picture by keeping the largest value of each small window."


@layers.register
class MaxPool1D(MaxPool):
    """Maximum over windows, as PyTorch's MaxPool1d without padding, with channels last."""

    id = "maxpool1d"
    title = "MaxPool1D"
    pytorch = "nn.MaxPool1d"
    glyph = "pool"
    formula = "y[t, c] = max of x[·, c] over the window"
    category = "Sequences"
    order = 37
    axes = 1
    options = in_steps(MaxPool.options)
    help = "Shrinks a sequence by keeping the largest value of neighbouring steps."
    samples = SEQUENCES
