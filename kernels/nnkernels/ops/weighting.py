"""How much a sample and an output count: weights of classes, missing labels, weights of several outputs."""

from __future__ import annotations

from nnkernels.jit import kernel
from nnkernels.machine import BEFORE, CURSOR, ORDER_AT, TARGETS_AT, WHOLE, array_at
from nnkernels.vector.vmath import cast, real


@kernel
def class_mass(
    state, acts, grads, params, work, chunk, lo, hi, mass_at, width, count, columns, weights, left_out
):
    """Samples of the batch over the sum of their classes' weights, and over the number of labels.

    For `weigh_classes`. ``width`` is that of a target row; the class of each of ``count`` positions stands in
    ``columns``, as in `machine.pick`. -1 and the class ``left_out`` count nothing. Without ``weights`` the
    first is 1: the loss is a sum.
    """
    y, order = array_at(state[TARGETS_AT], acts), array_at(state[ORDER_AT], state)
    table, chosen = array_at(weights, state), array_at(columns, state)
    total, labels, left_out = cast(0.0, acts), 0, int(real(left_out, acts))
    for i in range(state[WHOLE]):
        row = order[state[CURSOR] - state[BEFORE] + i] * width
        for j in range(count):
            t = int(y[row + (chosen[j] if columns else j)])
            if t >= 0 and t != left_out:
                labels += 1
                if weights:
                    total += real(table[t], acts)
    # A batch of classes that count nothing teaches nothing.
    whole, none = cast(state[WHOLE], acts), cast(0.0, acts)
    work[mass_at] = (whole / total if total > 0 else none) if weights else cast(1.0, acts)
    work[mass_at + 1] = whole / cast(labels, acts) if labels > 0 else none


@kernel
def weigh_classes(
    state, acts, grads, params, work, chunk, lo, hi,
    mass_at, target_at, loss_at, correct_at, dy_at, width, weights,
):  # fmt: skip
    """Loss and gradient of each sample times its class's weight, so that the weights' mean is 1.

    What is correct becomes a share of the labels. ``width`` is that of the gradient or 0, ``weights`` is 0
    where the loss has multiplied by them.
    """
    table = array_at(weights, state)
    for n in range(lo, hi):
        factor = work[mass_at]
        if weights:
            factor *= real(table[int(work[target_at + n])], acts)
        work[loss_at + n] *= factor
        work[correct_at + n] *= work[mass_at + 1]
        for i in range(width):
            grads[dy_at + n * width + i] *= factor


@kernel
def scale_gradient(state, acts, grads, params, work, chunk, lo, hi, dy_at, width, factor):
    """Gradient of an output times the output's weight."""
    factor = real(factor, acts)
    values = grads[dy_at + lo * width : dy_at + hi * width]
    for i in range(values.size):
        values[i] *= factor
