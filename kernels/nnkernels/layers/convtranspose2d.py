"""ConvTranspose2D: every pixel paints a filter; pictures grow."""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.layers.average_pool import check_picture
from nnkernels.layers.dense import bias_gradient
from nnkernels.ops import convolution
from nnkernels.ops.convolution import Geometry
from nnkernels.spec import (
    Arrays,
    Layer,
    NamedArrays,
    Option,
    Options,
    Parameter,
    Shape,
    Shapes,
    SpecError,
    initialisers,
    layers,
    show_shape,
    size_of,
)
from nnkernels.spec.initialisers import BIAS_VALUES
from nnkernels.spec.terms import Index, Rule, Term, Terms, Uses

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@layers.register
class ConvTranspose2D(Layer):
    """The transpose of a Conv2D's matrix, as PyTorch's ConvTranspose2d with channels last.

    Filters are (kh, kw, out, in), as in Keras; PyTorch stores (in, out, kh, kw). A size n becomes
    (n - 1) stride - 2 padding + kernel size + output padding.
    """

    id = "convtranspose2d"
    title = "ConvTranspose2D"
    pytorch = "nn.ConvTranspose2d"
    glyph = "enlarge"
    formula = "y[i·s + p, j·s + q, o] += x[i, j, c] · W[p, q, c, o], then + b[o]"
    category = "Pictures"
    order = 26
    help = "The reverse of a Conv2D: every pixel paints a filter, and the picture grows."
    synonyms = ("deconvolution", "transposed convolution", "upsampling", "decoder", "generator")
    shown = ("filters", "kernel_size")
    options = (
        Option("filters", 16, "Number of output channels.", 1, 4096),
        Option("kernel_size", 2, "Height and width of the filter.", 1, 31, unit="px"),
        Option("stride", 2, "Distance between what neighbouring pixels paint.", 1, 16, unit="px"),
        Option("padding", 0, "Pixels cut off on every side.", 0, 30, unit="px"),
        Option(
            "output_padding",
            0,
            "Pixels added at the bottom and on the right, fewer than the stride.",
            0,
            15,
            unit="px",
        ),
        Option("bias", True, "Add a trained constant to every channel."),
        *initialisers.options("he"),
        BIAS_VALUES,
    )
    samples = (
        ({"filters": 3}, ((3, 2, 2),)),
        ({"filters": 17, "kernel_size": 3, "padding": 1, "output_padding": 1}, ((3, 5, 1),)),
        ({"filters": 1, "kernel_size": 3, "stride": 1, "bias": False}, ((1, 1, 5),)),
        ({"filters": 2, "kernel_size": 2, "stride": 3, "output_padding": 2}, ((2, 3, 17),)),
    )

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        check_picture(self.title, inputs[0])
        k, s, p, extra = (options[n] for n in ("kernel_size", "stride", "padding", "output_padding"))
        if extra >= s:
            raise SpecError(f"Output padding must be smaller than the stride of {s}; received {extra}.")
        h, w = ((n - 1) * s - 2 * p + k + extra for n in inputs[0][:2])
        if min(h, w) < 1:
            raise SpecError(
                f"A padding of {p} leaves nothing of {show_shape(inputs[0][:2])}. Make the padding smaller."
            )
        return (h, w, options["filters"])

    def parameters(self, options: Options, inputs: Shapes) -> tuple[Parameter, ...]:
        k, cin, cout = options["kernel_size"], inputs[0][2], options["filters"]
        shape, fans = (k, k, cout, cin), (k * k * cin, k * k * cout)
        axes = ("Row", "Column", "Filter", "Input channel")
        weight = replace(initialisers.weight("weight", shape, options, *fans, axes), unit_axis=2)
        return (
            (weight, initialisers.bias("bias", (cout,), options, "Filter")) if options["bias"] else (weight,)
        )

    def flops(self, options: Options, inputs: Shapes) -> int:
        return 2 * size_of(inputs[0]) * int(options["filters"]) * int(options["kernel_size"]) ** 2

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        *at, o = unit
        k, s, p = (options[name] for name in ("kernel_size", "stride", "padding"))
        terms = []
        for tap in itertools.product(range(k), repeat=2):
            start = [a + p - t for a, t in zip(at, tap, strict=True)]
            pixel = tuple(v // s for v in start)
            if all(v % s == 0 for v in start) and all(
                0 <= v < n for v, n in zip(pixel, inputs[0], strict=False)
            ):
                terms += [Term(0, (*pixel, c), ("weight", (*tap, o, c))) for c in range(inputs[0][2])]
        return Terms(Rule.SUM, tuple(terms), ("bias", (o,)) if options["bias"] else None)

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses:
        *pixel, c = index
        k, s, p = (options[name] for name in ("kernel_size", "stride", "padding"))
        h, w, cout = self.shape(options, inputs)
        uses = []
        for tap in itertools.product(range(k), repeat=2):
            i, j = (v * s + t - p for v, t in zip(pixel, tap, strict=True))
            if 0 <= i < h and 0 <= j < w:
                uses += [((i, j, o), Term(0, index, ("weight", (*tap, o, c)))) for o in range(cout)]
        return tuple(uses)

    def lower(self, node: Lowering) -> None:
        (oh, ow, cin), (h, w, cout) = node.inputs[0], node.shape
        k, stride, p = (node.options[n] for n in ("kernel_size", "stride", "padding"))
        # The ordinary convolution that leads from the output's size to the input's.
        shape = Geometry(h, w, cout, k, k, stride, stride, 1, 1, 1, p, p, oh, ow, cin)
        shared = {"shape": shape, "per_chunk": node.chunk}
        weight, bias = node.parameters["weight"], node.parameters.get("bias", -1)
        across = w + k - 1
        i, j = np.mgrid[:h, :w]
        positions = node.table((i * across + j) * cin)
        spread, spread_size = node.per_lane((h + k - 1) * across * cin)
        turned, turned_stride = node.per_lane(k * k * cin * cout)
        node.forward(
            convolution.transposed_forward, y_at=node.y, x_at=node.x[0], weight_at=weight, bias_at=bias,
            table=positions, spread_at=spread, spread_size=spread_size, turned_at=turned,
            turned_stride=turned_stride, **shared,
        )  # fmt: skip
        if not node.training:
            return
        tall, width = max((oh - 1) * stride + k, p + h), max((ow - 1) * stride + k, p + w)
        frame, frame_size = node.per_lane(tall * width * cout)
        padded = {"width": width, "frame_at": frame, "frame_size": frame_size}
        i, j, c = np.mgrid[:k, :k, :cout]
        ahead = node.table((i * width + j) * cout + c)
        taps = k * k * cout
        share, share_stride = node.per_chunk((taps + 1) * cin)
        summed = {"share_at": share, "share_stride": share_stride}
        node.backward(
            convolution.transposed_weight_gradient, dy_at=node.dy, x_at=node.x[0], table=ahead,
            **shared, **padded, **summed,
        )  # fmt: skip
        gradient = node.parameter_gradients
        # The last row of the shares is the sum of x, which nobody needs.
        node.sweep(
            convolution.sum_shares, taps * cin, taps * cin * node.chunks, 16, per_chunk=node.chunk,
            weights=taps * cin, dweight_at=gradient["weight"], dbias_at=-1, **summed,
        )  # fmt: skip
        if bias >= 0:
            cost = node.batch * node.size
            node.sweep(
                bias_gradient, cout, cost, 16, dy_at=node.dy, dbias_at=gradient["bias"], out=cout, rows=h * w
            )
        if node.dx[0] >= 0:
            i, j = np.mgrid[:oh, :ow]
            windows = node.table((i * stride * width + j * stride) * cout)
            node.backward(
                convolution.transposed_input_gradient, dy_at=node.dy, dx_at=node.dx[0], weight_at=weight,
                bias_at=-1, table=windows, **shared, **padded,
            )  # fmt: skip

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        x, weight = inputs[0], parameters["weight"]
        k, s, p = options["kernel_size"], options["stride"], options["padding"]
        h, w, cout = self.shape(options, [x.shape[1:]])
        y = np.zeros((len(x), h + 2 * p + k, w + 2 * p + k, cout))
        for i in range(x.shape[1]):
            for j in range(x.shape[2]):
                paint = np.einsum("nc,abfc->nabf", x[:, i, j], weight)
                y[:, i * s : i * s + k, j * s : j * s + k] += paint
        y = y[:, p : p + h, p : p + w]
        return y + parameters["bias"] if options["bias"] else y
