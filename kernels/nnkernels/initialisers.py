"""How parameters start: He, Glorot, zeros; drawn from an explicit generator."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import Parameter

# Names a layer may offer as an option.
CHOICES = ("he", "glorot", "zeros")


def draw(parameter: Parameter, rng: np.random.Generator) -> np.ndarray:
    """Starting values, float64, of the parameter's shape.

    he: normal with variance 2 / fan_in (He et al. 2015); glorot: uniform with variance
    2 / (fan_in + fan_out) (Glorot and Bengio 2010); ones; anything else: zeros.
    """
    if parameter.initialiser == "he":
        return rng.normal(0.0, np.sqrt(2.0 / parameter.fan_in), parameter.shape)
    if parameter.initialiser == "glorot":
        limit = np.sqrt(6.0 / (parameter.fan_in + parameter.fan_out))
        return rng.uniform(-limit, limit, parameter.shape)
    return np.full(parameter.shape, 1.0 if parameter.initialiser == "ones" else 0.0)
