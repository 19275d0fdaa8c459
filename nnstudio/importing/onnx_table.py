"""The table of ONNX operators that are read, which modules beside this one fill, and what they share."""

from __future__ import annotations

from collections.abc import Callable

from nnstudio.importing.onnx_graph import GraphReader, Result
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value

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
