"""Parameters that move to another point before each step, so that one call visits many of them.

A loss surface asks for the loss at thousands of points. Called from Python one by one, small networks
would spend most of that time between the calls.
"""

from __future__ import annotations

import numpy as np

from nnkernels.jit import kernel
from nnkernels.machine import ROW, array_at
from nnkernels.planning.lowering import Instruction


@kernel
def move_to_point(state, acts, grads, params, work, chunk, lo, hi, centre, first, second, coordinates):
    """params = centre + a first + b second over ``lo .. hi``, with (a, b) of this step; all by address."""
    centre, first = array_at(centre, params), array_at(first, params)
    second, coordinates = array_at(second, params), array_at(coordinates, params)
    a, b = coordinates[2 * state[ROW]], coordinates[2 * state[ROW] + 1]
    p, c, u, v = params[lo:hi], centre[lo:hi], first[lo:hi], second[lo:hi]
    for i in range(p.size):
        p[i] = c[i] + a * u[i] + b * v[i]


class ParameterPoints:
    """A plane of parameters and the points in it that the steps of one run visit.

    Attributes:
        centre, first, second: flat parameters where (0, 0) lies, and the two directions.
        coordinates: (most, 2) one row for each step of a run.
    """

    def __init__(self, parameters: int, most: int, dtype: np.dtype) -> None:
        self.centre, self.first, self.second = (np.zeros(parameters, dtype) for _ in range(3))
        self.coordinates = np.zeros((most, 2), dtype)

    def instruction(self) -> Instruction:
        """What a program runs first in each step; this object must live as long as the program."""
        names = ("centre", "first", "second", "coordinates")
        return Instruction.of(move_to_point, **{name: getattr(self, name).ctypes.data for name in names})
