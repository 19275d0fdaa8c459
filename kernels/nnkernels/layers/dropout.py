"""Dropout and GaussianNoise: random while training, nothing in evaluation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import device, kernel
from nnkernels.machine import BEFORE, draw_key
from nnkernels.ops.elementwise import pass_back
from nnkernels.spec import Arrays, Layer, NamedArrays, Option, Options, layers
from nnkernels.spec.terms import Gradients, Index
from nnkernels.vector.vmath import cast, normal, real, uniform32

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


@kernel
def mask(state, acts, grads, params, work, chunk, lo, hi, kept_at, width, rate, salt):
    """Draws anew at every step which values stay, scaled so that the expectation stays too."""
    cut = real(rate, np.float32(0))
    kept = work[kept_at + lo * width : kept_at + hi * width]
    scale, zero = cast(1.0 / (1.0 - cut), work), cast(0.0, work)
    key = draw_key(state, salt)
    first = (state[BEFORE] + lo) * width
    for i in range(kept.size):
        kept[i] = scale if uniform32(key, first + i) >= cut else zero


@device
def scale(values, factors, target, same):
    """target = values * factors; ``same`` tells the compiler that target and values are one array."""
    if same:
        for i in range(target.size):
            target[i] *= factors[i]
    else:
        for i in range(target.size):
            target[i] = values[i] * factors[i]


@kernel(in_place=("x_at", "y_at"))
def forward(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, kept_at, width):
    x = acts[x_at + lo * width : x_at + hi * width]
    y = acts[y_at + lo * width : y_at + hi * width]
    kept = work[kept_at + lo * width : kept_at + hi * width]
    scale(x, kept, y, x_at == y_at)


@kernel(in_place=("dy_at", "dx_at"))
def backward(state, acts, grads, params, work, chunk, lo, hi, dy_at, dx_at, kept_at, width):
    dy = grads[dy_at + lo * width : dy_at + hi * width]
    dx = grads[dx_at + lo * width : dx_at + hi * width]
    kept = work[kept_at + lo * width : kept_at + hi * width]
    scale(dy, kept, dx, dy_at == dx_at)


@kernel
def add_noise(state, acts, grads, params, work, chunk, lo, hi, x_at, y_at, width, deviation, salt):
    """y = x + deviation * normal."""
    deviation = real(deviation, acts)
    x = acts[x_at + lo * width : x_at + hi * width]
    y = acts[y_at + lo * width : y_at + hi * width]
    key = draw_key(state, salt)
    first = (state[BEFORE] + lo) * width
    for i in range(x.size):
        y[i] = x[i] + deviation * cast(normal(key, first + i), acts)


@layers.register
class GaussianNoise(Layer):
    """Adds normal noise while training, as in Keras; off in evaluation."""

    id = "gaussiannoise"
    title = "GaussianNoise"
    glyph = "noise"
    formula = "y = x + n, n from N(0, deviation²); y = x when predicting"
    category = "Layers"
    order = 12
    help = "While training, adds random noise to every value; helps against overfitting."
    synonyms = ("regularisation", "regularization", "jitter", "augmentation")
    shown = ("deviation",)
    options = (Option("deviation", 0.1, "Standard deviation of the noise.", 0.0, 1000.0),)
    samples = (({}, ((16,),)), ({"deviation": 2.0}, ((3, 3, 2),)))

    def is_view(self, options: Options, training: bool) -> bool:
        return not training or options["deviation"] == 0

    def differs_in_training(self, options: Options) -> bool:
        return bool(options["deviation"] > 0)

    def lower(self, node: Lowering) -> None:
        deviation = node.real(node.options["deviation"])
        node.forward(
            add_noise, x_at=node.x[0], y_at=node.y, width=node.size, deviation=deviation, salt=node.seed
        )
        if node.dx[0] >= 0:
            node.backward(pass_back, dy_at=node.dy, dx_at=node.dx[0], size=node.size)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return np.asarray(inputs[0])

    def gradients_in_training(
        self,
        options: Options,
        x: np.ndarray,
        y: np.ndarray,
        parameters: NamedArrays,
        index: Index,
        passed: float | None,
    ) -> Gradients:
        return ((index, 1.0),)


@layers.register
class Dropout(Layer):
    """Inverted dropout, as in PyTorch: kept values are divided by 1 - rate; off in evaluation."""

    id = "dropout"
    title = "Dropout"
    glyph = "dropout"
    formula = "y = x · m / (1 − rate), m = 0 with probability rate; y = x when predicting"
    category = "Layers"
    order = 11
    help = "While training, switches off a random share of values; helps against overfitting."
    synonyms = ("regularisation", "regularization", "overfitting", "noise")
    shown = ("rate",)
    options = (Option("rate", 0.5, "Share of values that are switched off.", 0.0, 0.99),)
    samples = (({"rate": 0.5}, ((16,),)), ({"rate": 0.0}, ((3, 3, 2),)))

    def is_view(self, options: Options, training: bool) -> bool:
        return not training or options["rate"] == 0

    def differs_in_training(self, options: Options) -> bool:
        return bool(options["rate"] > 0)

    def lower(self, node: Lowering) -> None:
        kept = node.per_sample(node.size)
        shared = {"kept_at": kept, "width": node.size}
        node.forward(mask, rate=node.real(node.options["rate"]), salt=node.seed, **shared)
        node.forward(forward, x_at=node.x[0], y_at=node.y, **shared)
        if node.dx[0] >= 0:
            node.backward(backward, dy_at=node.dy, dx_at=node.dx[0], **shared)

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        return np.asarray(inputs[0])

    def gradients_in_training(
        self,
        options: Options,
        x: np.ndarray,
        y: np.ndarray,
        parameters: NamedArrays,
        index: Index,
        passed: float | None,
    ) -> Gradients | None:
        # Of a zero, the output does not tell whether it was switched off.
        kept = passed if x[index] == 0 else y[index]
        return None if kept is None else ((index, 1 / (1 - options["rate"]) if kept else 0.0),)
