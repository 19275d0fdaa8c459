"""A run that is over, and whose network is no help on samples that it did not learn from."""

from __future__ import annotations

from collections.abc import Iterator
from math import sqrt

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.doctor.answers import Answers
from nnstudio.doctor.baseline import losses_of_constant
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.model.quantity import in_digits, in_percent
from nnstudio.training.by_output import at_output
from nnstudio.training.evaluation import Evaluation

# The watched loss over that of a constant answer, and standard errors that a difference by chance may have.
NO_BETTER, CHANCE = 0.9, 2.0
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

    def look(self, patient: Patient) -> Iterator[Case]:
        part = patient.data.watched
        answers = patient.answers.get(part)
        if part == Split.TRAINING or answers is None or len(answers.losses) < 2 or not is_over(patient):
            return
        if not answers.outputs:
            yield from self._of(patient, patient.session, answers, "")
        uncounted = {target.node for target in patient.layout.targets if target.weight == 0}
        for output, own in answers.outputs:
            if output not in uncounted:
                yield from self._of(patient, at_output(patient.session, output), own, output)

    def _of(self, patient: Patient, seen: Evaluation, answers: Answers, output: str) -> Iterator[Case]:
        """What is seen of the answers of one Output, with its identifier where there are several."""
        part = patient.data.watched
        # Where classes count differently, the plain loss of a constant answer is not what was aimed at.
        if seen.loss_options.get("class_weights"):
            return
        usual = losses_of_constant(seen, seen.data.part(part)[1][answers.rows])
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
        if np.isfinite(answers.accuracy):
            numbers.append((f"Right in {part}", in_percent(round(answers.accuracy, 3))))
        who = patient.name(output) if output else "the network"
        yield Case(
            patient.node(output) if output else "",
            f"On the {part} samples, {who} is {'not clearly' if now < constant else 'no'} better than "
            "always giving the same answer: nothing shows that it learned what helps on new samples."
            f"{few} Perhaps the inputs do not tell the target, or there "
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
