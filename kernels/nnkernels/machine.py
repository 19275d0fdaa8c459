"""The virtual machine: walks an instruction table and calls each kernel by its address.

A Program is data, so editing a network never waits for a compiler. One call of ``run`` makes many
training steps (gather a batch, forward, loss, backward, update) without the GIL.

Only one thread at a time may be inside ``run``: numba's threading layer aborts the process when
two threads enter parallel code.

Buffers of a Program, all flat and of one float type:
    acts    activations, one block of rows per node: of the batch, or of a micro-batch
    grads   gradients of parameters (same offsets as in params), then of activations
    params  parameters, then the optimizer's slots, each as long as the parameters
    work    header (see HEADER), targets, per-sample results, scratch for each chunk
"""

from __future__ import annotations

from ctypes import addressof, c_char
from typing import Any, NamedTuple

import numpy as np

from nnkernels import jit
from nnkernels.jit import Deferred, device, kernel
from nnkernels.vector.denormals import flush_denormals, restore_denormals
from nnkernels.vector.simd import load, store
from nnkernels.vector.vmath import real

# Positions in the int64 state array that every kernel receives.
SAMPLES, STEP, SEED, CURSOR, ROW = 0, 1, 2, 3, 4
# In the same array, addresses of the samples, the targets, the order of the pass, and its rates or 0.
SAMPLES_AT, TARGETS_AT, ORDER_AT, RATES_AT = 5, 6, 7, 8
# A batch may go in micro-batches: SAMPLES is then those of one, WHOLE those of the batch, and BEFORE those of
# the micro-batches before this one.
WHOLE, BEFORE = 9, 10
# Samples of the whole pass.
TOTAL = 11
# From here, for each chunk of a group, the lane that it goes in: a lane is one thread's share of the chunks,
# which it does one after the other. Memory may belong to a lane where each chunk is done with it at its end.
# A range is never cut into more chunks than there are lanes.
LANES, MAX_CHUNKS = 16, 8
STATE_SIZE = LANES + MAX_CHUNKS
# The work buffer starts with hyperparameters (the learning rate first).
HEADER = 16
# Index in the work buffer of a constant 1, for kernels that sum by a matrix product.
ONE = 15
# Columns of the instruction table. Samples go through a run of instructions, which ends before END, a
# strip at a time (0: the whole chunk), so that what one writes is still in cache for the next.
ADDRESS, OFFSET, STRIP, END, CODE_WIDTH = 0, 1, 2, 3, 4
# Columns of the group table; a group is a run of instructions over the same range.
# ONCE: it runs for the last micro-batch only.
FIRST, LAST, PER_SAMPLE, START, FIXED, CHUNK, PARALLEL, ONCE, GROUP_WIDTH = 0, 1, 2, 3, 4, 5, 6, 7, 8


def _make_call() -> Any:
    nb = jit.numba()
    from llvmlite import ir

    @nb.extending.intrinsic
    def call_kernel(typingctx, address, args, state, acts, grads, params, work, chunk, lo, hi):
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            i64, pointer = ir.IntType(64), ir.PointerType()
            kind = ir.FunctionType(ir.VoidType(), [pointer] * 6 + [i64] * 3)
            function = builder.inttoptr(values[0], kind.as_pointer())
            buffers = [builder.inttoptr(v, pointer) for v in values[1:7]]
            builder.call(function, buffers + list(values[7:]))
            return context.get_dummy_value()

        return nb.types.void(*[nb.types.int64] * 10), codegen

    return call_kernel


def _make_array_at() -> Any:
    from nnkernels.compiler import array_at

    return array_at


call_kernel = Deferred(_make_call)
# The array of ``like``'s type that starts at an address.
array_at = Deferred(_make_array_at)


@device
def draw_key(state, salt):
    """The key of `uniform32` for whoever draws (its ``salt``, a node's number) at one step of one run."""
    return state[STEP] * 7919 + state[SEED] * 104729 + salt * 1299709


@device
def pick(data, width, count, columns, state, sink, to, lo, hi):
    """Copy rows ``order[cursor + i]`` of the data, ``width`` long, to row i at ``to``.

    ``count`` columns: those of the table ``columns``, or all where it is 0.
    """
    order, first = array_at(state[ORDER_AT], state), state[CURSOR]
    if columns == 0 and count < 4:
        # A loop over columns would cost more than they do.
        for i in range(lo, hi):
            for j in range(count):
                store(sink, to + i * count + j, load(data, order[first + i] * width + j))
    elif columns == 0:
        for i in range(lo, hi):
            row = order[first + i] * width
            values, target = data[row : row + width], sink[to + i * width : to + (i + 1) * width]
            for j in range(width):
                target[j] = values[j]
    else:
        table = array_at(columns, state)
        for i in range(lo, hi):
            for j in range(count):
                sink[to + i * count + j] = data[order[first + i] * width + table[j]]


@kernel
def gather(state, acts, grads, params, work, chunk, lo, hi, x_at, width, count, columns):
    """Samples of the batch into an Input; see `pick`."""
    pick(array_at(state[SAMPLES_AT], acts), width, count, columns, state, acts, x_at, lo, hi)


@kernel
def gather_targets(state, acts, grads, params, work, chunk, lo, hi, target_at, width, count, columns):
    """Targets of the batch, as one Output wants them, into the workspace; see `pick`."""
    pick(array_at(state[TARGETS_AT], acts), width, count, columns, state, work, target_at, lo, hi)


@kernel
def fill_targets(state, acts, grads, params, work, chunk, lo, hi, target_at, value, count):
    """One number as all ``count`` targets of each sample of one Output, into the workspace."""
    value = real(value, work)
    for i in range(target_at + lo * count, target_at + hi * count):
        work[i] = value


# What `tally` and `total_loss` are told of each output.
LOSSES, CORRECT, WEIGHT, PER_OUTPUT = 0, 1, 2, 3


@kernel(rest=True)
def tally(state, acts, grads, params, work, chunk, lo, hi, results_at, width, count, outputs):
    """Sum the samples' losses and the first output's correct predictions, always in the same order.

    A row of results has ``width`` values; behind those two, if it is wider, the loss of each output.
    """
    total, right = 0.0, 0.0
    at = results_at + width * state[ROW]
    for o in range(count):
        output = outputs[PER_OUTPUT * o :]
        loss, correct, weight = output[LOSSES], output[CORRECT], real(output[WEIGHT], work)
        part = 0.0
        for i in range(state[SAMPLES]):
            part += work[loss + i]
        total += weight * part
        if width > 2:
            own = at + 2 + o
            work[own] = part if state[BEFORE] == 0 else work[own] + part
        for i in range(state[SAMPLES] if o == 0 else 0):
            right += work[correct + i]
    if state[BEFORE] > 0:
        total += work[at]
        right += work[at + 1]
    work[at], work[at + 1] = total, right


@device
def join_shares(state, work, share, stride, per_chunk, rows, width, lo, hi):
    """Add the shares of all chunks to the first, columns ``lo .. hi`` of rows of ``width`` values."""
    for c in range(1, (state[SAMPLES] + per_chunk - 1) // per_chunk):
        for row in range(rows):
            at = share + row * width
            sums, part = work[at + lo : at + hi], work[at + c * stride + lo : at + c * stride + hi]
            for i in range(sums.size):
                sums[i] += part[i]


@kernel(in_place=("sources", "dy_at"), rest=True)
def add_gradients(state, acts, grads, params, work, chunk, lo, hi, dy_at, width, count, sources):
    """Sum the gradients that arrive at one output from several consumers."""
    sink = grads[dy_at + lo * width : dy_at + hi * width]
    for e in range(int(sources[0] == dy_at), count):
        source = grads[sources[e] + lo * width : sources[e] + hi * width]
        for i in range(sink.size):
            sink[i] = source[i] if e == 0 else sink[i] + source[i]


@device(inlined=True)
def run_chunk(code, first, last, args, state, acts, grads, params, work, chunk, low, high):
    """One chunk through the instructions ``first .. last``; strips of it through runs of them."""
    i = first
    while i < last:
        end, strip = load(code, i * CODE_WIDTH + END), load(code, i * CODE_WIDTH + STRIP)
        if strip == 0:
            strip = high - low
        at = low
        # Counted ahead, a loop in steps of the strip would take a division.
        while at < high:
            to = min(at + strip, high)
            for k in range(i * CODE_WIDTH, end * CODE_WIDTH, CODE_WIDTH):
                call_kernel(
                    load(code, k + ADDRESS),
                    args + load(code, k + OFFSET),
                    state,
                    acts,
                    grads,
                    params,
                    work,
                    chunk,
                    at,
                    to,
                )
            at = to
        i = end


class Search(NamedTuple):
    """Addresses of a program's tables, and the first and last group of its forward pass and losses."""

    code: int
    groups: int
    args: int
    first: int
    last: int


@device
def total_loss(search, count, outputs, state, acts, grads, params, work):
    """Loss of the batch with the parameters as they are, for optimizers that search."""
    code, groups = array_at(search.code, state), array_at(search.groups, state)
    for index in range(search.first, search.last):
        at = index * GROUP_WIDTH
        end = groups[at + PER_SAMPLE] * state[SAMPLES] + groups[at + FIXED]
        start, width = groups[at + START], groups[at + CHUNK]
        for chunk in range((end - start + width - 1) // width):
            state[LANES + chunk], low = 0, start + chunk * width
            run_chunk(
                code, groups[at + FIRST], groups[at + LAST], search.args, state.ctypes.data,
                acts.ctypes.data, grads.ctypes.data, params.ctypes.data, work.ctypes.data,
                chunk, low, min(end, low + width),
            )  # fmt: skip
    total = 0.0
    for o in range(count):
        part, output = 0.0, outputs[PER_OUTPUT * o :]
        for i in range(state[SAMPLES]):
            part += work[output[LOSSES] + i]
        total += real(output[WEIGHT], work) * part
    return total


def _run(code, groups, args, state, acts, grads, params, work, total, batch, micro_batch, steps, threads):
    at, done, denormals = state.ctypes.data, 0, flush_denormals()
    state[TOTAL] = total
    while done < steps and state[CURSOR] < total:
        whole = min(batch, total - state[CURSOR])
        state[WHOLE], state[BEFORE] = whole, 0
        state[STEP] += 1
        state[ROW] = done
        while state[BEFORE] < whole:
            n = min(micro_batch, whole - state[BEFORE])
            state[SAMPLES] = n
            for index in range(groups.shape[0]):
                # Number by number: a row of the table as an array of its own would be counted by numba.
                if groups[index, ONCE] == 1 and state[BEFORE] + n < whole:
                    continue
                first, last, width = groups[index, FIRST], groups[index, LAST], groups[index, CHUNK]
                start, end = groups[index, START], groups[index, PER_SAMPLE] * n + groups[index, FIXED]
                chunks = 1 if end - start <= width else (end - start + width - 1) // width
                lanes = min(threads, chunks) if groups[index, PARALLEL] == 1 else 1
                if lanes > 1:
                    for lane in prange(lanes):  # noqa: F821
                        # The other threads belong to the engine alone: they may keep it.
                        flush_denormals()
                        for chunk in range(lane * chunks // lanes, (lane + 1) * chunks // lanes):
                            state[LANES + chunk], low = lane, start + chunk * width
                            to = min(end, low + width)
                            run_chunk(code, first, last, args, at, acts, grads, params, work, chunk, low, to)
                else:
                    for chunk in range(chunks):
                        state[LANES + chunk], low = 0, start + chunk * width
                        to = min(end, low + width)
                        run_chunk(code, first, last, args, at, acts, grads, params, work, chunk, low, to)
            state[BEFORE] += n
            state[CURSOR] += n
        done += 1
    restore_denormals(denormals)
    return done


I64 = "int64"


def address_of(array: np.ndarray) -> int:
    """Where its first value lies. A run asks for six, and may be of some steps of half a microsecond each:
    this way takes 0.2 us, numpy's own 1.0 and `array.ctypes.data` 3.
    """
    try:
        # Types of numpy say only from Python 3.12 on that an array is a buffer.
        return addressof(c_char.from_buffer(array))  # type: ignore[arg-type]
    except (BufferError, TypeError, ValueError):
        # What is empty, read-only or not in one piece gives no such buffer.
        address: int = array.__array_interface__["data"][0]
        return address


# The compiled loop ``(code, groups, args, state, acts, grads, params, work, total, batch, part, steps,
# threads) -> steps made``; buffers are addresses. Ends early when ``total`` samples have been visited. Chunks
# are cut by the plan, never by the number of threads, so results are the same bits for any number of threads.
LOOP = jit.Loop(_run, f"{I64}({I64}[::1],{I64}[:,::1],{I64},{I64}[::1]" + f",{I64}" * 9 + ")")


def run() -> Any:
    """The machine's loop, compiled; see LOOP."""
    return LOOP.compiled
