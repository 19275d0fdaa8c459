"""What is known of the data of an imported network: what its file says, and what follows from its Output."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnkernels.spec import Shape, SpecError, losses, size_of
from nnstudio.data.dataset import DataError
from nnstudio.data.without_samples import SCALINGS, without_samples
from nnstudio.importing.importer import Imported, ImportedNode
from nnstudio.model.atomic_file import FileError

# What an Output of classes follows, and what it was trained with.
ENDS = {"softmax": "softmax_cross_entropy", "sigmoid": "binary_cross_entropy"}
SCALED = (
    "What the file takes from its input first, and divides by, is kept as the scaling of the data; "
    "predictions take values in the units that the file takes. Data that you choose has its own."
)
# Values that a sample can have to be compared with; see `nnstudio.model.project_schema`.
MOST_TARGETS = 1_000_000


@dataclass(frozen=True)
class Known:
    """Facts as `data.without_samples` takes them, and the loss that goes with them.

    Attributes:
        assumed: sentences on what was guessed or left out; ``notes`` on what is only told otherwise.
    """

    facts: Mapping[str, Any]
    loss: str
    assumed: tuple[str, ...]
    notes: tuple[str, ...] = ()
    loss_options: Mapping[str, Any] = field(default_factory=dict)


def gives_labels(imported: Imported, shape: Shape | None) -> bool:
    """Whether values of a shape (.., classes) are compared with a label at each step or pixel."""
    loss = str(_told(imported.metadata).get("loss", ""))
    return loss in losses and losses[loss].each_position and shape is not None and len(shape) in (2, 3)


def _labels(outputs: Sequence[ImportedNode]) -> int:
    """How many labels a sample has."""
    shape = outputs[0].shape or ()
    return size_of(shape[:-1]) if len(shape) > 1 else 1


def _label_names(name: Sequence[str], count: int) -> tuple[str, ...]:
    return tuple(name) if count == 1 else tuple(f"{name[0]} {i}" for i in range(1, count + 1))


def known_data(imported: Imported, nodes: Sequence[ImportedNode]) -> Known:
    """What predictions need of the data. Raises FileError where the shape of a sample is not known."""
    inputs = [node for node in nodes if node.kind == "input"]
    outputs = [node for node in nodes if node.kind == "output"]
    if not inputs or not outputs or any(node.shape is None for node in inputs):
        raise FileError("The network has no Input of a known shape, or no Output. Export it with both.")
    shapes = [node.shape for node in inputs if node.shape is not None]
    shape = shapes[0] if len(shapes) == 1 else (sum(size_of(s) for s in shapes),)
    shape = shape if imported.sample is None else imported.sample
    told = _told(imported.metadata)
    for node in outputs:
        if node.shape is not None and size_of(node.shape) > MOST_TARGETS:
            raise FileError(f"'{node.name}' gives {size_of(node.shape):,} values, more than a project takes.")
    width = sum(size_of(node.shape) for node in outputs if node.shape is not None) or 1
    classes = tuple(map(str, told.get("classes") or ()))
    said = str(told.get("loss", ""))
    loss = _loss(nodes, outputs, classes, said)
    options, assumed = _loss_options(loss, told)
    if losses[loss].names_classes and not classes:
        shape_out = outputs[0].shape or (1,)
        count = max(shape_out[-1], 2)
        classes = tuple(map(str, range(count)))
        assumed.append(f"The file does not name the {count} classes; they are called 0 to {count - 1}.")
    targets = tuple(map(str, told.get("targets") or ()))
    if classes and not losses[loss].names_classes:
        assumed.append("It gives no classes as a loss takes them; its values are numbers with their names.")
        targets, classes = classes, ()
    if not classes and loss == "mse" and said != loss:
        assumed.append("The loss is the mean squared error until you choose another one.")
    if classes:
        width = _labels(outputs)
        targets = targets if len(targets) == width else _label_names(targets[:1] or ("class",), width)
    elif len(targets) != width:
        targets = tuple(f"output {i}" for i in range(1, width + 1)) if width > 1 else ("output",)
    plain = {
        "name": "", "classes": classes, "features": tuple(map(str, told.get("features") or ())),
        "targets": targets, "input_shape": shape, "target_width": width, "pictures": None,
    }  # fmt: skip
    facts, left_out, notes = _scaled(plain, imported, told)
    return Known(facts, loss, (*assumed, *left_out), notes, options)


def _loss_options(loss: str, told: Mapping[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Those that a loss takes; none where it takes not all that the file says, which a sentence tells."""
    if str(told.get("loss", "")) != loss:
        return {}, []
    try:
        return losses[loss].complete(told.get("loss_options") or {}), []
    except SpecError as error:
        return {}, [f"The options of the loss that the file names were left out: {error}"]


def _told(metadata: Mapping[str, str]) -> Mapping[str, Any]:
    """What a file that nnstudio wrote says of its data; nothing where that cannot be read."""
    try:
        told = json.loads(metadata.get("preprocessing", "{}"))
        told = {**told, "loss": json.loads(metadata.get("loss", '""'))}
        told["loss_options"] = json.loads(metadata.get("loss_options", "{}"))
    except (ValueError, TypeError, RecursionError):
        return {}
    lists = all(isinstance(told.get(k) or [], list) for k in ("classes", "targets", "features", *SCALINGS))
    return told if lists and isinstance(told["loss_options"], dict) else {}


def _loss(
    nodes: Sequence[ImportedNode], outputs: Sequence[ImportedNode], classes: Sequence[str], told: str
) -> str:
    """The loss that the file names or that the last layer is made for, else the mean squared error."""
    by_name = {node.name: node for node in nodes}
    shape = outputs[0].shape
    count = size_of(shape) if shape is not None else 0
    candidates = [told] if told in losses else []
    last = by_name[outputs[0].inputs[0]]
    while last.kind in ("identity", "flatten", "dropout") and last.inputs:
        last = by_name[last.inputs[0]]
    one_row = len(outputs) == 1 and shape is not None and len(shape) == 1
    if last.kind == "softmax" and count > 1 and one_row:
        candidates.append(ENDS["softmax"])
    if last.kind == "sigmoid" and count == 1 and one_row:
        candidates.append(ENDS["sigmoid"])
    for loss in candidates:
        number = len(classes) or max((shape or (1,))[-1], 2)
        named = number if losses[loss].names_classes else 0
        try:
            losses[loss].check(shape or (), named, _labels(outputs) if named else count)
        except ValueError:
            continue
        return loss
    return "mse"


def _scaled(
    plain: Mapping[str, Any], imported: Imported, told: Mapping[str, Any]
) -> tuple[Mapping[str, Any], tuple[str, ...], tuple[str, ...]]:
    """The facts with the scaling of the data, where the file says one that fits; what was left out; notes."""
    idle = {"x_shift": 0.0, "x_scale": 1.0, "y_shift": 0.0, "y_scale": 1.0}
    given = {name: np.asarray(value).tolist() for name, value in imported.scaling.items()}
    for name in ("y_shift", "y_scale"):
        if isinstance(told.get(name), list) and told[name] and not plain["classes"]:
            given[name] = told[name] if len(told[name]) > 1 else told[name][0]
    facts = {**plain, **idle, **given}
    try:
        without_samples(facts)
    except DataError:
        left_out = "The scaling that the file names does not fit the network; it was left out."
        return {**plain, **idle}, (left_out,), ()
    return facts, (), (SCALED,) if given.keys() & {"x_shift", "x_scale"} else ()
