"""Weights transposed once a step, for the way back of all chunks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nnkernels.jit import kernel
from nnkernels.vector.transposing import transpose

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@kernel
def turn_weights(state, acts, grads, params, work, chunk, lo, hi, weight_at, rows, columns, turned_at):
    """Rows ``lo .. hi`` of a weight matrix become columns of its transpose."""
    transpose(params, weight_at + lo * columns, hi - lo, columns, columns, work, turned_at + lo, rows)


def turned_weights(node: Lowering, weight_at: int, rows: int, columns: int) -> int:
    """Where the transpose of (rows, columns) weights lies in the workspace before the first sample comes."""
    turned_at = node.emitter.reserve(rows * columns)
    node.prepare(
        turn_weights, rows, rows * columns, 1, weight_at=weight_at, rows=rows, columns=columns,
        turned_at=turned_at,
    )  # fmt: skip
    return turned_at
