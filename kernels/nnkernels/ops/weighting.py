"""How much a sample and an output count: weights of classes, and of several outputs."""

from __future__ import annotations

from nnkernels.jit import kernel
from nnkernels.machine import BEFORE, CURSOR, ORDER_AT, TARGETS_AT, WHOLE, array_at
from nnkernels.vector.vmath import cast, real


@kernel
def class_mass(state, acts, grads, params, work, chunk, lo, hi, mass_at, width, column, weights):
    """Samples of the batch over the sum of their classes' weights, for `weigh_classes`.

    ``width`` is that of a target row, ``column`` that of the class.
    """
    y, order = array_at(state[TARGETS_AT], acts), array_at(state[ORDER_AT], state)
    table, total = array_at(weights, state), cast(0.0, acts)
    for i in range(state[WHOLE]):
        row = order[state[CURSOR] - state[BEFORE] + i]
        total += real(table[int(y[row * width + column])], acts)
    # A batch of classes that count nothing teaches nothing.
    work[mass_at] = cast(state[WHOLE], acts) / total if total > 0 else cast(0.0, acts)


@kernel
def weigh_classes(
    state, acts, grads, params, work, chunk, lo, hi,
    mass_at, target_at, loss_at, dy_at, width, weights,
):  # fmt: skip
    """Loss and gradient of each sample times its class's weight, so that the weights' mean is 1.

    ``width`` is that of the gradient or 0, ``weights`` is 0 where the loss has multiplied by them.
    """
    table = array_at(weights, state)
    for n in range(lo, hi):
        factor = work[mass_at]
        if weights:
            factor *= real(table[int(work[target_at + n])], acts)
        work[loss_at + n] *= factor
        for i in range(width):
            grads[dy_at + n * width + i] *= factor


@kernel
def scale_gradient(state, acts, grads, params, work, chunk, lo, hi, dy_at, width, factor):
    """Gradient of an output times the output's weight."""
    factor = real(factor, acts)
    values = grads[dy_at + lo * width : dy_at + hi * width]
    for i in range(values.size):
        values[i] *= factor
