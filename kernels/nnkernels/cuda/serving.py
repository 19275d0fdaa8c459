"""Kernels of which a block of threads does a sample: recurrent layers and attention.

They are the same Python as everywhere, run by all threads of the block alike; what writes, and waits, are
these helpers in the stead of others. Each value is added up by one thread, in the order in which one thread
alone would: the same bits come out for any number of threads.
"""

# ruff: noqa: F821 - bound are ``own``, the number of a thread, ``THREADS`` and ``wait``; see `Translation`.

from __future__ import annotations

from nnkernels.jit import Deferred, Device, Kernel, device
from nnkernels.layers import attention_kernels as attention
from nnkernels.layers.attention_kernels import softmax_of_seen
from nnkernels.ops import lookup, recurrence
from nnkernels.ops.lookup import row_of
from nnkernels.vector import moving, simd, transposing
from nnkernels.vector.rows import softmax_row_back
from nnkernels.vector.simd import ADD, BIAS, ZERO
from nnkernels.vector.vmath import cast, uniform32

# As many threads as a block has, or more: a sample is worth them.
SERVING = 256
FUNCTIONS = {
    recurrence.forward, recurrence.backward, attention.forward.function, attention.backward.function,
}  # fmt: skip


def is_served(kernel: Kernel) -> bool:
    """Whether a block does a sample of it."""
    return kernel.function in FUNCTIONS


@device
def gemm(a, a0, rows, r0, m, ao, ak, o_count, k_count, b, b0, bo, bk, c, c0, cr, n, mode, start, i0):
    """The nest of `simd`'s docstring, a sum for each thread."""
    for e in range(own(), m * n, THREADS):
        i, j = e // n, e % n
        first, to = a0 + rows[r0 + i], c0 + i * cr + j
        total = cast(0.0, c)
        if mode == ADD:
            total = c[to]
        elif mode == BIAS:
            total = start[i0 + j]
        for o in range(o_count):
            left, right = first + o * ao, b0 + o * bo + j
            for k in range(k_count):
                total += a[left + k * ak] * b[right + k * bk]
        c[to] = total
    wait()


@device
def gemm_long(a, a0, rows, r0, m, ao, ak, o_count, k_count, b, b0, bo, bk, c, c0, cr, n, adds):
    """`simd.gemm_long`: there is no cache to cut the sum for."""
    gemm(
        a, a0, rows, r0, m, ao, ak, o_count, k_count, b, b0, bo, bk, c, c0, cr, n,
        ADD if adds else ZERO, b, 0,
    )  # fmt: skip


@device
def sum_rows(source, first, stride, count, into, to, size):
    """`simd.sum_rows`."""
    for j in range(own(), size, THREADS):
        total = cast(0.0, into)
        for i in range(count):
            total += source[first + i * stride + j]
        into[to + j] = total
    wait()


@device
def transpose(source, at, rows, columns, stride, work, to, pitch):
    """`transposing.transpose`."""
    for e in range(own(), rows * columns, THREADS):
        work[to + e % columns * pitch + e // columns] = source[at + e // columns * stride + e % columns]
    wait()


@device
def move(source, at, stride, sink, to, pitch, rows, count):
    """`moving.move`."""
    for e in range(own(), rows * count, THREADS):
        sink[to + e // count * pitch + e % count] = source[at + e // count * stride + e % count]
    wait()


@device
def add(source, at, sink, to, count):
    """`moving.add`."""
    for i in range(own(), count, THREADS):
        sink[to + i] += source[at + i]
    wait()


@device
def clear(values, at, count):
    """`moving.clear`."""
    for i in range(own(), count, THREADS):
        values[at + i] = 0
    wait()


@device
def read_products(acts, use, work, products, rows, gate_units, to):
    """`lookup.read_products`."""
    number = acts[use]
    at = products + (row_of(number, rows) if number == number else 0) * gate_units
    for i in range(own(), gate_units, THREADS):
        work[to + i] = work[at + i] if number == number else number
    wait()


@device
def add_gradients(acts, use, work, gradients_at, sums, rows, gate_units):
    """`lookup.add_gradients`."""
    at = sums + row_of(acts[use], rows) * gate_units
    for i in range(own(), gate_units, THREADS):
        work[at + i] += work[gradients_at + i]
    wait()


@device
def softmax_rows(work, at, count, first, keys, seen, causal, scale, acts, mask):
    """`attention_kernels.softmax_rows`, a query for each thread."""
    for r in range(own(), count, THREADS):
        until = min(first + r + 1, keys) if causal else keys
        softmax_of_seen(work, at + r * keys, seen, until, scale, acts, mask)
    wait()


@device
def softmax_rows_back(work, weights, kept, gradients, count, first, keys, seen, causal, scale):
    """`attention_kernels.softmax_rows_back`, a query for each thread."""
    for r in range(own(), count, THREADS):
        at = r * keys
        until = min(first + r + 1, keys) if causal else keys
        softmax_row_back(work, weights + at, kept + at, gradients + at, until, scale)
        for j in range(until, seen):
            work[gradients + at + j] = 0
    wait()


@device
def drop_out(work, weights, left, count, rate, key, first):
    """`attention_kernels.drop_out`."""
    scale, zero = cast(1.0 / (1.0 - rate), work), cast(0.0, work)
    for j in range(own(), count, THREADS):
        work[left + j] = work[weights + j] * scale if uniform32(key, first + j) >= rate else zero
    wait()


# What takes whose part.
INSTEAD: dict[Device | Deferred, Device] = {
    simd.gemm: gemm,
    simd.gemm_long: gemm_long,
    simd.sum_rows: sum_rows,
    transposing.transpose: transpose,
    moving.move: move,
    moving.add: add,
    moving.clear: clear,
    lookup.read_products: read_products,
    lookup.add_gradients: add_gradients,
    attention.softmax_rows: softmax_rows,
    attention.softmax_rows_back: softmax_rows_back,
    attention.drop_out: drop_out,
}
