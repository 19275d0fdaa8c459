"""The end of a graph that trains: what its scores are compared with is the loss of the project."""

from __future__ import annotations

import json
from dataclasses import replace

from nnkernels.spec import size_of
from nnkernels.spec.axes import read_axis
from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_table import reads
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value, plain_value


@reads("SoftmaxCrossEntropyLoss", "NegativeLogLikelihoodLoss")
def _cross_entropy(graph: GraphReader, node: OnnxNode) -> Value:
    scores = graph.value(node.inputs[0])
    if node.kind == "NegativeLogLikelihoodLoss":
        scores = _before_logarithms(graph, node.inputs[0], scores)
    reduction = _decoded(node.attributes.get("reduction", "mean"))
    if reduction not in ("mean", "sum"):
        raise NotExpressible("A loss that is not reduced is many numbers, and a network learns by one.")
    first = graph.first(scores)
    if graph.nodes[first.node].kind == "input":
        # An Output must follow a layer.
        first = graph.layer("identity", [first], step="scores")
    shape = first.shape or ()
    classes, positions = shape[-1], size_of(shape[:-1])
    options: dict[str, object] = {"reduction": reduction}
    if node.has(2):
        options["class_weights"] = ", ".join(repr(float(w)) for w in graph.array(node.inputs[2]))
    left_out = node.attributes.get("ignore_index")
    if left_out is not None and 0 <= left_out < classes and positions == 1:
        options["ignored_class"] = int(left_out)
    elif left_out is not None and positions == 1:
        raise NotExpressible(
            f"Samples with the label {left_out} must be left out of the data; that is no class."
        )
    elif left_out is not None:
        graph.say(f"Labels that are {left_out} count nothing; in the data they must be -1.")
    graph.metadata["loss"] = json.dumps("softmax_cross_entropy")
    graph.metadata["loss_options"] = json.dumps(options)
    _leave_labels(graph, node.inputs[1])
    graph.say("It is the loss of the project, which the data's labels are given to.")
    if len(shape) > 3:
        # Steps or pixels in a row: no layer has more axes.
        return plain_value(graph.reshaped(first.node, (positions, classes)), (positions, classes))
    return plain_value(first.node, shape)


def _before_logarithms(graph: GraphReader, name: str, value: Value) -> Value:
    """The scores that a LogSoftmax over the classes takes. Raises NotExpressible."""
    node = graph.nodes[value.node]
    is_over_classes = node.kind == "log_softmax" and value.lies and (
        read_axis(node.options["axis"], node.shape or ()) == value.lies[0]
    )  # fmt: skip
    if not is_over_classes or graph.only_taker(name) is None:
        raise NotExpressible(
            "It takes logarithms of probabilities, and cross-entropy takes scores: it is read behind a "
            "LogSoftmax over the classes that nothing else takes."
        )
    del graph.nodes[node.name]
    text = "Part of the loss: cross-entropy takes scores."
    graph.rows = [replace(row, layer="", text=text) if row.layer == node.name else row for row in graph.rows]
    return value.like(node.inputs[0])


def _decoded(text: str | bytes) -> str:
    return text.decode(errors="replace") if isinstance(text, bytes) else text


def _leave_labels(graph: GraphReader, name: str) -> None:
    """Labels come with the data, and enter at no Input."""
    node = graph.nodes.get(graph.values[name].node) if name in graph.values else None
    if node is None:
        return
    if node.kind != "input" or len(graph.takers.get(name, [])) > 1:
        raise NotExpressible("Its labels are computed, and here they come with the data.")
    del graph.nodes[node.name]
    graph.rows = [
        replace(row, layer="", text="Labels, which come with the data.") if row.name == name else row
        for row in graph.rows
    ]
