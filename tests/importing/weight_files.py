"""Networks and files of weights for tests."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from safetensors.numpy import save_file

from nnkernels.program import Layout, ParameterSlot
from nnkernels.spec import size_of
from nnstudio.export.network import ExportedNetwork
from nnstudio.importing.stored_weights import read_weights
from nnstudio.importing.weight_targets import targets_of
from nnstudio.importing.weights import WeightMatch, match_weights


def layout_of(network: ExportedNetwork) -> Layout:
    """Where the arrays of a network lie in a row."""
    slots, offset = [], 0
    for node in network.nodes:
        for p in node.parameters if network.owners.get(node.id) == node.id else ():
            slots.append(ParameterSlot(node.id, p.name, p.shape, offset, p.trained, p.unit_axis, p.axes))
            offset += size_of(p.shape)
    nodes = {node.id: node for node in network.nodes}
    return Layout(nodes, tuple(slots), offset, network.targets, network.owners)


def matched(path: Path, network: ExportedNetwork) -> WeightMatch:
    """A file against a network whose own weights are all 7."""
    layout = layout_of(network)
    params = np.full(layout.parameter_count, 7, np.float32)
    return match_weights(read_weights(path), targets_of(layout, params, {}, network.loss))


def wrong(match: WeightMatch, network: ExportedNetwork) -> list[str]:
    """Arrays of a network that did not come back as they are there; a count came back as a whole number."""
    got = {f"{node}.{name}": v for node, arrays in match.values.items() for name, v in arrays.items()}
    return [
        name for name, values in network.arrays.items()
        if name not in got or not np.array_equal(got[name], np.round(values) if "batches" in name else values)
    ]  # fmt: skip


def safetensors(path: Path, arrays: dict[str, np.ndarray]) -> Path:
    """Arrays in a file of their own, without a description."""
    file = path / "weights.safetensors"
    save_file({name: np.ascontiguousarray(v).reshape(v.shape) for name, v in arrays.items()}, file)
    return file
