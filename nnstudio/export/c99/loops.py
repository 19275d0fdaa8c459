"""Loops over values of several axes in C, whose lengths and distances are known when they are written."""

from __future__ import annotations

from collections.abc import Sequence

from nnkernels.spec import Shape, size_of

COUNTERS = "ijkl"


def strides_of(shape: Shape) -> list[int]:
    """How far neighbours along each axis lie apart."""
    return [size_of(shape[axis + 1 :]) for axis in range(len(shape))]


def repeated(shape: Shape, output: Shape) -> list[int]:
    """The distances along each axis of an output with which an input is joined: 0 where it is repeated."""
    before = len(output) - len(shape)
    own = [stride if n > 1 else 0 for n, stride in zip(shape, strides_of(shape), strict=True)]
    return [0] * before + own


def loop(shape: Shape, y: str, sources: Sequence[tuple[str, Sequence[int]]], formula: str) -> list[str]:
    """Statements that write the values of y in order.

    ``sources`` are expressions with distances along each axis; ``{}`` in the formula stands for each.
    """
    axes = _merged(shape, [strides_of(shape), *[strides for _, strides in sources]])
    names = [COUNTERS[at] if at < len(COUNTERS) else f"i{at}" for at in range(len(axes))]
    statements = [
        f"{'    ' * at}for (int {name} = 0; {name} < {n}; {name}++)"
        for at, (name, (n, _)) in enumerate(zip(names, axes, strict=True))
    ]
    values = [
        f"({x})[{_index(names, [strides[at] for _, strides in axes])}]"
        for at, x in enumerate([y, *[x for x, _ in sources]])
    ]
    return [*statements, f"{'    ' * len(axes)}{values[0]} = {formula.format(*values[1:])};"]


def _merged(shape: Shape, strides: Sequence[Sequence[int]]) -> list[tuple[int, list[int]]]:
    """Length and distances of each axis, without those of length 1; neighbours along which all are read in a
    row are one.
    """
    axes: list[tuple[int, list[int]]] = []
    for n, *own in zip(shape, *strides, strict=True):
        if n == 1:
            continue
        if axes and all(outer == n * inner for outer, inner in zip(axes[-1][1], own, strict=True)):
            axes[-1] = (axes[-1][0] * n, own)
        else:
            axes.append((n, own))
    return axes


def _index(names: Sequence[str], strides: Sequence[int]) -> str:
    parts = [f"{s} * {name}" if s > 1 else name for name, s in zip(names, strides, strict=True) if s]
    return " + ".join(parts) or "0"
