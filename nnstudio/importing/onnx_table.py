"""The table of ONNX operators that are read, which modules beside this one fill, and what they share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nnstudio.importing.onnx_graph import GraphReader, Result
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value, plain_value

Read = Callable[[GraphReader, OnnxNode], Result]
READERS: dict[str, Read] = {}


def reads(*kinds: str) -> Callable[[Read], Read]:
    """Decorator: the function reads these operators; it refuses whatever the layer does not do."""

    def add(read: Read) -> Read:
        READERS.update(dict.fromkeys(kinds, read))
        return read

    return add


def along(graph: GraphReader, value: Value, shape: tuple[int, ...]) -> tuple[Value, int]:
    """The value with that axis last along which a constant of a shape varies, and its number in the file.

    Raises NotExpressible where it varies along several, or the batch.
    """
    rank = len(value.lies) + 1
    aligned = (1,) * (rank - len(shape)) + tuple(shape)
    axes = [axis for axis, length in enumerate(aligned) if length > 1]
    if len(aligned) > rank or len(axes) > 1 or axes == [value.batch]:
        raise NotExpressible(f"A constant of shape {shape} has not one number for each channel.")
    at = (axes[0] - (axes[0] > value.batch)) if axes else len(value.lies) - 1
    if value.flat is None and value.lies[at] == len(value.shape or ()) - 1:
        return value, at
    others = [axis for axis in range(len(value.lies)) if axis != at]
    return graph.arranged(value, (*others, at)), at


@dataclass(frozen=True, eq=False)
class Spread:
    """A value along whose last axis a constant runs.

    Attributes:
        numbers: one for each channel of the value.
        whole: what was made a row of, where the constant differs from value to value; None elsewhere.
    """

    value: Value
    numbers: np.ndarray
    whole: Value | None = None

    def back(self, graph: GraphReader, given: Value) -> Value:
        """What a layer gave that works on `value`, in the shape that there was."""
        if self.whole is None:
            return self.value.like(given.node)
        return self.whole.like(graph.reshaped(given.node, self.whole.shape or ()))


def spread(graph: GraphReader, value: Value, constant: np.ndarray) -> Spread:
    """The value so that a constant has one number for each channel: where it varies along several axes, each
    sample becomes a row. Raises NotExpressible where it varies from sample to sample.
    """
    try:
        is_one = value.flat is not None and constant.size == 1
        lying = value if is_one else along(graph, value, constant.shape)[0]
        numbers = np.broadcast_to(constant.ravel(), (lying.shape or (1,))[-1:])
        return Spread(lying, np.array(numbers, np.float32))
    except NotExpressible:
        rank = len(value.lies) + 1
        aligned = constant.reshape((1,) * (rank - constant.ndim) + constant.shape)
        if value.batch or aligned.ndim > rank or aligned.shape[0] > 1:
            raise
        each = np.broadcast_to(aligned, (1, *value.file_shape))
        whole = graph.arranged(value)
        row = plain_value(graph.reshaped(whole.node, (each.size,)), (each.size,))
        return Spread(row, np.array(each.ravel(), np.float32), whole)
