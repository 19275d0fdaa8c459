"""MaxPool: keeps the strongest value in each window of a picture or a sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import device, kernel
from nnkernels.layers.average_pool import SEQUENCES, Window, WindowPool
from nnkernels.ops.windows import one_axis, width_option
from nnkernels.spec import Option, layers
from nnkernels.vector.simd import load, store
from nnkernels.vector.vmath import cast, choose

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@device
def stays(best, value):
    """Whether the best so far beats a value; what is no number beats all, so that it stays visible."""
    return (value <= best) | (best != best)


@device
def pool_pairs(acts, work, n, window, x_at, y_at, taps_at):
    """Forward for windows of 2 x 2 at stride 2: all four taps in one vector loop."""
    h, w, c, oh, ow = window.h, window.w, window.c, window.oh, window.ow
    for i in range(oh):
        for j in range(ow):
            at = ((n * oh + i) * ow + j) * c
            p = x_at + ((n * h + 2 * i) * w + 2 * j) * c
            q = p + w * c
            y, taps = y_at + at, taps_at + at
            for m in range(c):
                best, tap = load(acts, p + m), 0
                value = load(acts, p + c + m)
                tap = tap if stays(best, value) else 1
                best = best if stays(best, value) else value
                value = load(acts, q + m)
                tap = tap if stays(best, value) else 2
                best = best if stays(best, value) else value
                value = load(acts, q + c + m)
                tap = tap if stays(best, value) else 3
                best = best if stays(best, value) else value
                store(acts, y + m, best)
                store(work, taps + m, tap)


@device
def in_pairs(window):
    """Whether all windows are 2 x 2 at stride 2 and lie in the picture."""
    pairs = window.kh == 2 and window.kw == 2 and window.sh == 2 and window.sw == 2
    plain = window.dh == 1 and window.dw == 1 and window.top == 0 and window.left == 0
    return pairs and plain and 2 * window.oh <= window.h and 2 * window.ow <= window.w


@kernel
def forward(state, acts, grads, params, work, chunk, lo, hi, window: Window, x_at, y_at, taps_at):
    """Writes the maximum, and the number of the first tap that holds it, for the way back."""
    h, w, c, kh, kw, sh, sw, dh, dw, top, _, left, _, oh, ow, _ = window
    for n in range(lo, hi):
        if in_pairs(window):
            pool_pairs(acts, work, n, window, x_at, y_at, taps_at)
            continue
        for i in range(oh):
            for j in range(ow):
                at, fresh = ((n * oh + i) * ow + j) * c, True
                for tap in range(kh * kw):
                    row, column = i * sh + tap // kw * dh - top, j * sw + tap % kw * dw - left
                    if row < 0 or row >= h or column < 0 or column >= w:
                        continue
                    p = x_at + ((n * h + row) * w + column) * c
                    number = cast(tap, work)
                    y, taps = y_at + at, taps_at + at
                    for m in range(c):
                        wins = fresh or not stays(load(acts, y + m), load(acts, p + m))
                        store(work, taps + m, choose(wins, number, load(work, taps + m)))
                    for m in range(c):
                        value, best = load(acts, p + m), load(acts, y + m)
                        store(acts, y + m, choose(fresh or not stays(best, value), value, best))
                    fresh = False


@device
def unpool_pairs(grads, work, n, window, dx_at, dy_at, taps_at):
    """Backward for windows of 2 x 2 at stride 2: they do not overlap, so nothing adds up."""
    h, w, c, oh, ow = window.h, window.w, window.c, window.oh, window.ow
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
    h, w, c, kh, kw, sh, sw, dh, dw, top, _, left, _, oh, ow, _ = window
    pairs, zero = in_pairs(window), cast(0.0, grads)
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
                    row, column = i * sh + tap // kw * dh - top, j * sw + tap % kw * dw - left
                    if row < 0 or row >= h or column < 0 or column >= w:
                        continue
                    p = dx_at + ((n * h + row) * w + column) * c
                    number = cast(tap, work)
                    for m in range(c):
                        is_its = load(work, taps_at + at + m) == number
                        gradient = choose(is_its, load(grads, dy_at + at + m), zero)
                        store(grads, p + m, load(grads, p + m) + gradient)


class MaxPool(WindowPool):
    """Base of both."""

    takes_largest = True
    synonyms = ("pooling", "subsampling", "downsample", "max pooling")
    options = (
        *WindowPool.options,
        Option("dilation", 1, "Distance between the points that a window looks at.", 1, 16, unit="px"),
        width_option("dilation_width", 1, "Distance along the width; Dilation: along the height.", 1, 16),
    )
    samples = (
        *WindowPool.samples,
        ({"pool_size": 3, "stride": 1, "dilation": 2, "padding": "same"}, ((6, 5, 2),)),
        ({"two_lengths": True, "pool_size": 3, "dilation_width": 3, "ceil_mode": True}, ((6, 9, 2),)),
    )

    def lower(self, node: Lowering) -> None:
        window = self.window(node.options, node.inputs[0])
        taps = node.per_sample(node.size)
        node.forward(forward, x_at=node.x[0], y_at=node.y, taps_at=taps, window=window)
        if node.training and node.dx[0] >= 0:
            node.backward(backward, dx_at=node.dx[0], dy_at=node.dy, taps_at=taps, window=window)

    def combine(self, window: np.ndarray, divisor: int) -> np.ndarray:
        y: np.ndarray = window.max(1)
        return y


@layers.register
class MaxPool2D(MaxPool):
    """Maximum over windows, as PyTorch's MaxPool2d."""

    id = "maxpool2d"
    title = "MaxPool"
    pytorch = "nn.MaxPool2d"
    formula = "y[i, j, c] = max of x[·, ·, c] over the window"
    order = 21
    help = "Shrinks a picture by keeping the largest value of each small window."


@layers.register
class MaxPool1D(MaxPool):
    """Maximum over windows, as PyTorch's MaxPool1d with channels last."""

    id = "maxpool1d"
    title = "MaxPool1D"
    pytorch = "nn.MaxPool1d"
    glyph = "pool"
    formula = "y[t, c] = max of x[·, c] over the window"
    category = "Sequences"
    order = 37
    axes = 1
    options = one_axis(MaxPool.options)
    help = "Shrinks a sequence by keeping the largest value of neighbouring steps."
    samples = SEQUENCES
