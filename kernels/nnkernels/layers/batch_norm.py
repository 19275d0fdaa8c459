"""BatchNorm: over the batch, each channel is shifted and scaled to mean 0 and variance 1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import device, kernel
from nnkernels.machine import SAMPLES
from nnkernels.spec import (
    Arrays,
    Layer,
    NamedArrays,
    Option,
    Options,
    Parameter,
    Shape,
    Shapes,
    SpecError,
    layers,
    size_of,
)
from nnkernels.spec.terms import Gradients, Index, Rule, Term, Terms
from nnkernels.vector.channel_loops import row_products
from nnkernels.vector.simd import assign
from nnkernels.vector.vmath import cast, difference, real

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering

# What a BatchNorm keeps in work of each sample, c values each: mean, shift and both sums of `row_products`.
MEAN, SHIFT, SUMS, PRODUCTS, KEPT = range(5)


@kernel
def sample_statistics(state, acts, grads, params, work, chunk, lo, hi, x_at, c, positions, kept_at):
    """Mean and sum of squared deviations of each of the samples ``lo .. hi``, while they are in cache."""
    share = cast(1.0 / positions, acts)
    for n in range(lo, hi):
        x, kept = x_at + n * positions * c, kept_at + n * KEPT * c
        mean, shift = work[kept : kept + c], work[kept + SHIFT * c : kept + (SHIFT + 1) * c]
        # Counted from the first row: where all are equal, so is their mean.
        assign(mean, acts[x : x + c])
        if positions == 1:
            work[kept + PRODUCTS * c : kept + (PRODUCTS + 1) * c] = 0
            continue
        assign(shift, mean)
        row_products(acts, x, acts, x, work, kept, c, positions, c, c, 0)
        sums = work[kept + SUMS * c : kept + (SUMS + 1) * c]
        for m in range(c):
            mean[m] += share * sums[m]
        assign(shift, mean)
        row_products(acts, x, acts, x, work, kept, c, positions, c, c, 0)


@kernel
def batch_statistics(
    state, acts, grads, params, work, chunk, lo, hi,
    c, positions, kept_at, mean_at, inverse_at,
    running_mean_at, running_var_at, momentum, batches_at, epsilon,
):  # fmt: skip
    """Mean and 1/deviation of channels ``lo .. hi`` from those of the samples; running statistics follow.

    After Chan, Golub and LeVeque 1979. ``inverse_at`` is 1/deviation. ``batches_at`` is the number of batches
    before this one, where all count the same, or -1.
    """
    rows, count = positions * state[SAMPLES], state[SAMPLES]
    momentum, epsilon = real(momentum, acts), real(epsilon, acts)
    if batches_at >= 0:
        momentum = cast(1.0, acts) / (params[batches_at] + cast(1.0, acts))
    mean, inverse = work[mean_at + lo : mean_at + hi], work[inverse_at + lo : inverse_at + hi]
    running_mean = params[running_mean_at + lo : running_mean_at + hi]
    running_var = params[running_var_at + lo : running_var_at + hi]
    share, weight, one = cast(1.0 / rows, acts), cast(1.0 / count, acts), cast(1.0, acts)
    # PyTorch keeps the unbiased variance, though it divides by the biased one.
    unbiased = cast(rows / max(rows - 1, 1), acts)
    inverse[:] = 0
    # Counted from the first sample, as in `sample_statistics`.
    first = work[kept_at + lo : kept_at + hi]
    mean[:] = 0
    for n in range(1, count):
        at = kept_at + n * KEPT * c
        part = work[at + lo : at + hi]
        for m in range(mean.size):
            mean[m] += weight * difference(part[m], first[m])
    for m in range(mean.size):
        mean[m] += first[m]
    for n in range(count):
        at = kept_at + n * KEPT * c
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
def count_batch(state, acts, grads, params, work, chunk, lo, hi, batches_at):
    for at in range(batches_at + lo, batches_at + hi):
        params[at] += cast(1.0, acts)


@kernel
def scale_by_one(state, acts, grads, params, work, chunk, lo, hi, weight_at, bias_at):
    """The weight and bias of channels ``lo .. hi`` in work, for a layer that has none."""
    work[weight_at + lo : weight_at + hi] = 1
    work[bias_at + lo : bias_at + hi] = 0


@kernel
def running_statistics(
    state, acts, grads, params, work, chunk, lo, hi,
    mean_at, inverse_at, running_mean_at, running_var_at, epsilon,
):  # fmt: skip
    """In evaluation: what training has gathered, for channels ``lo .. hi``."""
    epsilon, one = real(epsilon, acts), cast(1.0, acts)
    for m in range(lo, hi):
        work[mean_at + m] = params[running_mean_at + m]
        work[inverse_at + m] = one / math.sqrt(params[running_var_at + m] + epsilon)


@kernel
def normalise(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, y_at, c, positions, mean_at, inverse_at, affine, weight_at, bias_at,
):  # fmt: skip
    """y = (x - mean) / deviation * weight + bias"""
    mean, inverse = work[mean_at : mean_at + c], work[inverse_at : inverse_at + c]
    trained = params if affine else work
    weight, bias = trained[weight_at : weight_at + c], trained[bias_at : bias_at + c]
    for r in range(lo * positions, hi * positions):
        x, y = acts[x_at + r * c : x_at + (r + 1) * c], acts[y_at + r * c : y_at + (r + 1) * c]
        for m in range(c):
            y[m] = (x[m] - mean[m]) * inverse[m] * weight[m] + bias[m]


@kernel
def sample_gradients(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, dy_at, c, positions, kept_at, mean_at,
):  # fmt: skip
    """sum(dy) and sum(dy (x - mean)) of each of the samples ``lo .. hi``."""
    for n in range(lo, hi):
        at, kept = n * positions * c, kept_at + n * KEPT * c
        mean = work[kept : kept + c]
        assign(mean, work[mean_at : mean_at + c])
        if positions == 1:
            x, dy = acts[x_at + at : x_at + at + c], grads[dy_at + at : dy_at + at + c]
            products = work[kept + PRODUCTS * c : kept + (PRODUCTS + 1) * c]
            assign(work[kept + SUMS * c : kept + (SUMS + 1) * c], dy)
            for m in range(c):
                products[m] = dy[m] * (x[m] - mean[m])
            continue
        work[kept + SHIFT * c : kept + (SHIFT + 1) * c] = 0
        row_products(acts, x_at + at, grads, dy_at + at, work, kept, c, positions, c, c, 0)


@kernel
def batch_gradients(
    state, acts, grads, params, work, chunk, lo, hi,
    c, kept_at, inverse_at, affine, dweight_at, dbias_at,
):  # fmt: skip
    """dweight = sum(dy xhat), dbias = sum(dy) of channels ``lo .. hi``, from the sums of the samples."""
    inverse, sink = work[inverse_at + lo : inverse_at + hi], grads if affine else work
    dweight, dbias = sink[dweight_at + lo : dweight_at + hi], sink[dbias_at + lo : dbias_at + hi]
    dweight[:] = 0
    dbias[:] = 0
    for n in range(state[SAMPLES]):
        at = kept_at + n * KEPT * c
        sums = work[at + SUMS * c + lo : at + SUMS * c + hi]
        products = work[at + PRODUCTS * c + lo : at + PRODUCTS * c + hi]
        for m in range(dbias.size):
            dbias[m] += sums[m]
            dweight[m] += products[m] * inverse[m]


@kernel(in_place=("dy_at", "dx_at"))
def frozen_backward(
    state, acts, grads, params, work, chunk, lo, hi,
    dy_at, dx_at, c, positions, inverse_at, affine, weight_at,
):  # fmt: skip
    """dx = weight / deviation dy, where mean and deviation do not depend on x."""
    trained = params if affine else work
    inverse, weight = work[inverse_at : inverse_at + c], trained[weight_at : weight_at + c]
    for r in range(lo * positions, hi * positions):
        at = r * c
        dy, dx = grads[dy_at + at : dy_at + at + c], grads[dx_at + at : dx_at + at + c]
        # As in `batch_backward`.
        if dy_at == dx_at:
            for m in range(c):
                dx[m] *= weight[m] * inverse[m]
        else:
            for m in range(c):
                dx[m] = dy[m] * (weight[m] * inverse[m])


@device
def batch_gradient(dy, x, mean, inverse, weight, dweight, dbias, share):
    return weight * inverse * (dy - share * (dbias + (x - mean) * inverse * dweight))


@kernel(in_place=("dy_at", "dx_at"))
def batch_backward(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, dy_at, dx_at, c, positions, mean_at, inverse_at, affine, dweight_at, dbias_at, weight_at,
):  # fmt: skip
    """dx = weight / deviation (dy - mean(dy) - xhat mean(dy xhat))"""
    mean, inverse = work[mean_at : mean_at + c], work[inverse_at : inverse_at + c]
    trained, sink = params if affine else work, grads if affine else work
    dweight, dbias = sink[dweight_at : dweight_at + c], sink[dbias_at : dbias_at + c]
    weight = trained[weight_at : weight_at + c]
    share = cast(1.0 / (positions * state[SAMPLES]), acts)
    for r in range(lo * positions, hi * positions):
        x = acts[x_at + r * c : x_at + (r + 1) * c]
        at = r * c
        dy, dx = grads[dy_at + at : dy_at + at + c], grads[dx_at + at : dx_at + at + c]
        # Written over dy, it is one array that the compiler sees, as in `elementwise`.
        if dy_at == dx_at:
            for m in range(c):
                dx[m] = batch_gradient(
                    dx[m], x[m], mean[m], inverse[m], weight[m], dweight[m], dbias[m], share
                )
        else:
            for m in range(c):
                dx[m] = batch_gradient(
                    dy[m], x[m], mean[m], inverse[m], weight[m], dweight[m], dbias[m], share
                )


@layers.register
class BatchNorm(Layer):
    """Normalises each unit, or each channel over all positions, as PyTorch's BatchNorm1d and 2d.

    PyTorch's names, momentum 0.1 and epsilon 1e-5; Keras counts momentum the other way round (0.99)
    and takes 1e-3. Training normalises with the batch and keeps running statistics, which
    evaluation uses. Frozen, it uses them in training too and leaves them as they are (in PyTorch a module
    in eval mode). A training batch of one sample without positions is refused, as in PyTorch; where the
    last batch of an epoch would be one, before the training begins.

    Without ``affine`` it has no weight and bias. With cumulative ``statistics`` (PyTorch's momentum None) all
    batches since the start count the same.
    """

    id = "batchnorm"
    across_samples = True
    title = "BatchNorm"
    pytorch = "nn.BatchNorm2d"
    formula = "y = γ · (x − μ) / √(σ² + ε) + β, with μ, σ² of each channel over the batch"
    category = "Normalisation"
    order = 31
    help = "Keeps every channel at mean 0 and variance 1 over the batch; training gets easier."
    synonyms = ("batch normalization", "batch normalisation", "normalise", "bn")
    options = (
        Option(
            "momentum", 0.1, "Share of the newest batch in the running statistics.", 0.0, 1.0,
            when=("statistics", "moving"),
        ),
        Option("epsilon", 1e-5, "Small number that prevents a division by zero.", 1e-12, 1.0),
        Option("affine", True, "Scale and shift each channel by a weight and a bias that are learned."),
        Option(
            "statistics", "moving",
            "Running statistics: later batches count more, by the momentum, or all count the same.",
            choices=("moving", "cumulative"),
        ),
    )  # fmt: skip
    samples = (
        ({}, ((5,),)),
        ({}, ((3, 2, 17),)),
        ({"epsilon": 0.1, "momentum": 0.5}, ((1, 1, 3),)),
        ({"affine": False}, ((3, 2, 17),)),
        ({"statistics": "cumulative"}, ((5,),)),
        ({"statistics": "cumulative", "affine": False}, ((4, 3),)),
    )

    def parameters(self, options: Options, inputs: Shapes) -> tuple[Parameter, ...]:
        c, axes = (inputs[0][-1],), ("Channel",)
        trained = (Parameter("weight", c, "ones", axes=axes), Parameter("bias", c, axes=axes))
        running = (
            Parameter("running_mean", c, trained=False, axes=axes),
            Parameter("running_var", c, "ones", trained=False, axes=axes),
        )
        batches = (Parameter("running_batches", (1,), trained=False, axes=("Count",)),)
        is_counted = options["statistics"] == "cumulative"
        return (trained if options["affine"] else ()) + running + (batches if is_counted else ())

    def flops(self, options: Options, inputs: Shapes) -> int:
        return 8 * int(np.prod(inputs[0]))

    def check_batch(self, options: Options, shape: Shape, samples: int) -> None:
        if samples * size_of(shape) // shape[-1] < 2:
            raise SpecError("BatchNorm compares the samples of a batch and cannot learn from one sample.")

    def differs_in_training(self, options: Options) -> bool:
        return not options["frozen"]

    def lower(self, node: Lowering) -> None:
        c = node.shape[-1]
        scale = self._scale(node, c)
        sizes = {"c": c, "positions": node.size // c}
        statistics = {"mean_at": node.emitter.reserve(c), "inverse_at": node.emitter.reserve(c)}
        by_batch = node.as_training and not node.frozen
        kept = node.per_sample(KEPT * c) if by_batch else -1
        self._lower_statistics(node, kept, sizes, statistics)
        node.forward(normalise, x_at=node.x[0], y_at=node.y, **scale, **sizes, **statistics)
        dx, weight = node.dx[0], {"affine": scale["affine"], "weight_at": scale["weight_at"]}
        if node.training and not by_batch and dx >= 0:
            inverse = statistics["inverse_at"]
            node.backward(frozen_backward, dy_at=node.dy, dx_at=dx, inverse_at=inverse, **weight, **sizes)
        # Without anything to learn here or before, there may be no gradient that arrives.
        if by_batch and (node.options["affine"] or dx >= 0):
            self._lower_back(node, kept, weight, sizes, statistics)

    @staticmethod
    def _scale(node: Lowering, c: int) -> dict[str, int]:
        """Where weight and bias are: among the parameters, or ones and zeros in work."""
        p = node.parameters
        if node.options["affine"]:
            return {"affine": 1, "weight_at": p["weight"], "bias_at": p["bias"]}
        ends = {"weight_at": node.emitter.reserve(c), "bias_at": node.emitter.reserve(c)}
        node.prepare(scale_by_one, c, c, 16, **ends)
        return {"affine": 0, **ends}

    @staticmethod
    def _lower_statistics(
        node: Lowering, kept: int, sizes: dict[str, int], statistics: dict[str, int]
    ) -> None:
        """Those of the batch, or running ones where nothing is ``kept`` of samples."""
        c, p = sizes["c"], node.parameters
        running = {"running_mean_at": p["running_mean"], "running_var_at": p["running_var"]}
        running["epsilon"] = node.real(node.options["epsilon"])
        if kept < 0:
            node.forward_sweep(running_statistics, c, c, 16, **statistics, **running)
            return
        counted = {
            "momentum": node.real(node.options["momentum"]),
            "batches_at": p.get("running_batches", -1),
        }
        node.forward(sample_statistics, x_at=node.x[0], kept_at=kept, **sizes)
        node.forward_sweep(
            batch_statistics, c, 4 * c * node.batch, 16,
            kept_at=kept, **sizes, **statistics, **running, **counted,
        )  # fmt: skip
        if "running_batches" in p:
            node.forward_sweep(count_batch, 1, 1, 1, batches_at=p["running_batches"])

    @staticmethod
    def _lower_back(
        node: Lowering,
        kept: int,
        weight: dict[str, int],
        sizes: dict[str, int],
        statistics: dict[str, int],
    ) -> None:
        c, g = sizes["c"], node.parameter_gradients
        mean, inverse = statistics["mean_at"], statistics["inverse_at"]
        node.backward(sample_gradients, x_at=node.x[0], dy_at=node.dy, kept_at=kept, mean_at=mean, **sizes)
        if node.options["affine"]:
            gradients = {"dweight_at": g["weight"], "dbias_at": g["bias"]}
        else:
            gradients = {"dweight_at": node.emitter.reserve(c), "dbias_at": node.emitter.reserve(c)}
        node.backward_sweep(
            batch_gradients, c, 4 * c * node.batch, 16,
            c=c, kept_at=kept, inverse_at=inverse, affine=weight["affine"], **gradients,
        )  # fmt: skip
        if node.dx[0] >= 0:
            ends = {"x_at": node.x[0], "dy_at": node.dy, "dx_at": node.dx[0]}
            node.backward(batch_backward, **ends, **sizes, **statistics, **gradients, **weight)

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        return Terms(Rule.FORMULA, (Term(0, unit),))

    def gradients_in_training(
        self,
        options: Options,
        x: np.ndarray,
        y: np.ndarray,
        parameters: NamedArrays,
        index: Index,
        passed: float | None,
    ) -> Gradients:
        """dy/dx = γ / σ (1 where both are the same - 1 / n - xhat xhat' / n), n positions of a channel."""
        channel = x[..., index[-1]].astype(np.float64)
        deviation = np.sqrt(channel.var() + options["epsilon"])
        normal = (channel - channel.mean()) / deviation
        gradients = -(1 + normal * normal[index[:-1]]) / channel.size
        gradients[index[:-1]] += 1
        weight = parameters["weight"][index[-1]] if options["affine"] else 1.0
        gradients *= weight / deviation
        return tuple(((*at, index[-1]), float(gradients[at])) for at in np.ndindex(gradients.shape))

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        p = parameters
        y: np.ndarray = (inputs[0] - p["running_mean"]) / np.sqrt(p["running_var"] + options["epsilon"])
        return y * p["weight"] + p["bias"] if options["affine"] else y
