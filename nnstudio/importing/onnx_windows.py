"""Convolutions, pooling, borders and enlarging: one axis (sequences) or two (pictures), channels first."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nnkernels.spec import layers, size_of
from nnstudio.importing.onnx_functions import layer_on, times, to_power
from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_table import reads
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value

# The widest border that is one number.
MOST_BORDER = 64
SIDES = {1: ("before", "after"), 2: ("top", "bottom", "left", "right")}


def _for_axes(node: OnnxNode, chosen: slice) -> OnnxNode:
    """The node as it slides along some of its axes."""
    a = dict(node.attributes)
    for name in ("kernel_shape", "strides", "dilations"):
        if a.get(name):
            a[name] = a[name][chosen]
    if a.get("pads"):
        half = len(a["pads"]) // 2
        a["pads"] = [*a["pads"][:half][chosen], *a["pads"][half:][chosen]]
    return replace(node, attributes=a)


def _frame(graph: GraphReader, node: OnnxNode) -> tuple[Value, int]:
    """The value with channels last, and the number of axes that windows slide along."""
    value = graph.value(node.inputs[0])
    axes = len(value.lies) - 1
    if axes not in (1, 2):
        raise NotExpressible(
            f"{node.kind} over {axes} axes: layers slide over sequences and pictures only. Let the file have "
            "one that slides over two axes, the third among the channels."
        )
    return graph.first(value), axes


def _each(node: OnnxNode, name: str, axes: int, default: int = 1) -> list[int]:
    numbers = [int(n) for n in node.attributes.get(name) or [default] * axes]
    if len(numbers) != axes:
        raise NotExpressible(f"{name} has {len(numbers)} numbers for {axes} axes.")
    return numbers


def _lengths(axes: int, **named: Sequence[int]) -> dict[str, Any]:
    """Options for the lengths of each axis; "kernel_size" has the twin "kernel_width"."""
    options: dict[str, Any] = {name: numbers[0] for name, numbers in named.items()}
    if axes == 2 and any(numbers[0] != numbers[1] for numbers in named.values()):
        options["two_lengths"] = True
        options |= {f"{name.removesuffix('_size')}_width": numbers[1] for name, numbers in named.items()}
    return options


def _padding(node: OnnxNode, axes: int, size: Sequence[int] = (), taps: Sequence[int] = ()) -> dict[str, Any]:
    """Options for what lies around the input; with its size, pads that differ may turn out to be "same"."""
    auto = node.attributes.get("auto_pad", "NOTSET")
    named = {"SAME_UPPER": "same", "SAME_LOWER": "same lower", "VALID": "valid"}
    if auto in named:
        return {"padding": named[auto]}
    if auto != "NOTSET":
        raise NotExpressible(f"auto_pad {auto} is not known to the layer.")
    pads = [int(n) for n in node.attributes.get("pads") or [0] * (2 * axes)]
    if len(pads) != 2 * axes:
        raise NotExpressible(f"pads has {len(pads)} numbers for {axes} axes.")
    if len(set(pads)) == 1:
        return {"padding": "number", "pad": pads[0]} if pads[0] else {"padding": "valid"}
    stride, dilation = _each(node, "strides", axes), _each(node, "dilations", axes)
    spare = [
        max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
        for n, k, s, d in zip(size, taps, stride, dilation, strict=False)
    ]
    less = [n // 2 for n in spare]
    more = [n - n // 2 for n in spare]
    for name, starts, ends in (("same", less, more), ("same lower", more, less)):
        if pads == [*starts, *ends]:
            return {"padding": name}
    return {"padding": "sides", **_sides(pads, axes, "pad_")}


def _sides(pads: Sequence[int], axes: int, before: str = "") -> dict[str, int]:
    """ONNX's starts and then ends as an option for each side."""
    in_order = [pads[axis + end * axes] for axis in range(axes) for end in (0, 1)]
    return {f"{before}{side}": n for side, n in zip(SIDES[axes], in_order, strict=True)}


@reads("Conv")
def _conv(graph: GraphReader, node: OnnxNode) -> Value:
    value, axes = _frame(graph, node)
    weight = graph.array(node.inputs[1])
    if weight.ndim != axes + 2:
        raise NotExpressible(f"The filters have shape {weight.shape}.")
    # (out, in, taps) becomes (taps, in, out).
    arrays = {"weight": np.ascontiguousarray(weight.transpose(*range(2, axes + 2), 1, 0))}
    sources, absorbed = [node.inputs[1]], None
    bias = node.inputs[2] if node.has(2) else ""
    if bias:
        arrays["bias"] = graph.array(bias)
    elif (taker := graph.only_taker(node.outputs[0])) is not None and taker.kind == "Add" and graph.opset > 6:
        other = next(s for s in taker.inputs if s != node.outputs[0])
        given = graph.constants.get(other)
        wanted = (weight.shape[0], *[1] * axes)
        if given is not None and given.shape in (wanted, (1, *wanted)) and given.dtype.kind in "fiu":
            bias, absorbed = other, taker
            arrays["bias"] = graph.array(other).ravel()
    options = {
        "filters": weight.shape[0], "groups": int(node.attributes.get("group", 1)), "bias": bool(bias),
        **_padding(node, axes, value.shape or (), weight.shape[2:]),
        **_lengths(axes, kernel_size=weight.shape[2:], stride=_each(node, "strides", axes),
                   dilation=_each(node, "dilations", axes)),
    }  # fmt: skip
    given_value = graph.layer(f"conv{axes}d", [value], options, arrays, [*sources, *([bias] if bias else [])])
    result = graph.as_first(given_value)
    if absorbed is not None:
        graph.absorb(absorbed, result)
    return result


@reads("ConvTranspose")
def _conv_transpose(graph: GraphReader, node: OnnxNode) -> Value:
    value, axes = _frame(graph, node)
    weight = graph.array(node.inputs[1])
    if weight.ndim != axes + 2:
        raise NotExpressible(f"The filters have shape {weight.shape}.")
    groups, shape = int(node.attributes.get("group", 1)), value.shape or ()
    if groups < 1 or weight.shape[0] % groups:
        raise NotExpressible(f"{weight.shape[0]} channels cannot be split into {groups} groups.")
    stride, dilation = _each(node, "strides", axes), _each(node, "dilations", axes)
    reach = [(k - 1) * d + 1 for k, d in zip(weight.shape[2:], dilation, strict=True)]
    extra = _each(node, "output_padding", axes, 0)
    starts, ends = _cut_off(node, shape, stride, reach, extra)
    # Ours cuts as much off both sides, and adds at the end.
    added = [s - e + x for s, e, x in zip(starts, ends, extra, strict=True)]
    least = [max(s, d) for s, d in zip(stride, dilation, strict=True)]
    kept, crop, border = list(added), [0] * axes, [0] * axes
    for axis in range(axes):
        if added[axis] < 0:
            kept[axis], crop[axis] = 0, -added[axis]
        elif added[axis] >= least[axis]:
            kept[axis], border[axis] = 0, added[axis]
    if any(border) and node.has(2) and np.any(graph.array(node.inputs[2])):
        raise NotExpressible("It adds more at its end than a stride; the layer adds fewer.")
    # (in, out of a group, taps) becomes (taps, out of a group, in).
    arrays = {"weight": np.ascontiguousarray(weight.transpose(*range(2, axes + 2), 1, 0))}
    if node.has(2):
        arrays["bias"] = graph.array(node.inputs[2])
    options = {
        "filters": weight.shape[1] * groups, "groups": groups, "bias": node.has(2),
        **_lengths(axes, kernel_size=weight.shape[2:], stride=stride, dilation=dilation, padding=starts,
                   output_padding=kept),
    }  # fmt: skip
    kind = "convtranspose1d" if axes == 1 else "convtranspose2d"
    result = graph.layer(kind, [value], options, arrays, [s for s in node.inputs[1:] if s])
    for step, amounts, layer in (("cropped", crop, "crop"), ("padded", border, "pad")):
        if any(amounts):
            sides = {"sides": "separate", **_sides([*[0] * axes, *amounts], axes)}
            result = graph.layer(f"{layer}{axes}d", [result], sides, step=step)
    return graph.as_first(result)


def _cut_off(
    node: OnnxNode, shape: Sequence[int], stride: Sequence[int], reach: Sequence[int], extra: Sequence[int]
) -> tuple[list[int], list[int]]:
    """What is cut off at the start and the end of each axis."""
    axes = len(stride)
    auto = node.attributes.get("auto_pad", "NOTSET")
    wanted = [int(n) for n in node.attributes.get("output_shape") or []][-axes:]
    if auto in ("SAME_UPPER", "SAME_LOWER") and not wanted:
        wanted = [n * s for n, s in zip(shape, stride, strict=False)]
    if not wanted:
        pads = [int(n) for n in node.attributes.get("pads") or [0] * (2 * axes)]
        pads = [0] * (2 * axes) if auto == "VALID" else pads
        return pads[:axes], pads[axes:]
    starts, ends = [], []
    for n, s, r, x, want in zip(shape, stride, reach, extra, wanted, strict=False):
        total = s * (n - 1) + x + r - want
        half = total // 2 if auto == "SAME_UPPER" else total - total // 2
        if total < 0:
            half = 0
        starts.append(half)
        ends.append(total - half)
    return starts, ends


@reads("MaxPool", "AveragePool")
def _read_pool(graph: GraphReader, node: OnnxNode) -> Value:
    return _pool(graph, node)


@reads("GlobalAveragePool", "GlobalMaxPool")
def _read_global_pool(graph: GraphReader, node: OnnxNode) -> Value:
    return _global_pool(graph, node)


def _pool(graph: GraphReader, node: OnnxNode) -> Value:
    if len(graph.value(node.inputs[0]).lies) == 4:
        return _pool_of_three(graph, node)
    if node.kind == "AveragePool" and set(node.attributes.get("dilations") or [1]) != {1}:
        return _spread_mean(graph, node)
    value, axes = _frame(graph, node)
    return graph.as_first(graph.layer(*_pool_layer(node, value, axes)))


def _pool_of_three(graph: GraphReader, node: OnnxNode) -> Value:
    """Over the last two of three axes, and then over the first: each time means, or largest values."""
    value = graph.arranged(graph.value(node.inputs[0]), (2, 3, 1, 0))
    height, width, depth, channels = value.shape or ()
    picture = (height, width, depth * channels)
    flat = Value(graph.reshaped(value.node, picture), picture, (0, 1, 2))
    first = graph.layer(*_pool_layer(_for_axes(node, slice(1, None)), flat, 2), step="picture")
    height, width, _ = first.shape or ()
    shape = (height, width, depth, channels)
    value = graph.arranged(Value(graph.reshaped(first.node, shape), shape, (3, 2, 0, 1)), (1, 2, 3, 0))
    steps = (depth, height * width * channels)
    flat = Value(graph.reshaped(value.node, steps), steps, (0, 1))
    second = graph.layer(*_pool_layer(_for_axes(node, slice(1)), flat, 1))
    shape = ((second.shape or ())[0], height, width, channels)
    return graph.as_first(Value(graph.reshaped(second.node, shape), shape))


def _spread_mean(graph: GraphReader, node: OnnxNode) -> Value:
    """An AveragePool whose windows skip values: a Conv of equal weights that is frozen. Raises
    NotExpressible.
    """
    value, axes = _frame(graph, node)
    a, size, channels = node.attributes, (value.shape or ())[:-1], (value.shape or ())[-1]
    taps, stride = _each(node, "kernel_shape", axes, 0), _each(node, "strides", axes)
    dilation, pads = _each(node, "dilations", axes), a.get("pads") or [0] * (2 * axes)
    free = [n + pads[i] + pads[i + axes] - (taps[i] - 1) * dilation[i] - 1 for i, n in enumerate(size)]
    ends = any(n % s for n, s in zip(free, stride, strict=True))
    has_pads = any(pads) or str(a.get("auto_pad", "NOTSET")).startswith("SAME")
    if (has_pads and not a.get("count_include_pad", 0)) or (a.get("ceil_mode", 0) and ends):
        raise NotExpressible(
            "AveragePool with a dilation is read where its padding counts, or there is none, and without "
            "incomplete windows at the end."
        )
    options = {
        "filters": channels, "groups": channels, "bias": False, "frozen": True, **_padding(node, axes),
        **_lengths(axes, kernel_size=taps, stride=stride, dilation=dilation),
    }  # fmt: skip
    graph.say("A mean of values that do not follow each other is a Conv of equal weights that is frozen.")
    weight = np.full((*taps, 1, channels), 1 / math.prod(taps), np.float32)
    return graph.as_first(graph.layer(f"conv{axes}d", [value], options, {"weight": weight}))


def _pool_layer(node: OnnxNode, value: Value, axes: int) -> tuple[str, list[Value], dict[str, Any]]:
    """Kind, what goes in, and options of a pooling over one or two axes. Raises NotExpressible."""
    a = node.attributes
    is_max = node.kind == "MaxPool"
    if a.get("storage_order", 0):
        raise NotExpressible("A storage order of its own is no option of the layer.")
    dilation = _each(node, "dilations", axes)
    if not is_max and set(dilation) != {1}:
        raise NotExpressible("AveragePool over three axes lacks the option dilation.")
    lengths = {"pool_size": _each(node, "kernel_shape", axes, 0), "stride": _each(node, "strides", axes)}
    if is_max:
        lengths["dilation"] = dilation
    options = {"ceil_mode": bool(a.get("ceil_mode", 0)), **_padding(node, axes), **_lengths(axes, **lengths)}
    if not is_max:
        options["count_padding"] = bool(a.get("count_include_pad", 0))
    return f"{'max' if is_max else 'average'}pool{axes}d", [value], options


def _global_pool(graph: GraphReader, node: OnnxNode) -> Value:
    kind = "globalmaxpool" if node.kind == "GlobalMaxPool" else "globalaveragepool"
    axes = len(graph.value(node.inputs[0]).lies) - 1
    if axes > 2:
        value = graph.first(graph.value(node.inputs[0]))
        shape = (size_of((value.shape or ())[:-1]), (value.shape or ())[-1])
        row = graph.layer(f"{kind}1d", [Value(graph.reshaped(value.node, shape), shape)])
        return replace(row, lies=(0, *[None] * axes))
    value, axes = _frame(graph, node)
    given = graph.layer(kind if axes == 2 else f"{kind}1d", [value])
    return replace(given, lies=(0, *[None] * axes))


@reads("LpPool", "GlobalLpPool")
def _norm_pool(graph: GraphReader, node: OnnxNode) -> Value:
    """The root of a sum of powers, which is a mean that counts as often as the window has values."""
    a, value = node.attributes, graph.value(node.inputs[0])
    p, is_whole = float(a.get("p", 2)), node.kind == "GlobalLpPool"
    if p <= 0 or a.get("ceil_mode", 0):
        raise NotExpressible("A pooling by a norm is read with p above 0, and without ceil_mode.")
    size = math.prod(value.file_shape[1:] if is_whole else a["kernel_shape"])
    size_of_each = layer_on(graph, "function", value, "size", function="abs") if p != 2 else value
    powers = f"{node.name}.powers"
    graph.values[powers] = to_power(graph, size_of_each, p)
    kind = "GlobalAveragePool" if is_whole else "AveragePool"
    mean = OnnxNode(node.name, kind, (powers,), node.outputs, {**a, "count_include_pad": 1})
    pooled = _global_pool(graph, mean) if is_whole else _pool(graph, mean)
    return to_power(graph, times(graph, pooled, size), 1 / p)


@reads("Pad")
def _pad(graph: GraphReader, node: OnnxNode) -> Value:
    value, a = graph.value(node.inputs[0]), node.attributes
    rank = len(value.lies) + 1
    pads = graph.numbers(node.inputs[1]) if node.has(1) else [int(n) for n in a.get("pads") or []]
    chosen: Sequence[int] = range(rank)
    if node.has(3):
        chosen = [axis % rank for axis in graph.numbers(node.inputs[3])]
    if len(pads) != 2 * len(chosen):
        raise NotExpressible(f"It has {len(pads)} numbers for {len(chosen)} axes.")
    number = float(graph.array(node.inputs[2]).ravel()[0]) if node.has(2) else float(a.get("value", 0.0))
    pairs = {axis: (pads[i], pads[i + len(chosen)]) for i, axis in enumerate(chosen)}
    return bordered(graph, value, pairs, {"mode": a.get("mode", "constant"), "value": number})


def bordered(
    graph: GraphReader, value: Value, pairs: Mapping[int, tuple[int, int]], fill: Mapping[str, Any]
) -> Value:
    """The value with borders before and behind axes of the file; what is negative is cut off."""
    pairs = {axis: pair for axis, pair in pairs.items() if any(pair)}
    if not pairs:
        return value
    if value.batch in pairs:
        raise NotExpressible("It adds samples or takes some away, and a layer has them one by one.")
    if value.batch:
        behind = {axis if axis > value.batch else axis + 1: pair for axis, pair in pairs.items()}
        return replace(bordered(graph, replace(value, batch=0), behind, fill), batch=value.batch)
    moved = sorted(axis - 1 for axis in pairs)
    rank = len(value.lies)
    if rank > 3 or len(moved) > 2:
        raise NotExpressible("Borders are there for one or two axes of sequences and pictures only.")
    others = [axis for axis in range(rank) if axis not in moved]
    axes = 1 if rank <= 2 else 2
    # The axis without borders comes last; where there is none, one of length 1.
    if axes == 2 and len(moved) == 1:
        moved = sorted([moved[0], next(axis for axis in others if value.lies[axis] != rank - 1)])
        others = [axis for axis in range(rank) if axis not in moved]
    value = graph.arranged(value, (*moved, *others))
    shape = value.shape or ()
    if len(moved) == rank:
        value = replace(value, node=graph.reshaped(value.node, (*shape, 1)), shape=(*shape, 1))
    axes = len(moved)
    starts = [pairs.get(axis + 1, (0, 0))[0] for axis in moved]
    ends = [pairs.get(axis + 1, (0, 0))[1] for axis in moved]
    result = value
    cut = [max(-n, 0) for n in (*starts, *ends)]
    put = [max(n, 0) for n in (*starts, *ends)]
    if any(cut):
        step = "cut" if any(put) else ""
        result = graph.layer(f"crop{axes}d", [result], _border(cut, axes), step=step)
    if any(put):
        if fill.get("mode") != "constant":
            fill = {"mode": fill.get("mode")}
        known = {name: n for name, n in fill.items() if layers[f"pad{axes}d"].has_option(name)}
        result = graph.layer(f"pad{axes}d", [result], {**_border(put, axes), **known})
    return replace(result, lies=value.lies)


def _border(amounts: Sequence[int], axes: int) -> dict[str, Any]:
    """One width for all sides where they are equal."""
    if len(set(amounts)) == 1 and amounts[0] <= MOST_BORDER:
        return {"border": amounts[0]}
    return {"sides": "separate", **_sides(amounts, axes)}
