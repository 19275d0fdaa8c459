"""Conv2D: the same small filter passes over every position of a picture."""

from __future__ import annotations

import numpy as np

from nnkernels.initialisers import CHOICES
from nnkernels.jit import device, kernel
from nnkernels.machine import ONE, SAMPLES, array_at
from nnkernels.simd import ADD, BIAS, ZERO, gemm
from nnkernels.spec import Layer, Option, Parameter, SpecError, layers, show_shape

# All kernels below start their argument block with the geometry, in this order.
# h, w, cin: input; kh, kw: filter; stride; top, left: padding; oh, ow, cout: output.


@device
def pad_sample(args, acts, x, n, work, pad, padded_wide):
    """Copy sample n into the middle of a frame whose border is zero already."""
    h, w, cin, top, left = args[0], args[1], args[2], args[6], args[7]
    for i in range(h):
        source = acts[x + (n * h + i) * w * cin : x + (n * h + i + 1) * w * cin]
        at = pad + ((top + i) * padded_wide + left) * cin
        sink = work[at : at + w * cin]
        for j in range(w * cin):
            sink[j] = source[j]


@kernel
def forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """Pad one sample at a time, then one matrix product over all output positions."""
    cin, kh, kw = args[2], args[3], args[4]
    oh, ow, cout = args[8], args[9], args[10]
    x, y, weight, bias, rows, padded_wide = args[11], args[12], args[13], args[14], args[15], args[16]
    pad = args[17] + chunk * args[18]
    size = args[18]
    table = array_at(rows, args)
    work[pad : pad + size] = 0
    for n in range(lo, hi):
        pad_sample(args, acts, x, n, work, pad, padded_wide)
        gemm(
            work, pad, table, 0, oh * ow, padded_wide * cin, 1, kh, kw * cin,
            params, weight, kw * cin * cout, cout,
            acts, y + n * oh * ow * cout, cout, cout, BIAS if bias >= 0 else ZERO, params, max(bias, 0),
        )  # fmt: skip


@kernel
def weight_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    """This chunk's share of dW and db, summed over its samples into scratch of its own."""
    cin, kh, kw, stride = args[2], args[3], args[4], args[5]
    oh, ow, cout = args[8], args[9], args[10]
    x, dy, rows, padded_wide = args[11], args[12], args[13], args[14]
    pad, share = args[15] + chunk * args[16], args[17] + chunk * args[18]
    taps = kh * kw * cin
    table = array_at(rows, args)
    work[pad : pad + args[16]] = 0
    work[share : share + (taps + 1) * cout] = 0
    for n in range(lo, hi):
        pad_sample(args, acts, x, n, work, pad, padded_wide)
        out = dy + n * oh * ow * cout
        gemm(
            work, pad, table, 0, taps, stride * padded_wide * cin, stride * cin, oh, ow,
            grads, out, ow * cout, cout, work, share, cout, cout, ADD, work, 0,
        )  # fmt: skip
        # The bias gradient is the product with a row of ones.
        gemm(
            work, ONE, table, 0, 1, 0, 0, oh, ow,
            grads, out, ow * cout, cout, work, share + taps * cout, cout, cout, ADD, work, 0,
        )  # fmt: skip


@kernel
def sum_shares(args, state, acts, grads, params, work, chunk, lo, hi):
    """Add the chunks' shares, in order of the chunks; weights first, then biases."""
    share, stride, per_chunk, weights, dw, db = args[0], args[1], args[2], args[3], args[4], args[5]
    used = (state[SAMPLES] + per_chunk - 1) // per_chunk
    for i in range(lo, hi):
        total = work[share + i]
        for c in range(1, used):
            total += work[share + c * stride + i]
        if i < weights:
            grads[dw + i] = total
        elif db >= 0:
            grads[db + i - weights] = total


@kernel
def input_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    """dx is the convolution of dy, spread out by the stride and padded, with the turned filter."""
    h, w, cin, kh, kw, stride = args[0], args[1], args[2], args[3], args[4], args[5]
    top, left, oh, ow, cout = args[6], args[7], args[8], args[9], args[10]
    dx, dy, weight, rows = args[11], args[12], args[13], args[14]
    spread, turned = args[15] + chunk * args[16], args[17] + chunk * args[18]
    wide = w + kw - 1
    table = array_at(rows, args)
    for i in range(kh):
        for j in range(kw):
            at = turned + ((kh - 1 - i) * kw + kw - 1 - j) * cin * cout
            source = weight + (i * kw + j) * cin * cout
            for ci in range(cin):
                for co in range(cout):
                    work[at + co * cin + ci] = params[source + ci * cout + co]
    work[spread : spread + args[16]] = 0
    for n in range(lo, hi):
        for i in range(oh):
            line = i * stride + kh - 1 - top
            # Positions that only ever touched padding have no place in the input's frame.
            if line < 0 or line >= h + kh - 1:
                continue
            for j in range(ow):
                column = j * stride + kw - 1 - left
                if column < 0 or column >= wide:
                    continue
                at = spread + (line * wide + column) * cout
                source = dy + ((n * oh + i) * ow + j) * cout
                for c in range(cout):
                    work[at + c] = grads[source + c]
        gemm(
            work, spread, table, 0, h * w, wide * cout, 1, kh, kw * cout,
            work, turned, kw * cout * cin, cin, grads, dx + n * h * w * cin, cin, cin, ZERO, work, 0,
        )  # fmt: skip


@layers.register
class Conv2D(Layer):
    """Cross-correlation of an NHWC picture with filters (kh, kw, in, out), as in Keras.

    PyTorch's Conv2d computes the same with NCHW pictures and OIHW filters. With padding "same"
    the output has ceil(size / stride) positions; an odd remainder is padded below and right.
    """

    id = "conv2d"
    title = "Conv2D"
    category = "Pictures"
    order = 20
    help = "Filters that look at small windows of a picture, the same everywhere."
    synonyms = ("convolution", "conv", "filter", "kernel", "feature maps")
    shown = ("filters", "kernel_size")
    options = (
        Option("filters", 16, "Number of filters, and so of output channels.", 1, 4096),
        Option("kernel_size", 3, "Height and width of the window.", 1, 31),
        Option("stride", 1, "Step between neighbouring windows.", 1, 16),
        Option("padding", "same", "same: zeros around the picture; valid: none.", choices=("same", "valid")),
        Option("bias", True, "Add a trained constant to every filter."),
        Option("init", "he", "How weights start: He suits ReLU, Glorot suits tanh.", choices=CHOICES),
    )
    samples = (
        ({"filters": 3}, ((5, 7, 2),)),
        ({"filters": 17, "padding": "valid"}, ((6, 5, 1),)),
        ({"filters": 2, "stride": 2, "kernel_size": 2}, ((5, 4, 3),)),
        ({"filters": 33, "stride": 3, "padding": "valid", "bias": False}, ((8, 7, 1),)),
        ({"filters": 2, "kernel_size": 5}, ((2, 1, 1),)),
        ({"filters": 2, "kernel_size": 1, "stride": 2}, ((3, 4, 2),)),
    )

    def _frame(self, options, picture):
        """(top, left, oh, ow): padding above and left, and output size."""
        k, s = options["kernel_size"], options["stride"]
        if options["padding"] == "valid":
            return 0, 0, (picture[0] - k) // s + 1, (picture[1] - k) // s + 1
        oh, ow = -(-picture[0] // s), -(-picture[1] // s)
        spare = [max((o - 1) * s + k - n, 0) for o, n in zip((oh, ow), picture, strict=False)]
        return spare[0] // 2, spare[1] // 2, oh, ow

    def shape(self, options, inputs):
        picture = inputs[0]
        if len(picture) != 3:
            raise SpecError(
                f"Conv2D takes a picture (height x width x channels), but receives "
                f"{show_shape(picture)}. Use picture data, or a Dense layer for lists of values."
            )
        _, _, oh, ow = self._frame(options, picture)
        if oh < 1 or ow < 1:
            k = options["kernel_size"]
            raise SpecError(
                f"The window of {k} x {k} is larger than the picture of {show_shape(picture[:2])}. "
                "Make the kernel smaller, or set padding to same."
            )
        return (oh, ow, options["filters"])

    def parameters(self, options, inputs):
        k, cin, cout = options["kernel_size"], inputs[0][2], options["filters"]
        fan_in, fan_out = k * k * cin, k * k * cout
        weight = Parameter("weight", (k, k, cin, cout), options["init"], fan_in, fan_out)
        return (weight, Parameter("bias", (cout,))) if options["bias"] else (weight,)

    def flops(self, options, inputs):
        oh, ow, cout = self.shape(options, inputs)
        return 2 * oh * ow * cout * options["kernel_size"] ** 2 * inputs[0][2]

    def lower(self, node):
        h, w, cin = node.inputs[0]
        oh, ow, cout = node.shape
        k, stride = node.options["kernel_size"], node.options["stride"]
        top, left, _, _ = self._frame(node.options, node.inputs[0])
        geometry = (h, w, cin, k, k, stride, top, left, oh, ow, cout)
        # The padded picture: as far as the last window reaches, and never less than the input.
        tall = max((oh - 1) * stride + k, top + h)
        wide = max((ow - 1) * stride + k, left + w)
        pad, pad_stride = node.per_chunk(tall * wide * cin)
        weight, bias = node.parameters["weight"], node.parameters.get("bias", -1)
        i, j = np.mgrid[:oh, :ow]
        windows = node.table((i * stride * wide + j * stride) * cin)
        node.forward(forward, *geometry, node.x[0], node.y, weight, bias, windows, wide, pad, pad_stride)
        if not node.training:
            return
        taps = k * k * cin
        i, j, c = np.mgrid[:k, :k, :cin]
        ahead = node.table((i * wide + j) * cin + c)
        share, share_stride = node.per_chunk((taps + 1) * cout)
        node.backward(
            weight_gradient, *geometry, node.x[0], node.dy, ahead, wide,
            pad, pad_stride, share, share_stride,
        )  # fmt: skip
        gradient = node.parameter_gradients
        extent = (taps + 1) * cout
        node.sweep(
            sum_shares, extent, extent * node.chunks, 16, share, share_stride, node.emitter.chunk,
            taps * cout, gradient["weight"], gradient.get("bias", -1),
        )  # fmt: skip
        if node.dx[0] >= 0:
            frame = w + k - 1
            i, j = np.mgrid[:h, :w]
            positions = node.table((i * frame + j) * cout)
            spread, spread_stride = node.per_chunk((h + k - 1) * frame * cout)
            turned, turned_stride = node.per_chunk(taps * cout)
            node.backward(
                input_gradient, *geometry, node.dx[0], node.dy, weight, positions,
                spread, spread_stride, turned, turned_stride,
            )  # fmt: skip

    def reference(self, options, inputs, parameters):
        x, weight = inputs[0], parameters["weight"]
        k, s = options["kernel_size"], options["stride"]
        top, left, oh, ow = self._frame(options, x.shape[1:])
        padded = np.zeros((len(x), x.shape[1] + 2 * k + s, x.shape[2] + 2 * k + s, x.shape[3]))
        padded[:, top : top + x.shape[1], left : left + x.shape[2]] = x
        y = np.zeros((len(x), oh, ow, weight.shape[3]))
        for i in range(oh):
            for j in range(ow):
                window = padded[:, i * s : i * s + k, j * s : j * s + k]
                y[:, i, j] = np.tensordot(window, weight, 3)
        return y + parameters["bias"] if options["bias"] else y
