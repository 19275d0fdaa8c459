"""What the samples say: an input that gives the answer away, row numbers, repeats, rare classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.doctor.charts import bars
from nnstudio.doctor.corrections import left_out, without_repeats
from nnstudio.doctor.finding import Case, Finding, Judged, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import setting
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import in_percent

# Fewer samples say too little; more columns are pictures, or a series.
FEWEST, MOST_COLUMNS = 30, 400
# A correlation that is no chance; a class so many times as frequent as another; share of repeated rows.
CERTAIN, IMBALANCED, REPEATED = 0.9999, 10, 0.02
ROWS = 4096


def _column(patient: Patient, at: int) -> str:
    features = patient.data.features
    return f"'{features[at]}'" if len(features) == patient.samples.shape[1] else f"input {at + 1}"


def _of_input(patient: Patient, at: int, text: str, *numbers: tuple[str, str]) -> Case:
    """What a column of the inputs shows; where it cannot be left out here, that it has to be in the file."""
    corrections = left_out(patient.data, at)
    if not corrections:
        text += " Leave the column out of the file."
    return Case(patient.node(patient.wiring.inputs[0].id), text, numbers, corrections=corrections)


def _can_look(patient: Patient) -> bool:
    x = patient.samples
    return len(patient.data.input_shape) == 1 and len(x) >= FEWEST and 2 <= x.shape[1] <= MOST_COLUMNS


@findings.register
class Leak(Finding):
    """An input from which the target follows: a straight line of it, or one value for each class."""

    id = "leak"
    title = "An input gives the answer away"
    order = 3
    sees = (Sees.DATA,)

    def look(self, patient: Patient) -> Iterator[Case]:
        if not _can_look(patient) or patient.data.target_width != 1 or patient.data.set_by_hand:
            return
        y = patient.targets[:, 0]
        for at, column in enumerate(patient.samples.T):
            told = self._gives(column, y, bool(patient.data.classes))
            if told:
                name = _column(patient, at)
                yield _of_input(
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
            if not 2 <= len(values) <= len(np.unique(y)) or len(values) != len(np.unique(y)):
                return ""
            pairs = np.unique(np.stack([where, y.astype(int)]), axis=1)
            return "each of its values goes with one class" if pairs.shape[1] == len(values) else ""
        certain = abs(float(np.corrcoef(column, y)[0, 1])) > CERTAIN
        return "it is a straight line of it" if certain and len(np.unique(y)) > 2 else ""


@findings.register
class RowNumbers(Finding):
    """An input that counts the rows: whole numbers in the units of the data, each once, evenly apart."""

    id = "row_numbers"
    title = "Row numbers among the inputs"
    order = 25
    sees = (Sees.DATA,)

    def look(self, patient: Patient) -> Iterator[Case]:
        data = patient.data
        if not _can_look(patient) or data.set_by_hand:
            return
        x = np.asarray(data.all_inputs()[:ROWS], np.float64)
        shift, scale = np.broadcast_to(data.x_shift, x.shape[1]), np.broadcast_to(data.x_scale, x.shape[1])
        for at, column in enumerate(x.T):
            values = column * scale[at] + shift[at]
            whole = np.rint(values)
            if np.abs(values - whole).max() > 0.02 or len(np.unique(whole)) != len(whole):
                continue
            if np.ptp(whole) + 1 > 1.2 * len(whole):
                continue
            name = _column(patient, at)
            yield _of_input(
                patient,
                at,
                f"{name[0].upper() + name[1:]} is another whole number for each sample, as row numbers are. "
                "Such numbers say nothing about new samples.",
                ("Column", name),
                ("Different values", f"{len(whole):,} of {len(whole):,}"),
            )


@findings.register
class RepeatedRows(Finding):
    """Samples of the part that judges which also stand in the training part."""

    id = "repeated_rows"
    title = "Test samples that were learned from"
    order = 51
    sees = (Sees.DATA,)

    def look(self, patient: Patient) -> Iterator[Case]:
        data = patient.data
        part = data.judging
        if part == Split.TRAINING or np.prod(data.input_shape) < 3 or len(data.x_train) < FEWEST:
            return
        x, y = (values[:ROWS] for values in data.part(part))
        mine = _keys(np.asarray(x), np.asarray(y))
        learned = set(_keys(np.asarray(data.x_train[: 8 * ROWS]), np.asarray(data.y_train[: 8 * ROWS])))
        again = sum(key in learned for key in mine)
        if again <= max(REPEATED * len(mine), 2):
            return
        corrections = without_repeats(data)
        yield Case(
            "",
            f"{again:,} of {len(mine):,} {part} samples also stand in the training part. The network may "
            "have learned them by heart, so the results are better than they would be for new samples. "
            f"{_instead(corrections)}",
            (("Repeated", f"{again:,} of {len(mine):,} ({in_percent(round(again / len(mine), 3))})"),),
            corrections=corrections,
        )


def _instead(corrections: Sequence[Repair]) -> str:
    """What a person can do about samples that stand in two parts."""
    if corrections:
        return "Keep samples that are equal in one part, or keep each of them only once."
    return "Remove repeated samples from the data's file and open it anew."


def _keys(x: np.ndarray, y: np.ndarray) -> list[bytes]:
    rows = np.concatenate([x.reshape(len(x), -1), y.reshape(len(y), -1)], 1).astype(np.float32)
    return [row.tobytes() for row in rows + np.float32(0)]


@findings.register
class Imbalance(Finding):
    """Classes of which one is at least ten times as frequent as another, and all count the same."""

    id = "imbalance"
    title = "Some classes are rare"
    order = 32
    sees = (Sees.DATA,)
    judged = Judged.CLASSES

    def look(self, patient: Patient) -> Iterator[Case]:
        data, loss = patient.data, patient.session.loss
        if not data.classes or data.target_width != 1 or len(data.y_train) < FEWEST or data.text is not None:
            return
        weighted = patient.settings.loss_options.get("class_weights") or patient.settings.balance
        labels = np.asarray(data.y_train).ravel().astype(int)
        counts = np.bincount(labels[labels >= 0], minlength=len(data.classes))
        if weighted or counts.max() < IMBALANCED * max(int(counts[counts > 0].min()), 1):
            return
        most, least = int(counts.argmax()), int(np.where(counts > 0, counts, counts.max()).argmin())
        remedies: tuple[Repair, ...] = ()
        if loss.has_option("class_weights"):
            remedies = (setting("Let rare classes count more (balanced)", class_weights="balanced"),)
        yield Case(
            "",
            f"'{data.classes[most]}' has {counts[most]:,} training samples, '{data.classes[least]}' only "
            f"{counts[least]:,}. Always answering '{data.classes[most]}' is right in "
            f"{in_percent(round(counts[most] / counts.sum(), 3))} of all cases, so look at the results of "
            "each class.",
            (
                (f"'{data.classes[most]}'", f"{counts[most]:,}"),
                (f"'{data.classes[least]}'", f"{counts[least]:,}"),
            ),
            bars(counts.tolist(), "classes in their order", "training samples"),
            remedies,
        )
