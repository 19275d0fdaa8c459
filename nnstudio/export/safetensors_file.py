"""safetensors: the default for sharing weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nnstudio.export.format import WeightsFormat, formats
from nnstudio.export.network import ExportedNetwork


@formats.register
class Safetensors(WeightsFormat):
    """Named float32 arrays with the description as string metadata; opens in every framework."""

    id = "safetensors"
    title = "safetensors"
    help = "Named arrays for sharing; opens in every framework."
    suffix = ".safetensors"
    order = 0

    def write(self, network: ExportedNetwork, path: Path) -> None:
        from safetensors.numpy import save_file

        arrays = {name: np.ascontiguousarray(values) for name, values in network.arrays.items()}
        save_file(arrays, path, network.metadata())

    def read(self, path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        from safetensors import safe_open

        with safe_open(path, "numpy") as file:
            return {name: file.get_tensor(name) for name in file.keys()}, file.metadata() or {}  # noqa: SIM118
