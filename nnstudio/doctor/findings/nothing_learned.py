"""A run that is over, and whose network is no help on samples that it did not learn from."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.doctor.answers import Answers
from nnstudio.doctor.baseline import losses_of_constant
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.findings.overfitting import NO_BETTER, best_of_rise, never_helped
from nnstudio.doctor.patient import Patient
from nnstudio.model.quantity import in_digits, in_percent
from nnstudio.training.by_output import at_output
from nnstudio.training.evaluation import Evaluation

# Standard errors that a difference by chance may have.
CHANCE = 2.0
# Fewer samples than these tell little.
FEW = 30


@findings.register
class NothingLearned(Finding):
    """Once the run is over, the watched samples are answered no better than by always the same answer, or
    not by more than chance.
    """

    id = "nothing_learned"
    title = "No help on new samples"
    order = 48
    sees = (Sees.ANSWERS,)
    may_see = (Sees.CURVE,)

    def look(self, patient: Patient) -> Iterator[Case]:
        part = patient.data.watched
        answers = patient.answers.get(part)
        if part == Split.TRAINING or answers is None or len(answers.losses) < 2:
            return
        is_by_heart = best_of_rise(patient) is not None and never_helped(patient)
        if not (is_by_heart or is_over(patient)):
            return
        if not answers.outputs:
            yield from self._of(patient, patient.session, answers, "", is_by_heart)
        uncounted = {target.node for target in patient.layout.targets if target.weight == 0}
        for output, own in answers.outputs:
            if output not in uncounted:
                yield from self._of(patient, at_output(patient.session, output), own, output)

    def _of(
        self, patient: Patient, session: Evaluation, answers: Answers, output: str, is_by_heart: bool = False
    ) -> Iterator[Case]:
        """What is seen of the answers of one Output, with its identifier where there are several."""
        part = patient.data.watched
        # Where classes count differently, the plain loss of a constant answer is not what was aimed at.
        if session.loss_options.get("class_weights"):
            return
        usual = losses_of_constant(session, session.data.part(part)[1][answers.rows])
        if usual is None or not np.isfinite(answers.losses).all() or not np.isfinite(usual).all():
            return
        now, constant, count = float(answers.losses.mean()), float(usual.mean()), len(usual)
        gain = usual - answers.losses
        is_chance = float(gain.mean()) <= CHANCE * float(gain.std()) / sqrt(count)
        if constant <= 0 or now <= NO_BETTER * constant or not is_chance:
            return
        few = f" There are only {count} of them, so this is uncertain." if count < FEW else ""
        numbers = [
            (f"{part} loss".capitalize(), in_digits(now, 3)),
            ("Loss of a constant answer", in_digits(constant, 3)),
            ("Samples", f"{count:,}"),
        ]
        if is_by_heart:
            losses, least = patient.losses, patient.losses.watched.argmin()
            low = f"{in_digits(float(losses.watched[least]), 3)} (epoch {losses.epochs[least]:,.0f})"
            numbers.insert(1, (f"Least {part} loss", low))
        if np.isfinite(answers.accuracy):
            numbers.append((f"{patient.right} in {part}", in_percent(round(answers.accuracy, 3))))
        who = patient.name(output) if output else "the network"
        seen = (
            f"The {part} loss was never clearly below that of always giving the same answer, while the "
            "training loss fell: what the network learns of its samples by heart helps on no others."
            if is_by_heart
            else f"On the {part} samples, {who} is {'not clearly' if now < constant else 'no'} better than "
            "always giving the same answer: nothing shows that it learned what helps on new samples."
        )
        yield Case(
            patient.node(output) if output else "",
            f"{seen}{few} Perhaps the inputs do not tell the target, or there "
            "are too few samples to learn it.",
            tuple(numbers),
        )


def is_over(patient: Patient) -> bool:
    """Whether the run came to its last epoch, or early stopping brought better weights back."""
    if patient.is_of_past or not patient.steps_judged:
        return False
    epochs, steps = (patient.curve.column(name) for name in ("epoch", "steps"))
    if not len(epochs):
        return False
    went_back = bool(patient.settings.extra("patience")) and steps[-1] > patient.step
    return bool(epochs[-1] >= patient.settings.epochs) or went_back
