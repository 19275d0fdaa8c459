"""What happens to gradients before the optimizer sees them: penalties and clipping."""

from __future__ import annotations

import math

from nnkernels.jit import kernel
from nnkernels.machine import BEFORE, CURSOR, RATES_AT, SAMPLES, WHOLE, array_at
from nnkernels.sums import total_of_squares
from nnkernels.vmath import cast, real


@kernel
def set_rate(args, state, acts, grads, params, work, chunk, lo, hi):
    """The learning rate of this step, from a table of one rate for each step of the epoch, if any."""
    if state[RATES_AT] != 0:
        work[0] = array_at(state[RATES_AT], acts)[state[CURSOR] // args[0]]


@kernel
def add_parts(args, state, acts, grads, params, work, chunk, lo, hi):
    """Gradients of a part of a batch become those of all parts so far. Argument: sums."""
    g, sums = grads[lo:hi], work[args[0] + lo : args[0] + hi]
    if state[BEFORE] > 0:
        for i in range(g.size):
            g[i] += sums[i]
    if state[BEFORE] + state[SAMPLES] < state[WHOLE]:
        for i in range(g.size):
            sums[i] = g[i]


@kernel
def penalise(args, state, acts, grads, params, work, chunk, lo, hi):
    """g += l1 sign(p) + l2 p, then g into -limit .. limit (limit 0: none), for ``lo .. hi``."""
    l1, l2, limit = real(args[0], acts), real(args[1], acts), real(args[2], acts)
    p, g = params[lo:hi], grads[lo:hi]
    zero = cast(0.0, acts)
    for i in range(p.size):
        g[i] += l2 * p[i] + (l1 if p[i] > 0 else (-l1 if p[i] < 0 else zero))
    if limit > 0:
        for i in range(p.size):
            # NaN must go through.
            g[i] = limit if g[i] > limit else (-limit if g[i] < -limit else g[i])


@kernel
def clip_norm(args, state, acts, grads, params, work, chunk, lo, hi):
    """Scale all gradients so that their norm is at most ``limit``, as PyTorch's clip_grad_norm_.

    Arguments: limit, number of spans, table of their starts and ends.
    """
    limit, spans = real(args[0], acts), array_at(args[2], args)
    squares = 0.0
    for s in range(args[1]):
        squares += total_of_squares(grads[spans[2 * s] : spans[2 * s + 1]], cast(0.0, acts))
    norm = math.sqrt(squares)
    if norm > limit:
        scale = cast(limit / (norm + 1e-6), acts)
        for s in range(args[1]):
            g = grads[spans[2 * s] : spans[2 * s + 1]]
            for i in range(g.size):
                g[i] *= scale


@kernel
def limit_norm(args, state, acts, grads, params, work, chunk, lo, hi):
    """Shorten the weights of units ``lo .. hi`` to a norm of at most ``limit``, after Srivastava et al. 2014.

    Arguments: weight of shape (rows, units, inner), rows, units, limit, inner.
    """
    weight, rows, units, limit, inner = args[0], args[1], args[2], real(args[3], acts), args[4]
    for u in range(lo, hi):
        squares = 0.0
        for r in range(rows):
            at = weight + (r * units + u) * inner
            squares += total_of_squares(params[at : at + inner], cast(0.0, acts))
        norm = math.sqrt(squares)
        if norm > limit:
            scale = cast(limit / norm, acts)
            for r in range(rows):
                at = weight + (r * units + u) * inner
                for i in range(at, at + inner):
                    params[i] *= scale


@kernel
def add_shared(args, state, acts, grads, params, work, chunk, lo, hi):
    """Add the gradients of a layer that shares weights to those of the weights' owner."""
    owner, sharer = grads[args[0] + lo : args[0] + hi], grads[args[1] + lo : args[1] + hi]
    for i in range(owner.size):
        owner[i] += sharer[i]
