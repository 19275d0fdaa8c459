"""NPZ: plain NumPy arrays, loaded with ``np.load(path, allow_pickle=False)``."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from nnstudio.export.description import ALONE_NUMPY, DESCRIPTION, description
from nnstudio.export.format import WeightsFormat, formats
from nnstudio.export.network import ExportedNetwork

# Metadata lies beside the weights as text arrays of these names.
PREFIX = "metadata:"
USAGE = (
    ALONE_NUMPY
    + """import numpy as np

file = np.load({file}, allow_pickle=False)
print(file["metadata:description"])  # what a sample is like, and what comes out
print({{name: file[name].shape for name in file.files if not name.startswith("metadata:")}})"""
)


@formats.register
class Npz(WeightsFormat):
    """Compressed arrays; what describes them is stored as text arrays named "metadata:...", the first of
    which is for people.

    ``allow_pickle`` is never needed.
    """

    id = "npz"
    title = "NumPy NPZ"
    help = "Plain NumPy arrays that load without pickle; 'metadata:description' tells how to use them."
    suffix = ".npz"
    order = 1

    def write(self, network: ExportedNetwork, path: Path) -> None:
        told = {DESCRIPTION: description(network), **network.metadata()}
        texts = {PREFIX + key: np.array(value) for key, value in told.items()}
        with path.open("wb") as file:
            np.savez_compressed(file, allow_pickle=False, **network.arrays, **texts)

    def usage(self, network: ExportedNetwork, path: Path) -> str:
        return USAGE.format(file=json.dumps(path.name))

    def read(self, path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        with np.load(path, allow_pickle=False) as file:
            everything = {name: file[name] for name in file.files}
        arrays = {k: v for k, v in everything.items() if not k.startswith(PREFIX)}
        texts = {k.removeprefix(PREFIX): str(v) for k, v in everything.items() if k.startswith(PREFIX)}
        texts.pop(DESCRIPTION, None)
        return arrays, texts
