"""Samples whose label looks wrong: all their neighbours, and the network, say something else."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.doctor.charts import histogram
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient

# How sure the network must be of another class, and of how many neighbours all must be of that.
SURE, NEIGHBOURS = 0.95, 5
# The network must be right this often, and no more samples may seem wrong than this share.
RIGHT, MOST_SHARE, FEWEST = 0.7, 0.2, 3
NAMED = 6


@findings.register
class Mislabelled(Finding):
    """Training samples for which the network is sure of another class, as all their neighbours are."""

    id = "mislabelled"
    title = "Labels that look wrong"
    order = 52
    sees = (Sees.ANSWERS, Sees.DATA)

    def look(self, patient: Patient) -> Iterator[Case]:
        answers = patient.answers[Split.TRAINING]
        if (
            not patient.is_trained
            or not answers.likely.size
            or patient.data.tokens
            or answers.accuracy < RIGHT
        ):
            return
        chosen = answers.chosen
        doubted = np.flatnonzero((chosen != answers.labels) & (answers.likely.max(1) > SURE))
        if not FEWEST <= len(doubted) <= MOST_SHARE * len(chosen):
            return
        x = np.asarray(patient.data.x_train[answers.rows], np.float32).reshape(len(chosen), -1)
        wrong = [i for i in doubted if _neighbours_agree(x, answers.labels, int(i), int(chosen[i]))]
        if len(wrong) < FEWEST:
            return
        names, worst = patient.data.classes, sorted(wrong, key=lambda i: -answers.losses[i])
        told = "; ".join(
            f"sample {answers.rows[i] + 1:,}: {names[answers.labels[i]]}, rather {names[chosen[i]]}"
            for i in worst[:NAMED]
        )
        yield Case(
            "",
            f"The network is sure that {len(wrong)} of {len(chosen):,} training samples are of another class "
            "than their label says, and the samples most like them all have that other label. Their labels "
            "may be wrong: look at them, and correct them in the file.",
            (("Doubtful labels", f"{len(wrong)} of {len(chosen):,}"), ("The worst", told)),
            histogram(answers.losses, "loss of a sample", "samples"),
            shown=tuple(int(answers.rows[i]) for i in worst),
        )


def _neighbours_agree(x: np.ndarray, labels: np.ndarray, index: int, label: int) -> bool:
    """Whether the nearest other samples are all of this class."""
    away = ((x - x[index]) ** 2).sum(1)
    away[index] = np.inf
    nearest = np.argpartition(away, NEIGHBOURS)[:NEIGHBOURS]
    return bool((labels[nearest] == label).all())
