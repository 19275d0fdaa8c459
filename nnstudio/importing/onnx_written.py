"""An ONNX graph that is as nnstudio wrote it, so that the nodes in its metadata are what it computes."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nnstudio.export.onnx.model import plain_graph
from nnstudio.export.onnx.units import UNSCALED
from nnstudio.importing.as_written import NONE_SUCH, imported_network, nodes_of, owning, with_arrays
from nnstudio.importing.importer import Imported, ImportedNode
from nnstudio.importing.onnx_values import OnnxNode


def as_written(model: Any, imported: Imported) -> Imported | None:
    """The network under the names it had, with the arrays of what was read of a ``ModelProto``; None where
    its graph is another than that which is written for it.
    """
    metadata = imported.metadata
    if "values" not in metadata:
        return None
    try:
        network = nodes_of(metadata)
        values, read = json.loads(metadata["values"]), {node.name: node for node in imported.nodes}
        arrays = {node.id: _arrays(read, values[node.id]) for node in owning(network)}
        network = with_arrays(network, arrays)
        # What it says in words may be another version's.
        graph = (
            plain_graph(network, UNSCALED in metadata)[0]
            .finished("nnstudio", model.graph.doc_string, "", {})
            .graph
        )
        if graph != model.graph:
            return None
        return imported_network(network, metadata, uncounted=True)
    except NONE_SUCH:
        return None


def without_unscaling(
    nodes: Sequence[OnnxNode], constants: Mapping[str, np.ndarray], metadata: Mapping[str, str]
) -> tuple[list[OnnxNode], Mapping[str, str]]:
    """The nodes of a graph without those by which nnstudio gave its outputs the units of the data, and the
    metadata, which have the scaling of targets.

    Where another program put one of those nodes into others since, all of them stay, and the metadata have no
    such scaling any more: targets must not be scaled back twice.
    """
    try:
        told = dict(json.loads(metadata.get(UNSCALED, "{}")))
        preprocessing = {**json.loads(metadata.get("preprocessing", "{}")), "y_shift": 0.0, "y_scale": 1.0}
    except NONE_SUCH:
        return list(nodes), metadata
    giving = {name: node for node in nodes for name in node.outputs}
    kept = {id(node): node for node in nodes}
    for name, pair in told.items():
        ends = _unscaling(giving, name)
        if ends is None or not _are(constants, ends, pair):
            return list(nodes), {**metadata, "preprocessing": json.dumps(preprocessing)}
        last, add, mul = ends
        kept.pop(id(add))
        kept.pop(id(mul))
        kept[id(last)] = replace(last, kind="Identity", inputs=mul.inputs[:1])
    return list(kept.values()), metadata


def _unscaling(giving: Mapping[str, OnnxNode], name: str) -> tuple[OnnxNode, OnnxNode, OnnxNode] | None:
    """What gives an output, and the nodes that add to it and multiply it, by which node gives what."""
    last = giving.get(name)
    # Optimizers leave the node out that only gives the name.
    add = giving.get(last.inputs[0]) if last is not None and last.kind == "Identity" else last
    mul = giving.get(add.inputs[0]) if add is not None and add.kind == "Add" else None
    return None if last is None or add is None or mul is None or mul.kind != "Mul" else (last, add, mul)


def _are(constants: Mapping[str, np.ndarray], ends: tuple[OnnxNode, OnnxNode, OnnxNode], told: Any) -> bool:
    """Whether they add the shift and multiply by the scale that are told."""
    _last, add, mul = ends
    return _is(constants, add, told, "shift") and _is(constants, mul, told, "scale")


def _is(constants: Mapping[str, np.ndarray], node: OnnxNode, told: Any, key: str) -> bool:
    """Whether the constant of a node is the shift or the scale that is told."""
    array = constants.get(node.inputs[-1])
    try:
        numbers = np.asarray(told[key], np.float32)
        first = np.moveaxis(numbers, -1, 0) if numbers.ndim == 3 else numbers
        return array is not None and np.array_equal(array, first)
    except NONE_SUCH:
        return False


def _arrays(read: Mapping[str, ImportedNode], name: str) -> Mapping[str, np.ndarray]:
    """Of a node that was read, or of the one whose arrays it shares."""
    return read[read[name].options.get("shares") or name].arrays


__all__ = ["as_written", "without_unscaling"]
