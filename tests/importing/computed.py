"""What imported layers give, by their references."""

import numpy as np

from nnkernels.spec import layers
from nnstudio.importing.importer import Imported


def computed(imported: Imported, x: np.ndarray) -> list[np.ndarray]:
    """The values of each Output, for inputs in the units of the file."""
    if imported.scaling:
        x = (x - imported.scaling["x_shift"]) / imported.scaling["x_scale"]
    nodes = {node.name: node for node in imported.nodes}
    values: dict[str, np.ndarray] = {}
    for node in imported.nodes:
        inputs = [values[name] for name in node.inputs] or [x]
        arrays = nodes[node.options.get("shares") or node.name].arrays
        options = layers[node.kind].complete(node.options)
        values[node.name] = layers[node.kind].reference(options, inputs, arrays)
    return [values[node.name] for node in imported.nodes if node.kind == "output"]
