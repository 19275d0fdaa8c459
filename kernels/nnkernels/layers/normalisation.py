"""BatchNorm and LayerNorm: values are shifted and scaled to mean 0 and variance 1."""

from __future__ import annotations

import math

import numpy as np

from nnkernels.jit import device, kernel
from nnkernels.machine import SAMPLES
from nnkernels.spec import Layer, Option, Parameter, SpecError, layers, size_of
from nnkernels.sums import total_of_differences, total_of_squares
from nnkernels.terms import Term, Terms, row_terms
from nnkernels.vectors import row_products
from nnkernels.vmath import cast, difference, real

# What a BatchNorm keeps in work of each sample, c values each: mean, shift and both sums of `row_products`.
MEAN, SHIFT, SUMS, PRODUCTS, KEPT = range(5)


@kernel
def sample_statistics(args, state, acts, grads, params, work, chunk, lo, hi):
    """Mean and sum of squared deviations of each of the samples ``lo .. hi``, while they are in cache.

    Arguments: x, c, positions, place.
    """
    c, rows = args[1], args[2]
    share = cast(1.0 / rows, acts)
    for n in range(lo, hi):
        x, kept = args[0] + n * rows * c, args[3] + n * KEPT * c
        mean, shift = work[kept : kept + c], work[kept + SHIFT * c : kept + (SHIFT + 1) * c]
        # Counted from the first row: where all are equal, so is their mean.
        mean[:] = acts[x : x + c]
        if rows == 1:
            work[kept + PRODUCTS * c : kept + (PRODUCTS + 1) * c] = 0
            continue
        shift[:] = mean
        row_products(acts, x, acts, x, work, kept, c, rows, c, c, 0)
        sums = work[kept + SUMS * c : kept + (SUMS + 1) * c]
        for m in range(c):
            mean[m] += share * sums[m]
        shift[:] = mean
        row_products(acts, x, acts, x, work, kept, c, rows, c, c, 0)


@kernel
def batch_statistics(args, state, acts, grads, params, work, chunk, lo, hi):
    """Mean and 1/deviation of channels ``lo .. hi`` from those of the samples; running statistics follow.

    After Chan, Golub and LeVeque 1979. Arguments: c, positions, place of the samples', mean, 1/deviation,
    both running statistics, momentum, epsilon.
    """
    c, rows, count = args[0], args[1] * state[SAMPLES], state[SAMPLES]
    momentum, epsilon = real(args[7], acts), real(args[8], acts)
    mean, inverse = work[args[3] + lo : args[3] + hi], work[args[4] + lo : args[4] + hi]
    running_mean, running_var = params[args[5] + lo : args[5] + hi], params[args[6] + lo : args[6] + hi]
    share, weight, one = cast(1.0 / rows, acts), cast(1.0 / count, acts), cast(1.0, acts)
    # PyTorch keeps the unbiased variance, though it divides by the biased one.
    unbiased = cast(rows / max(rows - 1, 1), acts)
    inverse[:] = 0
    # Counted from the first sample, as in `sample_statistics`.
    first = work[args[2] + lo : args[2] + hi]
    mean[:] = 0
    for n in range(1, count):
        at = args[2] + n * KEPT * c
        part = work[at + lo : at + hi]
        for m in range(mean.size):
            mean[m] += weight * difference(part[m], first[m])
    for m in range(mean.size):
        mean[m] += first[m]
    for n in range(count):
        at = args[2] + n * KEPT * c
        part = work[at + lo : at + hi]
        squares = work[at + PRODUCTS * c + lo : at + PRODUCTS * c + hi]
        for m in range(mean.size):
            d = part[m] - mean[m]
            inverse[m] += share * squares[m] + weight * d * d
    for m in range(mean.size):
        running_mean[m] += momentum * (mean[m] - running_mean[m])
        running_var[m] += momentum * (unbiased * inverse[m] - running_var[m])
        inverse[m] = one / math.sqrt(inverse[m] + epsilon)


@kernel
def running_statistics(args, state, acts, grads, params, work, chunk, lo, hi):
    """In evaluation: what training has gathered, for channels ``lo .. hi``."""
    epsilon, one = real(args[4], acts), cast(1.0, acts)
    for m in range(lo, hi):
        work[args[0] + m] = params[args[2] + m]
        work[args[1] + m] = one / math.sqrt(params[args[3] + m] + epsilon)


@kernel
def normalise(args, state, acts, grads, params, work, chunk, lo, hi):
    """y = (x - mean) / deviation * weight + bias"""
    c, positions = args[2], args[3]
    mean, inverse = work[args[4] : args[4] + c], work[args[5] : args[5] + c]
    weight, bias = params[args[6] : args[6] + c], params[args[7] : args[7] + c]
    for r in range(lo * positions, hi * positions):
        x, y = acts[args[0] + r * c : args[0] + (r + 1) * c], acts[args[1] + r * c : args[1] + (r + 1) * c]
        for m in range(c):
            y[m] = (x[m] - mean[m]) * inverse[m] * weight[m] + bias[m]


@kernel
def sample_slopes(args, state, acts, grads, params, work, chunk, lo, hi):
    """sum(dy) and sum(dy (x - mean)) of each of the samples ``lo .. hi``.

    Arguments: x, dy, c, positions, place, mean.
    """
    c, rows = args[2], args[3]
    for n in range(lo, hi):
        at, kept = n * rows * c, args[4] + n * KEPT * c
        mean = work[kept : kept + c]
        mean[:] = work[args[5] : args[5] + c]
        if rows == 1:
            x, dy = acts[args[0] + at : args[0] + at + c], grads[args[1] + at : args[1] + at + c]
            products = work[kept + PRODUCTS * c : kept + (PRODUCTS + 1) * c]
            work[kept + SUMS * c : kept + (SUMS + 1) * c] = dy
            for m in range(c):
                products[m] = dy[m] * (x[m] - mean[m])
            continue
        work[kept + SHIFT * c : kept + (SHIFT + 1) * c] = 0
        row_products(acts, args[0] + at, grads, args[1] + at, work, kept, c, rows, c, c, 0)


@kernel
def batch_gradients(args, state, acts, grads, params, work, chunk, lo, hi):
    """dweight = sum(dy xhat), dbias = sum(dy) of channels ``lo .. hi``, from the sums of the samples.

    Arguments: c, place of the samples', 1/deviation, dweight, dbias.
    """
    c, inverse = args[0], work[args[2] + lo : args[2] + hi]
    dweight, dbias = grads[args[3] + lo : args[3] + hi], grads[args[4] + lo : args[4] + hi]
    dweight[:] = 0
    dbias[:] = 0
    for n in range(state[SAMPLES]):
        at = args[1] + n * KEPT * c
        sums = work[at + SUMS * c + lo : at + SUMS * c + hi]
        products = work[at + PRODUCTS * c + lo : at + PRODUCTS * c + hi]
        for m in range(dbias.size):
            dbias[m] += sums[m]
            dweight[m] += products[m] * inverse[m]


@kernel(in_place=(0, 1))
def frozen_backward(args, state, acts, grads, params, work, chunk, lo, hi):
    """dx = weight / deviation dy, where mean and deviation do not depend on x.

    Arguments: dy, dx, c, positions, 1/deviation, weight.
    """
    c, positions = args[2], args[3]
    inverse, weight = work[args[4] : args[4] + c], params[args[5] : args[5] + c]
    for r in range(lo * positions, hi * positions):
        dy, dx = (
            grads[args[0] + r * c : args[0] + (r + 1) * c],
            grads[args[1] + r * c : args[1] + (r + 1) * c],
        )
        # As in `batch_backward`.
        if args[0] == args[1]:
            for m in range(c):
                dx[m] *= weight[m] * inverse[m]
        else:
            for m in range(c):
                dx[m] = dy[m] * (weight[m] * inverse[m])


@device
def batch_slope(dy, x, mean, inverse, weight, dweight, dbias, share):
    return weight * inverse * (dy - share * (dbias + (x - mean) * inverse * dweight))


@kernel(in_place=(1, 2))
def batch_backward(args, state, acts, grads, params, work, chunk, lo, hi):
    """dx = weight / deviation (dy - mean(dy) - xhat mean(dy xhat))"""
    c, positions = args[3], args[4]
    mean, inverse = work[args[5] : args[5] + c], work[args[6] : args[6] + c]
    dweight, dbias = grads[args[7] : args[7] + c], grads[args[8] : args[8] + c]
    weight = params[args[9] : args[9] + c]
    share = cast(1.0 / (positions * state[SAMPLES]), acts)
    for r in range(lo * positions, hi * positions):
        x = acts[args[0] + r * c : args[0] + (r + 1) * c]
        dy, dx = (
            grads[args[1] + r * c : args[1] + (r + 1) * c],
            grads[args[2] + r * c : args[2] + (r + 1) * c],
        )
        # Written over dy, it is one array that the compiler sees, as in `elementwise`.
        if args[1] == args[2]:
            for m in range(c):
                dx[m] = batch_slope(dx[m], x[m], mean[m], inverse[m], weight[m], dweight[m], dbias[m], share)
        else:
            for m in range(c):
                dx[m] = batch_slope(dy[m], x[m], mean[m], inverse[m], weight[m], dweight[m], dbias[m], share)


@layers.register
class BatchNorm(Layer):
    """Over the last axis (units, or channels at all positions), as PyTorch's BatchNorm1d and 2d.

    PyTorch's names, momentum 0.1 and epsilon 1e-5; Keras counts momentum the other way round (0.99)
    and takes 1e-3. Training normalises with the batch and keeps running statistics, which
    evaluation uses. Frozen, it uses them in training too and leaves them as they are (in PyTorch a module
    in eval mode). A training batch of one sample without positions is refused, as in PyTorch; where the
    last batch of an epoch would be one, before the training begins.
    """

    id = "batchnorm"
    across_samples = True
    title = "BatchNorm"
    formula = "y = γ · (x − μ) / √(σ² + ε) + β, with μ, σ² of each channel over the batch"
    category = "Normalisation"
    order = 31
    help = "Keeps every channel at mean 0 and variance 1 over the batch; training gets easier."
    synonyms = ("batch normalization", "batch normalisation", "normalise", "bn")
    options = (
        Option("momentum", 0.1, "Share of the newest batch in the running statistics.", 0.0, 1.0),
        Option("epsilon", 1e-5, "Keeps the division away from zero.", 1e-12, 1.0),
    )
    samples = (({}, ((5,),)), ({}, ((3, 2, 17),)), ({"epsilon": 0.1, "momentum": 0.5}, ((1, 1, 3),)))

    def parameters(self, options, inputs):
        c = (inputs[0][-1],)
        return (
            Parameter("weight", c, "ones"), Parameter("bias", c),
            Parameter("running_mean", c, trained=False), Parameter("running_var", c, "ones", trained=False),
        )  # fmt: skip

    def flops(self, options, inputs):
        return 8 * int(np.prod(inputs[0]))

    def check_batch(self, options, shape, samples):
        if samples * size_of(shape) // shape[-1] < 2:
            raise SpecError("BatchNorm compares the samples of a batch and cannot learn from one sample.")

    def differs_in_training(self, options):
        return not options["frozen"]

    def lower(self, node):
        c = node.shape[-1]
        positions = node.size // c
        mean, inverse = node.emitter.reserve(c), node.emitter.reserve(c)
        p, x, y = node.parameters, node.x[0], node.y
        running = (p["running_mean"], p["running_var"])
        epsilon = node.real(node.options["epsilon"])
        by_batch = node.training and not node.frozen
        cost, kept = 4 * c * node.batch, node.per_sample(KEPT * c) if by_batch else -1
        if by_batch:
            momentum = node.real(node.options["momentum"])
            node.forward(sample_statistics, x, c, positions, kept)
            args = (c, positions, kept, mean, inverse, *running, momentum, epsilon)
            node.forward_sweep(batch_statistics, c, cost, 16, *args)
        else:
            node.forward_sweep(running_statistics, c, c, 16, mean, inverse, *running, epsilon)
        node.forward(normalise, x, y, c, positions, mean, inverse, p["weight"], p["bias"])
        if node.training and node.frozen and node.dx[0] >= 0:
            node.backward(frozen_backward, node.dy, node.dx[0], c, positions, inverse, p["weight"])
        if not by_batch:
            return
        g = node.parameter_gradients
        node.backward(sample_slopes, x, node.dy, c, positions, kept, mean)
        args = (c, kept, inverse, g["weight"], g["bias"])
        node.backward_sweep(batch_gradients, c, cost, 16, *args)
        if node.dx[0] >= 0:
            args = (x, node.dy, node.dx[0], c, positions, mean, inverse, g["weight"], g["bias"], p["weight"])
            node.backward(batch_backward, *args)

    def terms(self, options, inputs, unit):
        return Terms("formula", (Term(0, unit),))

    def slopes_in_training(self, options, x, y, parameters, place, passed):
        """dy/dx = γ / σ (1 where both are the same - 1 / n - xhat xhat' / n), n positions of a channel."""
        channel = x[..., place[-1]].astype(np.float64)
        deviation = np.sqrt(channel.var() + options["epsilon"])
        normal = (channel - channel.mean()) / deviation
        slopes = -(1 + normal * normal[place[:-1]]) / channel.size
        slopes[place[:-1]] += 1
        slopes *= parameters["weight"][place[-1]] / deviation
        return tuple(((*at, place[-1]), float(slopes[at])) for at in np.ndindex(slopes.shape))

    def reference(self, options, inputs, parameters):
        p = parameters
        scale = p["weight"] / np.sqrt(p["running_var"] + options["epsilon"])
        return (inputs[0] - p["running_mean"]) * scale + p["bias"]


@kernel
def layer_forward(args, state, acts, grads, params, work, chunk, lo, hi):
    """Each row by itself; keeps its mean and 1/deviation for the way back."""
    c, positions, stats, epsilon = args[2], args[3], args[4], real(args[7], acts)
    weight, bias = params[args[5] : args[5] + c], params[args[6] : args[6] + c]
    share, one = cast(1.0 / c, acts), cast(1.0, acts)
    for r in range(lo * positions, hi * positions):
        x, y = acts[args[0] + r * c : args[0] + (r + 1) * c], acts[args[1] + r * c : args[1] + (r + 1) * c]
        # Counted from the first value: where all are equal, so is their mean.
        mean = x[0] + share * cast(total_of_differences(x, x[0]), acts)
        inverse = one / math.sqrt(share * cast(total_of_squares(x, mean), acts) + epsilon)
        work[stats + 2 * r], work[stats + 2 * r + 1] = mean, inverse
        for m in range(c):
            y[m] = (x[m] - mean) * inverse * weight[m] + bias[m]


@kernel
def layer_backward(args, state, acts, grads, params, work, chunk, lo, hi):
    """dx = 1 / deviation (g - mean(g) - xhat mean(g xhat)) with g = weight dy"""
    c, positions, stats = args[3], args[4], args[5]
    weight, share = params[args[6] : args[6] + c], cast(1.0 / c, acts)
    for r in range(lo * positions, hi * positions):
        x = acts[args[0] + r * c : args[0] + (r + 1) * c]
        dy, dx = (
            grads[args[1] + r * c : args[1] + (r + 1) * c],
            grads[args[2] + r * c : args[2] + (r + 1) * c],
        )
        mean, inverse = work[stats + 2 * r], work[stats + 2 * r + 1]
        plain, turned = cast(0.0, acts), cast(0.0, acts)
        for m in range(c):
            g = weight[m] * dy[m]
            plain += share * g
            turned += share * g * (x[m] - mean) * inverse
        for m in range(c):
            dx[m] = inverse * (weight[m] * dy[m] - plain - (x[m] - mean) * inverse * turned)


@kernel
def layer_gradients(args, state, acts, grads, params, work, chunk, lo, hi):
    """dweight and dbias of values ``lo .. hi`` over all rows."""
    x, dy, c, rows, stats = args[0], args[1], args[2], args[3] * state[SAMPLES], args[4]
    dweight, dbias = grads[args[5] + lo : args[5] + hi], grads[args[6] + lo : args[6] + hi]
    dweight[:] = 0
    dbias[:] = 0
    for r in range(rows):
        row, slope = acts[x + r * c + lo : x + r * c + hi], grads[dy + r * c + lo : dy + r * c + hi]
        mean, inverse = work[stats + 2 * r], work[stats + 2 * r + 1]
        for m in range(dbias.size):
            dbias[m] += slope[m]
            dweight[m] += slope[m] * (row[m] - mean) * inverse


@layers.register
class LayerNorm(Layer):
    """Over the last axis of each sample, as PyTorch's LayerNorm of the last dimension."""

    id = "layernorm"
    title = "LayerNorm"
    formula = "y = γ · (x − μ) / √(σ² + ε) + β, with μ, σ² over the last axis of each sample"
    category = "Normalisation"
    order = 32
    help = "Brings each sample's values to mean 0 and variance 1, by itself; transformers use it."
    synonyms = ("layer normalization", "layer normalisation", "normalise", "transformer")
    options = (Option("epsilon", 1e-5, "Keeps the division away from zero.", 1e-12, 1.0),)
    samples = (({}, ((5,),)), ({"epsilon": 0.1}, ((3, 2, 17),)), ({}, ((4, 33),)))

    def parameters(self, options, inputs):
        c = (inputs[0][-1],)
        return (Parameter("weight", c, "ones"), Parameter("bias", c))

    def flops(self, options, inputs):
        return 8 * int(np.prod(inputs[0]))

    def terms(self, options, inputs, unit):
        return Terms("formula", row_terms(0, inputs[0], unit))

    def uses(self, options, inputs, port, place):
        return tuple(((*place[:-1], i), Term(0, place)) for i in range(inputs[0][-1]))

    def lower(self, node):
        c = node.shape[-1]
        positions = node.size // c
        stats = node.per_sample(2 * positions)
        p, x = node.parameters, node.x[0]
        epsilon = node.real(node.options["epsilon"])
        node.forward(layer_forward, x, node.y, c, positions, stats, p["weight"], p["bias"], epsilon)
        if not node.training:
            return
        if node.dx[0] >= 0:
            node.backward(layer_backward, x, node.dy, node.dx[0], c, positions, stats, p["weight"])
        g = node.parameter_gradients
        cost = 6 * node.size * node.batch
        node.sweep(layer_gradients, c, cost, 16, x, node.dy, c, positions, stats, g["weight"], g["bias"])

    def reference(self, options, inputs, parameters):
        x = inputs[0]
        centred = x - x.mean(-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(-1, keepdims=True) + options["epsilon"])
        return centred / scale * parameters["weight"] + parameters["bias"]
