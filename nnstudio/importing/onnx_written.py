"""An ONNX graph that is as nnstudio wrote it, so that the nodes in its metadata are what it computes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnstudio.export.onnx.model import plain_graph
from nnstudio.importing.as_written import NONE_SUCH, imported_network, nodes_of, owning, with_arrays
from nnstudio.importing.importer import Imported, ImportedNode


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
        graph = plain_graph(network)[0].finished("nnstudio", model.graph.doc_string, "", {}).graph
        if graph != model.graph:
            return None
        return imported_network(network, metadata, uncounted=True)
    except NONE_SUCH:
        return None


def _arrays(read: Mapping[str, ImportedNode], name: str) -> Mapping[str, np.ndarray]:
    """Of a node that was read, or of the one whose arrays it shares."""
    return read[read[name].options.get("shares") or name].arrays


__all__ = ["as_written"]
