"""LayerNorm: each row, or each sample's last axes, is shifted and scaled to mean 0 and variance 1."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import kernel
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
    show_shape,
    size_of,
)
from nnkernels.spec.terms import Index, Rule, Term, Terms, Uses
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
    """Normalises over the last axis of each sample, or over several, as PyTorch's LayerNorm."""

    id = "layernorm"
    title = "LayerNorm"
    pytorch = "nn.LayerNorm"
    formula = "y = γ · (x − μ) / √(σ² + ε) + β, with μ, σ² over the last axes of each sample"
    category = "Normalisation"
    order = 32
    help = "Brings each sample's values to mean 0 and variance 1, on its own; transformers use it."
    synonyms = ("layer normalization", "layer normalisation", "normalise", "transformer")
    options = (
        Option("epsilon", 1e-5, "Small number that prevents a division by zero.", 1e-12, 1.0),
        Option("axes", 1, "How many of the last axes are normalised together.", 1, 64),
    )
    samples = (
        ({}, ((5,),)),
        ({"epsilon": 0.1}, ((3, 2, 17),)),
        ({}, ((4, 33),)),
        ({"axes": 2}, ((4, 3, 5),)),
        ({"axes": 3}, ((2, 3, 5),)),
    )

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        if options["axes"] > len(inputs[0]):
            raise SpecError(
                f"LayerNorm is to work over the last {options['axes']} axes, but receives "
                f"{show_shape(inputs[0])}, which has only {len(inputs[0])}. Choose fewer axes."
            )
        return inputs[0]

    def parameters(self, options: Options, inputs: Shapes) -> tuple[Parameter, ...]:
        shape = inputs[0][-options["axes"] :]
        before = len(inputs[0]) - len(shape)
        axes = (*(f"Axis {before + i}" for i in range(1, len(shape))), "Feature")
        return (Parameter("weight", shape, "ones", axes=axes), Parameter("bias", shape, axes=axes))

    def flops(self, options: Options, inputs: Shapes) -> int:
        return 8 * int(np.prod(inputs[0]))

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        before, own = unit[: -options["axes"]], inputs[0][-options["axes"] :]
        return Terms(Rule.FORMULA, tuple(Term(0, (*before, *at)) for at in np.ndindex(*own)))

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses:
        before, own = index[: -options["axes"]], inputs[0][-options["axes"] :]
        return tuple(((*before, *at), Term(0, index)) for at in np.ndindex(*own))

    def lower(self, node: Lowering) -> None:
        c = size_of(node.shape[-node.options["axes"] :])
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
        x, axes = inputs[0], tuple(range(-options["axes"], 0))
        centred = x - x.mean(axes, keepdims=True)
        scale = np.sqrt((centred**2).mean(axes, keepdims=True) + options["epsilon"])
        y: np.ndarray = centred / scale * parameters["weight"] + parameters["bias"]
        return y
