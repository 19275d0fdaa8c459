"""How much a sample and an output count: weights of classes, and of several outputs."""

from __future__ import annotations

from nnkernels.jit import kernel
from nnkernels.machine import BEFORE, CURSOR, ORDER_AT, TARGETS_AT, WHOLE, array_at
from nnkernels.vmath import cast, real


@kernel
def class_mass(args, state, acts, grads, params, work, chunk, lo, hi):
    """Samples of the batch over the sum of their classes' weights, for `weigh_classes`.

    Arguments: place of the result, width of a target row, column of the class, table of weights.
    """
    y, order = array_at(state[TARGETS_AT], acts), array_at(state[ORDER_AT], args)
    table, total = array_at(args[3], args), cast(0.0, acts)
    for i in range(state[WHOLE]):
        row = order[state[CURSOR] - state[BEFORE] + i]
        total += real(table[int(y[row * args[1] + args[2]])], acts)
    # A batch of classes that count nothing teaches nothing.
    work[args[0]] = cast(state[WHOLE], acts) / total if total > 0 else cast(0.0, acts)


@kernel
def weigh_classes(args, state, acts, grads, params, work, chunk, lo, hi):
    """Loss and gradient of each sample times its class's weight, so that the weights' mean is 1.

    Arguments: place of `class_mass`, targets, losses, gradient, its width or 0, table of weights, or 0
    where the loss has multiplied by them.
    """
    table, width = array_at(args[5], args), args[4]
    for n in range(lo, hi):
        factor = work[args[0]]
        if args[5]:
            factor *= real(table[int(work[args[1] + n])], acts)
        work[args[2] + n] *= factor
        for i in range(width):
            grads[args[3] + n * width + i] *= factor


@kernel
def scale_gradient(args, state, acts, grads, params, work, chunk, lo, hi):
    """Gradient of an output times the output's weight. Arguments: gradient, width, weight."""
    factor, width = real(args[2], acts), args[1]
    values = grads[args[0] + lo * width : args[0] + hi * width]
    for i in range(values.size):
        values[i] *= factor
