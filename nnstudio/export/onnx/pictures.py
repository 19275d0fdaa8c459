"""Layers that slide windows over pictures and sequences, and what else changes their size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from nnkernels.layers.average_pool import WindowPool
from nnkernels.layers.borders import CONSTANT, WRAP, Borders
from nnkernels.layers.conv import Convolution
from nnkernels.layers.convtranspose2d import TransposedConvolution
from nnkernels.ops.windows import Axis
from nnkernels.spec import layers
from nnstudio.export.channels_first import shape_last
from nnstudio.export.onnx.emitters import Emission, emits

# Names of options by what they set; those that a layer does not have do no harm.
WIDTHS = "two_lengths kernel_width pool_width stride_width dilation_width"
PADDED = "padding pad pad_top pad_bottom pad_left pad_right pad_before pad_after"
POOL = f"pool_size stride {WIDTHS} {PADDED} ceil_mode"
SIDES = "border sides top bottom left right before after"


def frame_of(e: Emission) -> list[Axis]:
    """The windows along each axis, as the layer itself counts them."""
    layer = layers[e.step.kind]
    assert isinstance(layer, Convolution | TransposedConvolution | WindowPool)
    return layer.frame(e.options, shape_last(e.step.input_shapes[0]))


def pads_of(e: Emission, frame: Sequence[Axis]) -> list[int]:
    """Padding as ONNX takes it: before all axes, then behind all, there no more than the windows reach."""
    behind = []
    for a, n in zip(frame, e.step.input_shapes[0][1:], strict=True):
        end = (a.positions - 1) * a.stride + (a.taps - 1) * a.dilation + 1
        behind.append(max(end - a.before - n, 0))
    return [*[a.before for a in frame], *behind]


def steps_of(frame: Sequence[Axis]) -> dict[str, list[int]]:
    """Attributes that windows share."""
    return {"kernel_shape": [a.taps for a in frame], "strides": [a.stride for a in frame]}


@emits("conv1d", "conv2d", options=f"filters kernel_size stride {WIDTHS} {PADDED} dilation groups bias")
def convolution(e: Emission) -> str:
    frame = frame_of(e)
    axes = len(frame)
    # (taps, in, out) becomes (out, in, taps).
    terms = _terms(e, e.arrays["weight"].transpose(axes + 1, axes, *range(axes)))
    return e.end(
        "Conv", *terms, dilations=[a.dilation for a in frame], group=e.options["groups"],
        pads=pads_of(e, frame), **steps_of(frame),
    )  # fmt: skip


@emits(
    "convtranspose1d", "convtranspose2d",
    options=f"filters kernel_size stride {WIDTHS} same padding padding_width output_padding "
    "output_padding_width dilation groups bias",
)  # fmt: skip
def transposed_convolution(e: Emission) -> str:
    frame = frame_of(e)
    axes = len(frame)
    # What lies behind all that is painted. ONNX Runtime adds less than a stride; a zero behind the input
    # adds one.
    over = [max(-a.after, 0) for a in frame]
    zeros = [n // a.stride for n, a in zip(over, frame, strict=True)]
    # (taps, out, in) becomes (in, out, taps).
    value, *arrays = _terms(e, e.arrays["weight"].transpose(axes + 1, axes, *range(axes)))
    if any(zeros):
        value = _padded(e, value, [0] * axes + zeros, 0.0)
    return e.end(
        "ConvTranspose", value, *arrays, dilations=[a.dilation for a in frame], group=e.options["groups"],
        pads=[*[a.before for a in frame], *[max(a.after, 0) for a in frame]],
        output_padding=[n % a.stride for n, a in zip(over, frame, strict=True)], **steps_of(frame),
    )  # fmt: skip


def _terms(e: Emission, weight: np.ndarray) -> list[str]:
    bias = [e.weight("bias", e.arrays["bias"])] if e.options["bias"] else []
    return [e.inputs[0], e.weight("weight", weight), *bias]


@emits("maxpool1d", "maxpool2d", options=f"{POOL} dilation")
def max_pool(e: Emission) -> str:
    frame = frame_of(e)
    value, pads = e.inputs[0], pads_of(e, frame)
    taps = [a.taps for a in frame]
    if any(pad >= k for pad, k in zip(pads, taps * 2, strict=True)):
        # Where windows are dilated, they may reach farther than ONNX Runtime lets a pool pad.
        value, pads = _padded(e, value, pads, -np.inf), [0] * len(pads)
    dilations = [a.dilation for a in frame]
    return e.end("MaxPool", value, dilations=dilations, pads=pads, **steps_of(frame))


@emits("averagepool1d", "averagepool2d", options=f"{POOL} count_padding")
def average_pool(e: Emission) -> str:
    frame = frame_of(e)
    value, pads = e.inputs[0], pads_of(e, frame)
    is_counted = e.options["count_padding"]
    given = [*[a.before for a in frame], *[a.after for a in frame]]
    counted = [min(pair) for pair in zip(pads, given, strict=True)]
    if is_counted and counted != pads:
        # Beyond the padding, which counts, incomplete windows reach into what does not.
        value, is_counted = _padded(e, value, counted, 0.0), False
        pads = [pad - own for pad, own in zip(pads, counted, strict=True)]
    return e.end("AveragePool", value, count_include_pad=int(is_counted), pads=pads, **steps_of(frame))


def _padded(e: Emission, value: str, pads: Sequence[int], fill: float) -> str:
    axes = len(pads) // 2
    both = e.whole("pads", 0, 0, *pads[:axes], 0, 0, *pads[axes:])
    return e.op("Pad", value, both, e.constant("fill", fill))


@emits("globalmaxpool1d", "globalmaxpool", "globalaveragepool1d", "globalaveragepool")
def global_pool(e: Emission) -> str:
    kind = "GlobalMaxPool" if e.step.kind.startswith("globalmax") else "GlobalAveragePool"
    return e.end("Flatten", e.op(kind, *e.inputs), axis=1)


@emits("upsampling2d", options="factor")
def upsampling(e: Emission) -> str:
    factor = float(e.options["factor"])
    scales = e.constant("scales", [1.0, 1.0, factor, factor])
    return e.end(
        "Resize", e.inputs[0], "", scales, mode="nearest", nearest_mode="floor",
        coordinate_transformation_mode="asymmetric",
    )  # fmt: skip


def borders_of(e: Emission) -> tuple[tuple[int, int], ...]:
    """Widths before and behind of each axis."""
    layer = layers[e.step.kind]
    assert isinstance(layer, Borders)
    return layer.widths(e.options)


@emits("pad1d", "pad2d", options=f"{SIDES} mode value")
def pad(e: Emission) -> str:
    widths, mode = borders_of(e), e.options["mode"]
    if mode == WRAP:
        return _wrapped(e, widths)
    befores, behinds = ([pair[at] for pair in widths] for at in (0, 1))
    pads = e.whole("pads", 0, 0, *befores, 0, 0, *behinds)
    fill = [e.constant("value", e.options["value"])] if mode == CONSTANT else []
    return e.end("Pad", e.inputs[0], pads, *fill, mode=mode)


def _wrapped(e: Emission, widths: Sequence[tuple[int, int]]) -> str:
    """Pad itself wraps since opset 19."""
    value = e.inputs[0]
    for axis, ((before, behind), n) in enumerate(zip(widths, e.step.input_shapes[0][1:], strict=True)):
        rows = e.whole(f"rows{axis + 1}", *[at % n for at in range(-before, n + behind)])
        write = e.end if axis == len(widths) - 1 else e.op
        value = write("Gather", value, rows, axis=axis + 2)
    return value


@emits("crop1d", "crop2d", options=SIDES)
def crop(e: Emission) -> str:
    widths, sizes = borders_of(e), e.step.input_shapes[0][1:]
    starts = e.whole("starts", *[before for before, _ in widths])
    ends = e.whole("ends", *[n - behind for n, (_, behind) in zip(sizes, widths, strict=True)])
    axes = e.whole("axes", *range(2, 2 + len(widths)))
    return e.end("Slice", e.inputs[0], starts, ends, axes)
