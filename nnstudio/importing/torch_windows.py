"""Convolutions, pooling and borders of torch.nn as nnstudio's layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from nnkernels.layers.borders import Borders
from nnkernels.layers.conv import Convolution
from nnkernels.spec import layers
from nnstudio.importing.builder import NotExpressible
from nnstudio.importing.torch_norms import enlarged
from nnstudio.importing.torch_reader import Apply, ModuleReader
from nnstudio.importing.torch_values import Module, Pooled, Value, ValueBuilder


def pair(given: Any, rank: int) -> tuple[int, ...]:
    numbers = tuple(given) if isinstance(given, tuple | list) else (given,) * rank
    if len(numbers) != rank or not all(isinstance(n, int) for n in numbers):
        raise NotExpressible(f"{str(given)[:80]} are not {rank} whole numbers.")
    return numbers


def lengths(rank: int, **given: tuple[str, Any]) -> dict[str, Any]:
    """Options for each axis, by name and name of the width."""
    axes = {name: (width, pair(value, rank)) for name, (width, value) in given.items()}
    options: dict[str, Any] = {name: numbers[0] for name, (_, numbers) in axes.items()}
    if any(len(set(numbers)) > 1 for _, numbers in axes.values()):
        options |= {"two_lengths": True, **{width: numbers[1] for width, numbers in axes.values()}}
    return options


def padding(given: Any, rank: int) -> dict[str, Any]:
    """As options: the same on all sides, or a number for each."""
    if isinstance(given, str):
        if given not in ("same", "valid"):
            raise NotExpressible(f"No layer has the padding {given[:80]!r}.")
        return {"padding": given}
    numbers = pair(given, rank)
    if not any(numbers):
        return {"padding": "valid"}
    if len(set(numbers)) == 1:
        return {"padding": "number", "pad": numbers[0]}
    top, left = numbers
    return {"padding": "sides", "pad_top": top, "pad_bottom": top, "pad_left": left, "pad_right": left}


def _conv(rank: int) -> Apply:
    def apply(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
        o = module.options(
            in_channels=None, out_channels=None, kernel_size=None, stride=1, padding=0, dilation=1, groups=1,
            bias=True, padding_mode="zeros",
        )  # fmt: skip
        if o["padding_mode"] != "zeros":
            raise NotExpressible(f"No layer pads with {o['padding_mode']!r}.")
        node = _checked(reader, inputs[0], rank, o["in_channels"])
        options = {
            **lengths(
                rank, kernel_size=("kernel_width", o["kernel_size"]), stride=("stride_width", o["stride"]),
                dilation=("dilation_width", o["dilation"]),
            ),
            **padding(o["padding"], rank),
            "filters": o["out_channels"], "groups": o["groups"], "bias": bool(o["bias"]),
        }  # fmt: skip
        node, options = _with_padding(reader, module, rank, node, options)
        return _filtered(reader, module, f"conv{rank}d", options, node, o["bias"])

    return apply


def _with_padding(
    reader: ModuleReader, module: Module, rank: int, node: str, options: dict[str, Any]
) -> tuple[str, dict[str, Any]]:
    """A module of zeros before a convolution, named after it, as the convolution's own padding."""
    layer = layers[f"conv{rank}d"]
    assert isinstance(layer, Convolution)
    source, given = _with_border(reader, module, rank, node, options)
    if source == node:
        return node, options
    shape, same = reader.builder.nodes[source].shape or (), {**options, "padding": "same"}
    frames = [layer.frame(layer.complete(o), shape) for o in (given, same)]
    alike = all(a.before == b.before and a.positions == b.positions for a, b in zip(*frames, strict=True))
    return source, same if alike else given


def _with_border(
    reader: ModuleReader, module: Module, rank: int, node: str, options: dict[str, Any], value: float = 0.0
) -> tuple[str, dict[str, Any]]:
    """A module of borders of a value before another, named after it, as that one's own padding."""
    nodes = reader.builder.nodes
    before = nodes[node]
    border = layers[before.kind]
    if node != f"{module.path}_pad" or before.kind != f"pad{rank}d" or options["padding"] != "valid":
        return node, options
    if before.options["value"] != value:
        return node, options
    assert isinstance(border, Borders)
    numbers = [n for pair in border.widths(before.options) for n in pair]
    return nodes.pop(node).inputs[0], {**options, **_sides(numbers)}


def _sides(numbers: Sequence[int]) -> dict[str, Any]:
    """Padding before and behind along each axis."""
    names = ("before", "after") if len(numbers) == 2 else ("top", "bottom", "left", "right")
    return {"padding": "sides", **{f"pad_{name}": n for name, n in zip(names, numbers, strict=True)}}


def _checked(reader: ModuleReader, value: Value, rank: int, channels: int) -> str:
    shape = reader.builder.torch_shape(value)
    if len(shape) != rank + 1 or shape[0] != channels:
        raise NotExpressible(f"It takes {channels} channels and {rank} axes, but {shape} arrives.")
    return reader.builder.last(value)


def _filtered(
    reader: ModuleReader, module: Module, kind: str, options: dict[str, Any], node: str, bias: Any
) -> Value:
    names = {"weight": "weight", **({"bias": "bias"} if bias else {})}

    def change(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
        weight = arrays["weight"]
        return {**arrays, "weight": weight.transpose(*range(2, weight.ndim), 1, 0)}

    return reader.builder.channels_first(reader.add(module, kind, options, node, names, change))


def _conv_transpose(rank: int) -> Apply:
    def apply(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
        o = module.options(
            in_channels=None, out_channels=None, kernel_size=None, stride=1, padding=0, output_padding=0,
            groups=1, bias=True, dilation=1, padding_mode="zeros", output_size=None,
        )  # fmt: skip
        node = _checked(reader, inputs[0], rank, o["in_channels"])
        if o["output_size"] is not None:
            o["output_padding"] = _padding_for(o, reader.builder.torch_shape(inputs[0])[1:], rank)
        options = {
            **lengths(
                rank, kernel_size=("kernel_width", o["kernel_size"]), stride=("stride_width", o["stride"]),
                padding=("padding_width", o["padding"]), dilation=("dilation_width", o["dilation"]),
                output_padding=("output_padding_width", o["output_padding"]),
            ),
            "filters": o["out_channels"], "groups": o["groups"], "bias": bool(o["bias"]),
        }  # fmt: skip
        return _filtered(reader, module, f"convtranspose{rank}d", options, node, o["bias"])

    return apply


def _padding_for(o: Mapping[str, Any], shape: Sequence[int], rank: int) -> list[int]:
    """The output padding that gives the sizes that a call asks for. Raises NotExpressible."""
    wanted = [n for n in o["output_size"] if isinstance(n, int)][-rank:]
    names = ("kernel_size", "stride", "padding", "dilation")
    taps, strides, pads, dilations = (pair(o[name], rank) for name in names)
    extra = [
        want - ((n - 1) * s - 2 * p + d * (k - 1) + 1)
        for want, n, s, p, d, k in zip(wanted, shape, strides, pads, dilations, taps, strict=False)
    ]
    if len(extra) != rank or any(not 0 <= x < s for x, s in zip(extra, strides, strict=True)):
        raise NotExpressible(f"It cannot give the size {str(o['output_size'])[:40]}.")
    return extra


def _pool(kind: str, rank: int) -> Apply:
    def apply(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
        is_max = kind == "max"
        more = {"dilation": 1, "return_indices": False, "ceil_mode": False} if is_max else (
            {"ceil_mode": False, "count_include_pad": True, "divisor_override": None}
        )  # fmt: skip
        o = module.options(kernel_size=None, stride=None, padding=0, **more)
        if o.get("return_indices") or o.get("divisor_override"):
            raise NotExpressible("It returns indices, or divides by a number of its own.")
        shape = reader.builder.torch_shape(inputs[0])
        node = _checked(reader, inputs[0], rank, shape[0])
        options = {
            **lengths(
                rank, pool_size=("pool_width", o["kernel_size"]),
                stride=("stride_width", o["kernel_size"] if o["stride"] is None else o["stride"]),
                **({"dilation": ("dilation_width", o["dilation"])} if is_max and o["dilation"] != 1 else {}),
            ),
            **padding(o["padding"], rank), "ceil_mode": bool(o["ceil_mode"]),
            **({"count_padding": True} if o.get("count_include_pad") and o["padding"] else {}),
        }  # fmt: skip
        source, options = _with_border(reader, module, rank, node, options, LOWEST if is_max else 0.0)
        if source != node and not is_max:
            options["count_padding"] = True
        node = source
        name = reader.builder.add(module.path, f"{kind}pool{rank}d", options, [node])
        return reader.builder.channels_first(name)

    return apply


def inside_mean(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
    """A module that nnstudio writes: a pool, and borders whose values do not count. Raises
    NotExpressible.
    """
    pool, widths = module.values
    rank = 2 if pool.kind == "AvgPool2d" else 1
    o = pool.options(kernel_size=None, stride=None)
    numbers = pair(widths, 2 * rank)
    options = {
        **lengths(
            rank, pool_size=("pool_width", o["kernel_size"]), stride=("stride_width", o["stride"])
        ),
        # PyTorch begins with the last axis.
        **_sides(numbers if rank == 1 else (*numbers[2:], *numbers[:2])),
    }  # fmt: skip
    node = reader.builder.last(inputs[0])
    return reader.builder.channels_first(
        reader.builder.add(module.path, f"averagepool{rank}d", options, [node])
    )


def pooled(builder: ValueBuilder, wanted: str, function: str, value: Value) -> Value:
    """One value for each channel: the mean or the largest."""
    kind = {"mean": "globalaveragepool", "amax": "globalmaxpool"}[function]
    rank = len(builder.torch_shape(value))
    if rank not in (2, 3):
        raise NotExpressible(f"It takes pictures or sequences, but {value.shape} arrives.")
    return builder.in_order(
        builder.add(wanted, f"{kind}{'' if rank == 3 else '1d'}", {}, [builder.last(value)])
    )


def _adaptive(function: str, rank: int) -> Apply:
    def apply(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Pooled:
        if set(pair(module.options(output_size=None)["output_size"], rank)) != {1}:
            raise NotExpressible("It is read where one value of each channel is left.")
        return Pooled(pooled(reader.builder, module.path, function, inputs[0]), rank)

    return apply


# Below all that float32 values are: what a maximum never takes.
LOWEST = -3.4e38


def _pad(mode: str, rank: int) -> Apply:
    def apply(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
        o = module.options(padding=None, value=0.0)
        numbers = pair(o["padding"], 2 * rank)
        # PyTorch begins with the last axis.
        sides = numbers if rank == 1 else (*numbers[2:], *numbers[:2])
        names = ("before", "after") if rank == 1 else ("top", "bottom", "left", "right")
        options: dict[str, Any] = {"border": sides[0]}
        if len(set(sides)) > 1:
            options = {"sides": "separate", **dict(zip(names, sides, strict=True))}
        if mode != "constant":
            options["mode"] = mode
        elif o["value"]:
            options["value"] = max(float(o["value"]), LOWEST)
        node = reader.builder.last(inputs[0])
        return reader.builder.channels_first(reader.builder.add(module.path, f"pad{rank}d", options, [node]))

    return apply


PADS = {"Zero": "constant", "Constant": "constant", "Reflection": "reflect", "Replication": "edge",
        "Circular": "wrap"}  # fmt: skip


def _upsample(reader: ModuleReader, module: Module, inputs: Sequence[Value]) -> Value:
    o = module.options(size=None, scale_factor=None, mode="nearest", align_corners=None)
    if o["mode"] == "bilinear":
        return enlarged(reader, module, inputs[0], o)
    if o["size"] is not None or o["mode"] != "nearest" or o["scale_factor"] != int(o["scale_factor"]):
        raise NotExpressible("It is read for the mode bilinear, and for nearest with whole factors.")
    node = reader.builder.last(inputs[0])
    options = {"factor": int(o["scale_factor"])}
    return reader.builder.channels_first(reader.builder.add(module.path, "upsampling2d", options, [node]))


WINDOWS: Mapping[str, Apply] = {
    "Conv1d": _conv(1), "Conv2d": _conv(2),
    "ConvTranspose1d": _conv_transpose(1), "ConvTranspose2d": _conv_transpose(2),
    "MaxPool1d": _pool("max", 1), "MaxPool2d": _pool("max", 2),
    "AvgPool1d": _pool("average", 1), "AvgPool2d": _pool("average", 2),
    "AdaptiveAvgPool1d": _adaptive("mean", 1), "AdaptiveAvgPool2d": _adaptive("mean", 2),
    "AdaptiveMaxPool1d": _adaptive("amax", 1), "AdaptiveMaxPool2d": _adaptive("amax", 2),
    **{f"{name}Pad{n}d": _pad(mode, n) for name, mode in PADS.items() for n in (1, 2)},
    "Upsample": _upsample,
}  # fmt: skip


__all__ = ["WINDOWS", "inside_mean", "pooled"]
