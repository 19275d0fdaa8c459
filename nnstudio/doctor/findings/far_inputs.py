"""Inputs with a few values far beyond all others, so that the network hardly sees the others."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from nnstudio.data.tables.encoders import NumberEncoder
from nnstudio.data.tables.fitting import CLIPPED
from nnstudio.data.tables.marks import SENTINELS
from nnstudio.data.tables.settings import Scaling
from nnstudio.doctor.answers import rows_of
from nnstudio.doctor.charts import histogram
from nnstudio.doctor.corrections import counted_as_missing
from nnstudio.doctor.far import far_ones
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import DATA_ROWS, Patient
from nnstudio.doctor.scaling import clipped_inputs, said_of
from nnstudio.model.quantity import counted, in_digits

# Columns that a sentence names; a number of a table is a known mark within this share of itself.
NAMED, ALIKE = 3, 1e-3


class _Column(NamedTuple):
    """Of an input: its name, its numbers in the units of the table (n,), and which are far (n,)."""

    name: str
    values: np.ndarray
    far: np.ndarray


@findings.register
class FarInputs(Finding):
    """Numbers of a table that are squeezed together by a few that are far away."""

    id = "far_inputs"
    title = "Inputs with values far beyond all others"
    order = 22
    sees = (Sees.DATA,)
    explains = ("plateau", "slow_learning", "constant_loss", "underfitting")

    def look(self, patient: Patient) -> Iterator[Case]:
        columns = _columns(patient)
        if not columns:
            return
        marks = [mark for mark in SENTINELS if any(_is_mark(c.values[c.far], mark) for c in columns)]
        clipped = [c.name for c in columns if _can_clip(c.values)]
        advice = _advice(marks, len(clipped) == len(columns))
        rows = rows_of(len(patient.data.x_train), DATA_ROWS)[np.any([c.far for c in columns], axis=0)]
        worst = max(columns, key=lambda column: float(column.values.std() / _middle_half(column.values)))
        yield Case(
            patient.node(patient.wiring.inputs[0].id),
            f"{_told(columns)}. Beside them all other values are nearly the same number once they are "
            f"scaled, so the network hardly sees these inputs. {advice}",
            _numbers(worst),
            histogram(worst.values, worst.name, "samples"),
            clipped_inputs(patient, clipped),
            corrections=counted_as_missing(patient.data, marks),
            shown=tuple(int(row) for row in rows),
        )


def _numbers(column: _Column) -> tuple[tuple[str, str], ...]:
    """What stands beside the sentences, of the column that is squeezed most."""
    far, others = column.values[column.far], column.values[~column.far]
    low, high = (in_digits(float(v), 3) for v in np.quantile(others, [0.25, 0.75]))
    return (
        (f"Farthest of '{column.name}'", in_digits(float(far[np.abs(far).argmax()]))),
        ("Half of its other values", f"{low} to {high}"),
        ("Far beyond", f"{len(far):,} of {len(column.values):,} values looked at"),
    )


def _columns(patient: Patient) -> list[_Column]:
    """Inputs with far values, of a table whose columns are scaled."""
    data, told = patient.data, []
    numbers = {encoder.column for encoder in data.inputs if isinstance(encoder, NumberEncoder)}
    numbers -= {name for name, said in said_of(patient).items() if said.scaling == Scaling.AS_IT_IS}
    if len(data.input_shape) != 1 or len(data.features) != patient.samples.shape[1]:
        return []
    shift, scale = (np.broadcast_to(v, len(data.features)) for v in (data.x_shift, data.x_scale))
    for at, name in enumerate(data.features):
        if name in numbers and (far := far_ones(patient.samples[:, at])).any():
            told.append(_Column(name, patient.samples[:, at] * scale[at] + shift[at], far))
    return told


def _middle_half(values: np.ndarray) -> float:
    low, high = np.quantile(values, [0.25, 0.75])
    return max(float(high - low), 1e-30)


def _is_mark(values: np.ndarray, mark: float) -> bool:
    """Whether a number that people write where there is none stands among these more than once."""
    return int((np.abs(values - mark) < ALIKE * abs(mark)).sum()) > 1


def _can_clip(values: np.ndarray) -> bool:
    """Whether none of a column's values is far once it is clipped."""
    return not far_ones(np.clip(values, *np.quantile(values, CLIPPED))).any()


def _told(columns: list[_Column]) -> str:
    names = ", ".join(f"'{c.name}'" for c in columns[:NAMED])
    more = f" and {counted(len(columns) - NAMED, 'other input')}" if len(columns) > NAMED else ""
    return f"{names}{more} {'has' if len(columns) == 1 else 'have'} a few values far beyond all others"


def _advice(marks: list[float], can_clip: bool) -> str:
    if marks:
        told = ", ".join(f"{mark:g}" for mark in marks)
        return f"People write {told} where there is no value: if that is so here, let it count as missing."
    return f"If they are mistakes, correct them in the file{'; if not, clip them' if can_clip else ''}."
