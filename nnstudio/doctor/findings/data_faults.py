"""What the samples say: row numbers among the inputs, repeats, rare classes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.doctor.charts import bars
from nnstudio.doctor.corrections import without_repeats
from nnstudio.doctor.finding import Case, Finding, Judged, Sees, findings
from nnstudio.doctor.of_input import FEWEST, can_look_at, name_of, of_input
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import setting
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import in_percent

# A class so many times as frequent as another; share of repeated rows.
IMBALANCED, REPEATED = 10, 0.02
ROWS = 4096


@findings.register
class RowNumbers(Finding):
    """An input that counts the rows: whole numbers in the units of the data, each once, evenly apart."""

    id = "row_numbers"
    title = "Row numbers among the inputs"
    order = 25
    sees = (Sees.DATA,)

    def look(self, patient: Patient) -> Iterator[Case]:
        data = patient.data
        if not can_look_at(patient) or data.set_by_hand:
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
            name = name_of(patient, at)
            yield of_input(
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
