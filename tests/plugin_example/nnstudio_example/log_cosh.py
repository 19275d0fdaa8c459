"""Log-cosh: squared for small errors, linear for large ones, and smooth between."""

from __future__ import annotations

import numpy as np

from nnkernels.jit import device
from nnkernels.losses.regression import NumberLoss, kernel_of
from nnkernels.spec import Options, losses
from nnkernels.vector.vmath import cast, exp, log1p, tanh


@device
def log_cosh(error, a):
    size = abs(error)
    return size + log1p(exp(cast(-2.0, error) * size)) - cast(np.log(2.0), error)


@device
def log_cosh_slope(error, a):
    return tanh(error)


@losses.register
class LogCosh(NumberLoss):
    """Mean over outputs, or their sum, of log(cosh(y - t))."""

    id = "example_log_cosh"
    title = "Log-cosh"
    order = 90
    help = "For numbers: squared for small errors, linear for large ones, without a corner."
    kernel = kernel_of("example_log_cosh", log_cosh, log_cosh_slope)

    def values(self, options: Options, error: np.ndarray) -> np.ndarray:
        costs: np.ndarray = np.log(np.cosh(error))
        return costs
