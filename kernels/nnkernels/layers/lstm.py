"""LSTM: a recurrent layer with a memory that gates open and close."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from nnkernels.layers.recurrent import READING, WEIGHTS, Gates, Recurrent, State
from nnkernels.ops import cells
from nnkernels.ops.recurrence import kernels_of
from nnkernels.spec import UNBOUNDED, Bounds, Option, Options, Samples, Shapes, layers


@layers.register
class LSTM(Recurrent):
    """Hochreiter and Schmidhuber 1997, with gates in PyTorch's order i f g o.

    PyTorch keeps the transposes, (4 units, features), and two biases that add up.
    """

    id = "lstm"
    title = "LSTM"
    pytorch = "nn.LSTM"
    formula = "c[t] = f · c[t−1] + i · g, h[t] = o · tanh(c[t]); i, f, o = σ(x · W + h · U + b), g = tanh(…)"
    order = 39
    help = "Reads a sequence with a memory that gates open and close, so that it remembers for long."
    synonyms = ("long short-term memory", "recurrent", "rnn", "sequence", "memory", "bidirectional")
    options = (
        *READING,
        Option(
            "gives",
            "state",
            "Of the last step: its output, which is the state, or the memory cell.",
            choices=("state", "cell"),
            when=("return_sequences", False),
        ),
        *WEIGHTS,
    )
    samples: ClassVar[Samples] = (
        *Recurrent.samples,
        ({"units": 5, "gives": "cell"}, ((4, 3),)),
        ({"units": 3, "gives": "cell", "bidirectional": True}, ((3, 4),)),
    )
    gates, gate_names, remembered = 4, ("i", "f", "g", "o"), ("c",)
    cell_values = 2
    kernels = kernels_of("lstm", cells.lstm, cells.lstm_gradients)

    def gives_cell(self, options: Options) -> bool:
        return bool(options["gives"] == "cell" and not options["return_sequences"])

    def bounds(self, options: Options, inputs: Shapes, entering: Sequence[Bounds]) -> Bounds:
        # Each step may add to a memory cell.
        return UNBOUNDED if self.gives_cell(options) else self.limits

    def opened(self, options: Options, x: Gates, u: Gates) -> list[np.ndarray]:
        i, f, o = (1 / (1 + np.exp(-(x[at] + u[at]))) for at in (0, 1, 3))
        return [i, f, np.tanh(x[2] + u[2]), o]

    def combine(self, options: Options, x: Gates, u: Gates, h: np.ndarray, c: np.ndarray) -> State:
        i, f, g, o = self.opened(options, x, u)
        c = f * c + i * g
        return o * np.tanh(c), c
