"""GRU: a recurrent layer with two gates between what is kept and what is new."""

from __future__ import annotations

import numpy as np

from nnkernels.layers.recurrent import Gates, Recurrent, State
from nnkernels.ops import cells
from nnkernels.ops.recurrence import kernels_of
from nnkernels.spec import Options, layers


@layers.register
class GRU(Recurrent):
    """Cho et al. 2014 as PyTorch has it: gates r z n, and r scales U's part of n after its bias.

    PyTorch keeps the transposes, (3 units, features); its second biases of r and z add to the first,
    so that only n's is kept here, as ``recurrent_bias``.
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
    gates, gate_names, remembered = 3, ("r", "z", "n"), ("h",)
    apart = 1
    kernels = kernels_of("gru", cells.gru, cells.gru_gradients)

    def opened(self, options: Options, x: Gates, u: Gates) -> list[np.ndarray]:
        r, z = (1 / (1 + np.exp(-(x[at] + u[at]))) for at in (0, 1))
        return [r, z, np.tanh(x[2] + r * u[2])]

    def combine(self, options: Options, x: Gates, u: Gates, h: np.ndarray, c: np.ndarray) -> State:
        _, z, n = self.opened(options, x, u)
        return (1 - z) * n + z * h, c
