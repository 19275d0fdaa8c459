"""What imported layers give, by their references."""

from types import ModuleType

import numpy as np
import pytest

from nnkernels.spec import layers, size_of
from nnstudio.export.network import ExportedNetwork
from nnstudio.importing.as_written import COUNT
from nnstudio.importing.importer import Imported


def computed(imported: Imported, x: np.ndarray) -> list[np.ndarray]:
    """The values of each Output, for inputs in the units of the file."""
    if imported.scaling:
        x = (x - imported.scaling["x_shift"]) / imported.scaling["x_scale"]
    nodes = {node.name: node for node in imported.nodes}
    starts = [node for node in imported.nodes if node.kind == "input"]
    values: dict[str, np.ndarray] = {starts[0].name: x} if len(starts) == 1 else {}
    if imported.sample is not None:
        values = {node.name: layers["input"].reference(node.options, [x], {}) for node in starts}
        starts = []
    at = 0
    for node in starts if len(starts) > 1 else ():
        # Several inputs are parts of one row.
        size = size_of(node.shape)
        values[node.name] = x[:, at : at + size].reshape(-1, *node.shape)
        at += size
    for node in imported.nodes:
        if node.kind == "input":
            continue
        inputs = [values[name] for name in node.inputs]
        arrays = nodes[node.options.get("shares") or node.name].arrays
        options = layers[node.kind].complete(node.options)
        values[node.name] = layers[node.kind].reference(options, inputs, arrays)
    return [values[node.name] for node in imported.nodes if node.kind == "output"]


def check_same(imported: Imported, network: ExportedNetwork) -> None:
    """It computes the same, for it is the same."""
    assert [(n.name, n.kind, n.options, n.inputs) for n in imported.nodes] == [
        (n.id, n.layer.id, n.options, n.inputs) for n in network.nodes
    ]
    arrays = {f"{node.name}.{name}": v for node in imported.nodes for name, v in node.arrays.items()}
    assert arrays.keys() == network.arrays.keys()
    for name, values in network.arrays.items():
        assert np.array_equal(arrays[name], values) or name.endswith(COUNT)
    for name, values in imported.scaling.items():
        assert np.array_equal(values.ravel(), np.ravel(network.preprocessing[name]).astype(np.float32))


def both_ways(monkeypatch: pytest.MonkeyPatch, reader: ModuleType) -> list[Imported | None]:
    """From now on a reader reads what nnstudio wrote as a file of others; the list gets it as it was."""
    kept: list[Imported | None] = []
    as_written = reader.as_written
    monkeypatch.setattr(reader, "as_written", lambda *given: kept.append(as_written(*given)))
    return kept
