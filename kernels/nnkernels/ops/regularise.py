"""What happens to gradients before the optimizer sees them: penalties and clipping."""

from __future__ import annotations

import math

from nnkernels.jit import kernel
from nnkernels.machine import BEFORE, CURSOR, RATES_AT, SAMPLES, WHOLE, array_at
from nnkernels.ops.hyperparameters import WHOLE_RATE
from nnkernels.vector.sums import total_of_squares
from nnkernels.vector.vmath import cast, real


@kernel
def set_rate(state, acts, grads, params, work, chunk, lo, hi, batch):
    """The learning rate of this step, from a table of one rate for each step of the epoch, if any."""
    if state[RATES_AT] != 0:
        work[0] = array_at(state[RATES_AT], acts)[state[CURSOR] // batch]


@kernel
def pace(state, acts, grads, params, work, chunk, lo, hi, factor, begins):
    """The learning rate of the step times a factor, for what follows; the first of a step notes that rate."""
    if begins != 0:
        work[WHOLE_RATE] = work[0]
    work[0] = work[WHOLE_RATE] * real(factor, acts)


@kernel
def add_parts(state, acts, grads, params, work, chunk, lo, hi, sums_at):
    """Gradients of a part of a batch become those of all parts so far."""
    g, sums = grads[lo:hi], work[sums_at + lo : sums_at + hi]
    if state[BEFORE] > 0:
        for i in range(g.size):
            g[i] += sums[i]
    if state[BEFORE] + state[SAMPLES] < state[WHOLE]:
        for i in range(g.size):
            sums[i] = g[i]


@kernel
def penalise(state, acts, grads, params, work, chunk, lo, hi, l1, l2, limit):
    """g += l1 sign(p) + l2 p, then g into -limit .. limit (limit 0: none), for ``lo .. hi``."""
    l1, l2, limit = real(l1, acts), real(l2, acts), real(limit, acts)
    p, g = params[lo:hi], grads[lo:hi]
    zero = cast(0.0, acts)
    for i in range(p.size):
        g[i] += l2 * p[i] + (l1 if p[i] > 0 else (-l1 if p[i] < 0 else zero))
    if limit > 0:
        for i in range(p.size):
            # NaN must go through.
            g[i] = limit if g[i] > limit else (-limit if g[i] < -limit else g[i])


@kernel
def clip_norm(state, acts, grads, params, work, chunk, lo, hi, limit, count, spans):
    """Scale all gradients so that their norm is at most ``limit``, as PyTorch's clip_grad_norm_.

    ``spans`` is a table of ``count`` starts and ends.
    """
    limit, spans = real(limit, acts), array_at(spans, state)
    squares = 0.0
    for s in range(count):
        squares += total_of_squares(grads[spans[2 * s] : spans[2 * s + 1]], cast(0.0, acts))
    norm = math.sqrt(squares)
    if norm > limit:
        scale = cast(limit / (norm + 1e-6), acts)
        for s in range(count):
            g = grads[spans[2 * s] : spans[2 * s + 1]]
            for i in range(g.size):
                g[i] *= scale


@kernel
def limit_norm(state, acts, grads, params, work, chunk, lo, hi, weight_at, rows, units, limit, inner):
    """Shorten the weights of units ``lo .. hi`` to a norm of at most ``limit``, after Srivastava et al. 2014.

    The weight has the shape (rows, units, inner).
    """
    limit = real(limit, acts)
    for u in range(lo, hi):
        squares = 0.0
        for r in range(rows):
            at = weight_at + (r * units + u) * inner
            squares += total_of_squares(params[at : at + inner], cast(0.0, acts))
        norm = math.sqrt(squares)
        if norm > limit:
            scale = cast(limit / norm, acts)
            for r in range(rows):
                at = weight_at + (r * units + u) * inner
                for i in range(at, at + inner):
                    params[i] *= scale


@kernel
def add_shared(state, acts, grads, params, work, chunk, lo, hi, owner_at, sharer_at):
    """Add the gradients of a layer that shares weights to those of the weights' owner."""
    owner, sharer = grads[owner_at + lo : owner_at + hi], grads[sharer_at + lo : sharer_at + hi]
    for i in range(owner.size):
        owner[i] += sharer[i]
