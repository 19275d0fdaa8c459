"""Reading a sequence step by step and going back through time, for every recurrent cell.

For each step and sample there is a row of what goes in, [x_t | h before]. The sums of the gates are
this row times [W; U] (one matrix product over the chunk's samples, because both lie side by side),
then the cell combines them. Rows and gates of all steps are kept for the way back.

A gate block of a step has ``slots`` arrays of units: first the ``shared`` gates, sums over x and h;
then, for a cell that needs the two apart (GRU's new state), what x gives, and what h gives.
"""

from __future__ import annotations

from nnkernels.jit import Device, Kernel, kernel
from nnkernels.machine import SAMPLES, array_at
from nnkernels.simd import ADD, BIAS, gemm, gemm_long, transpose

# Arguments of forward and backward, in this order:
# 0 x, 1 y, 2 steps, 3 features, 4 units, 5 gates, 6 last only, 7 W and behind it U, 8 shared gates,
# 9 b, 10 gate values, 11 rows, 12 cells, 13 table of rows, 14 table of gate blocks, 15 bias of h apart,
# 16 slots, 17 backwards in time, 18 width of an output row.
# backward goes on: 19 dx, 20 dy, 21 gate gradients, 22 scratch, 23 its stride, 24 add to dx,
# 25 turned [W; U].
# Rows are (sample, step + 1, features + units), cells (sample, step + 1, units). Step t finds its past
# at place t and leaves its state at t + 1; backwards in time, at t + 1 and t. The remaining place holds
# the zeros of the start.


def forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """All steps of the samples ``lo .. hi``."""
    steps, wide, units, reverse = args[2], args[3], args[4], args[17]
    every, shared, block, row = args[5] * units, args[8] * units, args[16] * units, wide + units
    rows, blocks, count = array_at(args[13], args), args[10], hi - lo
    for n in range(lo, hi):
        for t in range(steps):
            to = args[11] + (n * (steps + 1) + t + reverse) * row
            x, place = acts[args[0] + (n * steps + t) * wide :], work[to : to + wide]
            for i in range(wide):
                place[i] = x[i]
        start = n * (steps + 1) + reverse * steps
        work[args[11] + start * row + wide : args[11] + (start + 1) * row] = 0
        work[args[12] + start * units : args[12] + (start + 1) * units] = 0
    for i in range(steps):
        t = steps - 1 - i if reverse else i
        before, after = t + reverse, t + 1 - reverse
        g = blocks + (lo * steps + t) * block
        h = args[11] + (lo * (steps + 1) + before) * row
        gemm(
            work, h, rows, 0, count, 0, 1, 1, row, params, args[7], 0, every,
            work, g, steps * block, shared, BIAS, params, args[9],
        )  # fmt: skip
        if shared < every:
            gemm(
                work, h, rows, 0, count, 0, 1, 1, wide, params, args[7] + shared, 0, every,
                work, g + shared, steps * block, every - shared, BIAS, params, args[9] + shared,
            )  # fmt: skip
            gemm(
                work, h + wide, rows, 0, count, 0, 1, 1, units,
                params, args[7] + wide * every + shared, 0, every,
                work, g + every, steps * block, every - shared, BIAS, params, args[15],
            )  # fmt: skip
        for n in range(lo, hi):
            past, now = n * (steps + 1) + before, n * (steps + 1) + after
            state_at = args[11] + now * row + wide
            cell(  # noqa: F821 - bound for each layer
                work, blocks + (n * steps + t) * block, args[11] + past * row + wide, state_at,
                args[12] + past * units, args[12] + now * units, units,
            )  # fmt: skip
            if args[6] == 0 or i == steps - 1:
                out = args[1] + (n if args[6] == 1 else n * steps + t) * args[18]
                y, made = acts[out : out + units], work[state_at : state_at + units]
                for u in range(units):
                    y[u] = made[u]


def backward(args, state, acts, grads, params, work, chunk, lo, hi):
    """Through time: rows of [dx | dh], and dc, run from the last step to the first in scratch."""
    steps, wide, units, reverse = args[2], args[3], args[4], args[17]
    every, shared, block, row = args[5] * units, args[8] * units, args[16] * units, wide + units
    gates, count = array_at(args[14], args), hi - lo
    turned, back = args[25], args[22] + chunk * args[23]
    dc = back + count * row
    work[back : dc + count * units] = 0
    for i in range(steps - 1, -1, -1):
        t = steps - 1 - i if reverse else i
        before, after = t + reverse, t + 1 - reverse
        for n in range(lo, hi):
            at = back + (n - lo) * row
            work[at : at + wide] = 0
            if args[6] == 0 or i == steps - 1:
                out = args[20] + (n if args[6] == 1 else n * steps + t) * args[18]
                dy, dh = grads[out : out + units], work[at + wide : at + row]
                for u in range(units):
                    dh[u] += dy[u]
            past, now = n * (steps + 1) + before, n * (steps + 1) + after
            # The cell leaves in dh what reaches the past directly, not through the gates.
            cell_slopes(  # noqa: F821
                work, args[10] + (n * steps + t) * block, args[21] + (n * steps + t) * block,
                args[11] + past * row + wide, args[12] + past * units, args[12] + now * units,
                at + wide, dc + (n - lo) * units, units,
            )  # fmt: skip
        g = args[21] + (lo * steps + t) * block
        gemm(
            work, g, gates, 0, count, 0, 1, 1, shared, work, turned, 0, row,
            work, back, row, row, ADD, work, 0,
        )  # fmt: skip
        if shared < every:
            gemm(
                work, g + shared, gates, 0, count, 0, 1, 1, every - shared,
                work, turned + shared * row, 0, row, work, back, row, wide, ADD, work, 0,
            )  # fmt: skip
            gemm(
                work, g + every, gates, 0, count, 0, 1, 1, every - shared,
                work, turned + shared * row + wide, 0, row, work, back + wide, row, units, ADD, work, 0,
            )  # fmt: skip
        if args[19] >= 0:
            for n in range(lo, hi):
                at = args[19] + (n * steps + t) * wide
                dx, made = grads[at : at + wide], work[back + (n - lo) * row :]
                for j in range(wide):
                    dx[j] = dx[j] + made[j] if args[24] else made[j]


@kernel
def turn_weights(args, state, acts, grads, params, work, chunk, lo, hi):
    """[W; U] transposed, once for all chunks. Arguments: place, rows, columns, place of the transpose."""
    transpose(params, args[0], args[1], args[2], args[2], work, args[3])


@kernel
def weight_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    """Columns of [dW; dU] for inputs ``lo .. hi``: rows outer gate gradients, over samples and steps.

    Arguments: rows, their width, gate gradients, their block, steps, place, its row, columns, table.
    """
    rows, row, slopes, block, steps = args[0], args[1], args[2], args[3], args[4]
    gemm_long(
        work, rows + lo, array_at(args[8], args), 0, hi - lo, (steps + 1) * row, row,
        state[SAMPLES], steps, work, slopes, steps * block, block,
        grads, args[5] + lo * args[6], args[6], args[7], False,
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
