"""What a placeholder keeps of a node: its attributes and arrays as text, so that nothing of it is lost."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnstudio.importing.onnx_values import OnnxNode
from nnstudio.model.atomic_file import FileError

# Characters that one placeholder may keep; a project holds some more.
MOST_CHARACTERS = 2**26


def kept_data(file: str, node: OnnxNode, arrays: Mapping[str, np.ndarray]) -> str:
    """Options of a placeholder as JSON. Raises FileError where the arrays are larger than a project holds."""
    plain = {
        "attributes": {key: as_plain(value) for key, value in node.attributes.items()},
        "inputs": list(node.inputs),
        "outputs": list(node.outputs),
        "arrays": {name: as_plain(array) for name, array in arrays.items()},
    }
    if sum(array.nbytes for array in arrays.values()) > MOST_CHARACTERS:
        raise FileError(
            f"No layer computes the node '{node.name}' ({node.kind}) of '{file}', and its arrays are too "
            "large to be kept in a project beside it. Export the network without that node."
        )
    return json.dumps(plain, default=repr)


def as_plain(value: Any) -> Any:
    """As JSON holds it: an array by its type, shape and bytes in base64."""
    if not isinstance(value, np.ndarray):
        return value
    if value.dtype.kind in "OUS":
        return {"shape": list(value.shape), "texts": [str(text) for text in value.ravel()]}
    little = np.ascontiguousarray(value, value.dtype.newbyteorder("<"))
    content = base64.b64encode(little.tobytes()).decode()
    return {"dtype": str(value.dtype), "shape": list(value.shape), "base64": content}
