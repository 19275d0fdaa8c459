"""JSON: weights as nested lists, for languages that read nothing else."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from nnstudio.export.format import WeightsFormat, formats
from nnstudio.export.network import ExportedNetwork


@formats.register
class JsonFile(WeightsFormat):
    """An object of "arrays" (nested lists by name) and "metadata" (texts by name)."""

    id = "example_json"
    title = "JSON"
    help = "Text that a person can read."
    suffix = ".example-json"
    order = 90

    def write(self, network: ExportedNetwork, path: Path) -> None:
        arrays = {name: values.tolist() for name, values in network.arrays.items()}
        path.write_text(json.dumps({"arrays": arrays, "metadata": network.metadata()}), encoding="utf-8")

    def read(self, path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        content = json.loads(path.read_text(encoding="utf-8"))
        arrays = {name: np.array(values, np.float32) for name, values in content["arrays"].items()}
        return arrays, content["metadata"]
