"""A network that nnstudio wrote, as it was: the nodes that its file names, where a reader gives them in part.

It believes nothing: whoever uses it writes these nodes again and compares that with the file.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from nnkernels.graph.network import NetworkSpec, NodeSpec, Resolved, owner_of, resolve
from nnkernels.spec import Shape, size_of
from nnstudio.export.network import ExportedNetwork
from nnstudio.importing.builder import LARGEST_SAMPLE, MOST_NODES
from nnstudio.importing.importer import Imported, ImportedNode, Row
from nnstudio.model.settings import TrainingSettings

# What comes of metadata that describe no network.
NONE_SUCH = (
    KeyError, ValueError, TypeError, IndexError, AttributeError, ArithmeticError, RecursionError,
)  # fmt: skip
# Values of all layers of one sample: the writers make tables of them.
MOST_VALUES = 2**28
# An array that only training reads, so that no file of another program holds it.
COUNT = "running_batches"
AS_IT_WAS = "As nnstudio wrote it."
COUNTED = "The file does not say of how many batches its statistics are; training counts from 0."


def nodes_of(metadata: Mapping[str, str]) -> ExportedNetwork:
    """The network that metadata describe, without its arrays. Raises one of `NONE_SUCH`."""
    given = json.loads(metadata["nodes"])
    told = json.loads(metadata["preprocessing"])
    shape = tuple(int(n) for n in told["input_shape"])
    if len(given) > MOST_NODES or not all(n > 0 for n in shape) or size_of(shape) > LARGEST_SAMPLE:
        raise ValueError("more than can be drawn")
    specs = [NodeSpec(n["id"], n["layer"], n["options"], tuple(n["inputs"])) for n in given]
    nodes = resolve(NetworkSpec(tuple(specs)), shape)
    if [*nodes] != [n.id for n in specs] or sum(size_of(n.shape) for n in nodes.values()) > MOST_VALUES:
        raise ValueError("other nodes than were written")
    output = json.loads(metadata["output"])
    if output not in nodes:
        raise ValueError("no node gives the output")
    if any(len({*n.inputs}) < len(n.inputs) for n in specs):
        raise ValueError("a link between two nodes is drawn once")
    owners = {name: owner_of(nodes, name) for name, node in nodes.items() if node.parameters}
    return ExportedNetwork(
        tuple(nodes.values()), output, {}, owners, json.loads(metadata["loss"]), told,
        (), TrainingSettings(),
    )  # fmt: skip


def owning(network: ExportedNetwork) -> Sequence[Resolved]:
    """The nodes with arrays of their own."""
    return [node for node in network.nodes if network.owners.get(node.id) == node.id]


def with_arrays(network: ExportedNetwork, arrays: Mapping[str, Mapping[str, np.ndarray]]) -> ExportedNetwork:
    """The network with the arrays of each of its `owning` nodes. Raises one of `NONE_SUCH`."""
    own: dict[str, np.ndarray] = {}
    for node in owning(network):
        for p in node.parameters:
            given = arrays[node.id]
            array = np.zeros(p.shape) if p.name == COUNT and COUNT not in given else given[p.name]
            if array.shape != tuple(p.shape):
                raise ValueError(f"'{node.id}.{p.name}' has another shape")
            own[f"{node.id}.{p.name}"] = np.ascontiguousarray(array, np.float32)
    return replace(network, arrays=own)


def imported_network(
    network: ExportedNetwork, metadata: Mapping[str, str], uncounted: bool = False
) -> Imported:
    """All nodes under their names; ``uncounted``: the file has no numbers of batches. Raises one of
    `NONE_SUCH`.
    """
    nodes, rows = [], []
    for node in network.nodes:
        arrays = network.parameters(node) if network.owners.get(node.id) == node.id else {}
        nodes.append(
            ImportedNode(node.id, node.layer.id, dict(node.options), node.inputs, arrays, node.shape)
        )
        rows.append(Row(node.id, node.layer.id, node.id, AS_IT_WAS))
        if uncounted and COUNT in arrays:
            rows.append(Row(node.id, node.layer.id, node.id, COUNTED, is_assumed=True))
    shape = network.input_shape
    scaling = {key: scaled(network.preprocessing[key], shape) for key in ("x_shift", "x_scale")}
    return Imported(tuple(nodes), tuple(rows), metadata, scaling, shape)


def scaled(numbers: Any, shape: Shape) -> np.ndarray:
    """A shift or a scale, float32: one number, or one for each value of a sample in its shape. Raises
    ValueError for one that fits no sample.
    """
    array = np.asarray(numbers, np.float32).ravel()
    if not np.isfinite(array).all():
        raise ValueError("a scaling is no number")
    if array.size == 1:
        return array.reshape(())
    return array.reshape(shape) if array.size == size_of(shape) else np.broadcast_to(array, shape).copy()


__all__ = ["NONE_SUCH", "imported_network", "nodes_of", "owning", "scaled", "with_arrays"]
