"""Reading a sequence step by step and going back through time, for every recurrent cell.

At every step x_t W + b and h U make the sums of the gates (matrix products over the chunk's
samples), then the cell combines them. The gates and states of all steps are kept for the way back.

A gate block of a step has ``slots`` arrays of units: those of W, to which the first ``shared``
gates of U are added, and then what else U gives by itself (GRU's new state needs it apart).
"""

from __future__ import annotations

from nnkernels.jit import Device, Kernel, kernel
from nnkernels.machine import SAMPLES, array_at
from nnkernels.simd import ADD, BIAS, ZERO, gemm, gemm_long, transpose

# Arguments of forward and backward, in this order:
# 0 x, 1 y, 2 steps, 3 features, 4 units, 5 gates of W, 6 last only, 7 W, 8 U, 9 b, 10 gate values,
# 11 states, 12 cells, 13 rows of x, 14 rows of gates, 15 rows of states, 16 slots, 17 shared gates,
# 18 bias of the unshared gates, 19 backwards in time, 20 width of an output row.
# backward goes on: 21 dx, 22 dy, 23 gate gradients, 24 scratch, 25 its stride, 26 add to dx.
# States are (sample, step + 1, unit). Step t stands at place t + 1 and its past at t; backwards in
# time, it stands at t and its past at t + 1. The remaining place holds the zeros of the start.


def forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """All steps of the samples ``lo .. hi``."""
    x, y, steps, wide, units = args[0], args[1], args[2], args[3], args[4]
    every, shared = args[5] * units, args[17] * units
    block, reverse = args[16] * units, args[19]
    rows_x, rows_h = array_at(args[13], args), array_at(args[15], args)
    count = hi - lo
    for n in range(lo, hi):
        start = n * (steps + 1) * units + reverse * steps * units
        work[args[11] + start : args[11] + start + units] = 0
        work[args[12] + start : args[12] + start + units] = 0
    for i in range(steps):
        t = steps - 1 - i if reverse else i
        before, after = (t + 1) * units if reverse else t * units, t * units if reverse else (t + 1) * units
        g = args[10] + (lo * steps + t) * block
        h = args[11] + lo * (steps + 1) * units + before
        gemm(
            acts, x + (lo * steps + t) * wide, rows_x, 0, count, 0, 1, 1, wide,
            params, args[7], 0, every, work, g, steps * block, every, BIAS, params, args[9],
        )  # fmt: skip
        gemm(
            work, h, rows_h, 0, count, 0, 1, 1, units,
            params, args[8], 0, every, work, g, steps * block, shared, ADD, work, 0,
        )  # fmt: skip
        if shared < every:
            gemm(
                work, h, rows_h, 0, count, 0, 1, 1, units, params, args[8] + shared, 0, every,
                work, g + every, steps * block, every - shared, BIAS, params, args[18],
            )  # fmt: skip
        for n in range(lo, hi):
            at = args[10] + (n * steps + t) * block
            past, now = n * (steps + 1) * units + before, n * (steps + 1) * units + after
            cell(work, at, args[11] + past, args[11] + now, args[12] + past, args[12] + now, units)  # noqa: F821 - bound for each layer
            if args[6] == 0 or i == steps - 1:
                out = y + (n if args[6] == 1 else n * steps + t) * args[20]
                for u in range(units):
                    acts[out + u] = work[args[11] + now + u]


def backward(args, state, acts, grads, params, work, chunk, lo, hi):
    """Through time: dh and dc run from the last step to the first, in scratch of the chunk."""
    steps, wide, units = args[2], args[3], args[4]
    every, shared, block, reverse = args[5] * units, args[17] * units, args[16] * units, args[19]
    count = hi - lo
    rows_g = array_at(args[14], args)
    turned_u = args[24] + chunk * args[25]
    turned_w = turned_u + every * units
    dh = turned_w + every * wide
    dc = dh + count * units
    transpose(params, args[8], units, every, every, work, turned_u)
    transpose(params, args[7], wide, every, every, work, turned_w)
    work[dh : dh + 2 * count * units] = 0
    for i in range(steps - 1, -1, -1):
        t = steps - 1 - i if reverse else i
        before, after = (t + 1) * units if reverse else t * units, t * units if reverse else (t + 1) * units
        for n in range(lo, hi):
            mine = dh + (n - lo) * units
            if args[6] == 0 or i == steps - 1:
                out = args[22] + (n if args[6] == 1 else n * steps + t) * args[20]
                for u in range(units):
                    work[mine + u] += grads[out + u]
            at, slopes = args[10] + (n * steps + t) * block, args[23] + (n * steps + t) * block
            past, now = n * (steps + 1) * units + before, n * (steps + 1) * units + after
            # The cell leaves in dh what reaches the past directly, not through the gates.
            cell_slopes(  # noqa: F821
                work, at, slopes, args[11] + past, args[12] + past, args[12] + now,
                mine, dc + (n - lo) * units, units,
            )  # fmt: skip
        g = args[23] + (lo * steps + t) * block
        gemm(
            work, g, rows_g, 0, count, 0, 1, 1, shared,
            work, turned_u, 0, units, work, dh, units, units, ADD, work, 0,
        )  # fmt: skip
        if shared < every:
            gemm(
                work, g + every, rows_g, 0, count, 0, 1, 1, every - shared,
                work, turned_u + shared * units, 0, units, work, dh, units, units, ADD, work, 0,
            )  # fmt: skip
        if args[21] >= 0:
            gemm(
                work, g, rows_g, 0, count, 0, 1, 1, every, work, turned_w, 0, wide,
                grads, args[21] + (lo * steps + t) * wide, steps * wide, wide,
                ADD if args[26] else ZERO, work, 0,
            )  # fmt: skip


@kernel
def input_weights(args, state, acts, grads, params, work, chunk, lo, hi):
    """dW = sum over samples and steps of x_t outer gate gradients, for features ``lo .. hi``."""
    x, slopes, dw, steps, wide, block, every = args[0], args[1], args[2], args[3], args[4], args[5], args[6]
    gemm_long(
        acts, x + lo, array_at(args[7], args), 0, hi - lo, wide, steps * wide, steps, state[SAMPLES],
        work, slopes, block, steps * block, grads, dw + lo * every, every, every, False,
    )  # fmt: skip


@kernel
def state_weights(args, state, acts, grads, params, work, chunk, lo, hi):
    """dU = sum over samples and steps of the past state outer the columns of gate gradients."""
    past, slopes, du, steps, units, block = args[0], args[1], args[2], args[3], args[4], args[5]
    every, columns = args[6], args[7]
    gemm_long(
        work, past + lo, array_at(args[8], args), 0, hi - lo, units, (steps + 1) * units,
        steps, state[SAMPLES],
        work, slopes, block, steps * block, grads, du + lo * every, every, columns, False,
    )  # fmt: skip


@kernel
def gate_biases(args, state, acts, grads, params, work, chunk, lo, hi):
    """db = sum over samples and steps of the gate gradients, for gates ``lo .. hi``."""
    slopes, db, steps, block = args[0], args[1], args[2], args[3]
    sums = grads[db + lo : db + hi]
    sums[:] = 0
    for row in range(state[SAMPLES] * steps):
        values = work[slopes + row * block + lo : slopes + row * block + hi]
        for i in range(sums.size):
            sums[i] += values[i]


def kernels_of(name: str, cell: Device, cell_slopes: Device) -> tuple[Kernel, Kernel]:
    """Forward and backward of one cell."""
    return (
        Kernel(forward, {"cell": cell}, f"_{name}"),
        Kernel(backward, {"cell_slopes": cell_slopes}, f"_{name}"),
    )
