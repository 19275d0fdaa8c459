"""safetensors: the default for sharing weights, with PyTorch's names and layouts."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from nnstudio.export.description import ALONE, DESCRIPTION, how_described, on_pictures
from nnstudio.export.format import WeightsFormat, formats
from nnstudio.export.network import MEMORY_LAYOUT, ExportedNetwork
from nnstudio.export.picture_files import takes_pictures
from nnstudio.export.pytorch.layout import (
    TORCH_LAYOUT,
    flattened_shapes,
    from_torch,
    module_names,
    state_dict,
)

# In the metadata: for each node with arrays its module, its layer, and what a Flatten before it takes.
MODULES = "modules"
HOW = (
    "A neural network written by nnstudio {version}. The tensors are named and shaped as the state_dict of a "
    "PyTorch model: 'modules' tells which module belongs to which of the 'nodes', the layers in order with "
    "all their options. A sample {shape} in the units of the data enters as (value - x_shift) / x_scale"
    "{turned}; {gives}.{others} Both scalings and the names are in 'preprocessing'. nnstudio exports the "
    "same network as 'pytorch' with a model.py that loads these tensors."
)
USAGE = (
    ALONE.format(title="PyTorch", name="pytorch")
    + """# Its model.load({file}) takes this file, too.
# It needs: pip install safetensors numpy
from safetensors import safe_open

with safe_open({file}, "numpy") as file:
    print(file.metadata()["description"])  # what a sample is like, and what comes out
    print({{name: file.get_tensor(name).shape for name in file.keys()}})"""
)
# Of tensors that fit modules of PyTorch, which would compute something else with them.
EARLY = " These are no nn.GRU, for their reset gate scales the state before the product: {}."
REVERSED = " These read from the last step to the first: {}."
TURNED = "\n\nIts channels come first by rows.transpose(0, 3, 1, 2)."


@formats.register
class Safetensors(WeightsFormat):
    """Named arrays as the state_dict of PyTorch has them, with the description as string metadata."""

    id = "safetensors"
    title = "safetensors"
    help = "Named arrays for sharing, with PyTorch's names and layouts; opens in every framework."
    suffix = ".safetensors"
    order = 0

    def write(self, network: ExportedNetwork, path: Path) -> None:
        metadata = network.metadata()
        metadata |= {"layout": json.dumps(TORCH_LAYOUT), MODULES: json.dumps(_modules(network))}
        # Loaders of Hugging Face ask for this entry.
        told = {"format": "pt", DESCRIPTION: _description(network), **metadata}
        save(state_dict(network), path, told)

    def usage(self, network: ExportedNetwork, path: Path) -> str:
        return USAGE.format(file=json.dumps(path.name))

    def read(self, path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        """As nnstudio has them."""
        from safetensors import safe_open

        with safe_open(path, "numpy") as file:
            names = file.keys()
            tensors = {name: file.get_tensor(name) for name in names}
            metadata = file.metadata() or {}
        options = {node["id"]: node["options"] for node in json.loads(metadata["nodes"])}
        arrays: dict[str, np.ndarray] = {}
        for node, entry in json.loads(metadata.pop(MODULES)).items():
            start = f"{entry['module']}."
            own = {k.removeprefix(start): v for k, v in tensors.items() if k.startswith(start)}
            back = from_torch(entry["layer"], own, options[node], tuple(entry["flattened"]))
            arrays |= {f"{node}.{name}": values for name, values in back.items()}
        del metadata["format"], metadata[DESCRIPTION]
        return arrays, {**metadata, "layout": json.dumps(MEMORY_LAYOUT)}


def save(arrays: Mapping[str, np.ndarray], path: Path, metadata: Mapping[str, str]) -> None:
    """Write a file of safetensors. Raises OSError, as other formats do, where it cannot be written."""
    from safetensors import SafetensorError
    from safetensors.numpy import save_file

    try:
        save_file(dict(arrays), path, dict(metadata))
    except SafetensorError as error:
        raise OSError(str(error)) from error


def _description(network: ExportedNetwork) -> str:
    is_turned = len(network.input_shape) == 3
    told = how_described(
        HOW, network, turned=", with its channels first" if is_turned else "", others=_others(network)
    )
    return told + on_pictures(network) + (TURNED if takes_pictures(network.input_shape) else "")


def _others(network: ExportedNetwork) -> str:
    """Which nodes compute something else than the modules of PyTorch that take the same tensors."""
    early = [n.id for n in network.nodes if n.options.get("reset") == "before"]
    back = [n.id for n in network.nodes if n.options.get("reverse") and not n.options["bidirectional"]]
    told = ((EARLY, early), (REVERSED, back))
    return "".join(text.format(", ".join(nodes)) for text, nodes in told if nodes)


def _modules(network: ExportedNetwork) -> dict[str, dict[str, object]]:
    names, shapes = module_names(node.id for node in network.nodes), flattened_shapes(network)
    return {
        node.id: {"module": names[node.id], "layer": node.layer.id, "flattened": shapes.get(node.id, ())}
        for node in network.nodes
        if network.owners.get(node.id) == node.id
    }
