"""What happens to gradients before the optimizer sees them: penalties and clipping."""

from __future__ import annotations

import math

from nnkernels.jit import kernel
from nnkernels.machine import CURSOR, array_at
from nnkernels.vmath import cast, real


@kernel
def set_rate(args, state, acts, grads, params, work, chunk, lo, hi):
    """The learning rate of this step, from a table of one rate for each step of the epoch, if any."""
    if args[0] != 0:
        work[0] = array_at(args[0], acts)[state[CURSOR] // args[1]]


@kernel
def penalise(args, state, acts, grads, params, work, chunk, lo, hi):
    """g += l1 sign(p) + l2 p, then g into -limit .. limit (limit 0: none), for ``lo .. hi``."""
    l1, l2, limit = real(args[1], acts), real(args[2], acts), real(args[3], acts)
    p, g = params[lo:hi], grads[args[0] + lo : args[0] + hi]
    zero = cast(0.0, acts)
    for i in range(p.size):
        g[i] += l2 * p[i] + (l1 if p[i] > 0 else (-l1 if p[i] < 0 else zero))
    if limit > 0:
        for i in range(p.size):
            # NaN must go through.
            g[i] = limit if g[i] > limit else (-limit if g[i] < -limit else g[i])


@kernel
def clip_norm(args, state, acts, grads, params, work, chunk, lo, hi):
    """Scale all gradients so that their norm is at most ``limit``, as PyTorch's clip_grad_norm_."""
    count, limit = args[1], real(args[2], acts)
    g = grads[args[0] : args[0] + count]
    total = cast(0.0, acts)
    for i in range(count):
        total += g[i] * g[i]
    norm = math.sqrt(total)
    if norm > limit:
        scale = cast(limit / (norm + 1e-6), acts)
        for i in range(count):
            g[i] *= scale
