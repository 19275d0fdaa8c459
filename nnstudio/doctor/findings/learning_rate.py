"""Steps that go too far, or hardly anywhere."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnstudio.doctor.charts import line, loss_curve
from nnstudio.doctor.finding import Case, Chart, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.remedies import other_rates, smaller_rates
from nnstudio.doctor.schedule import factor_now
from nnstudio.model.quantity import in_digits, in_percent, told_apart

FEWEST_STEPS, FEWEST_EPOCHS = 100, 5
# From this share of the loss of a constant answer on, nothing was learned.
UNLEARNED = 0.9
# From this share on, nobody reads percent.
MANY = 10.0


@findings.register
class LearningRateHigh(Finding):
    """Steps that go too far: numbers that end, a loss that rises or jumps, on the curve or on a copy."""

    id = "learning_rate_high"
    title = "The learning rate is too high"
    order = 5
    sees = (Sees.NETWORK,)
    may_see = (Sees.CURVE, Sees.AHEAD, Sees.ANSWERS)
    explains = (
        "rising_loss",
        "oscillating_loss",
        "loss_spikes",
        "constant_loss",
        "plateau",
        "slow_learning",
        "nothing_learned",
        "underfitting",
        "class_never_predicted",
        "saturated_units",
        "exploding_gradients",
        "overfitting",
        "batchnorm_statistics",
        "flooded_signal",
    )
    is_serious = True

    # The weights are thrown away by steps of this share of their norm; a copy diverges where its loss rises
    # so many times, and is so many times that of a constant answer.
    LEAP, RISES, BEYOND, JUMPING, UNSETTLED = 0.2, 3.0, 1.5, 0.3, 0.03
    # First steps as large as the weights themselves throw them away, where these did not start at 0; and from
    # this share of the loss of a constant answer on, little was learned since.
    THROWN, FROM_NOTHING, HIGH = 1.0, 1e6, 0.6

    def look(self, patient: Patient) -> Iterator[Case]:
        why, chart = self._ahead(patient) or self._behind(patient) or ("", None)
        if not why:
            return
        first, pace = patient.first_pace, patient.pace
        numbers = [("Learning rate", f"{patient.rate:g}")]
        if pace is not None and first is not None and first > 2 * pace:
            numbers.append(("The first steps changed the weights by up to", _of_size(first)))
            numbers.append(("The latest steps by up to", _of_size(pace)))
        elif pace is not None:
            numbers.append(("A step changes the weights by up to", _of_size(pace)))
        if patient.baseline is not None and len(patient.losses):
            # What is told as a share or a multiple, as the curve has it.
            numbers.append(("Training loss", in_digits(float(patient.losses.loss[-1]), 3)))
            numbers.append(("Loss of a constant answer", in_digits(patient.baseline, 3)))
        yield Case(
            "",
            f"{why} Smaller steps would lead downhill; a learning rate of {patient.rate:g} is too large "
            "here.",
            tuple(numbers),
            chart,
            smaller_rates(patient.rate),
        )

    def _ahead(self, patient: Patient) -> tuple[str, Chart] | None:
        course = patient.ahead
        if course is None or not len(course.losses):
            return None
        chart = line(np.arange(1, len(course.losses) + 1), course.losses, "step on a copy", "loss")
        if course.diverged:
            return None
        is_bad = course.relative is None or course.relative > self.BEYOND
        if course.after > self.RISES * course.before and is_bad:
            return (
                f"On a copy, the loss rises from {in_digits(course.before, 3)} to "
                f"{in_digits(course.after, 3)} in {course.steps:,} steps.",
                chart,
            )
        return None

    def _behind(self, patient: Patient) -> tuple[str, Chart] | None:
        losses = patient.losses
        if len(losses) < FEWEST_EPOCHS or patient.is_fitted:
            return None
        first, pace = patient.first_pace or 0.0, patient.pace or 0.0
        if max(first, pace) > self.LEAP and patient.relative is not None and patient.relative > self.BEYOND:
            which = "the first steps" if first > pace else "steps"
            return (
                f"After {len(losses):,} epochs the training loss is {in_digits(patient.relative, 2)} times "
                f"that of one that always answers the same, and {which} changed the weights by up to "
                f"{_of_size(max(first, pace))}.",
                loss_curve(patient),
            )
        # Steps may have become small since: weights of such a size hardly feel them. Those that started at 0
        # grow by any number.
        was_thrown = self.THROWN < first < self.FROM_NOTHING
        if was_thrown and patient.relative is not None and patient.relative > self.HIGH:
            return (
                f"The first steps changed the weights by up to {_of_size(first)}, and the network has not "
                f"recovered: {in_percent(round(patient.relative, 2))} of the loss of always the same answer "
                "is left.",
                loss_curve(patient),
            )
        watched = float(losses.watched[-1])
        if was_thrown and patient.baseline and watched > self.BEYOND * patient.baseline:
            return (
                f"The first steps changed the weights by up to {_of_size(first)}. They have become so large "
                f"that wrong answers are far too sure: the {patient.data.watched} loss is "
                f"{in_digits(watched / patient.baseline, 2)} times that of always the same answer.",
                loss_curve(patient, watched=True),
            )
        if pace < self.LEAP:
            return None
        loss = losses.loss
        half = loss[len(loss) // 2 :]
        jumps = float(np.median(np.abs(np.diff(half))) / max(float(np.median(np.abs(half))), 1e-12))
        unlearned = patient.relative is None or patient.relative > UNLEARNED
        if jumps > self.JUMPING or (unlearned and jumps > self.UNSETTLED):
            return (
                f"Each step changes the weights by up to {_of_size(pace)}, and the loss does not settle.",
                loss_curve(patient),
            )
        return None


@findings.register
class LearningRateLow(Finding):
    """A loss that falls steadily but hardly, by steps that hardly move the weights."""

    id = "learning_rate_low"
    title = "The learning rate is too low"
    order = 6
    sees = (Sees.CURVE,)
    may_see = (Sees.ANSWERS,)
    explains = (
        "constant_loss",
        "plateau",
        "slow_learning",
        "underfitting",
        "class_never_predicted",
        "nothing_learned",
    )

    # A step that moves the weights by less is tiny; the loss is still this share of a constant answer's, and
    # fell, or jumped, by no more than this share of what it was at first.
    TINY, HIGH, HARDLY = 2e-4, 0.6, 0.5

    def look(self, patient: Patient) -> Iterator[Case]:
        pace, loss = patient.pace, patient.losses.loss
        if pace is None or not 0 < pace < self.TINY or patient.steps_judged < FEWEST_STEPS:
            return
        # A rate that a schedule made small says nothing of the one that is set.
        if not pace < self.TINY * factor_now(patient):
            return
        if patient.relative is not None and patient.relative < self.HIGH:
            return
        falls = float((np.diff(loss) <= 0).mean())
        if falls < 0.6 or not float(np.ptp(loss)) <= self.HARDLY * abs(float(loss[0])):
            return
        first, now = told_apart(float(loss[0]), float(loss[-1]))
        yield Case(
            "",
            f"Each step changes the weights by only {_of_size(pace)}, and the loss falls steadily but "
            "hardly. Larger steps would get as far in a fraction of the time.",
            (
                ("Learning rate", f"{patient.rate:g}"),
                ("Loss at first", first),
                ("Loss now", now),
            ),
            loss_curve(patient),
            other_rates(patient.rate, 10, 100, 1000),
        )


def _of_size(share: float) -> str:
    """How far a step moves the weights, in words."""
    if share >= MANY:
        return f"{in_digits(share, 2)} times their size"
    return f"{in_digits(100 * share, 2)}% of their size"
