"""The targets' own units at the ends of a graph of values, and what is said of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from nnkernels.graph.network import Resolved, read_columns
from nnkernels.spec import Role, size_of
from nnstudio.export.network import ExportedNetwork

# Shift and scale of the values of an Output, float64: one for all, or one for each in their shape.
Unscaling = tuple[np.ndarray, np.ndarray]
# A target this many of its scales from 0 keeps fewer digits in float32 than the proof of an export asks for.
FARTHEST = 300.0
# In the metadata: by the name of a graph output, the shift and scale that are in the graph.
UNSCALED = "unscaled"
IN_UNITS = "numbers in the units of the data; the graph scales them back itself"
SCALED = "numbers, scaled as 'scaling' says: times y_scale plus y_shift they are in the units of the data"
PLAIN = "numbers in the units of the data"


def unscalings(network: ExportedNetwork) -> dict[str, Unscaling]:
    """Of each Output whose numbers are scaled, by identifier; none where float32 would lose their digits."""
    ends = [node for node in network.nodes if node.layer.role == Role.OUTPUT]
    known = {node.id: _unscaling(network, node) for node in ends}
    scaled = {
        name: pair for name, pair in known.items()
        if pair is not None and ((pair[0] != 0).any() or (pair[1] != 1).any())
    }  # fmt: skip
    return {} if any(_is_too_far(*pair) for pair in scaled.values()) else scaled


def gives(network: ExportedNetwork) -> str:
    """What numbers a graph of values gives."""
    return IN_UNITS if unscalings(network) else SCALED if network.has_scaled_targets else PLAIN


def told(pairs: Mapping[str, Unscaling]) -> dict[str, Any]:
    """Unscalings as plain data."""
    return {name: {"shift": p[0].tolist(), "scale": p[1].tolist()} for name, p in pairs.items()}


def scaled_again(values: np.ndarray, unscaling: Mapping[str, Any] | None) -> np.ndarray:
    """Values (n, \\*shape) of a graph output, channels last, as the network itself gives them."""
    if unscaling is None:
        return values
    shift, scale = (np.asarray(unscaling[key], np.float64) for key in ("shift", "scale"))
    return (values - shift) / scale


def _unscaling(network: ExportedNetwork, output: Resolved) -> Unscaling | None:
    """None for what is no number of the data: classes, and what is compared with a number of its own."""
    p = network.preprocessing
    if network.classes or output.options["target"].strip() not in ("", "data"):
        return None
    shift, scale = (np.asarray(p[key], np.float64).ravel() for key in ("y_shift", "y_scale"))
    count = max(shift.size, scale.size)
    if count == 1:
        return shift.reshape(()), scale.reshape(())
    columns = read_columns(output.options["columns"], count, "targets")
    chosen = list(range(count) if columns is None else columns)
    shift, scale = (np.broadcast_to(v, count)[chosen] for v in (shift, scale))
    if len(chosen) != size_of(output.shape):
        return None
    return shift.reshape(output.shape), scale.reshape(output.shape)


def _is_too_far(shift: np.ndarray, scale: np.ndarray) -> bool:
    return bool((np.abs(shift) > FARTHEST * np.abs(scale)).any())
