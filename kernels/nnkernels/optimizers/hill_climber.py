"""HillClimber: learning without gradients, by trying."""

from __future__ import annotations

from nnkernels.jit import kernel
from nnkernels.machine import Search, total_loss
from nnkernels.spec import Optimizer, Option, optimizers


@kernel(rest=True)
def climb(state, acts, grads, params, work, chunk, lo, hi, search: Search, count, outputs):
    """Each parameter in turn: a step up, a step down, and the best of the three stays."""
    step = work[0]
    best = total_loss(search, count, outputs, state, acts, grads, params, work)
    for i in range(lo, hi):
        start = params[i]
        kept = start
        for direction in range(2):
            tried = start + step if direction == 0 else start - step
            params[i] = tried
            loss = total_loss(search, count, outputs, state, acts, grads, params, work)
            if loss < best:
                best, kept = loss, tried
        params[i] = kept


@optimizers.register
class HillClimber(Optimizer):
    """Compares the batch's loss as the network predicts: without dropout, with BatchNorm's statistics fixed.

    It needs no gradient, but runs the network twice for every weight.
    """

    id = "hill_climber"
    title = "Hill climber"
    order = 9
    help = "Tries a step up and down in each weight and keeps the better one; slow, but easy to follow."
    searches = True
    kernel = climb
    options = (Option("learning_rate", 0.01, "How far each weight is tried up and down.", 0.0, 1000.0),)
