"""Kernels of attention: projections, weights of queries and keys, what they gather, and all gradients."""

from __future__ import annotations

import math

import numpy as np

from nnkernels.jit import device, kernel
from nnkernels.machine import BEFORE, LANES, SAMPLES, array_at, draw_key
from nnkernels.vector.rows import softmax_row, softmax_row_back
from nnkernels.vector.simd import BIAS, ROWS, ZERO, gemm, gemm_long, sum_rows
from nnkernels.vector.transposing import transpose
from nnkernels.vector.vmath import cast, real, uniform32

# Arguments of the kernels: ``steps`` are those of queries, ``keys`` those of keys and values, which are from
# ``memory_at``, or from x where that is -1. ``q_at`` are queries, ``q_row`` values apart, and ``k_at`` keys,
# ``k_row`` apart, each with its values behind it; ``dq_at`` and ``dk_at`` are their gradients. ``weights_at``
# are the weights of attention, ``left_at`` those that dropout leaves (the same where nothing drops),
# ``attended_at`` what the heads give; ``rows_x``, ``rows_q`` and ``rows_p`` are tables of rows of x, queries
# and weights, ``ahead`` is one of whole numbers from 0 on; ``mask_at``, ``in_bias_at`` and ``out_bias_at``
# may be -1.


@device
def softmax_of_seen(work, row, count, seen, scale, acts, mask):
    """Softmax of ``seen`` scores that the mask lets through; the rest of ``count`` becomes 0."""
    any_seen = mask < 0
    for j in range(seen if mask >= 0 else 0):
        if acts[mask + j] == 0:
            work[row + j] = cast(-math.inf, work)
        else:
            any_seen = True
    # With every key masked there is nothing to share out.
    if any_seen:
        softmax_row(work, row, seen, scale)
    work[row + (seen if any_seen else 0) : row + count] = 0


@device
def softmax_rows(work, at, count, first, keys, seen, causal, scale, acts, mask):
    """Softmax of the scores of ``count`` queries from the ``first`` on; all but ``seen`` of each are 0."""
    for r in range(count):
        until = min(first + r + 1, keys) if causal else keys
        softmax_of_seen(work, at + r * keys, seen, until, scale, acts, mask)


@device
def softmax_rows_back(work, weights, kept, gradients, count, first, keys, seen, causal, scale):
    """Gradients of the scores of ``count`` queries, in the place of those of their weights."""
    for r in range(count):
        at = r * keys
        until = min(first + r + 1, keys) if causal else keys
        # Of p = q m, q what dropout left: p dp = q dq.
        softmax_row_back(work, weights + at, kept + at, gradients + at, until, scale)
        work[gradients + at + until : gradients + at + seen] = 0


@device
def drop_out(work, weights, left, count, rate, key, first):
    """Write the ``count`` weights to ``left``, some switched off and the others raised for it."""
    scale, zero = cast(1.0 / (1.0 - rate), work), cast(0.0, work)
    values, kept = work[weights : weights + count], work[left : left + count]
    for j in range(count):
        kept[j] = values[j] * scale if uniform32(key, first + j) >= rate else zero


@kernel
def forward(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, memory_at, y_at, mask_at, steps, keys, width, heads, causal, in_weight_at, in_bias_at,
    out_weight_at, out_bias_at, q_at, k_at, q_row, k_row, weights_at, left_at, attended_at, rows_x, rows_q,
    rows_p, scratch_at, scratch_stride, scale, rate, salt,
):  # fmt: skip
    """Projections of all samples in one product, then head by head, a block of query rows at a time."""
    deep, triple = width // heads, 3 * width
    rows_x, rows_q, rows_p = array_at(rows_x, state), array_at(rows_q, state), array_at(rows_p, state)
    turned, scale = scratch_at + state[LANES + chunk] * scratch_stride, real(scale, acts)
    rate, key = real(rate, np.float32(0)), draw_key(state, salt)
    gemm(
        acts, x_at + lo * steps * width, rows_x, 0, (hi - lo) * steps, 0, 1, 1, width,
        params, in_weight_at, 0, triple, work, q_at + lo * steps * q_row, q_row, q_row,
        BIAS if in_bias_at >= 0 else ZERO, params, max(in_bias_at, 0),
    )  # fmt: skip
    if memory_at >= 0:
        gemm(
            acts, memory_at + lo * keys * width, rows_x, 0, (hi - lo) * keys, 0, 1, 1, width,
            params, in_weight_at + width, 0, triple, work, k_at + lo * keys * k_row, k_row, k_row,
            BIAS if in_bias_at >= 0 else ZERO, params, max(in_bias_at, 0) + width,
        )  # fmt: skip
    for n in range(lo, hi):
        mask = mask_at + n * keys if mask_at >= 0 else -1
        for h in range(heads):
            q, k = q_at + n * steps * q_row + h * deep, k_at + n * keys * k_row + h * deep
            transpose(work, k, keys, deep, k_row, work, turned, keys)
            for i in range(0, steps, ROWS):
                count = min(ROWS, steps - i)
                seen = min(i + ROWS, keys) if causal else keys
                p = weights_at + ((n * heads + h) * steps + i) * keys
                gemm(
                    work, q + i * q_row, rows_q, 0, count, 0, 1, 1, deep,
                    work, turned, 0, keys, work, p, keys, seen, ZERO, work, 0,
                )  # fmt: skip
                softmax_rows(work, p, count, i, keys, seen, causal, scale, acts, mask)
                left = p - weights_at + left_at
                if left != p:
                    first = (((state[BEFORE] + n) * heads + h) * steps + i) * keys
                    drop_out(work, p, left, count * keys, rate, key, first)
                gemm(
                    work, left, rows_p, 0, count, 0, 1, 1, seen, work, k + width, 0, k_row,
                    work, attended_at + (n * steps + i) * width + h * deep, width, deep, ZERO, work, 0,
                )  # fmt: skip
    gemm(
        work, attended_at + lo * steps * width, rows_x, 0, (hi - lo) * steps, 0, 1, 1, width,
        params, out_weight_at, 0, width, acts, y_at + lo * steps * width, width, width,
        BIAS if out_bias_at >= 0 else ZERO, params, max(out_bias_at, 0),
    )  # fmt: skip


@kernel
def backward(
    state, acts, grads, params, work, chunk, lo, hi,
    dx_at, dmemory_at, dy_at, steps, keys, width, heads, causal, turned_in, turned_out, q_at, k_at,
    q_row, k_row, dq_at, dk_at, weights_at, left_at, rows_x, rows_q, rows_k, rows_p, ahead, scratch_at,
    scratch_stride, scale,
):  # fmt: skip
    """The same products the other way round; attention weights were kept by forward."""
    deep = width // heads
    rows_x, rows_q, rows_p = array_at(rows_x, state), array_at(rows_q, state), array_at(rows_p, state)
    ahead, scale = array_at(ahead, state), real(scale, acts)
    attended = scratch_at + state[LANES + chunk] * scratch_stride
    values = attended + steps * width
    gradients = values + keys * deep
    for n in range(lo, hi):
        gemm(
            grads, dy_at + n * steps * width, rows_x, 0, steps, 0, 1, 1, width,
            work, turned_out, 0, width, work, attended, width, width, ZERO, work, 0,
        )  # fmt: skip
        for h in range(heads):
            q, k = q_at + n * steps * q_row + h * deep, k_at + n * keys * k_row + h * deep
            dq, dk = dq_at + n * steps * q_row + h * deep, dk_at + n * keys * k_row + h * deep
            p = weights_at + (n * heads + h) * steps * keys
            kept = p - weights_at + left_at
            transpose(work, k + width, keys, deep, k_row, work, values, keys)
            for i in range(0, steps, ROWS):
                count = min(ROWS, steps - i)
                seen = min(i + ROWS, keys) if causal else keys
                gemm(
                    work, attended + i * width + h * deep, rows_x, 0, count, 0, 1, 1, deep,
                    work, values, 0, keys, work, gradients + i * keys, keys, seen, ZERO, work, 0,
                )  # fmt: skip
                at = i * keys
                softmax_rows_back(
                    work, p + at, kept + at, gradients + at, count, i, keys, seen, causal, scale
                )  # fmt: skip
                gemm(
                    work, gradients + i * keys, rows_p, 0, count, 0, 1, 1, seen, work, k, 0, k_row,
                    work, dq + i * q_row, q_row, deep, ZERO, work, 0,
                )  # fmt: skip
            for j in range(0, keys, ROWS):
                # Key j was seen by the queries from j on, or by all.
                first, count = min(j, steps) if causal else 0, min(ROWS, keys - j)
                at, left = first * keys + j, steps - first
                gemm(
                    work, gradients + at, ahead, 0, count, 0, keys, 1, left,
                    work, q + first * q_row, 0, q_row, work, dk + j * k_row, k_row, deep, ZERO, work, 0,
                )  # fmt: skip
                gemm(
                    work, kept + at, ahead, 0, count, 0, keys, 1, left,
                    work, attended + first * width + h * deep, 0, width,
                    work, dk + width + j * k_row, k_row, deep, ZERO, work, 0,
                )  # fmt: skip
    if dx_at >= 0:
        gemm(
            work, dq_at + lo * steps * q_row, rows_q, 0, (hi - lo) * steps, 0, 1, 1, q_row,
            work, turned_in, 0, width, grads, dx_at + lo * steps * width, width, width, ZERO, work, 0,
        )  # fmt: skip
    if dmemory_at >= 0:
        gemm(
            work, dk_at + lo * keys * k_row, array_at(rows_k, state), 0, (hi - lo) * keys, 0, 1, 1, k_row,
            work, turned_in + width * width, 0, width, grads, dmemory_at + lo * keys * width, width, width,
            ZERO, work, 0,
        )  # fmt: skip


@kernel
def input_weights(
    state, acts, grads, params, work, chunk, lo, hi, x_at, dq_at, dweight_at, width, columns, steps, ahead
):  # fmt: skip
    """dW in = x.T @ gradients of what some columns of it gave, for inputs ``lo .. hi``."""
    rows = steps * state[SAMPLES]
    gemm_long(
        acts, x_at + lo, array_at(ahead, state), 0, hi - lo, 0, width, 1, rows,
        work, dq_at, 0, columns, grads, dweight_at + lo * 3 * width, 3 * width, columns, False,
    )  # fmt: skip


@kernel
def input_biases(state, acts, grads, params, work, chunk, lo, hi, dq_at, dbias_at, steps, columns):
    """Sums over samples and steps of the gradients that reach q, or k and v, for columns ``lo .. hi``."""
    sum_rows(work, dq_at + lo, columns, state[SAMPLES] * steps, grads, dbias_at + lo, hi - lo)


@kernel
def output_weights(
    state, acts, grads, params, work, chunk, lo, hi,
    attended_at, dy_at, dweight_at, width, steps, ahead,
):  # fmt: skip
    """dW out = attended.T @ dy, for attended ``lo .. hi``."""
    rows = steps * state[SAMPLES]
    gemm_long(
        work, attended_at + lo, array_at(ahead, state), 0, hi - lo, 0, width, 1, rows,
        grads, dy_at, 0, width, grads, dweight_at + lo * width, width, width, False,
    )  # fmt: skip


__all__ = ["backward", "forward", "input_biases", "input_weights", "output_weights"]
