"""What names of an ONNX graph stand for while it is read: nodes of the file, and how our values lie."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nnkernels.spec import Shape, size_of


class NotExpressible(Exception):
    """A node that no layer computes; the text is a sentence that names what is missing."""


@dataclass(frozen=True, eq=False)
class OnnxNode:
    """A node of the file; attributes are plain values and arrays, ``parts`` nodes that it stands for."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    attributes: Mapping[str, Any]
    parts: tuple[OnnxNode, ...] = ()

    def has(self, position: int) -> bool:
        """Whether it has an input there."""
        return len(self.inputs) > position and bool(self.inputs[position])


@dataclass(frozen=True, eq=False)
class Value:
    """What a name of the graph stands for.

    Attributes:
        node: the imported node that gives it.
        shape: of one sample, as ours lies; None behind a placeholder.
        lies: for each axis that the file has, the batch left out, ours; None for one of length 1 that we do
            not have. Axes of ours that are not named have length 1.
        batch: at which axis of the file the batch is.
        flat: the value that the file flattened with its axes in another order than ours, where this is such.
    """

    node: str
    shape: Shape | None
    lies: tuple[int | None, ...] = ()
    batch: int = 0
    flat: Value | None = None

    @property
    def file_shape(self) -> Shape:
        """Of one sample, as it lies in the file."""
        shape = self.shape or ()
        return tuple(1 if axis is None else shape[axis] for axis in self.lies)

    @property
    def order(self) -> np.ndarray | None:
        """Our number of each value, where a Flatten of the file visits them in another order."""
        if self.flat is None or self.flat.shape is None:
            return None
        axes = [axis for axis in self.flat.lies if axis is not None]
        others = [axis for axis in range(len(self.flat.shape)) if axis not in axes]
        numbers = np.arange(size_of(self.flat.shape)).reshape(self.flat.shape)
        return numbers.transpose([*others, *axes]).ravel()

    @property
    def is_plain(self) -> bool:
        """Whether it lies as in the file."""
        is_same = self.lies == tuple(range(len(self.shape or ())))
        return is_same and self.batch == 0 and self.flat is None

    def like(self, node: str) -> Value:
        """The value of a node that works value by value on this one."""
        return replace(self, node=node)


def plain_value(node: str, shape: Shape) -> Value:
    """A value that lies as in the file."""
    return Value(node, shape, tuple(range(len(shape))))


def first_axes(rank: int) -> tuple[int, ...]:
    """Which axis of the file is at each place of ours, where the file has the channels first and we last."""
    return (*range(1, rank), 0)


def lies_first(rank: int) -> tuple[int, ...]:
    """`Value.lies` of a value that the file has with its channels first."""
    return (rank - 1, *range(rank - 1))
