"""What stands on a graphics card for the vector code of processors: the same sums, by one thread each.

Plain Python that numba compiles for the card, and that its simulator runs as it is.
"""

from __future__ import annotations

import math

import numpy as np

from nnkernels import machine
from nnkernels.jit import Deferred, Device, device
from nnkernels.machine import (
    CHUNK,
    CODE_WIDTH,
    FIRST,
    FIXED,
    GROUP_WIDTH,
    LAST,
    LOSSES,
    PER_OUTPUT,
    PER_SAMPLE,
    SAMPLES,
    START,
    WEIGHT,
    array_at,
)
from nnkernels.vector import rows, simd, small, transposing, vmath
from nnkernels.vector.simd import ADD, BIAS, ZERO
from nnkernels.vector.vmath import cast, real
from nnkernels.vector.vmath import exp as power


@device
def gemm(a, a0, rows, r0, m, ao, ak, o_count, k_count, b, b0, bo, bk, c, c0, cr, n, mode, start, i0):
    """The nest of `simd`'s docstring."""
    for i in range(m):
        first = a0 + rows[r0 + i]
        for j in range(n):
            total = cast(0.0, c)
            if mode == ADD:
                total = c[c0 + i * cr + j]
            elif mode == BIAS:
                total = start[i0 + j]
            for o in range(o_count):
                left, right = first + o * ao, b0 + o * bo + j
                for k in range(k_count):
                    total += a[left + k * ak] * b[right + k * bk]
            c[c0 + i * cr + j] = total


@device
def gemm_long(a, a0, rows, r0, m, ao, ak, o_count, k_count, b, b0, bo, bk, c, c0, cr, n, add):
    """`simd.gemm_long`: there is no cache to cut the sum for."""
    gemm(
        a, a0, rows, r0, m, ao, ak, o_count, k_count, b, b0, bo, bk, c, c0, cr, n,
        ADD if add else ZERO, b, 0,
    )  # fmt: skip


@device
def small_product(a, a0, ar, ak, b, b0, bk, c, c0, cr, m, terms, n, start, i0, starts):
    """The sums of `small`'s docstring."""
    for i in range(m):
        for j in range(n):
            total = start[i0 + j] if starts != 0 else cast(0.0, c)
            for k in range(terms):
                total += a[a0 + i * ar + k * ak] * b[b0 + k * bk + j]
            c[c0 + i * cr + j] = total


@device
def transpose(source, at, rows, columns, stride, work, to, pitch):
    """`transposing.transpose`."""
    for j in range(columns):
        for i in range(rows):
            work[to + j * pitch + i] = source[at + i * stride + j]


@device
def softmax_row(values, at, n, scale):
    """`rows.softmax_row`."""
    top, total = values[at], cast(0.0, values)
    for j in range(at + 1, at + n):
        top = values[j] if values[j] > top else top
    for j in range(at, at + n):
        values[j] = power((values[j] - top) * scale)
        total += values[j]
    for j in range(at, at + n):
        values[j] /= total


@device
def softmax_row_back(values, weights, kept, gradients, n, scale):
    """`rows.softmax_row_back`."""
    total = cast(0.0, values)
    for j in range(n):
        total += values[kept + j] * values[gradients + j]
    for j in range(n):
        own = values[kept + j] * values[gradients + j]
        values[gradients + j] = scale * (own - values[weights + j] * total)


@device
def load(array, index):
    return array[index]


@device
def store(array, index, value):
    array[index] = value


@device
def assign(sink, values):
    for i in range(sink.size):
        sink[i] = values[i]


# Not called as what they call, nor may a helper here be: `jit.rebuilt` takes every name that a function uses,
# also behind a dot, for that of a helper where there is one. So `exp` has another name.
@device
def exp_of(x):
    return math.exp(x)


@device
def choose(condition, a, b):
    return a if condition else b


@device
def expm1_of(x):
    return math.expm1(x)


@device
def tanh_of(x):
    return math.tanh(x)


@device
def erf_of(x):
    return math.erf(x)


@device
def log1p_of(x):
    return math.log1p(x)


@device
def total_loss(search, count, outputs, state, acts, grads, params, work):
    """`machine.total_loss`, with the same tables; ``call`` runs an instruction."""
    code, groups = array_at(search.code, state), array_at(search.groups, state)
    given = array_at(search.args, state)
    for index in range(search.first, search.last):
        at = index * GROUP_WIDTH
        end = groups[at + PER_SAMPLE] * state[SAMPLES] + groups[at + FIXED]
        start, width = groups[at + START], groups[at + CHUNK]
        for chunk in range((end - start + width - 1) // width):
            low = start + chunk * width
            for k in range(groups[at + FIRST] * CODE_WIDTH, groups[at + LAST] * CODE_WIDTH, CODE_WIDTH):
                call(  # noqa: F821 - bound for each program
                    code[k + machine.ADDRESS], given, code[k + machine.OFFSET] // 8,
                    state, acts, grads, params, work, chunk, low, min(end, low + width),
                )  # fmt: skip
    total = 0.0
    for o in range(count):
        part, output = 0.0, outputs[PER_OUTPUT * o :]
        for i in range(state[SAMPLES]):
            part += work[output[LOSSES] + i]
        total += real(output[WEIGHT], work) * part
    return np.float64(total)


# Rows of a table that `dense` turns at a time; any number serves.
ROWS, VECTOR_BYTES = 8, 32
# What takes whose part.
INSTEAD: dict[Device | Deferred, Device] = {
    simd.gemm: gemm,
    simd.gemm_long: gemm_long,
    small.small_product: small_product,
    transposing.transpose: transpose,
    rows.softmax_row: softmax_row,
    rows.softmax_row_back: softmax_row_back,
    simd.load: load,
    simd.store: store,
    simd.assign: assign,
    vmath.exp: exp_of,
    vmath.exp32: exp_of,
    vmath.choose: choose,
    vmath.expm1: expm1_of,
    vmath.expm1_32: expm1_of,
    vmath.tanh: tanh_of,
    vmath.tanh32: tanh_of,
    vmath.erf: erf_of,
    vmath.log1p: log1p_of,
    machine.total_loss: total_loss,
}
NUMBERS: dict[Deferred, int] = {simd.ROWS: ROWS, simd.VECTOR_BYTES: VECTOR_BYTES}
