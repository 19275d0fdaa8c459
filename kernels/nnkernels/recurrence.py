"""Reading a sequence step by step and going back through time, for every recurrent cell.

For each step and sample there is a row of what goes in, [x_t | h before]. The sums of the gates are
this row times [W; U] (one matrix product over the chunk's samples, because both lie side by side),
then the cell combines them. Rows and gates of all steps are kept for the way back.

A gate block of a step has ``slots`` arrays of units: first the ``shared`` gates, sums over x and h;
then, for a cell that needs the two apart (GRU's new state), what x gives, and what h gives.
"""

from __future__ import annotations

from nnkernels.jit import Deferred, Kernel, device, kernel
from nnkernels.lookup import add_slopes, read_products
from nnkernels.machine import LANES, SAMPLES, array_at
from nnkernels.simd import ADD, BIAS, gemm, gemm_long, sum_rows, transpose

# Arguments of forward and backward, in this order:
# 0 x, 1 y, 2 steps, 3 features, 4 units, 5 gates, 6 last only, 7 copy of [W; U], 8 shared gates,
# 9 b, 10 gate values, 11 rows, 12 cells, 13 table of rows, 14 table of gate blocks, 15 bias of h apart,
# 16 size of a gate block, 17 backwards in time, 18 width of an output row, 19 cell values of a unit,
# 20 products x W + b of a table or -1, 21 the table's rows, 22 length of a row of the copy, 23 samples of
# a chunk, 24 whether what a chunk keeps lies in its lane's memory.
# backward goes on: 25 dx, 26 dy, 27 scratch, 28 its stride, 29 add to dx, 30 turned [W; U], 31 share of
# the weights' gradients or -1, 32 its stride, 33 table of inputs.
# Where products are looked up, x are the numbers of the table's rows, features are 0 and W is left out.
# What a chunk keeps lies step by step: rows are (step + 1, sample, features + units), gate values
# (step, sample, slots, units), cells (step + 1, sample, values, units). Step t finds its past at place t
# and leaves its state at t + 1; backwards in time, at t + 1 and t. The remaining place holds the zeros
# of the start. On the way back the gates' gradients take the place of their values.


@device
def home_of(args, state, chunk):
    """The sample from whose place on the chunk's rows, gates and cells lie."""
    return (state[LANES + chunk] if args[24] else chunk) * args[23]


def forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """All steps of the samples ``lo .. hi``."""
    steps, wide, units, reverse = args[2], args[3], args[4], args[17]
    every, shared, block, row, held = (
        args[5] * units,
        args[8] * units,
        args[16],
        wide + units,
        args[19] * units,
    )
    table, count, home = array_at(args[13], args), hi - lo, home_of(args, state, chunk)
    rows, cells = args[11] + home * (steps + 1) * row, args[12] + home * (steps + 1) * held
    blocks = args[10] + home * steps * block
    for n in range(count):
        for t in range(steps if wide else 0):
            to = rows + ((t + reverse) * count + n) * row
            x, place = acts[args[0] + ((lo + n) * steps + t) * wide :], work[to : to + wide]
            for i in range(wide):
                place[i] = x[i]
        start = reverse * steps * count + n
        work[rows + start * row + wide : rows + (start + 1) * row] = 0
        work[cells + start * held : cells + (start + 1) * held] = 0
    for i in range(steps):
        t = steps - 1 - i if reverse else i
        before, after = t + reverse, t + 1 - reverse
        g, h = blocks + t * count * block, rows + before * count * row
        if args[20] >= 0:
            for n in range(count):
                use = args[0] + (lo + n) * steps + t
                read_products(acts, use, work, args[20], args[21], every, g + n * block)
        gemm(
            work, h, table, 0, count, 0, 1, 1, row, work, args[7], 0, args[22],
            work, g, block, shared, BIAS if args[20] < 0 else ADD, params, args[9],
        )  # fmt: skip
        if shared < every:
            if args[20] < 0:
                gemm(
                    work, h, table, 0, count, 0, 1, 1, wide, work, args[7] + shared, 0, args[22],
                    work, g + shared, block, every - shared, BIAS, params, args[9] + shared,
                )  # fmt: skip
            gemm(
                work, h + wide, table, 0, count, 0, 1, 1, units,
                work, args[7] + wide * args[22] + shared, 0, args[22],
                work, g + every, block, every - shared, BIAS, params, args[15],
            )  # fmt: skip
        for n in range(count):
            past, now = before * count + n, after * count + n
            state_at = rows + now * row + wide
            cell(  # noqa: F821 - bound for each layer
                work, g + n * block, rows + past * row + wide, cells + past * held, cells + now * held,
                state_at, 0, units,
            )  # fmt: skip
            if args[6] == 0 or i == steps - 1:
                out = args[1] + (lo + n if args[6] == 1 else (lo + n) * steps + t) * args[18]
                y, made = acts[out : out + units], work[state_at : state_at + units]
                for u in range(units):
                    y[u] = made[u]


def backward(args, state, acts, grads, params, work, chunk, lo, hi):
    """Through time: rows of [dx | dh], and dc, run from the last step to the first in scratch."""
    steps, wide, units, reverse = args[2], args[3], args[4], args[17]
    every, shared, block, row, held = (
        args[5] * units,
        args[8] * units,
        args[16],
        wide + units,
        args[19] * units,
    )
    table, count, home = array_at(args[14], args), hi - lo, home_of(args, state, chunk)
    rows, cells = args[11] + home * (steps + 1) * row, args[12] + home * (steps + 1) * held
    blocks = args[10] + home * steps * block
    turned, back = args[30], args[27] + state[LANES + chunk] * args[28]
    dc = back + count * row
    work[back : dc + count * units] = 0
    for i in range(steps - 1, -1, -1):
        t = steps - 1 - i if reverse else i
        before, after = t + reverse, t + 1 - reverse
        g = blocks + t * count * block
        for n in range(count):
            at = back + n * row
            work[at : at + wide] = 0
            if args[6] == 0 or i == steps - 1:
                out = args[26] + (lo + n if args[6] == 1 else (lo + n) * steps + t) * args[18]
                dy, dh = grads[out : out + units], work[at + wide : at + row]
                for u in range(units):
                    dh[u] += dy[u]
            past, now = before * count + n, after * count + n
            cell_slopes(  # noqa: F821
                work, g + n * block, rows + past * row + wide, cells + past * held, cells + now * held,
                at + wide, dc + n * units, units,
            )  # fmt: skip
        gemm(
            work, g, table, 0, count, 0, 1, 1, shared, work, turned, 0, row,
            work, back, row, row, ADD, work, 0,
        )  # fmt: skip
        if shared < every:
            gemm(
                work, g + shared, table, 0, count, 0, 1, 1, every - shared,
                work, turned + shared * row, 0, row, work, back, row, wide, ADD, work, 0,
            )  # fmt: skip
            gemm(
                work, g + every, table, 0, count, 0, 1, 1, every - shared,
                work, turned + shared * row + wide, 0, row, work, back + wide, row, units, ADD, work, 0,
            )  # fmt: skip
        if args[25] >= 0:
            for n in range(count):
                at = args[25] + ((lo + n) * steps + t) * wide
                dx, made = grads[at : at + wide], work[back + n * row :]
                for j in range(wide):
                    dx[j] = dx[j] + made[j] if args[29] else made[j]
    if args[31] >= 0:
        share = args[31] + chunk * args[32]
        inside, ahead, terms = rows + reverse * count * row, array_at(args[33], args), steps * count
        add_weights(work, inside, ahead, row, blocks, block, terms, share, every, row, shared)
        biases = share + row * every
        if args[20] < 0:
            sum_rows(work, blocks, block, terms, work, biases, every)
        if shared < every:
            apart = every - shared
            add_weights(
                work, inside, ahead, row, blocks + shared, block, terms, share + shared, every, wide, apart
            )
            add_weights(
                work, inside + wide, ahead, row, blocks + every, block, terms,
                share + wide * every + shared, every, units, apart,
            )  # fmt: skip
            sum_rows(work, blocks + every, block, terms, work, biases + every, apart)
        if args[20] >= 0:
            sums = biases + every + (every - shared)
            work[sums : sums + args[21] * every] = 0
            for t in range(steps):
                for n in range(count):
                    use, slopes = args[0] + (lo + n) * steps + t, blocks + (t * count + n) * block
                    add_slopes(acts, use, work, slopes, sums, args[21], every)
            sum_rows(work, sums, every, args[21], work, biases, every)


@device
def add_weights(work, rows, ahead, row, slopes, block, terms, to, every, inputs, columns):
    """A chunk's gradient of some inputs' weights: rows outer gate gradients, while both are in cache."""
    gemm_long(
        work, rows, ahead, 0, inputs, 0, row, 1, terms, work, slopes, 0, block,
        work, to, every, columns, False,
    )  # fmt: skip


@kernel
def turn_weights(args, state, acts, grads, params, work, chunk, lo, hi):
    """[W; U] transposed, once for all chunks. Arguments: place, rows, columns, place of the transpose."""
    transpose(params, args[0], args[1], args[2], args[2], work, args[3])


@kernel
def copy_weights(args, state, acts, grads, params, work, chunk, lo, hi):
    """Rows ``lo .. hi`` of [W; U], further apart. Arguments: place, columns, place of the copy, distance."""
    for row in range(lo, hi):
        at, to = args[0] + row * args[1], args[2] + row * args[3]
        source, place = params[at : at + args[1]], work[to : to + args[1]]
        for i in range(args[1]):
            place[i] = source[i]


@kernel
def sum_shares(args, state, acts, grads, params, work, chunk, lo, hi):
    """Add the chunks' shares, in order of the chunks. Arguments: share, stride, samples of a chunk, sum."""
    sums = grads[args[3] + lo : args[3] + hi]
    sums[:] = 0
    for c in range((state[SAMPLES] + args[2] - 1) // args[2]):
        share = work[args[0] + c * args[1] + lo : args[0] + c * args[1] + hi]
        for i in range(sums.size):
            sums[i] += share[i]


def kernels_of(name: str, cell: Deferred, cell_slopes: Deferred) -> tuple[Kernel, Kernel]:
    """Forward and backward of one cell."""
    return (
        Kernel(forward, {"cell": cell}, f"_{name}"),
        Kernel(backward, {"cell_slopes": cell_slopes}, f"_{name}"),
    )
