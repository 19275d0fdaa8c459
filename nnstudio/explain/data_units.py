"""Weights as they would be if the network saw the data in its own units, not standardised.

An input v enters as (v - x_shift) / x_scale, and an output o stands for o y_scale + y_shift. A Dense layer
behind the Input therefore has weights w / x_scale and the bias b - sum(w x_shift / x_scale); one before the
Output has those times y_scale, and y_shift added to the bias. Where it is both, w y_scale / x_scale says by
how much the prediction grows for each unit of an input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from nnkernels.graph.network import read_columns
from nnkernels.layers.dense import Dense
from nnkernels.spec import Role
from nnstudio.data.dataset import Dataset
from nnstudio.data.own_unit import in_own_unit
from nnstudio.model.quantity import in_digits
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.weights import weights_of

# So many values of a sample are told.
NAMED = 20
ELSEWHERE = (
    "Only a Dense layer right behind the Input, or right before an Output of numbers, has weights in the "
    "units of the data; all others work with what the network made of it."
)


@dataclass(frozen=True)
class InUnits:
    """Arrays by name, float64, and in words what their units are; no arrays where ``said`` tells why."""

    arrays: dict[str, np.ndarray]
    said: str


def in_data_units(session: Evaluation, node: str) -> InUnits:
    """The arrays of a node in the units of the data, as far as they have any."""
    layout, data = session.layout, session.data
    resolved = layout.nodes.get(node)
    if resolved is None or not isinstance(resolved.layer, Dense):
        return InUnits({}, ELSEWHERE)
    source = layout.nodes[resolved.inputs[0]]
    is_first = source.layer.role == Role.INPUT and len(data.input_shape) == 1
    target = next((t for t in layout.targets if layout.nodes[t.node].inputs[0] == node), None)
    is_last = target is not None and not data.classes
    if not is_first and not is_last:
        return InUnits({}, ELSEWHERE)
    arrays = {name: values.astype(np.float64) for name, values in weights_of(session, node).items()}
    said = []
    if is_first:
        columns = read_columns(source.options["columns"], data.input_shape[0], "values")
        _unscale_inputs(arrays, *(_chosen(v, columns) for v in (data.x_shift, data.x_scale)))
        said.append("for one unit of an input of the data")
    if target is not None and is_last:
        _unscale_outputs(arrays, *(_chosen(v, target.columns) for v in (data.y_shift, data.y_scale)))
        names = data.targets if target.columns is None else [data.targets[i] for i in target.columns]
        said.insert(0, f"in the unit of {', '.join(names)}")
    return InUnits(arrays, ", ".join(said))


def in_words(data: Dataset, sample: np.ndarray) -> str:
    """The values of a sample, in the input's shape and scaled as the network gets it: the first `NAMED`, in
    the units of the data and with their names.
    """
    values = in_own_unit(sample, data.x_shift, data.x_scale).ravel()
    names = data.features if len(data.features) == len(values) else ()
    told = [in_digits(value, 6) for value in values[:NAMED]]
    lines = [f"{name}: {text}" for name, text in zip(names, told, strict=False)] or [", ".join(told)]
    rest = len(values) - NAMED
    return "\n".join([*lines, f"and {rest:,} more"] if rest > 0 else lines)


def _chosen(values: np.ndarray | float, columns: Sequence[int] | None) -> np.ndarray:
    """Those of some columns; one value stands for all."""
    array = np.asarray(values, np.float64)
    return array[list(columns)] if array.ndim and columns is not None else array


def _unscale_inputs(arrays: dict[str, np.ndarray], shift: np.ndarray, scale: np.ndarray) -> None:
    weight = arrays["weight"]
    shifts, scales = (np.broadcast_to(values, weight.shape[:1]) for values in (shift, scale))
    arrays["weight"] = weight / scales[:, None]
    if "bias" in arrays:
        arrays["bias"] = arrays["bias"] - (shifts / scales) @ weight


def _unscale_outputs(arrays: dict[str, np.ndarray], shift: np.ndarray, scale: np.ndarray) -> None:
    arrays["weight"] = arrays["weight"] * scale
    if "bias" in arrays:
        arrays["bias"] = arrays["bias"] * scale + shift
