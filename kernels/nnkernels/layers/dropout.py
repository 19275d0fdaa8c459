"""Dropout and GaussianNoise: random while training, nothing in evaluation."""

from __future__ import annotations

import math

import numpy as np

from nnkernels.elementwise import pass_back
from nnkernels.jit import device, kernel
from nnkernels.machine import BEFORE, SEED, STEP
from nnkernels.spec import Layer, Option, layers
from nnkernels.vmath import cast, real, uniform32


@kernel
def mask(args, state, acts, grads, params, work, chunk, lo, hi):
    """Draws anew at every step which values stay, scaled so that the expectation stays too."""
    width, cut, salt = args[1], real(args[2], np.float32(0)), args[3]
    kept = work[args[0] + lo * width : args[0] + hi * width]
    scale, zero = cast(1.0 / (1.0 - cut), work), cast(0.0, work)
    key = state[STEP] * 7919 + state[SEED] * 104729 + salt * 1299709
    first = (state[BEFORE] + lo) * width
    for i in range(kept.size):
        kept[i] = scale if uniform32(key, first + i) >= cut else zero


@device
def scale(values, factors, place, same):
    """place = values * factors; ``same`` tells the compiler that place and values are one array."""
    if same:
        for i in range(place.size):
            place[i] *= factors[i]
    else:
        for i in range(place.size):
            place[i] = values[i] * factors[i]


@kernel(in_place=(0, 1))
def forward(args, state, acts, grads, params, work, chunk, lo, hi):
    width = args[3]
    x = acts[args[0] + lo * width : args[0] + hi * width]
    y = acts[args[1] + lo * width : args[1] + hi * width]
    kept = work[args[2] + lo * width : args[2] + hi * width]
    scale(x, kept, y, args[0] == args[1])


@kernel(in_place=(0, 1))
def backward(args, state, acts, grads, params, work, chunk, lo, hi):
    width = args[3]
    dy = grads[args[0] + lo * width : args[0] + hi * width]
    dx = grads[args[1] + lo * width : args[1] + hi * width]
    kept = work[args[2] + lo * width : args[2] + hi * width]
    scale(dy, kept, dx, args[0] == args[1])


@kernel
def add_noise(args, state, acts, grads, params, work, chunk, lo, hi):
    """y = x + deviation * normal, by Box and Muller from two uniform numbers of each value."""
    width, deviation, salt = args[2], real(args[3], acts), args[4]
    x = acts[args[0] + lo * width : args[0] + hi * width]
    y = acts[args[1] + lo * width : args[1] + hi * width]
    key = state[STEP] * 7919 + state[SEED] * 104729 + salt * 1299709
    first = (state[BEFORE] + lo) * width
    for i in range(x.size):
        a, b = uniform32(key, first + i), uniform32(key + 15485863, first + i)
        normal = math.sqrt(-2.0 * math.log(1.0 - a)) * math.cos(2.0 * math.pi * b)
        y[i] = x[i] + deviation * cast(normal, acts)


@layers.register
class GaussianNoise(Layer):
    """Adds normal noise while training, as in Keras; off in evaluation."""

    id = "gaussiannoise"
    title = "GaussianNoise"
    glyph = "noise"
    differs_in_training = True
    formula = "y = x + n, n from N(0, deviation²); y = x when it predicts"
    category = "Layers"
    order = 12
    help = "While training, adds random noise to every value; helps against overfitting."
    synonyms = ("regularisation", "regularization", "jitter", "augmentation")
    shown = ("deviation",)
    options = (Option("deviation", 0.1, "Standard deviation of the noise.", 0.0, 1000.0),)
    samples = (({}, ((16,),)), ({"deviation": 2.0}, ((3, 3, 2),)))

    def is_view(self, options, training):
        return not training or options["deviation"] == 0

    def lower(self, node):
        deviation = node.real(node.options["deviation"])
        node.forward(add_noise, node.x[0], node.y, node.size, deviation, node.seed)
        if node.dx[0] >= 0:
            node.backward(pass_back, node.dy, node.dx[0], node.size)

    def reference(self, options, inputs, parameters):
        return np.asarray(inputs[0])

    def slopes_in_training(self, options, x, y, parameters, place, passed):
        return ((place, 1.0),)


@layers.register
class Dropout(Layer):
    """Inverted dropout, as in PyTorch: kept values are divided by 1 - rate; off in evaluation."""

    id = "dropout"
    title = "Dropout"
    glyph = "dropout"
    differs_in_training = True
    formula = "y = x · m / (1 − rate), m = 0 with probability rate; y = x when it predicts"
    category = "Layers"
    order = 11
    help = "While training, switches off a random share of values; helps against overfitting."
    synonyms = ("regularisation", "regularization", "overfitting", "noise")
    shown = ("rate",)
    options = (Option("rate", 0.5, "Share of values that are switched off.", 0.0, 0.99),)
    samples = (({"rate": 0.5}, ((16,),)), ({"rate": 0.0}, ((3, 3, 2),)))

    def is_view(self, options, training):
        return not training or options["rate"] == 0

    def lower(self, node):
        kept = node.per_sample(node.size)
        node.forward(mask, kept, node.size, node.real(node.options["rate"]), node.seed)
        node.forward(forward, node.x[0], node.y, kept, node.size)
        if node.dx[0] >= 0:
            node.backward(backward, node.dy, node.dx[0], kept, node.size)

    def reference(self, options, inputs, parameters):
        return np.asarray(inputs[0])

    def slopes_in_training(self, options, x, y, parameters, place, passed):
        # Of a zero, the answer does not tell whether it was switched off.
        kept = passed if x[place] == 0 else y[place]
        return None if kept is None else ((place, 1 / (1 - options["rate"]) if kept else 0.0),)
