"""Operators of ONNX as layers: which are read, and why the others are not."""

from __future__ import annotations

from collections.abc import Mapping

from nnstudio.importing import (
    onnx_answers,
    onnx_attention,
    onnx_blocks,
    onnx_elementwise,
    onnx_functions,
    onnx_joins,
    onnx_lists,
    onnx_losses,
    onnx_matrices,
    onnx_norms,
    onnx_recurrent,
    onnx_reductions,
    onnx_repeats,
    onnx_resizes,
    onnx_shapes,
    onnx_slices,
    onnx_windows,
)
from nnstudio.importing.onnx_constants import fold, is_foldable, shape_of
from nnstudio.importing.onnx_graph import GraphReader, Result
from nnstudio.importing.onnx_table import READERS
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode
from nnstudio.importing.onnx_whole import batched, keep_shape

# Importing them fills the table.
FAMILIES = (
    onnx_answers, onnx_attention, onnx_blocks, onnx_elementwise, onnx_functions, onnx_joins, onnx_lists,
    onnx_losses, onnx_matrices, onnx_norms, onnx_recurrent, onnx_reductions, onnx_repeats, onnx_resizes,
    onnx_shapes, onnx_slices, onnx_windows,
)  # fmt: skip
# What is known of operators that no layer computes, for those who look for another way.
MISSING: Mapping[str, str] = {
    "LRN": "There is no layer of local response normalisation.",
    "MaxUnpool": "There is no layer that undoes a pooling.",
}


def build(graph: GraphReader, node: OnnxNode) -> Result:
    """The value of a node, whose layers are added. Raises NotExpressible with a sentence."""
    try:
        return _built(graph, node)
    except (TypeError, IndexError, KeyError, ValueError, ArithmeticError) as error:
        raise NotExpressible(f"Its inputs or attributes are not those of {node.kind}.") from error


def _built(graph: GraphReader, node: OnnxNode) -> Result:
    if node.kind == "SequenceEmpty":
        return READERS[node.kind](graph, node)
    if is_foldable(graph, node):
        fold(graph, node)
        return ()
    if node.kind == "Shape" and graph.values[node.inputs[0]].shape is not None:
        (keep_shape if graph.graph.has_whole_arrays else shape_of)(graph, node)
        return ()
    if any(source in graph.values and graph.values[source] is onnx_answers.ANSWER for source in node.inputs):
        return onnx_answers.tell(graph, node)
    if node.kind not in READERS:
        raise NotExpressible(MISSING.get(node.kind, f"No layer is known for the operator {node.kind}."))
    for source in node.inputs:
        if source not in graph.lists and source in graph.values and graph.values[source].shape is None:
            raise NotExpressible("It takes the value of a placeholder, whose shape is not known.")
    if graph.graph.has_whole_arrays:
        node = batched(graph, node)
    return READERS[node.kind](graph, node)
