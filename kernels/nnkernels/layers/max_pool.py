"""MaxPool: keeps the strongest answer in each window of a picture or a sequence."""

from __future__ import annotations

from nnkernels.jit import device, kernel
from nnkernels.layers.average_pool import SEQUENCES, WindowPool
from nnkernels.simd import load, store
from nnkernels.spec import in_steps, layers
from nnkernels.vmath import cast

# `not <=` instead of `>` throughout: NaN must win, and stay visible.


@device
def pool_pairs(args, acts, work, n):
    """Forward for windows of 2 x 2 at stride 2: all four taps in one vector loop."""
    h, w, c, oh, ow = args[0], args[1], args[2], args[6], args[7]
    for i in range(oh):
        for j in range(ow):
            at = ((n * oh + i) * ow + j) * c
            p = args[8] + ((n * h + 2 * i) * w + 2 * j) * c
            q = p + w * c
            y, taps = args[9] + at, args[10] + at
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
def forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """Writes the maximum, and the number of the first tap that holds it, for the way back."""
    h, w, c, kh, kw, stride, oh, ow = args[0], args[1], args[2], args[3], args[4], args[5], args[6], args[7]
    x, y, taps = args[8], args[9], args[10]
    for n in range(lo, hi):
        if kh == 2 and kw == 2 and stride == 2:
            pool_pairs(args, acts, work, n)
            continue
        for i in range(oh):
            for j in range(ow):
                at = ((n * oh + i) * ow + j) * c
                for tap in range(kh * kw):
                    p = x + ((n * h + i * stride + tap // kw) * w + j * stride + tap % kw) * c
                    for m in range(c):
                        value, best = load(acts, p + m), load(acts, y + at + m)
                        if tap == 0 or not value <= best:
                            store(acts, y + at + m, value)
                            store(work, taps + at + m, tap)


@device
def unpool_pairs(args, grads, work, n):
    """Backward for windows of 2 x 2 at stride 2: they do not overlap, so nothing adds up."""
    h, w, c, oh, ow = args[0], args[1], args[2], args[6], args[7]
    zero = cast(0.0, grads)
    for i in range(oh):
        for j in range(ow):
            at = ((n * oh + i) * ow + j) * c
            p = args[8] + ((n * h + 2 * i) * w + 2 * j) * c
            q = p + w * c
            dy, taps = args[9] + at, args[10] + at
            for m in range(c):
                slope, tap = load(grads, dy + m), load(work, taps + m)
                store(grads, p + m, slope if tap == 0 else zero)
                store(grads, p + c + m, slope if tap == 1 else zero)
                store(grads, q + m, slope if tap == 2 else zero)
                store(grads, q + c + m, slope if tap == 3 else zero)


@kernel
def backward(args, state, acts, grads, params, work, chunk, lo, hi):
    """The gradient goes to the tap that won; windows may overlap, so gradients add up."""
    h, w, c, kh, kw, stride, oh, ow = args[0], args[1], args[2], args[3], args[4], args[5], args[6], args[7]
    dx, dy, taps = args[8], args[9], args[10]
    pairs = kh == 2 and kw == 2 and stride == 2
    for n in range(lo, hi):
        if not pairs or h % 2 or w % 2:
            grads[dx + n * h * w * c : dx + (n + 1) * h * w * c] = 0
        if pairs:
            unpool_pairs(args, grads, work, n)
            continue
        for i in range(oh):
            for j in range(ow):
                at = ((n * oh + i) * ow + j) * c
                for tap in range(kh * kw):
                    p = dx + ((n * h + i * stride + tap // kw) * w + j * stride + tap % kw) * c
                    for m in range(c):
                        slope = load(grads, dy + at + m)
                        if load(work, taps + at + m) == tap:
                            store(grads, p + m, load(grads, p + m) + slope)


class MaxPool(WindowPool):
    """Base of both."""

    takes_largest = True
    synonyms = ("pooling", "subsampling", "downsample", "max pooling")

    def lower(self, node):
        geometry = self.geometry(node.options, node.inputs[0], node.shape)
        taps = node.per_sample(node.size)
        node.forward(forward, *geometry, node.x[0], node.y, taps)
        if node.training and node.dx[0] >= 0:
            node.backward(backward, *geometry, node.dx[0], node.dy, taps)

    def combine(self, window):
        return window.max(1)


@layers.register
class MaxPool2D(MaxPool):
    """Maximum over windows, as PyTorch's MaxPool2d without padding."""

    id = "maxpool2d"
    title = "MaxPool"
    pytorch = "nn.MaxPool2d"
    formula = "y[i, j, c] = max of x[·, ·, c] over the window"
    order = 21
    help = "Halves a picture by keeping the largest value of each small window."


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
    help = "Halves a sequence by keeping the largest value of neighbouring steps."
    samples = SEQUENCES
