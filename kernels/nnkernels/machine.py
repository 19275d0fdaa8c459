"""The virtual machine: walks an instruction table and calls each kernel by its address.

A Program is data, so editing a network never waits for a compiler. One call of ``run`` makes many
training steps (gather a batch, forward, loss, backward, update) without the GIL.

Only one thread at a time may be inside ``run``: numba's threading layer aborts the process when
two threads enter parallel code.

Buffers of a Program, all flat and of one float type:
    acts    activations, one block of rows per node: of the batch, or of a part of it
    grads   gradients of parameters (same offsets as in params), then of activations
    params  parameters, then the optimizer's slots, each as long as the parameters
    work    header (see HEADER), targets, per-sample results, scratch for each chunk
"""

from __future__ import annotations

from typing import Any

from nnkernels import jit
from nnkernels.denormals import flush_denormals, restore_denormals
from nnkernels.jit import Deferred, device, kernel
from nnkernels.simd import load, store
from nnkernels.vmath import real

# Positions in the int64 state array that every kernel receives.
SAMPLES, STEP, SEED, CURSOR, ROW = 0, 1, 2, 3, 4
# In the same array, addresses of the samples, the targets, the order of the pass, and its rates or 0.
SAMPLES_AT, TARGETS_AT, ORDER_AT, RATES_AT = 5, 6, 7, 8
# A batch may go in parts: SAMPLES is then those of the part, WHOLE those of the batch, and BEFORE those of
# the parts before this one.
WHOLE, BEFORE = 9, 10
# From here, for each chunk of a group, the lane that it goes in: a lane is one thread's share of the chunks,
# which it does one after the other. Memory may belong to a lane where each chunk is done with it at its end.
# A range is never cut into more chunks than there are places.
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
# ONCE: it runs for the last part of a batch only.
FIRST, LAST, PER_SAMPLE, START, FIXED, CHUNK, PARALLEL, ONCE, GROUP_WIDTH = 0, 1, 2, 3, 4, 5, 6, 7, 8


def _make_call() -> Any:
    nb = jit.numba()
    from llvmlite import ir

    @nb.extending.intrinsic
    def call_kernel(typingctx, address, args, state, acts, grads, params, work, chunk, lo, hi):  # type: ignore[no-untyped-def]
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
    nb = jit.numba()

    @nb.extending.intrinsic
    def pointer_at(typingctx, address, like):  # type: ignore[no-untyped-def]
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            return builder.inttoptr(values[0], context.get_value_type(sig.return_type))

        return nb.types.CPointer(like.dtype)(nb.types.int64, like), codegen

    carray = nb.carray

    @nb.njit(nogil=True)
    def array_at(address: Any, like: Any) -> Any:
        return carray(pointer_at(address, like), 1 << 40)

    return array_at


call_kernel = Deferred(_make_call)
# The array of ``like``'s type that starts at an address.
array_at = Deferred(_make_array_at)


@device
def pick(data, args, state, sink, to, lo, hi):
    """Copy rows ``order[cursor + i]`` of the data, all columns or those of a table, to row i.

    Arguments of the kernel: width of a row of the data, place, columns, their table or 0 for all.
    """
    order, first = array_at(state[ORDER_AT], args), state[CURSOR]
    width, count, table = args[0], args[2], args[3]
    if table == 0 and count < 4:
        # A loop over columns would cost more than they do.
        for i in range(lo, hi):
            for j in range(count):
                store(sink, to + i * count + j, load(data, order[first + i] * width + j))
    elif table == 0:
        for i in range(lo, hi):
            row = order[first + i] * width
            values, place = data[row : row + width], sink[to + i * width : to + (i + 1) * width]
            for j in range(width):
                place[j] = values[j]
    else:
        columns = array_at(table, args)
        for i in range(lo, hi):
            for j in range(count):
                sink[to + i * count + j] = data[order[first + i] * width + columns[j]]


@kernel
def gather(args, state, acts, grads, params, work, chunk, lo, hi):
    """Samples of the batch into an Input."""
    pick(array_at(state[SAMPLES_AT], acts), args, state, acts, args[1], lo, hi)


@kernel
def gather_targets(args, state, acts, grads, params, work, chunk, lo, hi):
    """Targets of the batch, as one Output wants them, into the workspace."""
    pick(array_at(state[TARGETS_AT], acts), args, state, work, args[1], lo, hi)


@kernel
def tally(args, state, acts, grads, params, work, chunk, lo, hi):
    """Sum the samples' losses and the first output's correct answers, always in the same order.

    Arguments: results, outputs, then losses, correct answers and weight of each output.
    """
    results = args[0]
    total, right = 0.0, 0.0
    for o in range(args[1]):
        loss, correct, weight = args[2 + 3 * o], args[3 + 3 * o], real(args[4 + 3 * o], work)
        part = 0.0
        for i in range(state[SAMPLES]):
            part += work[loss + i]
        total += weight * part
        for i in range(state[SAMPLES] if o == 0 else 0):
            right += work[correct + i]
    at = results + 2 * state[ROW]
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


@kernel(in_place=(3, 1))
def add_gradients(args, state, acts, grads, params, work, chunk, lo, hi):
    """Sum the gradients that arrive at one output from several consumers."""
    width, to, count = args[0], args[1], args[2]
    sink = grads[to + lo * width : to + hi * width]
    for e in range(int(args[3] == to), count):
        source = grads[args[3 + e] + lo * width : args[3 + e] + hi * width]
        for i in range(sink.size):
            sink[i] = source[i] if e == 0 else sink[i] + source[i]


@device
def run_chunk(code, first, last, args, state, acts, grads, params, work, chunk, low, high):
    """One chunk through the instructions ``first .. last``; strips of it through runs of them."""
    i = first
    while i < last:
        end, strip = code[i * CODE_WIDTH + END], code[i * CODE_WIDTH + STRIP]
        if strip == 0:
            strip = high - low
        for at in range(low, high, strip):
            to = min(at + strip, high)
            for k in range(i * CODE_WIDTH, end * CODE_WIDTH, CODE_WIDTH):
                call_kernel(
                    code[k + ADDRESS],
                    args + code[k + OFFSET],
                    state,
                    acts,
                    grads,
                    params,
                    work,
                    chunk,
                    at,
                    to,
                )
        i = end


@device
def total_loss(args, state, acts, grads, params, work):
    """Loss of the batch with the parameters as they are, for optimizers that search.

    Arguments: addresses of the instruction table, the group table and the argument block, number of
    the first and the last group of the forward pass and the loss, then as `tally`.
    """
    code, groups = array_at(args[0], args), array_at(args[1], args)
    for index in range(args[3], args[4]):
        at = index * GROUP_WIDTH
        end = groups[at + PER_SAMPLE] * state[SAMPLES] + groups[at + FIXED]
        start, width = groups[at + START], groups[at + CHUNK]
        for chunk in range((end - start + width - 1) // width):
            state[LANES + chunk], low = 0, start + chunk * width
            run_chunk(
                code, groups[at + FIRST], groups[at + LAST], args[2], state.ctypes.data,
                acts.ctypes.data, grads.ctypes.data, params.ctypes.data, work.ctypes.data,
                chunk, low, min(end, low + width),
            )  # fmt: skip
    total = 0.0
    for o in range(args[5]):
        part = 0.0
        for i in range(state[SAMPLES]):
            part += work[args[6 + 3 * o] + i]
        total += real(args[8 + 3 * o], work) * part
    return total


def _run(code, groups, args, state, acts, grads, params, work, total, batch, part, steps, threads):  # type: ignore[no-untyped-def]
    at, made, denormals = state.ctypes.data, 0, flush_denormals()
    while made < steps and state[CURSOR] < total:
        whole = min(batch, total - state[CURSOR])
        state[WHOLE], state[BEFORE] = whole, 0
        state[STEP] += 1
        state[ROW] = made
        while state[BEFORE] < whole:
            n = min(part, whole - state[BEFORE])
            state[SAMPLES] = n
            for index in range(groups.shape[0]):
                group = groups[index]
                if group[ONCE] == 1 and state[BEFORE] + n < whole:
                    continue
                first, last, width = group[FIRST], group[LAST], group[CHUNK]
                start, end = group[START], group[PER_SAMPLE] * n + group[FIXED]
                chunks = (end - start + width - 1) // width
                lanes = min(threads, chunks) if group[PARALLEL] == 1 else 1
                if lanes > 1:
                    for lane in prange(lanes):  # type: ignore[name-defined]  # noqa: F821
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
        made += 1
    restore_denormals(denormals)
    return made


I64 = "int64"
# The compiled loop ``(code, groups, args, state, acts, grads, params, work, total, batch, part, steps,
# threads) -> steps made``; buffers are addresses. Ends early when ``total`` samples have been visited. Chunks
# are cut by the plan, never by the number of threads, so results are the same bits for any number of threads.
LOOP = jit.Loop(_run, f"{I64}({I64}[::1],{I64}[:,::1],{I64},{I64}[::1]" + f",{I64}" * 9 + ")")


def run() -> Any:
    """The machine's loop, compiled; see LOOP."""
    return LOOP.compiled
