"""Reading a sequence step by step and going back through time, for every recurrent cell.

For each step and sample there is a row of what goes in, [x_t | h before]. The sums of the gates are
this row times [W; U] (one matrix product over the chunk's samples, because both lie side by side),
then the cell combines them. Rows and gates of all steps are kept for the way back.

A gate block of a step has ``slots`` arrays of units: first the ``shared`` gates, sums over x and h;
then, for a cell that needs the two apart (GRU's new state), what x gives, and what h gives. Where the
reset gate comes before U (``resets``), the last array is what it leaves of h, and n one sum of both.
"""

from __future__ import annotations

from nnkernels.jit import Deferred, Kernel, device, kernel
from nnkernels.machine import LANES, SAMPLES, array_at
from nnkernels.ops.lookup import add_gradients, read_products
from nnkernels.vector.moving import add, clear, move
from nnkernels.vector.simd import ADD, BIAS, ZERO, gemm, gemm_long, sum_rows

# Arguments of forward and backward: ``copy_at`` is the copy of [W; U], its rows ``pitch`` apart,
# ``turned_at`` the transpose, ``apart_bias_at`` the bias of h apart; ``blocks_at`` are the gate values, a
# step's ``block`` long, ``table`` the offsets of rows (forward) or gate blocks (backward) in them,
# ``block_table`` those of gate blocks, too; ``width`` is the number of features, ``products_at`` the products
# x W + b of a table of ``table_rows``, or -1; ``share_at`` is the share of the weights' gradients or -1,
# ``ahead`` a table of whole numbers, ``in_lanes`` whether what a chunk keeps lies in its lane's memory.
# Where products are looked up, x are the numbers of the table's rows, ``width`` is 0 and W is left out.
# What a chunk keeps lies step by step: rows are (step + 1, sample, features + units), gate values
# (step, sample, slots, units), cells (step + 1, sample, values, units). Step t finds its past at slot t
# and leaves its state at t + 1; backwards in time, at t + 1 and t. The remaining slot holds the zeros
# of the start. On the way back the gates' gradients take the place of their values. What is given is the
# state, or with ``gives_cell`` the first of a cell's values.


@device
def home_of(state, chunk, per_chunk, in_lanes):
    """The sample from whose offset on the chunk's rows, gates and cells lie."""
    return (state[LANES + chunk] if in_lanes else chunk) * per_chunk


def forward(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, y_at, copy_at, pitch, bias_at, apart_bias_at, table, block_table, steps, width, units, gates,
    shared_gates, last_only, reverse, out_width, cell_values, gives_cell, blocks_at, block, rows_at, cells_at,
    products_at, table_rows, per_chunk, in_lanes,
):  # fmt: skip
    """All steps of the samples ``lo .. hi``."""
    gate_units, shared, row, held = gates * units, shared_gates * units, width + units, cell_values * units
    table, count, home = array_at(table, state), hi - lo, home_of(state, chunk, per_chunk, in_lanes)
    block_table = array_at(block_table, state)
    rows, cells = rows_at + home * (steps + 1) * row, cells_at + home * (steps + 1) * held
    blocks = blocks_at + home * steps * block
    for n in range(count):
        to, x = rows + (reverse * count + n) * row, x_at + (lo + n) * steps * width
        move(acts, x, width, work, to, count * row, steps if width else 0, width)
        start = reverse * steps * count + n
        clear(work, rows + start * row + width, units)
        clear(work, cells + start * held, held)
    for i in range(steps):
        t = steps - 1 - i if reverse else i
        before, after = t + reverse, t + 1 - reverse
        g, h = blocks + t * count * block, rows + before * count * row
        if products_at >= 0:
            for n in range(count):
                use = x_at + (lo + n) * steps + t
                read_products(acts, use, work, products_at, table_rows, gate_units, g + n * block)
        gemm(
            work, h, table, 0, count, 0, 1, 1, row, work, copy_at, 0, pitch,
            work, g, block, shared, BIAS if products_at < 0 else ADD, params, bias_at,
        )  # fmt: skip
        if shared < gate_units:
            if products_at < 0:
                gemm(
                    work, h, table, 0, count, 0, 1, 1, width, work, copy_at + shared, 0, pitch,
                    work, g + shared, block, gate_units - shared, BIAS, params, bias_at + shared,
                )  # fmt: skip
            if resets:  # noqa: F821 - bound for each layer
                for n in range(count):
                    past = rows + (before * count + n) * row + width
                    reset(work, g + n * block, past, 0, 0, 0, 0, units)  # noqa: F821
                gemm(
                    work, g + gate_units, block_table, 0, count, 0, 1, 1, units,
                    work, copy_at + width * pitch + shared, 0, pitch,
                    work, g + shared, block, gate_units - shared, ADD, params, 0,
                )  # fmt: skip
            else:
                gemm(
                    work, h + width, table, 0, count, 0, 1, 1, units,
                    work, copy_at + width * pitch + shared, 0, pitch,
                    work, g + gate_units, block, gate_units - shared, BIAS, params, apart_bias_at,
                )  # fmt: skip
        for n in range(count):
            past, now = before * count + n, after * count + n
            state_at = rows + now * row + width
            cell(  # noqa: F821 - bound for each layer
                work, g + n * block, rows + past * row + width, cells + past * held, cells + now * held,
                state_at, 0, units,
            )  # fmt: skip
            if last_only == 0 or i == steps - 1:
                out = y_at + (lo + n if last_only == 1 else (lo + n) * steps + t) * out_width
                source = cells + now * held if gives_cell else state_at
                move(work, source, 0, acts, out, 0, 1, units)


def backward(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, dx_at, dy_at, back_at, back_stride, add_to_dx, turned_at, share_at, share_stride, ahead, table,
    steps, width, units, gates, shared_gates, last_only, reverse, out_width, cell_values, gives_cell,
    blocks_at, block, rows_at, cells_at, products_at, table_rows, per_chunk, in_lanes,
):  # fmt: skip
    """Through time: rows of [dx | dh], and dc, run from the last step to the first in scratch."""
    gate_units, shared, row, held = gates * units, shared_gates * units, width + units, cell_values * units
    table, count, home = array_at(table, state), hi - lo, home_of(state, chunk, per_chunk, in_lanes)
    rows, cells = rows_at + home * (steps + 1) * row, cells_at + home * (steps + 1) * held
    blocks = blocks_at + home * steps * block
    back = back_at + state[LANES + chunk] * back_stride
    dc = back + count * row
    clear(work, back, count * (row + units))
    for i in range(steps - 1, -1, -1):
        t = steps - 1 - i if reverse else i
        before, after = t + reverse, t + 1 - reverse
        g = blocks + t * count * block
        for n in range(count):
            at = back + n * row
            clear(work, at, width)
            if last_only == 0 or i == steps - 1:
                out = dy_at + (lo + n if last_only == 1 else (lo + n) * steps + t) * out_width
                to = dc + n * units if gives_cell else at + width
                add(grads, out, work, to, units)
            past, now = before * count + n, after * count + n
            cell_gradients(  # noqa: F821
                work, g + n * block, rows + past * row + width, cells + past * held, cells + now * held,
                at + width, dc + n * units, units,
            )  # fmt: skip
        if resets:  # noqa: F821
            gemm(
                work, g + shared, table, 0, count, 0, 1, 1, gate_units - shared,
                work, turned_at + shared * row + width, 0, row, work, dc, units, units, ZERO, work, 0,
            )  # fmt: skip
            for n in range(count):
                past, at = rows + (before * count + n) * row + width, back + n * row + width
                reset_gradients(work, g + n * block, past, 0, 0, at, dc + n * units, units)  # noqa: F821
        gemm(
            work, g, table, 0, count, 0, 1, 1, shared, work, turned_at, 0, row,
            work, back, row, row, ADD, work, 0,
        )  # fmt: skip
        if shared < gate_units:
            gemm(
                work, g + shared, table, 0, count, 0, 1, 1, gate_units - shared,
                work, turned_at + shared * row, 0, row, work, back, row, width, ADD, work, 0,
            )  # fmt: skip
            if not resets:  # noqa: F821
                gemm(
                    work, g + gate_units, table, 0, count, 0, 1, 1, gate_units - shared,
                    work, turned_at + shared * row + width, 0, row,
                    work, back + width, row, units, ADD, work, 0,
                )  # fmt: skip
        if dx_at >= 0:
            for n in range(count):
                at = dx_at + ((lo + n) * steps + t) * width
                if add_to_dx:
                    add(work, back + n * row, grads, at, width)
                else:
                    move(work, back + n * row, 0, grads, at, 0, 1, width)
    if share_at >= 0:
        share = share_at + chunk * share_stride
        inside, ahead, terms = rows + reverse * count * row, array_at(ahead, state), steps * count
        add_weights(work, inside, ahead, row, blocks, block, terms, share, gate_units, row, shared)
        biases = share + row * gate_units
        if products_at < 0:
            sum_rows(work, blocks, block, terms, work, biases, gate_units)
        if shared < gate_units:
            apart = gate_units - shared
            add_weights(
                work,
                inside,
                ahead,
                row,
                blocks + shared,
                block,
                terms,
                share + shared,
                gate_units,
                width,
                apart,
            )
            if resets:  # noqa: F821
                add_weights(
                    work, blocks + gate_units, ahead, block, blocks + shared, block, terms,
                    share + width * gate_units + shared, gate_units, units, apart,
                )  # fmt: skip
            else:
                add_weights(
                    work, inside + width, ahead, row, blocks + gate_units, block, terms,
                    share + width * gate_units + shared, gate_units, units, apart,
                )  # fmt: skip
                sum_rows(work, blocks + gate_units, block, terms, work, biases + gate_units, apart)
        if products_at >= 0:
            # What is summed by row lies behind the biases.
            sums = biases + gate_units
            if not resets:  # noqa: F821
                sums += gate_units - shared
            clear(work, sums, table_rows * gate_units)
            for t in range(steps):
                for n in range(count):
                    use, gradients = x_at + (lo + n) * steps + t, blocks + (t * count + n) * block
                    add_gradients(acts, use, work, gradients, sums, table_rows, gate_units)
            sum_rows(work, sums, gate_units, table_rows, work, biases, gate_units)


@device
def add_weights(work, rows, ahead, row, gradients, block, terms, to, gate_units, inputs, columns):
    """A chunk's gradient of some inputs' weights: rows outer gate gradients, while both are in cache."""
    gemm_long(
        work, rows, ahead, 0, inputs, 0, row, 1, terms, work, gradients, 0, block,
        work, to, gate_units, columns, False,
    )  # fmt: skip


@kernel
def copy_weights(state, acts, grads, params, work, chunk, lo, hi, weight_at, columns, copy_at, pitch):
    """Rows ``lo .. hi`` of [W; U], ``pitch`` values apart."""
    for row in range(lo, hi):
        at, to = weight_at + row * columns, copy_at + row * pitch
        source, target = params[at : at + columns], work[to : to + columns]
        for i in range(columns):
            target[i] = source[i]


@kernel
def sum_shares(state, acts, grads, params, work, chunk, lo, hi, share_at, share_stride, per_chunk, sum_at):
    """Add the chunks' shares, in order of the chunks."""
    sums = grads[sum_at + lo : sum_at + hi]
    sums[:] = 0
    for c in range((state[SAMPLES] + per_chunk - 1) // per_chunk):
        share = work[share_at + c * share_stride + lo : share_at + c * share_stride + hi]
        for i in range(sums.size):
            sums[i] += share[i]


def kernels_of(
    name: str,
    cell: Deferred,
    cell_gradients: Deferred,
    reset: Deferred | None = None,
    reset_gradients: Deferred | None = None,
) -> tuple[Kernel, Kernel]:
    """Forward and backward of one cell; ``reset`` leaves a part of the state to U before the cell's turn."""
    # A constant, so that no other cell's code has a trace of it.
    resets = Deferred(lambda: False) if reset is None else Deferred(lambda: True)
    first, first_gradients = reset or cell, reset_gradients or cell_gradients
    return (
        Kernel(forward, {"cell": cell, "reset": first, "resets": resets}, f"_{name}"),
        Kernel(
            backward,
            {"cell_gradients": cell_gradients, "reset_gradients": first_gradients, "resets": resets},
            f"_{name}",
        ),
    )
