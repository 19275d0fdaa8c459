"""Looking products up: E W + b is computed for each row of a table, not for each use of a row.

A recurrent layer behind an Embedding multiplies rows of the table E by its W, the same few rows again
and again. Where a batch uses more rows than the table has, the products of all rows are made once a
step, and their gradients are summed by row before they are multiplied: a third of an LSTM's operations.
"""

from __future__ import annotations

from dataclasses import dataclass

from nnkernels.jit import device, kernel
from nnkernels.machine import array_at, join_shares
from nnkernels.simd import ADD, BIAS, ZERO, gemm, gemm_long


@dataclass(frozen=True)
class Lookup:
    """The table whose rows a layer reads: offsets of its uses, values and gradients, and its size."""

    uses: int
    weight: int
    gradient: int
    rows: int


@device
def row_of(number, rows):
    """The row that a number stands for: outside the table, its first or last (as `embedding.look_up`)."""
    return min(max(int(number), 0), rows - 1)


@device
def read_products(acts, use, work, products, rows, every, to):
    """The products of the row that the number at ``use`` stands for; NaN stays visible."""
    place, number = work[to : to + every], acts[use]
    if number != number:
        place[:] = number
        return
    at = products + row_of(number, rows) * every
    made = work[at : at + every]
    for i in range(every):
        place[i] = made[i]


@device
def add_slopes(acts, use, work, slopes, sums, rows, every):
    """Add what goes back to a use of a row to what goes back to the row."""
    at = sums + row_of(acts[use], rows) * every
    place, arriving = work[at : at + every], work[slopes : slopes + every]
    for i in range(every):
        place[i] += arriving[i]


@kernel
def multiply_rows(args, state, acts, grads, params, work, chunk, lo, hi):
    """E W + b for the rows ``lo .. hi`` of E.

    Arguments: 0 E, 1 its width, 2 W, 3 its columns, 4 b, 5 table of E's rows, 6 place.
    """
    wide, every = args[1], args[3]
    gemm(
        params, args[0], array_at(args[5], args), lo, hi - lo, 0, 1, 1, wide, params, args[2], 0, every,
        work, args[6] + lo * every, every, every, BIAS, params, args[4],
    )  # fmt: skip


@kernel
def weight_slopes(args, state, acts, grads, params, work, chunk, lo, hi):
    """W's gradient, columns ``lo .. hi``, and before it the sum of the chunks' shares in the first.

    Arguments: 0 E, 1 its width, 2 its rows, 3 W's gradient, 4 its columns, 5 table of E's columns,
    6 shares, 7 their stride, 8 samples of a chunk.
    """
    wide, rows, every, first = args[1], args[2], args[4], args[6]
    join_shares(state, work, first, args[7], args[8], rows, every, lo, hi)
    gemm_long(
        params, args[0], array_at(args[5], args), 0, wide, 0, wide, 1, rows, work, first + lo, 0, every,
        grads, args[3] + lo, every, hi - lo, False,
    )  # fmt: skip


@kernel
def row_slopes(args, state, acts, grads, params, work, chunk, lo, hi):
    """The gradient of the rows ``lo .. hi`` of E.

    Arguments: 0 sums, 1 their columns, 2 table of their rows, 3 W turned, 4 E's gradient, 5 its width,
    6 whether to add.
    """
    every, wide = args[1], args[5]
    gemm(
        work, args[0], array_at(args[2], args), lo, hi - lo, 0, 1, 1, every, work, args[3], 0, wide,
        grads, args[4] + lo * wide, wide, wide, ADD if args[6] else ZERO, work, 0,
    )  # fmt: skip
