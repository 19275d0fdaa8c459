"""A loss that does not fall: constant, rising, jumping, or on a plateau."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from nnstudio.doctor.charts import loss_curve
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import Patient
from nnstudio.doctor.proposals import larger
from nnstudio.doctor.remedies import options, smaller_rates
from nnstudio.doctor.scaling import scaled_target
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import in_digits, told_apart

# A loss that moved by less than this share did not move; one that is above this share of the loss of a
# constant answer did not learn.
STILL, UNLEARNED = 0.01, 0.9
# What it may move by though nothing is learned: sums of another order round otherwise.
NOTHING = 1e-5
FEWEST_STEPS = 100
# Epochs of a plateau, and of a curve that is long enough to jump; a plateau is no end of learning below this
# share of the loss of a constant answer.
LONG, JUMPS, HIGH = 30, 12, 0.6
# Of a loss that rises: last quarter over the first. Of one that jumps: median step over median level.
RISING, JUMPING = 1.3, 0.3


def _numbers(patient: Patient) -> tuple[tuple[str, str], ...]:
    loss = patient.losses.loss
    ends = float(loss[0]), float(loss[-1])
    first, now = told_apart(*ends) if ends[0] != ends[1] else (in_digits(value, 3) for value in ends)
    told = [("Loss in the first epoch", first), ("Loss in the last epoch", now)]
    if patient.baseline is not None:
        told.append(("Loss of a constant answer", in_digits(patient.baseline, 3)))
    return tuple(told)


def _case(patient: Patient, text: str, remedies: Sequence[Repair], since: float | None = None) -> Case:
    """What the whole curve shows; ``since``: the epoch at which it began."""
    return Case("", text, _numbers(patient), loss_curve(patient, since), tuple(remedies))


@findings.register
class ConstantLoss(Finding):
    """Losses of all epochs that differ by less than a hundredth, at the level of a constant answer."""

    id = "constant_loss"
    title = "The loss does not move"
    order = 40
    sees = (Sees.CURVE,)
    may_see = (Sees.ANSWERS,)
    explains = ("underfitting", "class_never_predicted", "slow_learning", "nothing_learned")
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        loss = patient.losses.loss
        moved = float(np.ptp(loss)) / max(abs(float(loss[0])), 1e-12)
        unlearned = patient.relative is None or patient.relative > UNLEARNED
        if patient.steps_judged < FEWEST_STEPS or not moved < STILL or not unlearned or patient.rate == 0:
            return
        how = f"moved by only {moved:.2g} of itself" if moved > NOTHING else "did not move at all"
        told = (
            f"Over {len(loss):,} epochs the loss {how}: it is no better than always giving the same answer."
        )
        frozen = tuple(n.id for n in patient.wiring.learned if not patient.wiring.is_part(n))
        if not patient.learned_values and frozen:
            yield _case(
                patient,
                f"{told} All layers with weights are frozen, so no step changes anything.",
                (options("Let all layers learn", frozen, "frozen", False),),
            )
            return
        yield _case(
            patient,
            f"{told} The network does not learn: it may be too small for the task, its output may not depend "
            "on its inputs, or the steps are far too small.",
            larger(patient),
        )


@findings.register
class RisingLoss(Finding):
    """A training loss whose last quarter lies above its first."""

    id = "rising_loss"
    title = "The loss rises"
    order = 41
    sees = (Sees.CURVE,)
    explains = ("plateau", "underfitting", "slow_learning", "nothing_learned")
    is_serious = True

    def look(self, patient: Patient) -> Iterator[Case]:
        loss = patient.losses.loss
        quarter = max(len(loss) // 4, 1)
        first, last = float(np.median(loss[:quarter])), float(np.median(loss[-quarter:]))
        if patient.steps_judged < FEWEST_STEPS // 2 or not last > RISING * first or patient.is_fitted:
            return
        yield _case(
            patient,
            f"The training loss was about {in_digits(first, 2)} over the first quarter of the epochs, and "
            f"about {in_digits(last, 2)} over the last. Steps lead away from where it is low; most often "
            "they are too large.",
            (*scaled_target(patient), *smaller_rates(patient.rate)),
        )


@findings.register
class Oscillating(Finding):
    """A training loss that jumps up and down by a good share of itself, and gets nowhere."""

    id = "oscillating_loss"
    title = "The loss jumps up and down"
    order = 42
    sees = (Sees.CURVE,)
    may_see = (Sees.ANSWERS,)
    explains = ("slow_learning", "nothing_learned")

    def look(self, patient: Patient) -> Iterator[Case]:
        loss = patient.losses.loss
        if (
            len(loss) < JUMPS
            or patient.is_fitted
            or (patient.relative is not None and patient.relative < 0.1)
        ):
            return
        half = loss[len(loss) // 2 :]
        steps = np.diff(half)
        share = float(np.median(np.abs(steps)) / max(float(np.median(np.abs(half))), 1e-12))
        turns = float((np.sign(steps[1:]) != np.sign(steps[:-1])).mean())
        if share < JUMPING or turns < 0.4:
            return
        yield _case(
            patient,
            f"From one epoch to the next, the training loss jumps by {share:.0%} of itself. Each step goes "
            "beyond the valley that it leads into; smaller steps or larger batches calm it.",
            smaller_rates(patient.rate),
        )


@findings.register
class Plateau(Finding):
    """A loss that fell, and has not for half of the run, while it is still high."""

    id = "plateau"
    title = "A plateau"
    order = 46
    sees = (Sees.CURVE,)
    may_see = (Sees.ANSWERS,)
    explains = ("slow_learning", "nothing_learned")

    def look(self, patient: Patient) -> Iterator[Case]:
        loss = patient.losses.loss
        if len(loss) < LONG or patient.relative is None or patient.relative < HIGH:
            return
        half = len(loss) // 2
        early, late = (
            float(loss[half : half + max(half // 4, 1)].mean()),
            float(loss[-max(half // 4, 1) :].mean()),
        )
        fell = (float(loss[0]) - float(loss.min())) / max(abs(float(loss[0])), 1e-12)
        if fell < 5 * STILL or early - late > STILL * early:
            return
        # As long as it has been no better than it is now.
        since = int(patient.losses.epochs[np.flatnonzero(loss <= late * (1 + STILL))[0]])
        yield _case(
            patient,
            f"The loss has hardly fallen since epoch {since:,}, {_level(patient.relative)}. The network may "
            "be too small for the task, or stuck; another learning rate, or more units, may help."
            f"{_untold(patient)}",
            larger(patient),
            since,
        )


def _untold(patient: Patient) -> str:
    """What else may be, where nothing at all was learned."""
    if patient.relative is None or patient.relative < UNLEARNED:
        return ""
    return " Or the inputs do not tell the target, as where labels stand beside the wrong samples."


def _level(relative: float) -> str:
    """How a loss stands to that of a constant answer, in words."""
    if relative > 1 / UNLEARNED:
        return "and is higher than that of a network that always gives the same answer"
    if relative > UNLEARNED:
        return "and is about that of a network that always gives the same answer"
    return f"though that of a network that always gives the same answer is only {1 / relative:.2g} times it"
