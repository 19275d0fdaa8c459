"""Sums, means, norms and the like over axes of a sample: functions before and behind a pooling."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from nnkernels.spec import size_of
from nnstudio.importing.onnx_functions import joined, layer_on, times
from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_table import reads
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value


@dataclass(frozen=True)
class Reduction:
    """``before`` and ``after`` are our functions; ``sums``: whether the mean counts as often as it has
    values; ``sign`` is -1 for the least as the largest of what is turned.
    """

    pool: str = "average"
    before: str = ""
    after: str = ""
    sums: bool = True
    sign: float = 1.0


REDUCTIONS: Mapping[str, Reduction] = {
    "ReduceMean": Reduction(sums=False),
    "ReduceMax": Reduction("max", sums=False),
    "ReduceMin": Reduction("max", sums=False, sign=-1.0),
    "ReduceSum": Reduction(),
    "ReduceL1": Reduction(before="abs"),
    "ReduceL2": Reduction(before="square", after="sqrt"),
    "ReduceSumSquare": Reduction(before="square"),
    "ReduceLogSum": Reduction(after="log"),
    # Of x - LogSoftmax(x), which is the same for all values: no large number overflows.
    "ReduceLogSumExp": Reduction(before="log_sum_exp", sums=False),
}


@reads(*REDUCTIONS)
def _reduce(graph: GraphReader, node: OnnxNode) -> Value:
    value, a, how = graph.value(node.inputs[0]), node.attributes, REDUCTIONS[node.kind]
    rank = len(value.lies) + 1
    given = graph.numbers(node.inputs[1]) if node.has(1) else list(a.get("axes") or [])
    axes = sorted({axis % rank for axis in given})
    if not axes and a.get("noop_with_empty_axes", 0):
        return _of_each(graph, how, value)
    if not axes or 0 in axes or value.batch:
        raise NotExpressible("It joins samples, and a layer has them one by one.")
    reduced = [axis - 1 for axis in axes]
    kept = [axis for axis in range(rank - 1) if axis not in reduced]
    value = graph.arranged(value, (*reduced, *kept))
    shape = value.shape or ()
    # All that is reduced as steps, or as a picture, and all that stays as channels.
    count, channels = size_of(shape[: len(reduced)]), size_of(shape[len(reduced) :])
    is_picture = len(reduced) == 2 and len(kept) == 1 and how.before != "log_sum_exp"
    if not is_picture:
        node_of = graph.reshaped(value.node, (count, channels))
        value = Value(node_of, (count, channels), (0, 1))
    pooled = _pooled(graph, how, value, count, "" if is_picture else "1d")
    result_shape = tuple(shape[len(reduced) :]) or (1,)
    result = Value(graph.reshaped(pooled.node, result_shape), result_shape)
    if not a.get("keepdims", 1):
        return replace(result, lies=tuple(range(len(kept))) or ())
    return replace(result, lies=tuple(kept.index(axis) if axis in kept else None for axis in range(rank - 1)))


def _pooled(graph: GraphReader, how: Reduction, value: Value, count: int, end: str) -> Value:
    value = times(graph, _function(graph, how.before, value), how.sign)
    pooled = graph.layer(f"global{how.pool}pool{end}", [value])
    return _function(graph, how.after, times(graph, pooled, how.sign * (count if how.sums else 1)))


def _of_each(graph: GraphReader, how: Reduction, value: Value) -> Value:
    """Each value alone."""
    value = value if how.before == "log_sum_exp" else _function(graph, how.before, value)
    return _function(graph, how.after, value)


def _function(graph: GraphReader, name: str, value: Value) -> Value:
    if name in ("", "square"):
        return layer_on(graph, name, value) if name else value
    if name == "log_sum_exp":
        logarithms = value.like(graph.layer("log_softmax", [value], {"axis": "1"}).node)
        return joined(graph, "subtract", [value, logarithms])
    return layer_on(graph, "function", value, function=name)
