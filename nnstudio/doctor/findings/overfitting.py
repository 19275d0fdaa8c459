"""A network that learns its samples by heart: better and better on them, worse on others."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.doctor.charts import loss_curve
from nnstudio.doctor.finding import Case, Finding, Judged, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import insertion, setting
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import in_digits, in_percent

# The watched loss over its least, and how much the training loss fell meanwhile.
WORSE, FELL = 1.25, 0.8
# Epochs that the watched loss must have risen for, and over how many it is smoothed.
EPOCHS, SMOOTH = 5, 3
# Accuracies so far apart, and by so many standard errors.
APART, ERRORS = 0.05, 4.0
# So many standard errors of the watched loss are no chance.
SURE = 1.5


@findings.register
class Overfitting(Finding):
    """The watched loss has risen for epochs while the training loss fell, or the accuracies are far apart."""

    id = "overfitting"
    title = "Overfitting"
    order = 44
    sees = (Sees.CURVE,)
    may_see = (Sees.ANSWERS,)
    judged = Judged.WATCHED

    def look(self, patient: Patient) -> Iterator[Case]:
        if patient.data.watched == Split.TRAINING:
            return
        watched, loss = _smooth(patient.losses.watched), _smooth(patient.losses.loss)
        if len(watched) < EPOCHS or not np.isfinite(watched).all():
            return
        best = int(watched.argmin())
        since = int(patient.losses.epochs[best])
        rises = (
            len(watched) - 1 - best >= EPOCHS
            and watched[-1] > WORSE * watched[best]
            and loss[-1] < FELL * loss[best]
        )
        # Worse than always the same answer is no chance either.
        is_worse = patient.baseline is not None and watched[-1] > patient.baseline
        rises = rises and (is_worse or float(watched[-1] - watched[best]) > SURE * _error(patient))
        gap = _gap(patient)
        if not rises and not gap:
            return
        part = str(patient.data.watched)
        if rises:
            why = (
                f"Since epoch {since:,} the {part} loss has risen from {in_digits(float(watched[best]), 3)} "
                f"to {in_digits(float(watched[-1]), 3)}, while the training loss still fell. The network "
                "learns its samples by heart, and gets worse on all others."
            )
        else:
            why = (
                f"{gap[0][1]} of the training samples are right, but only {gap[1][1]} of the {part} samples. "
                "The network knows its samples better than what they have in common."
            )
        numbers = (
            ("Least " + part + " loss", in_digits(float(watched[best]), 3)),
            ("Now", in_digits(float(watched[-1]), 3)),
            ("Since", f"epoch {since:,}"),
            *gap,
        )
        yield Case(
            "",
            why,
            numbers if rises else gap,
            loss_curve(patient, since if rises else None, watched=True),
            self._remedies(patient),
        )

    @staticmethod
    def _remedies(patient: Patient) -> tuple[Repair, ...]:
        remedies = []
        if not patient.settings.extra("patience"):
            title = "Stop after 5 epochs without a better loss, and take the best weights"
            remedies.append(setting(title, patience=5))
        if not patient.settings.extra("l2"):
            remedies.append(setting("Pull weights towards zero (L2 of 0.001)", l2=0.001))
        last = patient.wiring.learned[-1] if patient.wiring.learned else None
        drops = any(n.layer.id == "dropout" for n in patient.layout.nodes.values())
        if last is not None and not drops and patient.wiring.nodes[last.inputs[0]].inputs:
            before = last.inputs[0]
            remedies.append(
                insertion(
                    f"Insert Dropout of 0.3 behind {patient.whole(before)}",
                    patient.node(before),
                    "dropout",
                    rate=0.3,
                )
            )
        return tuple(remedies)


def _smooth(values: np.ndarray) -> np.ndarray:
    """Means over the latest epochs, so that chance does not choose the best one."""
    if len(values) < SMOOTH:
        return values
    sums = np.convolve(values, np.ones(SMOOTH) / SMOOTH, "valid")
    return np.concatenate([np.full(SMOOTH - 1, sums[0]), sums])


def _error(patient: Patient) -> float:
    """The standard error of the watched loss, as its samples differ; 0 where that is not known."""
    answers = patient.answers.get(patient.data.watched)
    if answers is None or len(answers.losses) < 2 or not np.isfinite(answers.losses).all():
        return 0.0
    return float(answers.losses.std() / np.sqrt(len(answers.losses)))


def _gap(patient: Patient) -> tuple[tuple[str, str], ...]:
    """The two accuracies, where they are too far apart for chance; else nothing."""
    mine, theirs = float(patient.losses.accuracy[-1]), float(patient.losses.watched_accuracy[-1])
    samples = len(patient.data.part(patient.data.watched)[0])
    if not mine - theirs > APART:
        return ()
    error = np.sqrt(max(theirs * (1 - theirs), 1e-4) / samples)
    if mine - theirs < ERRORS * error:
        return ()
    return (
        ("Right in training", in_percent(round(mine, 3))),
        (f"Right in {patient.data.watched}", in_percent(round(theirs, 3))),
    )
