"""Layers of windows and borders in Keras 3; paddings that it lacks stand in lines of their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nnkernels.graph.network import Resolved
from nnkernels.ops.windows import Axis
from nnkernels.spec import Shape
from nnstudio.export.format import ExportError
from nnstudio.export.keras.emitters import Code, Emitter, call, one, unless, value

Sides = list[tuple[int, int]]
NOTHING = (0, 0)
# Below all that float32 values are; infinity has no place in the file that Keras saves.
LOWEST = -3.4e38


def frame_of(n: Resolved) -> list[Axis]:
    """The windows along each axis."""
    layer: Any = n.layer
    axes: list[Axis] = layer.frame(n.options, n.input_shapes[0])
    return axes


def sides_of(frame: Sequence[Axis], size: Shape) -> Sides:
    """Padding before and behind each axis for as many windows as there are and no more."""
    needed = [(a.positions - 1) * a.stride + (a.taps - 1) * a.dilation + 1 for a in frame]
    return [(a.before, max(k - n - a.before, 0)) for a, k, n in zip(frame, needed, size, strict=True)]


def _is_same(frame: Sequence[Axis], size: Shape) -> bool:
    """Whether Keras' padding "same" does it: ceil(n / stride) windows, the odd value behind."""
    for a, n in zip(frame, size, strict=True):
        count = -(-n // a.stride)
        spare = max((count - 1) * a.stride + (a.taps - 1) * a.dilation + 1 - n, 0)
        if (a.positions, a.before) != (count, spare // 2):
            return False
    return True


def _zeros(sides: Sides) -> str:
    if len(sides) == 1:
        return f"layers.ZeroPadding1D({value(sides[0])})"
    same = len(set(sides)) == 1 and len(set(sides[0])) == 1
    return f"layers.ZeroPadding2D({value(sides[0][0] if same else tuple(sides))})"


def conv(n: Resolved, name: str) -> Code:
    o, frame, size = n.options, frame_of(n), n.input_shapes[0][:-1]
    rank = len(frame)
    sides, stride = sides_of(frame, size), [a.stride for a in frame]
    dilation = [a.dilation for a in frame]
    # Keras refuses both at once; one may skip what lies between afterwards.
    skips = max(stride) > 1 and max(dilation) > 1
    padding, before, after = {}, "", ""
    if any(s != NOTHING for s in sides):
        if o["padding"] == "causal" and not skips:
            padding = {"padding": "causal"}
        elif _is_same(frame, size) and not skips:
            padding = {"padding": "same"}
        else:
            before = _zeros(sides)
    if skips:
        after = f"[:, {', '.join(f'::{value(s)}' for s in stride)}]"
        stride = [1] * rank
    options = {
        **unless(1, strides=one(stride)), **padding, **unless(1, dilation_rate=one(dilation)),
        **unless(1, groups=o["groups"]), **unless(True, use_bias=o["bias"]),
    }  # fmt: skip
    used = call(f"layers.Conv{rank}D", name, o["filters"], one([a.taps for a in frame]), **options)
    return Code(used, _around(before, after))


def _around(before: str, after: str) -> Any:
    """Lines with a layer before, and something behind what the layer gives."""

    def lines(y: str, xs: Sequence[str], used: str) -> list[str]:
        first = [f"{y} = {before}({xs[0]})"] if before else []
        return [*first, f"{y} = {used}({y if before else xs[0]}){after}"]

    return lines


def conv_transpose(n: Resolved, name: str) -> Code:
    o, frame = n.options, frame_of(n)
    stride, dilation = [a.stride for a in frame], [a.dilation for a in frame]
    if max(stride) > 1 and max(dilation) > 1:
        raise ExportError(
            f"Keras cannot express '{n.id}' ({n.layer.title}) with a stride and a dilation that are both "
            "larger than 1. Set one of them to 1 and train again, or choose another format: NumPy NPZ holds "
            "every layer."
        )
    extra = [max(-a.after, 0) for a in frame]
    if any(e >= s for e, s in zip(extra, stride, strict=True)):
        raise ExportError(
            f"Keras cannot express '{n.id}' ({n.layer.title}) with {max(extra)} positions at the end that no "
            "input reaches: they must be fewer than the stride. Make the output padding smaller and train "
            "again, or choose another format: NumPy NPZ holds every layer."
        )
    options: dict[str, Any] = unless(1, strides=one(stride))
    cut = [(a.before, max(a.after, 0)) for a in frame]
    if o["same"]:
        options |= {"padding": "same"}
        cut = [NOTHING for _ in frame]
    elif any(extra) or any(s > a.taps for s, a in zip(stride, frame, strict=True)):
        # Without it, Keras adds positions up to the next multiple of the stride.
        options |= {"output_padding": one(extra)}
    options |= {**unless(1, dilation_rate=one(dilation)), **unless(True, use_bias=o["bias"])}
    rank, kind = len(frame), f"layers.Conv{len(frame)}DTranspose"
    helper, taps = "", one([a.taps for a in frame])
    if o["groups"] > 1:
        kind, helper = f"GroupedConv{rank}DTranspose", f"GroupedConv{rank}DTranspose"
        options = {"groups": o["groups"], **options}
    used = call(kind, name, o["filters"], taps, **options)
    if all(pair == NOTHING for pair in cut):
        return Code(used, helper=helper)
    crop = _cropping(cut)
    return Code(used, lambda y, xs, used: [f"{y} = {used}({xs[0]})", f"{y} = {crop}({y})"], helper)


def _cropping(sides: Sides) -> str:
    """As ZeroPadding takes its numbers."""
    return _zeros(sides).replace("ZeroPadding", "Cropping")


def pool(kind: str) -> Emitter:
    def emit(n: Resolved, name: str) -> Code:
        o, frame, size = n.options, frame_of(n), n.input_shapes[0][:-1]
        taps, strides = one([a.taps for a in frame]), one([a.stride for a in frame])
        if any(a.dilation > 1 for a in frame):
            raise ExportError(
                f"Keras cannot express '{n.id}' ({n.layer.title}) with a dilation: its pooling has none. Set "
                "it to 1 and train again, or choose another format: NumPy NPZ holds every layer."
            )
        options = unless(taps, strides=strides)
        whole = f"layers.{kind}Pooling{len(frame)}D"
        sides, counts = sides_of(frame, size), bool(o.get("count_padding"))
        if all(pair == NOTHING for pair in sides):
            return Code(call(whole, name, taps, **options))
        if kind == "Max" and _is_same(frame, size):
            return Code(call(whole, name, taps, **options, padding="same"))
        if kind == "Max":
            pads = value((NOTHING, *sides, NOTHING))
            used = call(whole, name, taps, **options)
            return Code(used, lambda y, xs, used: [
                f"{y} = ops.pad({xs[0]}, {pads}, constant_values={LOWEST})", f"{y} = {used}({y})"
            ])  # fmt: skip
        # What an incomplete window lacks never counts.
        counted = [(a.before, min(a.after, end)) if counts else NOTHING
                   for a, (_, end) in zip(frame, sides, strict=True)]  # fmt: skip
        others = [(s - c, e - d) for (s, e), (c, d) in zip(sides, counted, strict=True)]
        given = [value(tuple(others))]
        given += [value(tuple(counted))] if any(pair != NOTHING for pair in counted) else []
        start = f"{value(taps)}, {value(strides)}, {', '.join(given)}"
        return Code(lines=lambda y, xs, _l: [f"{y} = mean_pool({xs[0]}, {start})"], helper="mean_pool")

    return emit


def _widths(n: Resolved) -> Sides:
    layer: Any = n.layer
    return list(layer.widths(n.options))


def pad(n: Resolved, name: str) -> Code:
    o, sides = n.options, _widths(n)
    if o["mode"] != "constant":
        # Each axis by the numbers of the values that it repeats.
        def lines(y: str, xs: Sequence[str], _used: str) -> list[str]:
            picked: list[str] = []
            for axis, pair in enumerate(sides):
                numbers = f"np.pad(np.arange({n.input_shapes[0][axis]}), {value(pair)}, {value(o['mode'])})"
                source = y if picked else xs[0]
                picked.append(f"{y} = ops.take({source}, {numbers}.tolist(), axis={axis + 1})")
            return picked

        return Code(lines=lines)
    if o["value"] != 0:
        pads = value((NOTHING, *sides, NOTHING))
        number = value(o["value"])
        return Code(lines=lambda y, xs, _l: [f"{y} = ops.pad({xs[0]}, {pads}, constant_values={number})"])
    return Code(_zeros(sides)[:-1] + f", name={value(name)})")


def crop(n: Resolved, name: str) -> Code:
    return Code(_cropping(_widths(n))[:-1] + f", name={value(name)})")


_TWO = ("two_lengths", "kernel_size", "kernel_width", "stride", "stride_width", "dilation", "dilation_width")
_SIDES = ("padding", "pad", "pad_top", "pad_bottom", "pad_left", "pad_right", "pad_before", "pad_after")
_CONV = ("filters", "groups", "bias", *_TWO, *_SIDES)
_TRANSPOSED = (
    "filters", "groups", "bias", *_TWO, "same", "padding", "padding_width", "output_padding",
    "output_padding_width",
)  # fmt: skip
_POOL = ("pool_size", "pool_width", "ceil_mode", "count_padding", *_TWO, *_SIDES)
_BORDERS = ("border", "sides", "top", "bottom", "left", "right", "before", "after", "mode", "value")
# As in `emitters`.
WINDOW_EMITTERS: Mapping[str, tuple[Emitter, tuple[str, ...]]] = {
    "conv1d": (conv, _CONV),
    "conv2d": (conv, _CONV),
    "convtranspose1d": (conv_transpose, _TRANSPOSED),
    "convtranspose2d": (conv_transpose, _TRANSPOSED),
    "maxpool1d": (pool("Max"), _POOL),
    "maxpool2d": (pool("Max"), _POOL),
    "averagepool1d": (pool("Average"), _POOL),
    "averagepool2d": (pool("Average"), _POOL),
    "pad1d": (pad, _BORDERS),
    "pad2d": (pad, _BORDERS),
    "crop1d": (crop, _BORDERS),
    "crop2d": (crop, _BORDERS),
}
# The paddings that are known; another that is added later is refused.
KNOWN_MODES = ("constant", "reflect", "edge", "wrap")


__all__ = ["KNOWN_MODES", "WINDOW_EMITTERS"]
