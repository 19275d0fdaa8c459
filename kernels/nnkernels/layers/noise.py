"""Noise: random numbers for each sample, of which a generator makes something."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnkernels.jit import kernel
from nnkernels.machine import BEFORE, CURSOR, ORDER_AT, array_at, draw_key
from nnkernels.spec import Arrays, Layer, NamedArrays, Option, Options, Shape, Shapes, layers, size_of
from nnkernels.spec.terms import Gradients, Index, Rule, Terms
from nnkernels.vector.vmath import cast, normal

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering

# Counters of the numbers of one sample: no sample has more.
MOST_NUMBERS = 4096


@kernel
def draw_numbers(state, acts, grads, params, work, chunk, lo, hi, y_at, width, seed, training, salt):
    """Numbers from N(0, 1): in training others at every step, else always the same of a sample."""
    order = array_at(state[ORDER_AT], state)
    key = draw_key(state, salt) if training else seed
    for n in range(lo, hi):
        sample = state[BEFORE] + n if training else order[state[CURSOR] + n]
        y = acts[y_at + n * width : y_at + (n + 1) * width]
        for j in range(width):
            y[j] = cast(normal(key, sample * width + j), acts)


@kernel
def clear_gradient(state, acts, grads, params, work, chunk, lo, hi, dx_at, size):
    """What goes in changes nothing."""
    grads[dx_at + lo * size : dx_at + hi * size] = cast(0.0, acts)


@layers.register
class Noise(Layer):
    """y from N(0, 1), whatever x is: it only tells how many samples there are.

    In training, each step draws others. Predicting, sample i always gets the same ones: the murmur3 hash of
    its number and of the seed decides, turned into normal numbers by Box and Muller.
    """

    id = "noise"
    title = "Noise"
    glyph = "noise"
    formula = "y = n, n from N(0, 1); nothing of x"
    category = "Data"
    order = 2
    help = "Draws random numbers for each sample, for a generator to make something of."
    synonyms = ("random", "generator", "gan", "latent", "code", "normal")
    shown = ("numbers",)
    options = (
        Option("numbers", 2, "How many numbers each sample gets.", 1, MOST_NUMBERS),
        Option("seed", 1, "Decides the numbers where nothing is learned, as in views.", 0, 2**31 - 1),
    )
    samples = (({}, ((3,),)), ({"numbers": 17, "seed": 5}, ((4, 2, 1),)))

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        return (options["numbers"],)

    def differs_in_training(self, options: Options) -> bool:
        return True

    def terms(self, options: Options, inputs: Shapes, unit: Index) -> Terms:
        return Terms(Rule.FORMULA, ())

    def lower(self, node: Lowering) -> None:
        node.forward(
            draw_numbers, y_at=node.y, width=node.size, seed=node.options["seed"],
            training=int(node.as_training), salt=node.seed,
        )  # fmt: skip
        if node.dx[0] >= 0:
            node.backward(clear_gradient, dx_at=node.dx[0], size=size_of(node.inputs[0]))

    def reference(self, options: Options, inputs: Arrays, parameters: NamedArrays) -> np.ndarray:
        width = options["numbers"]
        counters = np.arange(len(inputs[0]) * width, dtype=np.uint64).reshape(-1, width)
        a, b = (_uniform(options["seed"] + salt, counters) for salt in (0, 15485863))
        y: np.ndarray = np.sqrt(-2 * np.log(1 - a)) * np.cos(2 * np.pi * b)
        return y

    def gradients_in_training(
        self,
        options: Options,
        x: np.ndarray,
        y: np.ndarray,
        parameters: NamedArrays,
        index: Index,
        passed: float | None,
    ) -> Gradients:
        return ()


def _uniform(key: int, counters: np.ndarray) -> np.ndarray:
    """Numbers in [0, 1) of 24 bits: murmur3's finaliser of counters times the golden ratio, xor the key."""
    h = counters * 0x9E3779B1 % 2**32 ^ key % 2**32
    for shift, factor in ((16, 0x85EBCA6B), (13, 0xC2B2AE35)):
        h = (h ^ h >> shift) * factor % 2**32
    return np.asarray((h ^ h >> 16) >> 8, np.float64) / 2**24
