"""JSON: the description and every weight in one text, for small networks and for people."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from nnstudio.export.description import ALONE_NUMPY, DESCRIPTION, description
from nnstudio.export.format import WeightsFormat, formats, refuse_not_finite
from nnstudio.export.network import ExportedNetwork
from nnstudio.export.text_numbers import check_few, shortest

USAGE = (
    ALONE_NUMPY
    + """import json

with open({file}, encoding="utf-8") as file:
    network = json.load(file)
print("\\n".join(network["description"]))  # what a sample is like, and what comes out
print({{layer: list(arrays) for layer, arrays in network["weights"].items()}})"""
)


@formats.register
class JsonWeights(WeightsFormat):
    """An object with the description (nodes, preprocessing, ..) and the "weights": nested lists by layer and
    parameter.
    """

    id = "json"
    title = "JSON"
    help = "The whole network as one readable text, for small networks; opens in every language."
    suffix = ".json"
    order = 61

    def check(self, network: ExportedNetwork) -> None:
        check_few("A JSON file", network)
        refuse_not_finite("JSON", network)

    def write(self, network: ExportedNetwork, path: Path) -> None:
        described: dict[str, Any] = {DESCRIPTION: description(network).splitlines()}
        described |= {key: json.loads(text) for key, text in network.metadata().items()}
        lines = [f" {json.dumps(key)}: {_indented(value)}" for key, value in described.items()]
        layers: dict[str, list[str]] = {}
        for name, values in network.arrays.items():
            layer, _, parameter = name.rpartition(".")
            layers.setdefault(layer, []).append(f"   {json.dumps(parameter)}: {_numbers(values, 3)}")
        weights = ",\n".join(
            f"  {json.dumps(layer)}: {{\n" + ",\n".join(own) + "\n  }" for layer, own in layers.items()
        )
        lines.append(f' "weights": {{\n{weights}\n }}')
        path.write_text("{\n" + ",\n".join(lines) + "\n}\n", "utf-8")

    def usage(self, network: ExportedNetwork, path: Path) -> str:
        return USAGE.format(file=json.dumps(path.name))

    def read(self, path: Path) -> tuple[dict[str, np.ndarray], dict[str, str]]:
        whole = json.loads(path.read_text("utf-8"))
        weights = whole.pop("weights")
        whole.pop(DESCRIPTION, None)
        arrays = {
            f"{layer}.{parameter}": np.array(values, np.float32)
            for layer, own in weights.items()
            for parameter, values in own.items()
        }
        return arrays, {key: json.dumps(value) for key, value in whole.items()}


def _indented(value: Any) -> str:
    """A list of objects or texts has a line for each."""
    if isinstance(value, list) and value and isinstance(value[0], dict | str):
        return "[\n" + ",\n".join(f"  {json.dumps(entry)}" for entry in value) + "\n ]"
    if isinstance(value, dict):
        return "{\n" + ",\n".join(f"  {json.dumps(k)}: {json.dumps(v)}" for k, v in value.items()) + "\n }"
    return json.dumps(value)


def _numbers(values: np.ndarray, indent: int) -> str:
    """Nested lists, those of the last axis in one line."""
    if values.ndim <= 1:
        return f"[{', '.join(shortest(v) for v in values.ravel())}]"
    blank = " " * indent
    inner = ",\n".join(f"{blank} {_numbers(part, indent + 1)}" for part in values)
    return f"[\n{inner}\n{blank}]"
