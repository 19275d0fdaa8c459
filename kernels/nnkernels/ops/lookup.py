"""Looking products up: E W + b is computed for each row of a table, not for each use of a row.

A recurrent layer behind an Embedding multiplies rows of the table E by its W, the same few rows again
and again. Where a batch uses more rows than the table has, the products of all rows are product once a
step, and their gradients are summed by row before they are multiplied: a third of an LSTM's operations.
"""

from __future__ import annotations

from dataclasses import dataclass

from nnkernels.jit import device, kernel
from nnkernels.machine import array_at, join_shares
from nnkernels.vector.simd import ADD, BIAS, ZERO, gemm, gemm_long


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
def read_products(acts, use, work, products, rows, gate_units, to):
    """The products of the row that the number at ``use`` stands for; NaN stays visible."""
    target, number = work[to : to + gate_units], acts[use]
    if number != number:
        target[:] = number
        return
    at = products + row_of(number, rows) * gate_units
    product = work[at : at + gate_units]
    for i in range(gate_units):
        target[i] = product[i]


@device
def add_gradients(acts, use, work, gradients_at, sums, rows, gate_units):
    """Add what goes back to a use of a row to what goes back to the row."""
    at = sums + row_of(acts[use], rows) * gate_units
    target, arriving = work[at : at + gate_units], work[gradients_at : gradients_at + gate_units]
    for i in range(gate_units):
        target[i] += arriving[i]


@kernel
def multiply_rows(
    state, acts, grads, params, work, chunk, lo, hi,
    table_at, width, weight_at, gate_units, bias_at, rows, products_at,
):  # fmt: skip
    """E W + b for the rows ``lo .. hi`` of E."""
    gemm(
        params, table_at, array_at(rows, state), lo, hi - lo, 0, 1, 1, width, params, weight_at, 0,
        gate_units, work, products_at + lo * gate_units, gate_units, gate_units, BIAS, params, bias_at,
    )  # fmt: skip


@kernel
def weight_gradients(
    state, acts, grads, params, work, chunk, lo, hi,
    table_at, width, rows, dweight_at, gate_units, columns, share_at, share_stride, per_chunk,
):  # fmt: skip
    """W's gradient, columns ``lo .. hi``, and before it the sum of the chunks' shares in the first."""
    join_shares(state, work, share_at, share_stride, per_chunk, rows, gate_units, lo, hi)
    gemm_long(
        params, table_at, array_at(columns, state), 0, width, 0, width, 1, rows,
        work, share_at + lo, 0, gate_units,
        grads, dweight_at + lo, gate_units, hi - lo, False,
    )  # fmt: skip


@kernel
def row_gradients(
    state, acts, grads, params, work, chunk, lo, hi,
    sums_at, gate_units, rows, turned_at, dtable_at, width, add,
):  # fmt: skip
    """The gradient of the rows ``lo .. hi`` of E."""
    gemm(
        work, sums_at, array_at(rows, state), lo, hi - lo, 0, 1, 1, gate_units, work, turned_at, 0, width,
        grads, dtable_at + lo * width, width, width, ADD if add else ZERO, work, 0,
    )  # fmt: skip
