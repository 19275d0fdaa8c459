"""Broadcasting by NumPy's rules: inputs are aligned at the right, and axes of length 1 are repeated.

Kernels go through the output in *runs*: values in a row along which each input is either read value by value
or stands still.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from nnkernels.spec import Arrays, Layer, Options, Samples, Shape, Shapes, SpecError, show_shape, size_of
from nnkernels.spec.terms import Index, Term, Uses

if TYPE_CHECKING:
    from nnkernels.planning.lowering import Lowering


def broadcast(title: str, inputs: Shapes) -> Shape:
    """The shape of inputs joined value by value. Raises SpecError with a sentence."""
    lengths = [set(each) - {1} for each in zip(*aligned(inputs), strict=True)]
    if any(len(each) > 1 for each in lengths):
        received = " and ".join(dict.fromkeys(show_shape(shape) for shape in inputs))
        raise SpecError(
            f"{title} needs inputs of one shape, or of length 1 where they differ, but receives {received}. "
            "Give the layers before it the same size."
        )
    return tuple(max(each, default=1) for each in lengths)


def aligned(inputs: Shapes) -> list[Shape]:
    """The shapes with lengths of 1 put before the shorter ones."""
    rank = max(len(shape) for shape in inputs)
    return [(1,) * (rank - len(shape)) + tuple(shape) for shape in inputs]


def as_aligned(inputs: Arrays) -> list[np.ndarray]:
    """Batches of inputs, reshaped so that NumPy broadcasts them sample by sample."""
    shapes = aligned([x.shape[1:] for x in inputs])
    return [x.reshape(len(x), *shape) for x, shape in zip(inputs, shapes, strict=True)]


def run_length(inputs: Shapes, output: Shape) -> int:
    """Values of the output in a row along which each input is repeated throughout, or nowhere."""
    run, repeated = 1, None
    for axis in reversed(range(len(output))):
        if output[axis] > 1:
            here = [shape[axis] == 1 for shape in aligned([*inputs, output])]
            if repeated not in (None, here):
                break
            repeated = here
        run *= output[axis]
    return run


def read_runs(shape: Shape, output: Shape, run: int) -> tuple[np.ndarray, int]:
    """Where an input's values of each run begin, and 1 where the run goes along them, 0 where it repeats."""
    numbers = np.arange(size_of(shape)).reshape(aligned([shape, output])[0])
    rows = np.broadcast_to(numbers, output).reshape(-1, run)
    return rows[:, 0], int(rows[0, -1] > rows[0, 0])


def source_of(shape: Shape, unit: Index) -> Index:
    """The value of an input that goes into a number of the output."""
    return tuple(
        0 if length == 1 else i for length, i in zip(shape, unit[len(unit) - len(shape) :], strict=True)
    )


def units_of(shape: Shape, output: Shape, index: Index) -> list[Index]:
    """The numbers of the output that a value of an input goes into."""
    before = len(output) - len(shape)
    spans = [range(n) for n in output[:before]]
    for own, i, n in zip(shape, index, output[before:], strict=True):
        spans.append(range(n) if own == 1 else range(i, i + 1))
    return list(product(*spans))


class Broadcast(Layer):
    """Base of joins that work value by value; what is of length 1 is repeated, as NumPy and PyTorch do."""

    category = "Joins"
    joins = True
    samples: ClassVar[Samples] = (
        ({}, ((5,), (5,))),
        ({}, ((2, 3, 2), (2, 3, 2), (2, 3, 2))),
        ({}, ((2, 3, 4), (1, 1, 4), (2, 3, 1))),
        ({}, ((3, 1), (2, 1, 17), (1,))),
    )

    def shape(self, options: Options, inputs: Shapes) -> Shape:
        return broadcast(self.title, inputs)

    def flops(self, options: Options, inputs: Shapes) -> int:
        return max(len(inputs) - 1, 1) * size_of(self.shape(options, inputs))

    def uses(self, options: Options, inputs: Shapes, port: int, index: Index) -> Uses:
        units = units_of(inputs[port], self.shape(options, inputs), index)
        return tuple((unit, Term(port, index, None, self.factor(port, len(inputs)))) for unit in units)

    def factor(self, e: int, n: int) -> float:
        """What input e of n is multiplied by."""
        return 1.0


@dataclass(frozen=True)
class Runs:
    """How a join goes through inputs of several shapes; each is read in runs."""

    node: Lowering

    @cached_property
    def length(self) -> int:
        return run_length(self.node.inputs, self.node.shape)

    @cached_property
    def of_output(self) -> dict[str, int]:
        return {"run": self.length, "runs": self.node.size // self.length}

    @cached_property
    def of_inputs(self) -> list[dict[str, int]]:
        """The arguments ``size``, ``step`` and ``source`` of each input."""
        each = []
        for shape in self.node.inputs:
            source, step = read_runs(shape, self.node.shape, self.length)
            each.append({"size": size_of(shape), "step": step, "source": self.node.table(source)})
        return each
