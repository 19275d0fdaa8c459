"""ConvTranspose1D and 2D: every position paints a filter; sequences and pictures grow."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.layers.average_pool import check_picture, check_sequence
from nnkernels.layers.dense import bias_gradient
from nnkernels.ops import convolution, windows
from nnkernels.ops.convolution import Geometry
from nnkernels.ops.windows import TWO_LENGTHS, Axis, one_axis, width_option
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


class TransposedConvolution(Layer):
    """Base: the transpose of a convolution's matrix, as in PyTorch with channels last, over 1 or 2 axes.

    Filters are (window, out / groups, in), as in Keras; PyTorch stores (in, out / groups, window). A size n
    becomes (n - 1) stride - 2 padding + dilation (kernel size - 1) + 1 + output padding, or n stride with
    "same".
    """

    axes = 2
    glyph = "enlarge"
    synonyms = ("deconvolution", "transposed convolution", "upsampling", "decoder", "generator")
    shown = ("filters", "kernel_size")
    options = (
        Option("filters", 16, "Number of output channels.", 1, 4096),
        TWO_LENGTHS,
        Option("kernel_size", 2, "Length of the filter along each axis.", 1, 31, unit="px"),
        width_option("kernel_width", 2, "Width of the filter; Kernel size is its height.", 1, 31),
        Option("stride", 2, "Distance between what neighbouring positions paint.", 1, 16, unit="px"),
        width_option("stride_width", 2, "Distance along the width; Stride: along the height.", 1, 16),
        Option("same", False, "As many positions as the input has, times the stride, as Keras' same."),
        Option("padding", 0, "Positions cut off on every side.", 0, 30, when=("same", False), unit="px"),
        Option(
            "output_padding",
            0,
            "Positions added at the end, fewer than the stride.",
            0,
            15,
            when=("same", False),
            unit="px",
        ),
        width_option("padding_width", 0, "Cut off left and right; Padding: top and bottom.", 0, 30),
        width_option("output_padding_width", 0, "Added on the right; Output padding: at the bottom.", 0, 15),
        Option("dilation", 1, "Distance between the points that a filter paints.", 1, 16, unit="px"),
        width_option("dilation_width", 1, "Distance along the width; Dilation: along the height.", 1, 16),
        Option("groups", 1, "Parts into which the channels are split.", 1, 4096),
        Option("bias", True, "Add a trained constant to every channel."),
        *initialisers.options("he"),
        BIAS_VALUES,
    )

    def frame(self, options: Options, shape: Shape) -> list[Axis]:
        """The windows of the ordinary convolution that leads from the output's size to the input's."""

        def along(name: str) -> tuple[int, ...]:
            return windows.lengths(options, self.axes, name, f"{name.removesuffix('_size')}_width")

        frame = []
        names = ("kernel_size", "stride", "dilation", "padding", "output_padding")
        for n, k, s, d, p, extra in zip(shape[:-1], *[along(name) for name in names], strict=True):
            reach = (k - 1) * d + 1
            if options["same"]:
                p = max(reach - s, 0) // 2
                extra = n * s - (n - 1) * s - reach + 2 * p
            frame.append(Axis(k, s, d, p, p - extra, n))
        return frame

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        (check_picture if self.axes == 2 else check_sequence)(self.title, inputs[0])
        frame = self.frame(options, inputs[0])
        for a in frame:
            extra, room = a.before - a.after, max(a.stride, a.dilation)
            if extra >= room and not options["same"]:
                raise SpecError(
                    f"Output padding must be smaller than the stride or the dilation, here {room}; "
                    f"received {extra}."
                )
        size = tuple(
            (a.positions - 1) * a.stride + (a.taps - 1) * a.dilation + 1 - a.before - a.after for a in frame
        )
        if min(size) < 1:
            raise SpecError(
                f"A padding of {max(a.before for a in frame)} leaves nothing of "
                f"{show_shape(inputs[0][:-1])}. Make the padding smaller."
            )
        for count, what in ((inputs[0][-1], "input channels"), (options["filters"], "filters")):
            if count % options["groups"]:
                raise SpecError(
                    f"The {count} {what} cannot be split evenly into {options['groups']} groups. "
                    "Choose a number of groups that divides both channels and filters."
                )
        return (*size, options["filters"])

    def parameters(self, options: Options, inputs: Shapes) -> tuple[Parameter, ...]:
        window = windows.lengths(options, self.axes, "kernel_size", "kernel_width")
        cin, cout, groups = inputs[0][-1], options["filters"], options["groups"]
        taps = size_of(window)
        shape, fans = (*window, cout // groups, cin), (taps * cin // groups, taps * cout // groups)
        axes = (*(("Step",) if self.axes == 1 else ("Row", "Column")), "Filter", "Input channel")
        weight = replace(initialisers.weight("weight", shape, options, *fans, axes), unit_axis=self.axes)
        return (
            (weight, initialisers.bias("bias", (cout,), options, "Filter")) if options["bias"] else (weight,)
        )

    def flops(self, options: Options, inputs: Shapes) -> int:
        weight = self.parameters(options, inputs)[0].shape
        return 2 * size_of(inputs[0][:-1]) * size_of(weight)

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        *at, o = unit
        frame, few = self.frame(options, inputs[0]), inputs[0][-1] // options["groups"]
        out, terms = options["filters"] // options["groups"], []
        for tap in np.ndindex(*[a.taps for a in frame]):
            start = [v + a.before - t * a.dilation for v, t, a in zip(at, tap, frame, strict=True)]
            pixel = tuple(v // a.stride for v, a in zip(start, frame, strict=True))
            whole = all(v % a.stride == 0 for v, a in zip(start, frame, strict=True))
            if whole and all(0 <= v < a.positions for v, a in zip(pixel, frame, strict=True)):
                channels = range(o // out * few, (o // out + 1) * few)
                terms += [Term(0, (*pixel, c), ("weight", (*tap, o % out, c))) for c in channels]
        return Terms(Rule.SUM, tuple(terms), ("bias", (o,)) if options["bias"] else None)

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses:
        *pixel, c = index
        frame, size = self.frame(options, inputs[0]), self.shape(options, inputs)[:-1]
        few, out = inputs[0][-1] // options["groups"], options["filters"] // options["groups"]
        uses = []
        for tap in np.ndindex(*[a.taps for a in frame]):
            at = [v * a.stride + t * a.dilation - a.before for v, t, a in zip(pixel, tap, frame, strict=True)]
            if all(0 <= v < n for v, n in zip(at, size, strict=True)):
                first = c // few * out
                uses += [((*at, first + o), Term(0, index, ("weight", (*tap, o, c)))) for o in range(out)]
        return tuple(uses)

    def lower(self, node: Lowering) -> None:
        # A sequence is a picture of height 1.
        single, frame = self.axes == 1, self.frame(node.options, node.inputs[0])
        down, over = (Axis(1, 1, 1, 0, 0, 1), frame[0]) if single else frame
        kh, sh, dh, top, _, oh = down
        kw, sw, dw, left, _, ow = over
        cin, groups = node.inputs[0][-1], node.options["groups"]
        h, w, cout = (1, *node.shape) if single else node.shape
        # The ordinary convolution that leads from the output's size to the input's.
        shape = Geometry(h, w, cout, kh, kw, sh, sw, dh, dw, groups, top, left, oh, ow, cin)
        shared = {"shape": shape, "per_chunk": node.chunk}
        weight, bias = node.parameters["weight"], node.parameters.get("bias", -1)
        across = w + (kw - 1) * dw
        i, j = np.mgrid[:h, :w]
        positions = node.table((i * across + j) * cin)
        lines, spread_size = node.per_lane((h + (kh - 1) * dh) * across * cin)
        turned, turned_stride = node.per_lane(kh * kw * cin * cout // groups)
        node.forward(
            convolution.transposed_forward, y_at=node.y, x_at=node.x[0], weight_at=weight, bias_at=bias,
            table=positions, spread_at=lines, spread_size=spread_size, turned_at=turned,
            turned_stride=turned_stride, **shared,
        )  # fmt: skip
        if not node.training:
            return
        tall = max((oh - 1) * sh + (kh - 1) * dh + 1, top + h)
        width = max((ow - 1) * sw + (kw - 1) * dw + 1, left + w)
        frame_at, frame_size = node.per_lane(tall * width * cout)
        padded = {"width": width, "frame_at": frame_at, "frame_size": frame_size}
        i, j, c = np.mgrid[:kh, :kw, : cout // groups]
        ahead = node.table((i * dh * width + j * dw) * cout + c)
        taps = kh * kw * cout // groups
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
            windows = node.table((i * sh * width + j * sw) * cout)
            node.backward(
                convolution.transposed_input_gradient, dy_at=node.dy, dx_at=node.dx[0], weight_at=weight,
                bias_at=-1, table=windows, **shared, **padded,
            )  # fmt: skip

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        x, weight, groups = inputs[0], parameters["weight"], options["groups"]
        frame, shape = self.frame(options, x.shape[1:]), self.shape(options, [x.shape[1:]])
        few, out = x.shape[-1] // groups, shape[-1] // groups
        y = np.zeros((len(x), *shape))
        for pixel in np.ndindex(x.shape[1:-1]):
            for tap in np.ndindex(weight.shape[:-2]):
                at = [
                    v * a.stride + t * a.dilation - a.before
                    for v, t, a in zip(pixel, tap, frame, strict=True)
                ]
                if not all(0 <= v < n for v, n in zip(at, shape, strict=False)):
                    continue
                for g in range(groups):
                    part = slice(g * few, (g + 1) * few)
                    selected: tuple[int | slice, ...] = (slice(None), *at, slice(g * out, (g + 1) * out))
                    arriving: tuple[int | slice, ...] = (slice(None), *pixel, part)
                    y[selected] += x[arriving] @ weight[tap][:, part].T
        return y + parameters["bias"] if options["bias"] else y


@layers.register
class ConvTranspose2D(TransposedConvolution):
    """The transpose of a Conv2D's matrix; PyTorch's ConvTranspose2d with channels last."""

    id = "convtranspose2d"
    title = "ConvTranspose2D"
    pytorch = "nn.ConvTranspose2d"
    formula = "y[i·s + p, j·s + q, o] += x[i, j, c] · W[p, q, c, o], then + b[o]"
    category = "Pictures"
    order = 26
    help = "The reverse of a Conv2D: every pixel paints a filter, and the picture grows."
    samples = (
        ({"filters": 3}, ((3, 2, 2),)),
        ({"filters": 17, "kernel_size": 3, "padding": 1, "output_padding": 1}, ((3, 5, 1),)),
        ({"filters": 1, "kernel_size": 3, "stride": 1, "bias": False}, ((1, 1, 5),)),
        ({"filters": 2, "kernel_size": 2, "stride": 3, "output_padding": 2}, ((2, 3, 17),)),
        (
            {"filters": 4, "two_lengths": True, "kernel_width": 3, "padding_width": 1, "groups": 2},
            ((3, 4, 6),),
        ),
        ({"filters": 3, "kernel_size": 3, "dilation": 2, "padding": 1, "groups": 3}, ((2, 3, 3),)),
        ({"filters": 2, "kernel_size": 3, "same": True}, ((3, 2, 2),)),
        ({"filters": 2, "kernel_size": 2, "stride": 3, "same": True}, ((2, 3, 1),)),
    )


@layers.register
class ConvTranspose1D(TransposedConvolution):
    """The transpose of a Conv1D's matrix; PyTorch's ConvTranspose1d with channels last."""

    id = "convtranspose1d"
    title = "ConvTranspose1D"
    pytorch = "nn.ConvTranspose1d"
    formula = "y[t·s + p, o] += x[t, c] · W[p, c, o], then + b[o]"
    category = "Sequences"
    order = 36
    axes = 1
    options = one_axis(TransposedConvolution.options)
    help = "The reverse of a Conv1D: every step paints a filter, and the sequence grows."
    samples = (
        ({"filters": 3}, ((4, 2),)),
        ({"filters": 4, "kernel_size": 3, "padding": 1, "output_padding": 1, "groups": 2}, ((5, 6),)),
        ({"filters": 2, "kernel_size": 3, "dilation": 2, "same": True}, ((4, 3),)),
    )
