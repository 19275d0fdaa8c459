"""LayerNorm: each row by itself is shifted and scaled to mean 0 and variance 1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import kernel
from nnkernels.machine import SAMPLES
from nnkernels.spec import Arrays, Layer, NamedArrays, Option, Options, Parameter, Shapes, layers
from nnkernels.spec.terms import Index, Rule, Term, Terms, Uses, row_terms
from nnkernels.vector.sums import total_of_differences, total_of_squares
from nnkernels.vector.vmath import cast, real

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@kernel
def layer_forward(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, y_at, c, positions, stats_at, weight_at, bias_at, epsilon,
):  # fmt: skip
    """Each row by itself; keeps its mean and 1/deviation for the way back."""
    epsilon = real(epsilon, acts)
    weight, bias = params[weight_at : weight_at + c], params[bias_at : bias_at + c]
    share, one = cast(1.0 / c, acts), cast(1.0, acts)
    for r in range(lo * positions, hi * positions):
        x, y = acts[x_at + r * c : x_at + (r + 1) * c], acts[y_at + r * c : y_at + (r + 1) * c]
        # Counted from the first value: where all are equal, so is their mean.
        mean = x[0] + share * cast(total_of_differences(x, x[0]), acts)
        inverse = one / math.sqrt(share * cast(total_of_squares(x, mean), acts) + epsilon)
        work[stats_at + 2 * r], work[stats_at + 2 * r + 1] = mean, inverse
        for m in range(c):
            y[m] = (x[m] - mean) * inverse * weight[m] + bias[m]


@kernel
def layer_backward(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, dy_at, dx_at, c, positions, stats_at, weight_at,
):  # fmt: skip
    """dx = 1 / deviation (g - mean(g) - xhat mean(g xhat)) with g = weight dy"""
    weight, share = params[weight_at : weight_at + c], cast(1.0 / c, acts)
    for r in range(lo * positions, hi * positions):
        x = acts[x_at + r * c : x_at + (r + 1) * c]
        at = r * c
        dy, dx = grads[dy_at + at : dy_at + at + c], grads[dx_at + at : dx_at + at + c]
        mean, inverse = work[stats_at + 2 * r], work[stats_at + 2 * r + 1]
        plain, turned = cast(0.0, acts), cast(0.0, acts)
        for m in range(c):
            g = weight[m] * dy[m]
            plain += share * g
            turned += share * g * (x[m] - mean) * inverse
        for m in range(c):
            dx[m] = inverse * (weight[m] * dy[m] - plain - (x[m] - mean) * inverse * turned)


@kernel
def layer_gradients(
    state, acts, grads, params, work, chunk, lo, hi,
    x_at, dy_at, c, positions, stats_at, dweight_at, dbias_at,
):  # fmt: skip
    """dweight and dbias of values ``lo .. hi`` over all rows."""
    rows = positions * state[SAMPLES]
    dweight, dbias = grads[dweight_at + lo : dweight_at + hi], grads[dbias_at + lo : dbias_at + hi]
    dweight[:] = 0
    dbias[:] = 0
    for r in range(rows):
        at = r * c
        row, gradient = acts[x_at + at + lo : x_at + at + hi], grads[dy_at + at + lo : dy_at + at + hi]
        mean, inverse = work[stats_at + 2 * r], work[stats_at + 2 * r + 1]
        for m in range(dbias.size):
            dbias[m] += gradient[m]
            dweight[m] += gradient[m] * (row[m] - mean) * inverse


@layers.register
class LayerNorm(Layer):
    """Normalises over the last axis of each sample, as PyTorch's LayerNorm over the last dimension."""

    id = "layernorm"
    title = "LayerNorm"
    pytorch = "nn.LayerNorm"
    formula = "y = γ · (x − μ) / √(σ² + ε) + β, with μ, σ² over the last axis of each sample"
    category = "Normalisation"
    order = 32
    help = "Brings each sample's values to mean 0 and variance 1, on its own; transformers use it."
    synonyms = ("layer normalization", "layer normalisation", "normalise", "transformer")
    options = (Option("epsilon", 1e-5, "Small number that prevents a division by zero.", 1e-12, 1.0),)
    samples = (({}, ((5,),)), ({"epsilon": 0.1}, ((3, 2, 17),)), ({}, ((4, 33),)))

    def parameters(self, options: Options, inputs: Shapes) -> tuple[Parameter, ...]:
        c = (inputs[0][-1],)
        return (Parameter("weight", c, "ones", axes=("Feature",)), Parameter("bias", c, axes=("Feature",)))

    def flops(self, options: Options, inputs: Shapes) -> int:
        return 8 * int(np.prod(inputs[0]))

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        return Terms(Rule.FORMULA, row_terms(0, inputs[0], unit))

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses:
        return tuple(((*index[:-1], i), Term(0, index)) for i in range(inputs[0][-1]))

    def lower(self, node: Lowering) -> None:
        c = node.shape[-1]
        positions = node.size // c
        p, g = node.parameters, node.parameter_gradients
        stats = node.per_sample(2 * positions)
        shared = {"x_at": node.x[0], "c": c, "positions": positions, "stats_at": stats}
        node.forward(
            layer_forward, y_at=node.y, weight_at=p["weight"], bias_at=p["bias"],
            epsilon=node.real(node.options["epsilon"]), **shared,
        )  # fmt: skip
        if not node.training:
            return
        if node.dx[0] >= 0:
            node.backward(layer_backward, dy_at=node.dy, dx_at=node.dx[0], weight_at=p["weight"], **shared)
        gradients = {"dweight_at": g["weight"], "dbias_at": g["bias"]}
        node.sweep(layer_gradients, c, 6 * node.size * node.batch, 16, dy_at=node.dy, **shared, **gradients)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        x = inputs[0]
        centred = x - x.mean(-1, keepdims=True)
        scale = np.sqrt((centred**2).mean(-1, keepdims=True) + options["epsilon"])
        y: np.ndarray = centred / scale * parameters["weight"] + parameters["bias"]
        return y
