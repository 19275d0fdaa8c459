"""Mixup (Zhang et al. 2018): every sample of a batch is mixed with another of the pass, as are their targets.

Sample i of a batch becomes ``share * sample + (1 - share) * partner``. Share and partner follow from the
seed, the step and i alone, so whoever needs them draws them again. Targets that are numbers are mixed before
the loss; of classes, the losses by both and their gradients are.
"""

from __future__ import annotations

import math

import numpy as np

from nnkernels.jit import device, kernel
from nnkernels.machine import (
    BEFORE,
    CURSOR,
    ORDER_AT,
    SAMPLES_AT,
    TARGETS_AT,
    TOTAL,
    WHOLE,
    array_at,
    draw_key,
)  # fmt: skip
from nnkernels.vector.vmath import cast, real, uniform32

# Beyond the number of any node: those are the other salts.
SALT = 1_000_003
# Uniform numbers that a sample takes: two for its share, two for its partner.
DRAWN = 4
# `uniform32` gives multiples of this.
GRAIN = 1.0 / 16777216.0


@device
def share_of(state, i, alpha):
    """How much of sample i of the batch stays: float64, from Beta(alpha, alpha).

    As Bailey (1994) draws a t of Student's distribution with 2 alpha degrees of freedom, which rejects
    nothing; t / sqrt(2 alpha + t**2) is 2 b - 1 of such a b.
    """
    key, counter = draw_key(state, SALT), DRAWN * i
    rest = (1.0 - np.float64(uniform32(key, counter))) ** (1.0 / alpha)
    # Between the multiples, so that the cosine is never 0: where rest is, too, it would be divided by.
    turn = np.float64(uniform32(key, counter + 1)) + 0.5 * GRAIN
    side = math.cos(2.0 * math.pi * turn)
    square = (1.0 - rest) * side * side
    far = math.sqrt(square / (rest + square))
    return 0.5 + 0.5 * (far if side > 0.0 else -far)


@device
def partner_of(state, i):
    """Row of the data that sample i of the batch is mixed with: any other of the pass, each as likely."""
    key, counter = draw_key(state, SALT), DRAWN * i + 2
    # One number alone tells only 2**24 samples apart.
    drawn = np.float64(uniform32(key, counter)) + GRAIN * np.float64(uniform32(key, counter + 1))
    ahead = 1 + int(drawn * (state[TOTAL] - 1))
    return array_at(state[ORDER_AT], state)[(state[CURSOR] - state[BEFORE] + i + ahead) % state[TOTAL]]


@device
def mix_rows(data, width, count, columns, state, sink, to, work, share_at, lo, hi):
    """Rows ``lo .. hi`` of ``sink``, from ``to`` on, become mixed; what they are as in `machine.pick`."""
    table = array_at(columns, state)
    for i in range(lo, hi):
        share = work[share_at + i]
        rest = cast(1.0, work) - share
        row, target = (
            partner_of(state, state[BEFORE] + i) * width,
            sink[to + i * count : to + (i + 1) * count],
        )
        if columns == 0:
            values = data[row : row + width]
            for j in range(target.size):
                target[j] = share * target[j] + rest * values[j]
        else:
            for j in range(target.size):
                target[j] = share * target[j] + rest * data[row + table[j]]


@kernel
def draw_shares(state, acts, grads, params, work, chunk, lo, hi, share_at, alpha):
    """The share of each sample, for all that mixes."""
    alpha = real(alpha, np.float64(0))
    for i in range(lo, hi):
        work[share_at + i] = cast(share_of(state, state[BEFORE] + i, alpha), work)


@kernel
def mix_samples(state, acts, grads, params, work, chunk, lo, hi, x_at, width, count, columns, share_at):
    """What `machine.gather` wrote becomes mixed."""
    data = array_at(state[SAMPLES_AT], acts)
    mix_rows(data, width, count, columns, state, acts, x_at, work, share_at, lo, hi)


@kernel
def mix_targets(state, acts, grads, params, work, chunk, lo, hi, target_at, width, count, columns, share_at):
    """Numbers that `machine.gather_targets` wrote become mixed."""
    data = array_at(state[TARGETS_AT], acts)
    mix_rows(data, width, count, columns, state, work, target_at, work, share_at, lo, hi)


@kernel
def gather_partners(state, acts, grads, params, work, chunk, lo, hi, target_at, width, count, columns):
    """As `machine.gather_targets`, of the samples' partners."""
    data, table = array_at(state[TARGETS_AT], acts), array_at(columns, state)
    for i in range(lo, hi):
        row = partner_of(state, state[BEFORE] + i) * width
        for j in range(count):
            work[target_at + i * count + j] = data[row + (table[j] if columns else j)]


@kernel
def mix_losses(
    state, acts, grads, params, work, chunk, lo, hi,
    share_at, loss_at, correct_at, dy_at, other_loss_at, other_correct_at, other_dy_at, width,
):  # fmt: skip
    """Loss, correctness and gradient by both classes become one; ``width`` is that of the gradient or 0."""
    for n in range(lo, hi):
        share = work[share_at + n]
        rest = cast(1.0, work) - share
        work[loss_at + n] = share * work[loss_at + n] + rest * work[other_loss_at + n]
        work[correct_at + n] = share * work[correct_at + n] + rest * work[other_correct_at + n]
        for i in range(n * width, (n + 1) * width):
            grads[dy_at + i] = share * grads[dy_at + i] + rest * grads[other_dy_at + i]


@kernel
def mixed_class_mass(
    state, acts, grads, params, work, chunk, lo, hi,
    mass_at, width, count, columns, weights, left_out, alpha,
):  # fmt: skip
    """As `weighting.class_mass`, where each class of a sample counts by its share."""
    y, order = array_at(state[TARGETS_AT], acts), array_at(state[ORDER_AT], state)
    table, chosen = array_at(weights, state), array_at(columns, state)
    total, labels, nothing = 0.0, 0.0, np.float64(0)
    alpha, left_out = real(alpha, nothing), int(real(left_out, nothing))
    for i in range(state[WHOLE]):
        share = share_of(state, i, alpha)
        for own in range(2):
            row = order[state[CURSOR] - state[BEFORE] + i] if own else partner_of(state, i)
            part = share if own else 1.0 - share
            for j in range(count):
                t = int(y[row * width + (chosen[j] if columns else j)])
                if t >= 0 and t != left_out:
                    labels += part
                    if weights:
                        total += part * real(table[t], nothing)
    work[mass_at] = cast((state[WHOLE] / total if total > 0.0 else 0.0) if weights else 1.0, acts)
    work[mass_at + 1] = cast(state[WHOLE] / labels if labels > 0.0 else 0.0, acts)
