"""Options, padding and positions of layers that slide a window over a picture or a sequence. No kernels."""

from __future__ import annotations

from typing import NamedTuple

from nnkernels.spec import Option, Options, Shape, SpecError, in_steps, show_shape

PADDING_HELP = (
    "same: as many positions as the input has, divided by the stride; same lower: the odd zero comes first; "
    "valid: no zeros; number: as many as Pad says; sides: a number for each side."
)
TWO_LENGTHS = Option("two_lengths", False, "Lengths along the width that differ from those along the height.")


class Axis(NamedTuple):
    """Windows along one axis: taps, their stride and dilation, padding, and positions of the output."""

    taps: int
    stride: int
    dilation: int
    before: int
    after: int
    positions: int


def width_option(name: str, default: int, help: str, low: int, high: int) -> Option:
    """The length along the width where `TWO_LENGTHS` is on; the option without width is then the height."""
    return Option(name, default, help, low, high, when=("two_lengths", True), unit="px")


def sides(axes: int) -> tuple[Option, ...]:
    """Padding of each side."""
    names = ("before", "after") if axes == 1 else ("top", "bottom", "left", "right")
    words = {"before": "before the first step", "after": "after the last step"}
    return tuple(
        Option(
            f"pad_{name}", 0, f"Padding {words.get(name, 'at the ' + name)}.", 0, 64,
            when=("padding", "sides"), unit="px",
        )
        for name in names
    )  # fmt: skip


def one_axis(options: tuple[Option, ...]) -> tuple[Option, ...]:
    """The same options for a layer over sequences: one length each, in steps, and two sides."""
    pictures = {"two_lengths", *[o.name for o in sides(2)]}
    kept: list[Option] = []
    for option in options:
        if option.name == "pad_top":
            kept += sides(1)
        if option.name not in pictures and option.when != ("two_lengths", True):
            kept.append(option)
    return in_steps(tuple(kept))


def lengths(options: Options, axes: int, height: str, width: str) -> tuple[int, ...]:
    """The option ``height`` for each axis, or the option ``width`` for the second where lengths differ."""
    if axes == 2 and options["two_lengths"]:
        return (options[height], options[width])
    return (options[height],) * axes


def padding(options: Options, axis: int, axes: int, spare: int, reach: int) -> tuple[int, int]:
    """Padding before and after along an axis; ``spare`` is what "same" needs, ``reach`` a window's length."""
    mode = options["padding"]
    if mode == "sides":
        names = (("before", "after"),) if axes == 1 else (("top", "bottom"), ("left", "right"))
        before, after = (options[f"pad_{name}"] for name in names[axis])
        return before, after
    if mode in ("same", "same lower"):
        less, more = spare // 2, spare - spare // 2
        return (less, more) if mode == "same" else (more, less)
    if mode == "causal":
        return reach - 1, 0
    return (options["pad"],) * 2 if mode == "number" else (0, 0)


def over(
    options: Options, size: Shape, taps: tuple[int, ...], stride: tuple[int, ...], dilation: tuple[int, ...]
) -> list[Axis]:
    """The windows along each axis of an input of a size. Positions may be 0 or less: see `check`."""
    frame = []
    for axis, (n, k, s, d) in enumerate(zip(size, taps, stride, dilation, strict=True)):
        reach = (k - 1) * d + 1
        spare = max((-(-n // s) - 1) * s + reach - n, 0)
        before, after = padding(options, axis, len(size), spare, reach)
        free = n + before + after - reach
        out = free // s + 1
        if options.get("ceil_mode") and free >= 0 and free % s and out * s < n + before:
            # An incomplete window counts, unless it would begin behind the input.
            out += 1
        frame.append(Axis(k, s, d, before, after, out))
    return frame


def check(frame: list[Axis], size: Shape, what: str) -> None:
    """Raise SpecError unless each axis has a window; ``what`` names the option of its length."""
    if min(axis.positions for axis in frame) < 1:
        reach = tuple((axis.taps - 1) * axis.dilation + 1 for axis in frame)
        raise SpecError(
            f"The window of {show_shape(reach)} is larger than the padded input of {show_shape(size)}. {what}"
        )


def inside(axis: Axis, position: int, size: int) -> list[int]:
    """Where the window at a position looks in an input of a size; what lies in the padding is left out."""
    start = position * axis.stride - axis.before
    return [p for p in range(start, start + axis.taps * axis.dilation, axis.dilation) if 0 <= p < size]


def check_inside(frame: list[Axis], size: Shape) -> None:
    """Raise SpecError where a window sees nothing but padding, which has neither a maximum nor a mean."""
    for axis, n in zip(frame, size, strict=True):
        if not all(inside(axis, position, n) for position in range(axis.positions)):
            raise SpecError(
                f"A window of length {axis.taps} would see nothing but padding, of which {axis.before} lie "
                f"before and {axis.after} behind the {n} values of that axis. Make the padding or the "
                "dilation smaller, or the pool size larger."
            )
