"""GRU: a recurrent layer with two gates between what is kept and what is new."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from nnkernels.jit import Kernel
from nnkernels.layers.recurrent import READING, WEIGHTS, Gates, Recurrent, State
from nnkernels.ops import cells
from nnkernels.ops.recurrence import kernels_of
from nnkernels.spec import NamedArrays, Option, Options, Samples, layers


@layers.register
class GRU(Recurrent):
    """Cho et al. 2014, gates r z n. As PyTorch has it, r scales U's part of n after its bias.

    PyTorch keeps the transposes, (3 units, features); its second biases of r and z add to the first,
    so that only n's is kept here, as ``recurrent_bias``. With reset "before", as in the paper, r scales the
    state that U multiplies, and no bias is left that would not add to the first.
    """

    id = "gru"
    title = "GRU"
    pytorch = "nn.GRU"
    formula = (
        "h[t] = (1 − z) · n + z · h[t−1]; r, z = σ(x · W + h · U + b), n = tanh(x · W + r · (h · U + b))"
    )
    order = 39
    help = "A lighter relative of the LSTM: two gates decide what is kept and what is new."
    synonyms = ("gated recurrent unit", "recurrent", "rnn", "sequence", "memory", "bidirectional")
    options = (
        *READING,
        Option(
            "reset",
            "after",
            "Gate r scales what U gives (after, as in PyTorch) or the state that U multiplies (before).",
            choices=("after", "before"),
        ),
        *WEIGHTS,
    )
    samples: ClassVar[Samples] = (
        *Recurrent.samples,
        ({"units": 5, "reset": "before", "return_sequences": True}, ((4, 3),)),
        ({"units": 17, "reset": "before", "bidirectional": True}, ((3, 7),)),
        ({"units": 3, "reset": "before", "reverse": True}, ((4, 2),)),
    )
    gates, gate_names, remembered = 3, ("r", "z", "n"), ("h",)
    apart = 1
    kernels = kernels_of("gru", cells.gru, cells.gru_gradients)
    reset_kernels = kernels_of(
        "gru_reset",
        cells.gru_after_reset,
        cells.gru_after_reset_gradients,
        cells.reset,
        cells.reset_gradients,
    )

    def own_biases(self, options: Options) -> int:
        return 0 if options["reset"] == "before" else self.apart

    def kernels_for(self, options: Options) -> tuple[Kernel, Kernel]:
        return self.reset_kernels if options["reset"] == "before" else self.kernels

    def formula_for(self, options: Options) -> str:
        r_after, r_before = "r · (h · U + b)", "(r · h) · U + b"
        return self.formula.replace(r_after, r_before) if options["reset"] == "before" else self.formula

    def from_state(self, options: Options, x: Gates, h: np.ndarray, p: NamedArrays) -> list[np.ndarray]:
        r, z, n = super().from_state(options, x, h, p)
        if options["reset"] == "after":
            return [r, z, n + p["recurrent_bias"]]
        left = _sigmoid(x[0] + r) * h
        return [r, z, super().from_state(options, x, left, p)[2]]

    def opened(self, options: Options, x: Gates, u: Gates) -> list[np.ndarray]:
        r, z = (_sigmoid(x[at] + u[at]) for at in (0, 1))
        return [r, z, np.tanh(x[2] + (u[2] if options["reset"] == "before" else r * u[2]))]

    def combine(self, options: Options, x: Gates, u: Gates, h: np.ndarray, c: np.ndarray) -> State:
        _, z, n = self.opened(options, x, u)
        return (1 - z) * n + z * h, c


def _sigmoid(x: np.ndarray) -> np.ndarray:
    return np.asarray(1 / (1 + np.exp(-x)))
