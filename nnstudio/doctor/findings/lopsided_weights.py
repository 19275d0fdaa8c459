"""Class weights by which nearly all of the loss is that of one class."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnkernels.spec.class_weights import BALANCED, read_class_weights
from nnstudio.data.dataset import Split
from nnstudio.doctor.charts import bars
from nnstudio.doctor.course import least_recall
from nnstudio.doctor.finding import Case, Finding, Judged, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import setting
from nnstudio.model.quantity import in_percent

# A class that makes up this share of the loss, and no more than that of the samples, drowns the others;
# unless so many of each of them are right all the same.
DROWNS, SHARE, RIGHT = 0.95, 0.7, 0.7
FEWEST = 30


@findings.register
class LopsidedWeights(Finding):
    """Weights set by hand that leave the other classes next to nothing of the loss."""

    id = "lopsided_weights"
    title = "One class outweighs the others"
    order = 4
    sees = (Sees.DATA,)
    may_see = (Sees.ANSWERS,)
    explains = ("class_never_predicted",)
    judged = Judged.CLASSES

    def look(self, patient: Patient) -> Iterator[Case]:
        data = patient.data
        text = str(patient.settings.loss_options.get("class_weights") or "").strip()
        if text in ("", BALANCED) or len(data.classes) < 2 or data.target_width != 1:
            return
        labels = np.asarray(data.y_train).ravel().astype(int)
        counts = np.bincount(labels[labels >= 0], minlength=len(data.classes))
        parts = np.asarray(read_class_weights(text, len(data.classes))) * counts
        if counts.sum() < FEWEST or not parts.any():
            return
        share = parts / parts.sum()
        heavy = int(share.argmax())
        of_samples = counts[heavy] / counts.sum()
        if share[heavy] < DROWNS or of_samples > SHARE or _all_are_right(patient):
            return
        name = data.classes[heavy]
        yield Case(
            "",
            f"By its weight '{name}' makes up {in_percent(round(float(share[heavy]), 4))} of the loss, with "
            f"{in_percent(round(float(of_samples), 3))} of the training samples. Samples of other classes "
            "hardly count, so the network calls all that might be one so.",
            (
                ("Class weights", text),
                (f"Share of '{name}' in the loss", in_percent(round(float(share[heavy]), 4))),
                ("In the samples", f"{int(counts[heavy]):,} of {int(counts.sum()):,}"),
            ),
            bars(share.tolist(), "classes in their order", "share of the loss", float(heavy + 1)),
            (
                setting("Let all samples count the same (no class weights)", class_weights=""),
                setting("Let all classes count the same (balanced)", class_weights=BALANCED),
            ),
        )


def _all_are_right(patient: Patient) -> bool:
    """Whether each class is learned all the same."""
    answers = patient.answers.get(Split.TRAINING)
    return patient.is_trained and answers is not None and least_recall(answers) >= RIGHT
