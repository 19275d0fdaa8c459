"""Layers that slide windows over pictures and sequences, and what else changes their size."""

from __future__ import annotations

from collections.abc import Sequence

from nnkernels.layers.average_pool import WindowPool
from nnkernels.layers.borders import CONSTANT, EDGE, REFLECT, WRAP, Borders
from nnkernels.layers.conv import Convolution
from nnkernels.layers.convtranspose2d import TransposedConvolution
from nnkernels.ops.windows import Axis
from nnkernels.spec import layers
from nnstudio.export.channels_first import Step, shape_last
from nnstudio.export.pytorch.code import Code, Emitter, call, each, expression, listed, unless
from nnstudio.export.train_code import number

# Before and behind, for each axis.
Sides = Sequence[tuple[int, int]]
PADDINGS = {REFLECT: "Reflection", EDGE: "Replication", WRAP: "Circular"}


def frame_of(s: Step) -> list[Axis]:
    """The windows along each axis, as the layer itself counts them."""
    layer = layers[s.kind]
    assert isinstance(layer, Convolution | TransposedConvolution | WindowPool)
    return layer.frame(s.options, shape_last(s.input_shapes[0]))


def needed_behind(s: Step, frame: Sequence[Axis]) -> list[int]:
    """How far the last windows reach beyond the values of each axis; negative where they end before."""
    ends = [(a.positions - 1) * a.stride + (a.taps - 1) * a.dilation + 1 - a.before for a in frame]
    return [end - n for end, n in zip(ends, s.input_shapes[0][1:], strict=True)]


def positions(a: Axis, size: int, ceil_mode: bool) -> int:
    """How many windows PyTorch has with the padding before also behind."""
    free = size + 2 * a.before - (a.taps - 1) * a.dilation - 1
    out = free // a.stride + 1
    return out + int(ceil_mode and free >= 0 and free % a.stride > 0 and out * a.stride < size + a.before)


def is_even(s: Step, frame: Sequence[Axis], ceil_mode: bool = False) -> bool:
    """Whether the same padding on both sides leads to the same windows."""
    sizes = s.input_shapes[0][1:]
    return all(positions(a, n, ceil_mode) == a.positions for a, n in zip(frame, sizes, strict=True))


def reversed_sides(sides: Sides) -> tuple[int, ...]:
    """The widths of borders as PyTorch takes them: the last axis first."""
    return tuple(n for pair in reversed(sides) for n in pair)


def reached(s: Step, frame: Sequence[Axis]) -> Sides:
    """Padding as far as the windows reach."""
    behind = needed_behind(s, frame)
    return [(a.before, max(n, 0)) for a, n in zip(frame, behind, strict=True)]


def _pad_call(kind: str, sides: Sides, *value: str) -> str:
    widths = each(reversed_sides(sides))
    return f"nn.{kind}Pad{len(sides)}d({', '.join([widths, *value])})"


def trimmed(sides: Sides) -> str:
    """The index that cuts borders off."""
    cut = [f"{number(b) if b else ''}:{f'-{number(e)}' if e else ''}" for b, e in sides]
    return f"[:, :, {', '.join(cut)}]"


def convolution(s: Step) -> Code:
    """Zeros on both sides where those do; a module before it puts others."""
    o, frame = s.options, frame_of(s)
    stride, dilation = tuple(a.stride for a in frame), tuple(a.dilation for a in frame)
    options = unless(1, stride=stride, dilation=dilation, groups=o["groups"])
    modules: tuple[str, ...] = ()
    if is_even(s, frame):
        options |= unless(0, padding=tuple(a.before for a in frame))
    else:
        modules = (_pad_call("Zero", reached(s, frame)),)
    options |= unless(True, bias=o["bias"])
    taps, channels = tuple(a.taps for a in frame), s.input_shapes[0][0]
    return Code((*modules, call(f"Conv{len(frame)}d", channels, s.shape[0], kernel_size=taps, **options)))


def transposed_convolution(s: Step) -> Code:
    """More that is cut off behind than before is cut off afterwards."""
    o, frame = s.options, frame_of(s)
    more = [max(a.after - a.before, 0) for a in frame]
    options = {
        "kernel_size": tuple(a.taps for a in frame),
        "stride": tuple(a.stride for a in frame),
        **unless(0, padding=tuple(a.before for a in frame)),
        **unless(0, output_padding=tuple(max(a.before - a.after, 0) for a in frame)),
        **unless(1, groups=o["groups"]),
        **unless(True, bias=o["bias"]),
        **unless(1, dilation=tuple(a.dilation for a in frame)),
    }
    module = call(f"ConvTranspose{len(frame)}d", s.input_shapes[0][0], s.shape[0], **options)
    if not any(more):
        return Code((module,))
    index = trimmed([(0, n) for n in more])
    return Code((module,), lambda y, xs, m: [f"{y} = {m.format(xs[0])}{index}"])


def _pool_call(name: str, frame: Sequence[Axis], **options: object) -> str:
    taps, stride = tuple(a.taps for a in frame), tuple(a.stride for a in frame)
    return call(f"{name}{len(frame)}d", taps, stride=stride, **options)


def _evenly(s: Step, frame: Sequence[Axis]) -> dict[str, object] | None:
    """Padding and ceil mode of a pool that lead to the same windows, if there are such."""
    # PyTorch pads a pool by half its window at most.
    if any(a.before > a.taps // 2 for a in frame):
        return None
    padding: dict[str, object] = unless(0, padding=tuple(a.before for a in frame))
    if is_even(s, frame):
        return padding
    return {**padding, "ceil_mode": True} if is_even(s, frame, ceil_mode=True) else None


def max_pool(s: Step) -> Code:
    frame = frame_of(s)
    dilation = unless(1, dilation=tuple(a.dilation for a in frame))
    evenly = _evenly(s, frame)
    if evenly is not None:
        return Code((_pool_call("MaxPool", frame, **evenly, **dilation),))
    pad = _pad_call("Constant", reached(s, frame), "-torch.inf")
    return Code((pad, _pool_call("MaxPool", frame, **dilation)))


def average_pool(s: Step) -> Code:
    return _mean_with_padding(s) if s.options["count_padding"] else _mean_inside(s)


def _mean_inside(s: Step) -> Code:
    """Of the values that lie in the picture."""
    frame = frame_of(s)
    evenly = _evenly(s, frame)
    if evenly is not None:
        counted = {"count_include_pad": False} if "padding" in evenly else {}
        return Code((_pool_call("AvgPool", frame, **evenly, **counted),))
    sides = listed(reversed_sides(reached(s, frame)))
    return Code((f"InsideMean({_pool_call('AvgPool', frame)}, {sides})",), helper="InsideMean")


def _mean_with_padding(s: Step) -> Code:
    """Zeros of the padding count; where a window reaches beyond it, the rest does not."""
    frame = frame_of(s)
    needed = needed_behind(s, frame)
    evenly = _evenly(s, frame)
    if evenly is not None and all(a.before == a.after or n <= 0 for a, n in zip(frame, needed, strict=True)):
        return Code((_pool_call("AvgPool", frame, **evenly),))
    sides = [(a.before, max(min(n, a.after), 0)) for a, n in zip(frame, needed, strict=True)]
    beyond = any(n > a.after for a, n in zip(frame, needed, strict=True))
    pool = _pool_call("AvgPool", frame, **unless(False, ceil_mode=beyond))
    return Code((_pad_call("Zero", sides), pool))


def global_pool(function: str) -> Emitter:
    def emit(s: Step) -> Code:
        axes = ", ".join(str(axis) for axis in range(2, len(s.input_shapes[0]) + 1))
        dims = f"({axes})" if "," in axes else axes
        return Code(lines=lambda y, xs, _m: [f"{y} = {xs[0]}.{function}(dim={dims})"])

    return emit


def borders_of(s: Step) -> Sides:
    """Widths before and behind of each axis."""
    layer = layers[s.kind]
    assert isinstance(layer, Borders)
    return layer.widths(s.options)


def pad(s: Step) -> Code:
    sides, mode, value = borders_of(s), s.options["mode"], s.options["value"]
    if mode != CONSTANT:
        return Code((_pad_call(PADDINGS[mode], sides),))
    return Code((_pad_call("Constant", sides, number(value)) if value else _pad_call("Zero", sides),))


def crop(s: Step) -> Code:
    return expression(f"{{x}}{trimmed(borders_of(s))}")(s)
