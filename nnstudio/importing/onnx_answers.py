"""The ends of classifiers that scikit-learn's converter writes: which class it is follows from the rest."""

from __future__ import annotations

import json
from collections.abc import Sequence

import numpy as np

from nnstudio.importing.onnx_graph import GraphReader
from nnstudio.importing.onnx_joins import affine, is_scaling, keep_scaling
from nnstudio.importing.onnx_table import reads
from nnstudio.importing.onnx_values import NotExpressible, OnnxNode, Value

# What a graph's answer is made of, and no layer.
ANSWER = Value("", None)
ML = "ai.onnx.ml."


@reads(f"{ML}ZipMap")
def _zip_map(graph: GraphReader, node: OnnxNode) -> Value:
    names = node.attributes.get("classlabels_strings") or node.attributes.get("classlabels_int64s") or []
    keep_classes(graph, [n.decode(errors="replace") if isinstance(n, bytes) else str(n) for n in names])
    return graph.value(node.inputs[0])


def keep_classes(graph: GraphReader, names: list[str]) -> None:
    """Remember the names of the classes as nnstudio's own files tell them."""
    told = json.loads(graph.metadata.get("preprocessing", "{}"))
    if names and not told.get("classes"):
        graph.metadata["preprocessing"] = json.dumps({**told, "classes": names})


@reads("ArgMax", "TopK")
def _largest(graph: GraphReader, node: OnnxNode) -> Value | tuple[Value, ...]:
    value = graph.value(node.inputs[0])
    rank = len(value.lies) + 1
    axis = int(node.attributes.get("axis", -1 if node.kind == "TopK" else 0)) % rank
    if rank != 2 or axis != 1 or not _only_tells(graph, node.outputs):
        raise NotExpressible("Which value is the largest is an answer, and no layer.")
    graph.say("Which class it is follows from the values that the network gives.")
    return (ANSWER,) * len(node.outputs)


def _only_tells(graph: GraphReader, names: Sequence[str]) -> bool:
    """Whether all that is made of values is a graph's answer, beside which there is another output."""
    told, waiting = set(names), list(names)
    while waiting:
        for taker in graph.takers.get(waiting.pop(), []):
            if taker.kind not in TELLS:
                return False
            waiting += [output for output in taker.outputs if output not in told]
            told |= set(taker.outputs)
    return any(output not in told for output in graph.graph.outputs)


TELLS = frozenset({
    f"{ML}ArrayFeatureExtractor", "Cast", "Reshape", "Identity", f"{ML}LabelEncoder", "Squeeze", "Gather",
    "Flatten", "Unsqueeze", "ArgMax",
})  # fmt: skip


def tell(graph: GraphReader, node: OnnxNode) -> Value:
    """A node behind an answer: the names of classes are kept."""
    for source in node.inputs:
        array = graph.constants.get(source)
        if node.kind == f"{ML}ArrayFeatureExtractor" and array is not None:
            keep_classes(graph, [_text(name) for name in array.ravel()])
    graph.say("A part of the answer, which follows from the values that the network gives.")
    return ANSWER


def _text(name: object) -> str:
    return name.decode(errors="replace") if isinstance(name, bytes) else str(name)


@reads(f"{ML}Scaler")
def _scaler(graph: GraphReader, node: OnnxNode) -> Value:
    value = graph.value(node.inputs[0])
    for kind, name in (("Sub", "offset"), ("Mul", "scale")):
        numbers = np.asarray(node.attributes[name], np.float32)
        numbers = numbers if numbers.size > 1 else numbers.reshape(())
        if is_scaling(graph, node.inputs[0], value):
            keep_scaling(graph, kind, value, numbers, is_left=False)
        else:
            value = affine(graph, kind, value, numbers, is_left=False)
    return value
