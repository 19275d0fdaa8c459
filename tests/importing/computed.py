"""What imported layers give, by their references."""

import numpy as np

from nnkernels.spec import layers, size_of
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
