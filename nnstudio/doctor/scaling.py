"""Remedies that scale columns of a table otherwise: standardised, or clipped to where nearly all are."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnstudio.data.dataset import Dataset
from nnstudio.data.standardising import standardise
from nnstudio.data.tables.encoders import NumberEncoder
from nnstudio.data.tables.fitting import CLIPPED
from nnstudio.data.tables.settings import ColumnSetting, Scaling, read_settings, write_settings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.rereading import Rereading
from nnstudio.model.commands import ChooseData
from nnstudio.model.document import DataReference, Document
from nnstudio.model.graph import Graph
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import counted

# Columns that a title names; of more, it says how many there are.
NAMED = 3


@dataclass(frozen=True)
class Rescaling(Rereading):
    """Columns of the data that are standardised from now on.

    Attributes:
        columns: their names, which are those of inputs or of targets.
        clips: whether values beyond where nearly all of the training part lie are moved to there first.
    """

    columns: tuple[str, ...] = ()
    clips: bool = False

    def read(self, document: Document, data: Dataset) -> Dataset:
        return self.rescaled(data)

    def rescaled(self, data: Dataset) -> Dataset:
        """The data as it would be read then; the table itself is not read again."""
        inputs, targets = (
            [i for i, name in enumerate(names) if name in self.columns]
            for names in (data.features, data.targets)
        )
        x, x_shift, x_scale = _standardised(
            (data.x_train, data.x_validation, data.x_test),
            data.x_shift,
            data.x_scale,
            inputs,
            self.clips,
        )
        y, y_shift, y_scale = _standardised(
            (data.y_train, data.y_validation, data.y_test), data.y_shift, data.y_scale, targets
        )
        return replace(
            data, x_train=x[0], x_validation=x[1], x_test=x[2], x_shift=x_shift, x_scale=x_scale,
            y_train=y[0], y_validation=y[1], y_test=y[2], y_shift=y_shift, y_scale=y_scale,
        )  # fmt: skip


Numbers = np.ndarray | float


def _standardised(
    parts: Sequence[np.ndarray], shift: Numbers, scale: Numbers, columns: Sequence[int], clips: bool = False
) -> tuple[Sequence[np.ndarray], Numbers, Numbers]:
    """All parts (n, values) with mean 0 and variance 1 in the training part, which is the first, in some
    columns; with the shift and scale of all of them.
    """
    if not columns:
        return parts, shift, scale
    known = parts[0][:, columns].astype(np.float64)
    low, high = np.quantile(known, CLIPPED, axis=0) if clips else (-np.inf, np.inf)
    mean, deviation = standardise(np.clip(known, low, high))
    width = parts[0].shape[1]
    shift, scale = (np.broadcast_to(np.asarray(v, np.float64), width).copy() for v in (shift, scale))
    shift[columns] += mean * scale[columns]
    scale[columns] *= deviation
    done = []
    for part in parts:
        moved = np.array(part, np.float32)
        # An empty part has no columns of its own.
        if len(part):
            moved[:, columns] = (np.clip(part[:, columns], low, high) - mean) / deviation
        done.append(moved)
    return done, shift, scale


def scaled_inputs(patient: Patient) -> tuple[Repair, ...]:
    """Standardise the inputs that a person left as they are; nothing where there are none."""
    return _rescaling(patient, patient.data.features, "input", "inputs")


def scaled_target(patient: Patient) -> tuple[Repair, ...]:
    """Standardise the target, or all of them, likewise."""
    if patient.data.classes or patient.data.are_labels:
        return ()
    return _rescaling(patient, patient.data.targets, "target", "targets")


def clipped_inputs(patient: Patient, names: Sequence[str]) -> tuple[Repair, ...]:
    """Clip these inputs, as far as they are columns of a table that enter as numbers."""
    said = said_of(patient)
    columns = {encoder.column for encoder in patient.data.inputs if isinstance(encoder, NumberEncoder)}
    left = tuple(
        name for name in names
        if name in columns and said.get(name, ColumnSetting()).scaling not in (Scaling.LOG, Scaling.CLIP)
    )  # fmt: skip
    if not left or patient.data.bytes_on_disk:
        return ()
    title = f"Clip {_named(left, 'input')} to where 98% of the training values lie"
    return (_chosen(title, left, Scaling.CLIP),)


def said_of(patient: Patient) -> dict[str, ColumnSetting]:
    """What a person says of columns: the options of a table are written down with its data."""
    return read_settings(str(patient.data.split_settings.get("columns", "")))


def _named(names: Sequence[str], one: str) -> str:
    return ", ".join(f"'{name}'" for name in names) if len(names) <= NAMED else counted(len(names), one)


def _rescaling(patient: Patient, names: Sequence[str], one: str, many: str) -> tuple[Repair, ...]:
    data = patient.data
    if not data.inputs or data.bytes_on_disk:
        # Only tables say how their columns enter, and those on the disk are too large to be scaled here.
        return ()
    said = said_of(patient)
    left = tuple(name for name in names if said.get(name, ColumnSetting()).scaling == Scaling.AS_IT_IS)
    if not left:
        return ()
    told = _named(left, one)
    title = f"Scale the {one if len(left) == 1 else many} {told} (standardise)"
    if len(left) > NAMED:
        title = f"Scale {told} (standardise)"
    return (_chosen(title, left, Scaling.STANDARDISE),)


def _chosen(title: str, columns: tuple[str, ...], scaling: Scaling) -> Rescaling:
    """Another scaling of columns, as one undo step."""

    def make(document: Document, _graph: Graph) -> ChooseData:
        data = document.data
        settings = read_settings(str(data.options.get("columns", "")))
        for name in columns:
            settings[name] = replace(settings.get(name, ColumnSetting()), scaling=scaling)
        scaled = DataReference(data.kind, {**data.options, "columns": write_settings(settings)})
        step = ChooseData(document, scaled)
        step.title = title
        return step

    return Rescaling(title, make, columns=columns, clips=scaling == Scaling.CLIP)
