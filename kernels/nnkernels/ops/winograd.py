"""Winograd's F(2x2, 3x3): a 3 x 3 convolution with 16 products for 4 outputs instead of 36, and back.

After Lavin and Gray 2016. Tiles of 4 x 4 inputs are transformed, each of their 16 points is a matrix
product over channels, and the result is transformed back into 2 x 2 outputs. The way is linear in the
filters, Y = A.T [(G g G.T) (B.T d B)] A, and so dg = G.T [(A dY A.T) (B.T d B)] G: filters' gradients are
summed over all tiles as 16 points, and transformed once. Only for stride 1; must not know layers.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from nnkernels.jit import Deferred, device
from nnkernels.vector.channel_loops import Vectors, at_strides, make_loop
from nnkernels.vector.simd import ADD, ZERO, gemm

POINTS = 16
# Values between the points of a block.
SPREAD = 16
Grid = list[list[Any]]


def _input(v: Vectors, d: list[Any]) -> list[Any]:
    """One axis of B.T d B."""
    return [v.sub(d[0], d[2]), v.add(d[1], d[2]), v.sub(d[2], d[1]), v.sub(d[1], d[3])]


def _filter(v: Vectors, g: list[Any]) -> list[Any]:
    """One axis of G g G.T"""
    outer = v.add(g[0], g[2])
    return [g[0], v.half(v.add(outer, g[1])), v.half(v.sub(outer, g[1])), g[2]]


def _output(v: Vectors, m: list[Any]) -> list[Any]:
    """One axis of A.T m A."""
    return [v.add(v.add(m[0], m[1]), m[2]), v.sub(v.sub(m[1], m[2]), m[3])]


def _gradients(v: Vectors, d: list[Any]) -> list[Any]:
    """One axis of A d A.T: back through `_output`."""
    return [d[0], v.add(d[0], d[1]), v.sub(d[0], d[1]), v.minus(d[1])]


def _taps(v: Vectors, m: list[Any]) -> list[Any]:
    """One axis of G.T m G: back through `_filter`."""
    middle = v.half(v.add(m[1], m[2]))
    return [v.add(m[0], middle), v.half(v.sub(m[1], m[2])), v.add(middle, m[3])]


def _both(v: Vectors, one_axis: Any, grid: Grid) -> Grid:
    """A transform along both axes of a grid of vectors."""
    columns = [one_axis(v, [row[j] for row in grid]) for j in range(len(grid[0]))]
    return [one_axis(v, [column[i] for column in columns]) for i in range(len(columns[0]))]


def _input_tile(v: Vectors, a: Any, b: Any, c: Any, at: Any, *strides: Any) -> None:
    """4 x 4 positions of ``a`` become 16 points of ``b``; strides of row, column and point."""
    row, column, point, _ = strides
    grid = [[v.load(a, at_strides(v, at, (i, row), (j, column))) for j in range(4)] for i in range(4)]
    for i, values in enumerate(_both(v, _input, grid)):
        for j, value in enumerate(values):
            v.store(value, b, at_strides(v, at, (4 * i + j, point)))


def _filter_tile(v: Vectors, a: Any, b: Any, c: Any, at: Any, tap: Any, point: Any, *_: Any) -> None:
    """3 x 3 taps of ``a`` become 16 points of ``b``; strides of tap and point."""
    grid = [[v.load(a, at_strides(v, at, (3 * i + j, tap))) for j in range(3)] for i in range(3)]
    for i, values in enumerate(_both(v, _filter, grid)):
        for j, value in enumerate(values):
            v.store(value, b, at_strides(v, at, (4 * i + j, point)))


def _output_tile(v: Vectors, a: Any, b: Any, c: Any, at: Any, *strides: Any) -> None:
    """16 points of ``a`` and the bias ``c`` become 2 x 2 positions of ``b``; strides of point, row, column.

    The last argument, ``kept``, has bit 1 where the second row exists, bit 0 where the second column
    does.
    """
    point, row, column, kept = strides
    grid = [[v.load(a, at_strides(v, at, (4 * i + j, point))) for j in range(4)] for i in range(4)]
    bias = v.load(c, at)
    for i, values in enumerate(_both(v, _output, grid)):
        for j, value in enumerate(values):
            wanted = 2 * i + j
            exists = v.builder.icmp_signed("==", v.builder.and_(kept, v.i64(wanted)), v.i64(wanted))
            with v.builder.if_then(exists):
                v.store(v.add(value, bias), b, at_strides(v, at, (i, row), (j, column)))


def _gradient_tile(v: Vectors, a: Any, b: Any, c: Any, at: Any, *strides: Any) -> None:
    """2 x 2 positions of ``a`` become 16 points of ``b``; strides of row, column and point, and ``kept``."""
    row, column, point, kept = strides
    zero = v.constant(0.0)
    grid: Grid = [[], []]
    for wanted in range(4):
        exists = v.builder.icmp_signed("==", v.builder.and_(kept, v.i64(wanted)), v.i64(wanted))
        # The first position always exists.
        offset = v.builder.select(exists, at_strides(v, at, (wanted // 2, row), (wanted % 2, column)), at)
        grid[wanted // 2].append(v.builder.select(exists, v.load(a, offset), zero))
    for i, values in enumerate(_both(v, _gradients, grid)):
        for j, value in enumerate(values):
            v.store(value, b, at_strides(v, at, (4 * i + j, point)))


def _taps_tile(v: Vectors, a: Any, b: Any, c: Any, at: Any, point: Any, tap: Any, *_: Any) -> None:
    """16 points of ``a`` become 3 x 3 taps of ``b``; strides of point and tap."""
    grid = [[v.load(a, at_strides(v, at, (4 * i + j, point))) for j in range(4)] for i in range(4)]
    for i, values in enumerate(_both(v, _taps, grid)):
        for j, value in enumerate(values):
            v.store(value, b, at_strides(v, at, (3 * i + j, tap)))


input_tile = Deferred(partial(make_loop, "winograd_input", _input_tile))
filter_tile = Deferred(partial(make_loop, "winograd_filter", _filter_tile))
output_tile = Deferred(partial(make_loop, "winograd_output", _output_tile))
gradient_tile = Deferred(partial(make_loop, "winograd_gradients", _gradient_tile))
taps_tile = Deferred(partial(make_loop, "winograd_taps", _taps_tile))


@device
def kept_of(i, j, oh, ow):
    """Which of the positions of a tile in row i and column j exist; see `_output_tile`."""
    return (2 if 2 * i + 1 < oh else 0) + (1 if 2 * j + 1 < ow else 0)


@device
def convolve_tiles(
    work, frame, width, cin, filters, points, products, block, rows, sink, y, oh, ow, cout, start, bias
):  # fmt: skip
    """One padded sample: ``block`` rows of tiles at a time, so that their points stay in cache.

    filters: 16 transformed filters (cin, cout); points and products: scratch; rows: table of cin
    multiples; start, bias: cout values that are added.
    """
    across, down = (ow + 1) // 2, (oh + 1) // 2
    for first in range(0, down, block):
        high = min(first + block, down)
        tiles = (high - first) * across
        # Points at a distance of a power of two would fall on one another in the cache.
        inside, outside = tiles * cin + SPREAD, tiles * cout + SPREAD
        for i in range(first, high):
            for j in range(across):
                at = ((i - first) * across + j) * cin
                input_tile(
                    work, frame + (2 * i * width + 2 * j) * cin, work, points + at, work, 0,
                    cin, width * cin, cin, inside, 0,
                )  # fmt: skip
        for p in range(POINTS):
            gemm(
                work, points + p * inside, rows, 0, tiles, 0, 1, 1, cin,
                work, filters + p * cin * cout, 0, cout,
                work, products + p * outside, cout, cout, ZERO, work, 0,
            )  # fmt: skip
        for i in range(first, high):
            for j in range(across):
                at = ((i - first) * across + j) * cout
                output_tile(
                    work, products + at, sink, y + (2 * i * ow + 2 * j) * cout, start, bias,
                    cout, outside, ow * cout, cout, kept_of(i, j, oh, ow),
                )  # fmt: skip


@device
def add_products(work, points, inside, gradients, outside, channels, count, cin, cout, sums):
    """Add ``count`` tiles' products of inputs and gradients to the 16 sums (cin, cout)."""
    for p in range(POINTS):
        gemm(
            work, points + p * inside, channels, 0, cin, 0, cin, 1, count,
            work, gradients + p * outside, 0, cout,
            work, sums + p * cin * cout, cout, cout, ADD, work, 0,
        )  # fmt: skip


@device
def filter_products(
    work, frame, width, cin, points, gradients, tiles, channels, source, dy, oh, ow, cout, sums, count, last
):  # fmt: skip
    """One padded sample and its gradients: ``tiles`` at a time are collected and their products added.

    ``count`` tiles wait from samples before; returns how many wait after this one, none if it is the last.
    """
    across, down = (ow + 1) // 2, (oh + 1) // 2
    inside, outside = tiles * cin + SPREAD, tiles * cout + SPREAD
    for i in range(down):
        for j in range(across):
            input_tile(
                work, frame + (2 * i * width + 2 * j) * cin, work, points + count * cin, work, 0,
                cin, width * cin, cin, inside, 0,
            )  # fmt: skip
            gradient_tile(
                source, dy + (2 * i * ow + 2 * j) * cout, work, gradients + count * cout, work, 0,
                cout, ow * cout, cout, outside, kept_of(i, j, oh, ow),
            )  # fmt: skip
            count += 1
        if count + across > tiles or (last and i == down - 1):
            add_products(work, points, inside, gradients, outside, channels, count, cin, cout, sums)
            count = 0
    return count
