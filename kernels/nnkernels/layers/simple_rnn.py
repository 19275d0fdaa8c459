"""SimpleRNN: a recurrent layer whose memory is its output."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from nnkernels.jit import Kernel
from nnkernels.layers.recurrent import READING, WEIGHTS, Gates, Recurrent, State
from nnkernels.ops import cells
from nnkernels.ops.recurrence import kernels_of
from nnkernels.spec import Bounds, Option, Options, Shapes, layers


@layers.register
class SimpleRNN(Recurrent):
    """h = tanh(x W + h U + b), or ReLU of it.

    PyTorch's RNN keeps the transposes and two biases that add up.
    """

    id = "simplernn"
    title = "SimpleRNN"
    pytorch = "nn.RNN"
    formula = "h[t] = tanh(x[t] · W + h[t−1] · U + b)"
    order = 38
    help = "Reads a sequence step by step; each output feeds into the next step."
    synonyms = ("rnn", "recurrent", "elman", "sequence", "memory", "bidirectional")
    options = (
        *READING,
        Option(
            "activation",
            "tanh",
            "Function of the sum: with relu the state has no upper bound.",
            choices=("tanh", "relu"),
        ),
        *WEIGHTS,
    )
    samples = (
        *Recurrent.samples,
        ({"units": 5, "activation": "relu", "return_sequences": True}, ((4, 3),)),
        ({"units": 9, "activation": "relu", "bidirectional": True}, ((3, 4),)),
    )
    kernels = kernels_of("simple", cells.simple, cells.simple_gradients)
    relu_kernels = kernels_of("relu", cells.relu, cells.relu_gradients)

    def kernels_for(self, options: Options) -> tuple[Kernel, Kernel]:
        return self.relu_kernels if options["activation"] == "relu" else self.kernels

    def bounds(self, options: Options, inputs: Shapes, entering: Sequence[Bounds]) -> Bounds:
        return (0.0, math.inf) if options["activation"] == "relu" else self.limits

    def formula_for(self, options: Options) -> str:
        return self.formula.replace("tanh", options["activation"])

    def opened(self, options: Options, x: Gates, u: Gates) -> list[np.ndarray]:
        total = x[0] + u[0]
        return [np.maximum(total, 0) if options["activation"] == "relu" else np.tanh(total)]

    def combine(self, options: Options, x: Gates, u: Gates, h: np.ndarray, c: np.ndarray) -> State:
        return self.opened(options, x, u)[0], c
