"""Dense layers, normalisations, convolutions, and what else pictures go through."""

from __future__ import annotations

from nnstudio.export.onnx.emitters import Emission, emits


@emits("dense", options="units bias")
def dense(e: Emission) -> str:
    weight, has_bias = e.arrays["weight"], e.options["bias"]
    if len(e.step.input_shapes[0]) == 1:
        terms = [e.inputs[0], e.weight("weight", weight.T)]
        terms += [e.weight("bias", e.arrays["bias"])] if has_bias else []
        return e.end("Gemm", *terms, transB=1)
    return affine(e, e.inputs[0], "weight", "bias" if has_bias else "")


def affine(e: Emission, value: str, weight: str, bias: str) -> str:
    """x W + b along the last axis, as the step's value; no bias for an empty name."""
    table = e.weight(weight, e.arrays[weight], "in, out")
    if not bias:
        return e.end("MatMul", value, table)
    return e.end("Add", e.op("MatMul", value, table), e.weight(bias, e.arrays[bias]))


@emits("batchnorm", options="epsilon", training="momentum")
def batch_norm(e: Emission) -> str:
    names = ("weight", "bias", "running_mean", "running_var")
    arrays = [e.weight(name, e.arrays[name]) for name in names]
    return e.end("BatchNormalization", e.inputs[0], *arrays, epsilon=e.options["epsilon"])


@emits("layernorm", options="epsilon")
def layer_norm(e: Emission) -> str:
    arrays = [e.weight(name, e.arrays[name]) for name in ("weight", "bias")]
    return e.end("LayerNormalization", e.inputs[0], *arrays, axis=-1, epsilon=e.options["epsilon"])


@emits("conv1d", "conv2d", options="filters kernel_size stride padding pad dilation groups bias")
def convolution(e: Emission) -> str:
    o, axes = e.options, len(e.step.shape) - 1
    reach = (o["kernel_size"] - 1) * o["dilation"] + 1
    befores, afters = [], []
    for n, out in zip(e.step.input_shapes[0][1:], e.step.shape[1:], strict=True):
        missing = max((out - 1) * o["stride"] + reach - n, 0)
        before = {"same": missing // 2, "valid": 0, "number": o["pad"]}[o["padding"]]
        befores.append(before)
        afters.append(max(missing - before, 0))
    # (taps, in, out) becomes (out, in, taps).
    weight = e.arrays["weight"].transpose(axes + 1, axes, *range(axes))
    terms = [e.inputs[0], e.weight("weight", weight)]
    terms += [e.weight("bias", e.arrays["bias"])] if o["bias"] else []
    return e.end(
        "Conv", *terms, kernel_shape=weight.shape[2:], strides=[o["stride"]] * axes,
        dilations=[o["dilation"]] * axes, group=o["groups"], pads=[*befores, *afters],
    )  # fmt: skip


@emits("convtranspose2d", options="filters kernel_size stride padding output_padding bias")
def transposed_convolution(e: Emission) -> str:
    o = e.options
    # (height, width, out, in) becomes (in, out, height, width).
    weight = e.arrays["weight"].transpose(3, 2, 0, 1)
    terms = [e.inputs[0], e.weight("weight", weight)]
    terms += [e.weight("bias", e.arrays["bias"])] if o["bias"] else []
    return e.end(
        "ConvTranspose", *terms, kernel_shape=weight.shape[2:], strides=[o["stride"]] * 2,
        pads=[o["padding"]] * 4, output_padding=[o["output_padding"]] * 2,
    )  # fmt: skip


@emits("maxpool1d", "maxpool2d", "averagepool1d", "averagepool2d", options="pool_size stride")
def pool(e: Emission) -> str:
    kind = "MaxPool" if e.step.kind.startswith("max") else "AveragePool"
    axes, o = len(e.step.shape) - 1, e.options
    return e.end(kind, *e.inputs, kernel_shape=[o["pool_size"]] * axes, strides=[o["stride"]] * axes)


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


@emits("pad2d", options="border")
def pad(e: Emission) -> str:
    b = e.options["border"]
    return e.end("Pad", e.inputs[0], e.whole("pads", 0, 0, b, b, 0, 0, b, b))


@emits("crop2d", options="border")
def crop(e: Emission) -> str:
    b, (_, height, width) = e.options["border"], e.step.input_shapes[0]
    ends = e.whole("ends", height - b, width - b)
    return e.end("Slice", e.inputs[0], e.whole("starts", b, b), ends, e.whole("axes", 2, 3))
