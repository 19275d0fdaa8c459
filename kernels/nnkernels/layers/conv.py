"""Conv1D and Conv2D: the same small filters pass over every position of a sequence or a picture."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from nnkernels.ops import convolution, windows
from nnkernels.ops.convolution import Geometry
from nnkernels.ops.windows import TWO_LENGTHS, Axis, sides, width_option
from nnkernels.ops.winograd import POINTS, SPREAD
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

PADDING = ("same", "same lower", "valid", "number", "sides")
# Channels from which on Winograd's way is faster, and values of its scratch that stay in cache.
FAST_CHANNELS, POINT_VALUES = 16, 64_000
# Tiles of one product of the filters' gradients: the sums over them are as long.
SLOPE_TILES = 64


class Convolution(Layer):
    """Base: cross-correlation with filters (window, in / groups, out), as in Keras, over 1 or 2 axes.

    PyTorch computes the same with channels first. With padding "same" there are ceil(size / stride)
    positions; an odd remainder is padded at the bottom and on the right, with "same lower" at the top and on
    the left.
    """

    axes = 2
    shown = ("filters", "kernel_size")
    options = (
        Option("filters", 16, "Number of filters, and so of output channels.", 1, 4096),
        TWO_LENGTHS,
        Option("kernel_size", 3, "Length of the window along each axis.", 1, 31, unit="px"),
        width_option("kernel_width", 3, "Width of the window; Kernel size is its height.", 1, 31),
        Option("stride", 1, "Step between neighbouring windows.", 1, 16, unit="px"),
        width_option("stride_width", 1, "Step along the width; Stride is the one along the height.", 1, 16),
        Option("padding", "same", windows.PADDING_HELP, choices=PADDING),
        Option("pad", 1, "Zeros on every side.", 0, 64, when=("padding", "number"), unit="px"),
        *sides(2),
        Option("dilation", 1, "Distance between the points that a window looks at.", 1, 16, unit="px"),
        width_option("dilation_width", 1, "Distance along the width; Dilation: along the height.", 1, 16),
        Option(
            "groups",
            1,
            "Parts into which the channels are split; as many parts as channels: depthwise.",
            1,
            4096,
        ),
        Option("bias", True, "Add a trained constant to every filter."),
        *initialisers.options("he"),
        BIAS_VALUES,
    )

    def check(self, shape: Shape) -> None:
        """Raise SpecError unless the shape has this layer's axes and channels."""
        raise NotImplementedError

    def window(self, options: Options) -> tuple[int, ...]:
        """Lengths of the filters."""
        return windows.lengths(options, self.axes, "kernel_size", "kernel_width")

    def frame(self, options: Options, shape: Shape) -> list[Axis]:
        """The windows along each axis of an input."""
        stride = windows.lengths(options, self.axes, "stride", "stride_width")
        dilation = windows.lengths(options, self.axes, "dilation", "dilation_width")
        return windows.over(options, shape[:-1], self.window(options), stride, dilation)

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        shape = inputs[0]
        self.check(shape)
        frame = self.frame(options, shape)
        smaller = "Make the kernel or the dilation smaller, or set padding to same."
        windows.check(frame, shape[:-1], smaller)
        for count, what in ((shape[-1], "input channels"), (options["filters"], "filters")):
            if count % options["groups"]:
                raise SpecError(
                    f"The {count} {what} cannot be split evenly into {options['groups']} groups. "
                    "Choose a number of groups that divides both channels and filters."
                )
        return (*[axis.positions for axis in frame], options["filters"])

    def parameters(self, options: Options, inputs: Shapes) -> tuple[Parameter, ...]:
        window = self.window(options)
        few, cout = inputs[0][-1] // options["groups"], options["filters"]
        taps = size_of(window)
        shape = (*window, few, cout)
        axes = (*(("Step",) if self.axes == 1 else ("Row", "Column")), "Input channel", "Filter")
        fans = (taps * few, taps * cout // options["groups"])
        weight = initialisers.weight("weight", shape, options, *fans, axes)
        return (
            (weight, initialisers.bias("bias", (cout,), options, "Filter")) if options["bias"] else (weight,)
        )

    def flops(self, options: Options, inputs: Shapes) -> int:
        taps = size_of(self.window(options))
        return 2 * size_of(self.shape(options, inputs)) * taps * inputs[0][-1] // int(options["groups"])

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        *index, o = unit
        shape, frame = inputs[0], self.frame(options, inputs[0])
        few, out = shape[-1] // options["groups"], options["filters"] // options["groups"]
        terms = []
        for tap in np.ndindex(self.window(options)):
            at = tuple(
                p * a.stride + t * a.dilation - a.before for p, t, a in zip(index, tap, frame, strict=True)
            )
            if all(0 <= a < n for a, n in zip(at, shape[:-1], strict=True)):
                # What lies in the padding is zero and adds nothing.
                first = o // out * few
                terms += [Term(0, (*at, first + c), ("weight", (*tap, c, o))) for c in range(few)]
        return Terms(Rule.SUM, tuple(terms), ("bias", (o,)) if options["bias"] else None)

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses:
        *at, channel = index
        frame, uses = self.frame(options, inputs[0]), []
        few, out = inputs[0][-1] // options["groups"], options["filters"] // options["groups"]
        for tap in np.ndindex(self.window(options)):
            start = [p + a.before - t * a.dilation for p, t, a in zip(at, tap, frame, strict=True)]
            window = tuple(v // a.stride for v, a in zip(start, frame, strict=True))
            whole = all(v % a.stride == 0 for v, a in zip(start, frame, strict=True))
            if not whole or not all(0 <= w < a.positions for w, a in zip(window, frame, strict=True)):
                continue
            first = channel // few * out
            for o in range(first, first + out):
                uses.append(((*window, o), Term(0, index, ("weight", (*tap, channel % few, o)))))
        return tuple(uses)

    def lower(self, node: Lowering) -> None:
        o = node.options
        cin, cout, groups = node.inputs[0][-1], node.shape[-1], o["groups"]
        # A sequence is a picture of height 1.
        single = self.axes == 1
        frame, size = self.frame(o, node.inputs[0]), node.inputs[0][:-1]
        down, over = (Axis(1, 1, 1, 0, 0, 1), frame[0]) if single else frame
        h, w = (1, *size) if single else size
        kh, sh, dh, top, bottom, oh = down
        kw, sw, dw, left, right, ow = over
        shape = Geometry(h, w, cin, kh, kw, sh, sw, dh, dw, groups, top, left, oh, ow, cout)
        shared = {"shape": shape, "per_chunk": node.chunk}
        # The padded picture: as far as the last window reaches, and never less than the input.
        tall = max((oh - 1) * sh + (kh - 1) * dh + 1, top + h)
        width = max((ow - 1) * sw + (kw - 1) * dw + 1, left + w)
        frame_at, frame_size = node.per_lane(tall * width * cin)
        padded = {"width": width, "frame_at": frame_at, "frame_size": frame_size}
        weight, bias = node.parameters["weight"], node.parameters.get("bias", -1)
        ahead = {"x_at": node.x[0], "y_at": node.y, "weight_at": weight, "bias_at": bias, **shared}
        if self.is_fast(shape):
            fast, _ = self.fast_arguments(node, oh, ow, cin, cout)
            node.forward(convolution.fast_forward, **ahead, **fast)
        else:
            i, j = np.mgrid[:oh, :ow]
            windows = node.table((i * sh * width + j * sw) * cin)
            node.forward(convolution.forward, table=windows, **ahead, **padded)
        if not node.training:
            return
        if not node.frozen and self.is_fast(shape):
            self.lower_products(node, shape)
        elif not node.frozen:
            self.lower_weights(node, shape, padded)
        back = {"dx_at": node.dx[0], "dy_at": node.dy, "weight_at": weight, **shared}
        if node.dx[0] >= 0 and self.is_fast(shape) and max(top, left, bottom, right) <= 2:
            fast, turned = self.fast_arguments(node, h, w, cout, cin)
            node.backward(convolution.fast_input_gradient, turned_offset=turned, **back, **fast)
        elif node.dx[0] >= 0:
            across = w + (kw - 1) * dw
            i, j = np.mgrid[:h, :w]
            positions = node.table((i * across + j) * cout)
            spread, spread_size = node.per_lane((h + (kh - 1) * dh) * across * cout)
            turned, turned_stride = node.per_lane(kh * kw * cin * cout // groups)
            node.backward(
                convolution.input_gradient, bias_at=-1, table=positions, spread_at=spread,
                spread_size=spread_size, turned_at=turned, turned_stride=turned_stride, **back,
            )  # fmt: skip

    def is_fast(self, shape: Geometry) -> bool:
        """Whether Winograd's way applies, and has so many channels that it is faster."""
        plain = (shape.kh, shape.kw, shape.sh, shape.sw, shape.dh, shape.dw, shape.groups) == (
            3,
            3,
            1,
            1,
            1,
            1,
            1,
        )
        return plain and min(shape.cin, shape.cout) >= FAST_CHANNELS

    def fast_arguments(
        self, node: Lowering, oh: int, ow: int, cin: int, cout: int
    ) -> tuple[dict[str, Any], int]:
        """Arguments of the kernels by Winograd, for outputs (oh, ow, cout), and turned filters' offset."""
        down, across = (oh + 1) // 2, (ow + 1) // 2
        block = max(1, min(down, POINT_VALUES // (POINTS * across * (cin + cout))))
        sizes = (
            (2 * down + 2) * (2 * across + 2) * cin, POINTS * cin * cout,
            POINTS * (block * across * cin + SPREAD),
            POINTS * (block * across * cout + SPREAD), max(cin, cout), 9 * cin * cout,
        )  # fmt: skip
        at = np.cumsum([-(-size // 16) * 16 for size in sizes]).tolist()
        rows = node.table([i * cin for i in range(block * across)])
        scratch, stride = node.per_lane(at[5])
        return {
            "rows": rows, "width": 2 * across + 2, "block": block, "scratch_at": scratch,
            "scratch_stride": stride, "filters_offset": at[0], "points_offset": at[1],
            "products_offset": at[2], "zeros_offset": at[3],
        }, at[4]  # fmt: skip

    def lower_products(self, node: Lowering, shape: Geometry) -> None:
        """As `lower_weights`, by Winograd."""
        cin, oh, ow, cout = shape.cin, shape.oh, shape.ow, shape.cout
        down, across = (oh + 1) // 2, (ow + 1) // 2
        rows = max(1, SLOPE_TILES // across)
        tiles = rows * across
        sizes = (
            (2 * down + 2) * (2 * across + 2) * cin, POINTS * (tiles * cin + SPREAD),
            POINTS * (tiles * cout + SPREAD),
        )  # fmt: skip
        at = np.cumsum([-(-size // 16) * 16 for size in sizes]).tolist()
        scratch, scratch_stride = node.per_lane(at[2])
        share, stride = node.per_chunk((POINTS * cin + 1) * cout)
        # Small pictures are collected until there are tiles enough for a product.
        node.backward(
            convolution.fast_weight_gradient, down * across < tiles, shape=shape, per_chunk=node.chunk,
            x_at=node.x[0], dy_at=node.dy, channels=node.table(range(cin)), width=2 * across + 2, tiles=tiles,
            scratch_at=scratch, scratch_stride=scratch_stride, points_offset=at[0], gradients_offset=at[1],
            share_at=share, share_stride=stride,
        )  # fmt: skip
        gradient, size = node.parameter_gradients, cin * cout
        summed = {"share_stride": stride, "per_chunk": node.chunk}
        node.sweep(
            convolution.sum_products, size, POINTS * size * node.chunks, 16, share_at=share, size=size,
            dweight_at=gradient["weight"], **summed,
        )  # fmt: skip
        if "bias" in gradient:
            node.sweep(
                convolution.sum_shares, cout, cout * node.chunks, 16, share_at=share + POINTS * size,
                weights=0, dweight_at=0, dbias_at=gradient["bias"], **summed,
            )  # fmt: skip

    def lower_weights(self, node: Lowering, shape: Geometry, padded: Mapping[str, Any]) -> None:
        """Each chunk's share of the weights' gradients, and their sum."""
        cin, kh, kw, cout, few = shape.cin, shape.kh, shape.kw, shape.cout, shape.cin // shape.groups
        taps = kh * kw * few
        i, j, c = np.mgrid[:kh, :kw, :few]
        ahead = node.table((i * shape.dh * padded["width"] + j * shape.dw) * cin + c)
        share, stride = node.per_chunk((taps + 1) * cout)
        summed = {"share_at": share, "share_stride": stride, "per_chunk": node.chunk}
        node.backward(
            convolution.weight_gradient, shape=shape, x_at=node.x[0], dy_at=node.dy, table=ahead,
            **padded, **summed,
        )  # fmt: skip
        gradient, extent = node.parameter_gradients, (taps + 1) * cout
        node.sweep(
            convolution.sum_shares, extent, extent * node.chunks, 16, weights=taps * cout,
            dweight_at=gradient["weight"], dbias_at=gradient.get("bias", -1), **summed,
        )  # fmt: skip

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        x, weight = inputs[0], parameters["weight"]
        frame, groups = self.frame(options, x.shape[1:]), options["groups"]
        far = [(0, 0), *[(a.before, a.taps * a.dilation + a.stride + a.before) for a in frame], (0, 0)]
        padded = np.pad(x, far)
        few, out = weight.shape[-2], weight.shape[-1] // groups
        sizes = tuple(axis.positions for axis in frame)
        y = np.zeros((len(x), *sizes, weight.shape[-1]))
        for index in np.ndindex(sizes):
            for tap in np.ndindex(weight.shape[:-2]):
                at = tuple(p * a.stride + t * a.dilation for p, t, a in zip(index, tap, frame, strict=True))
                for g in range(groups):
                    part = padded[(slice(None), *at, slice(g * few, (g + 1) * few))]
                    columns = slice(g * out, (g + 1) * out)
                    selected: tuple[int | slice, ...] = (slice(None), *index, columns)
                    y[selected] += part @ weight[tap][:, columns]
        return y + parameters["bias"] if options["bias"] else y


# Filters of a height and a width that differ, for the samples.
WIDER = {"two_lengths": True, "kernel_width": 5}


@layers.register
class Conv1D(Convolution):
    """Filters over a sequence (steps, channels); PyTorch's Conv1d with channels last."""

    id = "conv1d"
    title = "Conv1D"
    pytorch = "nn.Conv1d"
    glyph = "convolution"
    formula = "y[t, o] = b[o] + Σ x[t·s + p·d, c] · W[p, c, o]"
    category = "Sequences"
    order = 36
    axes = 1
    options = tuple(
        replace(o, choices=(*PADDING, "causal"), help=f"{o.help[:-1]}; causal: all before.")
        if o.name == "padding"
        else o
        for o in windows.one_axis(Convolution.options)
    )
    help = "Filters that look at a few neighbouring steps of a sequence, the same everywhere."
    synonyms = ("convolution", "conv", "filter", "temporal", "signal", "time series")
    samples = (
        ({"filters": 3}, ((7, 2),)),
        ({"filters": 17, "padding": "valid", "stride": 2}, ((11, 1),)),
        ({"filters": 4, "padding": "number", "pad": 3, "dilation": 2, "groups": 2}, ((5, 6),)),
        ({"filters": 3, "kernel_size": 1}, ((1, 1),)),
        ({"filters": 5, "groups": 5, "kernel_size": 2, "bias": False}, ((4, 5),)),
        ({"filters": 3, "padding": "causal", "dilation": 2}, ((7, 2),)),
        ({"filters": 2, "padding": "sides", "pad_before": 4, "pad_after": 1, "stride": 2}, ((6, 3),)),
        ({"filters": 2, "padding": "same lower", "kernel_size": 4}, ((5, 2),)),
    )

    def check(self, shape: Shape) -> None:
        if len(shape) != 2:
            raise SpecError(
                f"Conv1D takes a sequence (steps × channels), but receives {show_shape(shape)}. "
                "Use sequence data, or put a Reshape before it."
            )


@layers.register
class Conv2D(Convolution):
    """Filters over a picture (height, width, channels); PyTorch's Conv2d with channels last."""

    id = "conv2d"
    title = "Conv2D"
    pytorch = "nn.Conv2d"
    glyph = "convolution"
    formula = "y[i, j, o] = b[o] + Σ x[i·s + p·d, j·s + q·d, c] · W[p, q, c, o]"
    category = "Pictures"
    order = 20
    help = "Filters that look at small windows of a picture, the same everywhere."
    synonyms = ("convolution", "conv", "filter", "kernel", "feature maps", "depthwise", "dilated", "atrous")
    samples = (
        ({"filters": 3}, ((5, 7, 2),)),
        ({"filters": 17, "padding": "valid"}, ((6, 5, 1),)),
        ({"filters": 2, "stride": 2, "kernel_size": 2}, ((5, 4, 3),)),
        ({"filters": 33, "stride": 3, "padding": "valid", "bias": False}, ((8, 7, 1),)),
        ({"filters": 2, "kernel_size": 5}, ((2, 1, 1),)),
        ({"filters": 2, "kernel_size": 1, "stride": 2}, ((3, 4, 2),)),
        ({"filters": 6, "dilation": 2, "groups": 2}, ((5, 7, 4),)),
        ({"filters": 19, "groups": 19, "stride": 2}, ((5, 4, 19),)),
        ({"filters": 4, "padding": "number", "pad": 2, "kernel_size": 5, "dilation": 2}, ((7, 11, 3),)),
        ({"filters": 18}, ((5, 7, 17),)),
        ({"filters": 16, "padding": "valid", "bias": False}, ((3, 6, 33),)),
        ({"filters": 17, "padding": "number", "pad": 2}, ((1, 2, 16),)),
        ({"filters": 32, "kernel_size": 1}, ((4, 4, 16),)),
        ({"filters": 32}, ((4, 8, 16),)),
        ({"filters": 34, "groups": 2, "stride": 2, "padding": "number", "pad": 1}, ((5, 5, 34),)),
        ({"filters": 3, **WIDER, "kernel_size": 1}, ((5, 7, 2),)),
        ({"filters": 4, **WIDER, "stride": 2, "dilation_width": 2, "groups": 2}, ((6, 8, 4),)),
        ({"filters": 5, **WIDER, "dilation": 2, "stride_width": 3, "groups": 5}, ((7, 8, 5),)),
        ({"filters": 2, **WIDER, "dilation": 2, "stride_width": 2, "padding": "same lower"}, ((6, 7, 3),)),
        ({"filters": 17, "padding": "sides", "pad_bottom": 3, "pad_left": 1}, ((4, 5, 16),)),
        ({"filters": 16, "padding": "sides", "pad_top": 2, "pad_right": 1}, ((4, 5, 16),)),
        ({"filters": 2, "padding": "sides", "pad_top": 4, "pad_right": 2, "stride": 2}, ((5, 4, 3),)),
    )

    def check(self, shape: Shape) -> None:
        if len(shape) != 3:
            raise SpecError(
                f"Conv2D takes a picture (height × width × channels), but receives "
                f"{show_shape(shape)}. Use picture data, or a Dense layer for lists of values."
            )
