"""An input that gives the answer away."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.of_input import can_look_at, name_of, of_input
from nnstudio.doctor.patient import Patient

# A correlation that is no chance.
CERTAIN = 0.9999
# Of a column whose cut gives two classes: samples at the least, and the share of them on each side that is
# within this share of the width of the middle half from the bound.
FEWEST_CUT, BESIDE, DENSE = 100, 0.1, 0.02


@findings.register
class Leak(Finding):
    """An input from which the target follows: along a curve that only rises or falls, by a bound, or as each
    value goes with one class.
    """

    id = "leak"
    title = "An input gives the answer away"
    order = 3
    sees = (Sees.DATA,)

    def look(self, patient: Patient) -> Iterator[Case]:
        if not can_look_at(patient) or patient.data.target_width != 1 or patient.data.set_by_hand:
            return
        y = patient.targets[:, 0]
        for at, column in enumerate(patient.samples.T):
            told = self._gives(column, y, bool(patient.data.classes))
            if told:
                name = name_of(patient, at)
                yield of_input(
                    patient,
                    at,
                    f"The target follows from {name} alone: {told}. Where that would not be known when "
                    "predicting, the results are too good to be true.",
                    ("Column", name),
                    ("Samples looked at", f"{len(y):,}"),
                )

    @staticmethod
    def _gives(column: np.ndarray, y: np.ndarray, are_classes: bool) -> str:
        if not np.isfinite(column).all() or column.std() == 0 or y.std() == 0:
            return ""
        if are_classes:
            values, where = np.unique(column, return_inverse=True)
            if _is_cut(column, y):
                return "all samples of one class lie below a bound in it, and all of the other above"
            if not 2 <= len(values) <= len(np.unique(y)) or len(values) != len(np.unique(y)):
                return ""
            pairs = np.unique(np.stack([where, y.astype(int)]), axis=1)
            return "each of its values goes with one class" if pairs.shape[1] == len(values) else ""
        if len(np.unique(y)) <= 2:
            return ""
        if abs(float(np.corrcoef(column, y)[0, 1])) > CERTAIN:
            return "it is a straight line of it"
        alike = abs(float(np.corrcoef(_ranks(column), _ranks(y))[0, 1])) > CERTAIN
        return "in the order of one, the other only rises or only falls" if alike else ""


def _ranks(values: np.ndarray) -> np.ndarray:
    """Places in order (n,), the same for equal values."""
    _values, where, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: np.ndarray = (np.cumsum(counts) - (counts - 1) / 2)[where]
    return ranks


def _is_cut(column: np.ndarray, y: np.ndarray) -> bool:
    """Whether two classes are a column cut at a bound: it parts them without a fault, in the midst of its
    values. Classes that are apart by themselves leave few samples near the bound.
    """
    order = np.argsort(column, kind="stable")
    values, labels = column[order], y[order]
    turns = np.flatnonzero(labels[1:] != labels[:-1])
    if len(turns) != 1 or len(values) < FEWEST_CUT or values[turns[0]] == values[turns[0] + 1]:
        return False
    bound = (values[turns[0]] + values[turns[0] + 1]) / 2
    low, high = np.quantile(values, [0.25, 0.75])
    near = np.abs(values - bound) < BESIDE * (high - low)
    sides = [int((near & side).sum()) for side in (values < bound, values > bound)]
    return min(sides) >= DENSE * len(values)
