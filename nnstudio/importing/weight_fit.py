"""The arrays of one layer of a file into one layer of a network: which fit, and why the others do not."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass

import numpy as np

from nnkernels.spec import Shape, show_shape
from nnstudio.export.pytorch.layout import TRANSLATIONS
from nnstudio.importing.stored_weights import Lying, StoredArray, StoredLayer
from nnstudio.importing.weight_targets import Target

# Only PyTorch counts batches where nothing follows from it.
COUNT = "num_batches_tracked"
APART = (
    "its values come from a Flatten of pictures by way of other layers, so PyTorch's order of rows cannot be "
    "followed; put the layer right behind the Flatten"
)


@dataclass(frozen=True)
class WeightRow:
    """What became of an array of the file; or, where ``array`` is "", an array of the network that got none.

    Attributes:
        target: "node.parameter", several joined by commas, or "".
        text: how it was matched, or why it was not.
        is_loaded: whether it has its counterpart in the network.
        is_needed: whether something is missing where it has not.
        is_guessed: whether it may belong elsewhere, or its axes lie otherwise.
    """

    array: str
    shape: Shape
    target: str
    text: str
    is_loaded: bool = False
    is_needed: bool = True
    is_guessed: bool = False


@dataclass(frozen=True, eq=False)
class Taken:
    """New arrays of a node by parameter, and a row for each array of the file.

    Attributes:
        fitting: how many arrays have the shape that is expected, be they taken or not.
    """

    values: Mapping[str, np.ndarray]
    rows: tuple[WeightRow, ...]
    fitting: int


def fits_whole(layer: StoredLayer, target: Target, lying: Lying) -> bool:
    """Whether all of a layer's arrays are as expected, and none but biases is missing."""
    expected = target.expected[lying]
    shapes = {key: array.shape for key, array in layer.arrays.items()}
    missing = [k for k in expected if k not in shapes and "bias" not in k and k != COUNT]
    return not missing and all(k == COUNT or expected.get(k) == shape for k, shape in shapes.items())


def take(
    layer: StoredLayer, target: Target, lying: Lying, is_told: bool, how: str, is_guessed: bool = False
) -> Taken:
    """What fits of a layer's arrays; ``how`` says why they belong to this target, which ``is_guessed`` where
    their names do not tell it, and ``is_told`` whether the file says how its arrays lie.
    """
    flattened, apart = _flattened(layer, target, lying)
    known = _known(target, lying)
    given: dict[str, np.ndarray] = {}
    rows = {}
    for key, array in layer.arrays.items():
        why = _why_not(key, array, target, lying) or apart
        if array.values is not None and not why:
            given[key] = array.values.reshape(target.expected[lying][key])
        is_needed = key != COUNT or key in known
        rows[key] = WeightRow(array.name, array.shape, "", why, is_needed=is_needed)
    values: dict[str, np.ndarray] = {}
    ours = target.ours(lying, given, flattened) if given else {}
    for key in given:
        values |= {part: ours[part] for part in known[key]}
        on_axes = _told_of_axes(key, target, lying, is_told)
        text = how + on_axes
        if flattened and key == "weight":
            text += f"; rows turned, as the Flatten before it sees {show_shape(flattened)}"
        where = ", ".join(f"{target.node.id}.{part}" for part in known[key])
        rows[key] = WeightRow(
            rows[key].array, rows[key].shape, where, text, True, is_guessed=is_guessed or bool(on_axes)
        )
    expected = target.expected[lying]
    fitting = sum(key in known and array.shape == expected[key] for key, array in layer.arrays.items())
    return Taken(values, tuple(rows.values()), fitting)


def _known(target: Target, lying: Lying) -> Mapping[str, Collection[str]]:
    """Arrays of a file that become something here, and what."""
    if lying == Lying.OURS:
        return {name: (name,) for name in target.arrays}
    return {key: parts for key, parts in target.parts.items() if parts}


def _why_not(key: str, array: StoredArray, target: Target, lying: Lying) -> str:
    """Why an array cannot be taken, "" where it can."""
    node, expected = target.node, target.expected[lying]
    if key not in _known(target, lying):
        if key == COUNT:
            return f"not needed: '{node.id}' does not count batches"
        return f"'{node.id}' ({node.layer.title}) has no such array; it has {', '.join(expected)}"
    if array.shape != expected[key] and not (key == COUNT and array.shape in ((), (1,))):
        return f"shape {show_shape(array.shape)} against {show_shape(expected[key])} of '{node.id}'"
    return array.problem


def _flattened(layer: StoredLayer, target: Target, lying: Lying) -> tuple[Shape, str]:
    """What the Flatten before a layer takes, by our own file or by the network; or why rows cannot follow."""
    if lying == Lying.OURS:
        return (), ""
    if layer.flattened is None:
        return target.flattened, APART if target.lies_apart else ""
    rows = target.arrays["weight"].shape[0] if "weight" in target.arrays else 0
    if layer.flattened and math.prod(layer.flattened) != rows:
        return (), f"the file says that a Flatten of {show_shape(layer.flattened)} stands before it"
    return layer.flattened, ""


def _told_of_axes(key: str, target: Target, lying: Lying, is_told: bool) -> str:
    """That an array would fit either way, in words; "" where it could not or the file says how it lies."""
    shape, ours = target.expected[lying][key], target.arrays.get(key)
    fits_both = ours is not None and len(shape) > 1 and ours.shape == shape
    if is_told or not fits_both or target.node.layer.id not in TRANSLATIONS:
        return ""
    return "; its shape fits either way, and its axes are taken as " + (
        "PyTorch has them" if lying == Lying.PYTORCH else "nnstudio has them"
    )
