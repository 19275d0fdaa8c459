"""A loss that aims at the median of targets of which most are the same number."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nnkernels.spec import Takes
from nnkernels.target import Target
from nnstudio.doctor.baseline import best_constant
from nnstudio.doctor.charts import bars
from nnstudio.doctor.finding import Case, Finding, Sees, findings
from nnstudio.doctor.patient import FEWEST_EPOCHS, Patient
from nnstudio.doctor.remedies import option, setting
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import in_digits, in_percent

# Fewer samples say too little; more targets are pictures, and more inputs tell no neighbours.
FEWEST, MOST_TARGETS, MOST_INPUTS = 30, 16, 40
# The best constant answer of the loss has come less than this far from the usual number to the mean.
NEAR = 0.25
# Of a network that was trained, so much of the loss of a constant answer is left.
UNLEARNED = 0.85
# Samples whose nearest ones are looked at, and how many of these.
LOOKED_AT, NEIGHBOURS = 1024, 9
RIGHT_LOSS = "mse"
BARS = 20


@findings.register
class MedianLoss(Finding):
    """More than half of the targets are one number, and the loss is least for that; the inputs do not tell
    which samples have another one so surely that the loss would follow.
    """

    id = "median_loss"
    title = "A loss that aims at the median"
    order = 23
    sees = (Sees.DATA,)
    may_see = (Sees.CURVE, Sees.ANSWERS)
    explains = ("slow_learning", "plateau", "nothing_learned", "underfitting", "constant_loss", "overfitting")

    def look(self, patient: Patient) -> Iterator[Case]:
        (target, *others), data = patient.layout.targets, patient.data
        if others or target.columns is not None or target.constant is not None or data.classes:
            return
        is_number = patient.session.loss.takes == Takes.NUMBERS
        if not is_number or len(data.y_train) < FEWEST or patient.targets.shape[1] > MOST_TARGETS:
            return
        columns, is_told = patient.kept("usual numbers", lambda: _usual_numbers(patient))
        is_judged = len(patient.losses) >= FEWEST_EPOCHS and patient.relative is not None
        if not columns or (not is_judged and is_told) or (is_judged and not _is_level(patient)):
            return
        yield _case(patient, target, columns[0])


def _is_level(patient: Patient) -> bool:
    return patient.relative is not None and patient.relative > UNLEARNED


def _usual_numbers(patient: Patient) -> tuple[list[int], bool]:
    """Columns of the targets of which most are one number, at which the loss aims; and whether the inputs
    tell where another one is to be expected.
    """
    y, best = patient.targets, best_constant(patient.session)
    columns = []
    for at, column in enumerate(y.T):
        usual, share = _usual(column)
        away = abs(float(column.mean()) - usual)
        if share <= 0.5 or share == 1 or len(np.unique(column)) < 3 or best is None:
            continue
        if abs(float(best[at]) - usual) <= NEAR * away:
            columns.append(at)
    return columns, any(_do_inputs_tell(patient.samples, y[:, at]) for at in columns)


def _usual(column: np.ndarray) -> tuple[float, float]:
    """The most frequent number and its share."""
    values, counts = np.unique(column, return_counts=True)
    return float(values[counts.argmax()]), float(counts.max() / len(column))


def _do_inputs_tell(x: np.ndarray, y: np.ndarray) -> bool:
    """Whether the median of the samples next to one is clearly nearer to it than the usual number: then a
    network can follow this loss, too. Where there are many inputs, neighbours tell nothing; training must.
    """
    if x.shape[1] > MOST_INPUTS or not np.isfinite(x).all() or len(x) <= NEIGHBOURS:
        return True
    x, y = x[:LOOKED_AT], y[:LOOKED_AT]
    x = (x - x.mean(0)) / np.maximum(x.std(0), 1e-9)
    squares = (x**2).sum(1)
    apart = squares[:, None] + squares - 2 * x @ x.T
    np.fill_diagonal(apart, np.inf)
    nearest = np.argpartition(apart, NEIGHBOURS, axis=1)[:, :NEIGHBOURS]
    told = np.abs(y - np.median(y[nearest], axis=1)).mean()
    return bool(told < UNLEARNED * np.abs(y - _usual(y)[0]).mean())


def _case(patient: Patient, target: Target, at: int) -> Case:
    column, data = patient.targets[:, at], patient.data
    usual, share = _usual(column)
    shift, scale = (
        np.broadcast_to(np.asarray(v, float), data.target_width)[at] for v in (data.y_shift, data.y_scale)
    )
    name = data.targets[at] if len(data.targets) == data.target_width else "the target"

    def told(value: float) -> str:
        number = float(value * scale + shift)
        # What was scaled and back is a little off.
        return in_digits(0.0 if abs(number) < 1e-5 * abs(scale) else number, 3)

    title, loss = patient.session.loss.title, told(usual)
    counts, edges = np.histogram(column, BARS)
    numbers = [
        (f"Samples whose '{name}' is {loss}", in_percent(round(share, 3))),
        ("Median", told(float(np.median(column)))), ("Mean", told(float(column.mean()))),
    ]  # fmt: skip
    if len(patient.losses) >= FEWEST_EPOCHS and patient.relative is not None:
        numbers.append(("Loss over that of a constant answer", in_digits(patient.relative, 3)))
    return Case(
        "" if target.loss == patient.settings.loss else patient.node(target.node),
        f"'{name}' is {loss} for {in_percent(round(share, 2))} of the samples, so that this is the median. "
        f"The loss ({title}) aims at that: whoever always says {loss} does well. The network is drawn to "
        "that answer, and tells too little of the others; a loss that aims at the mean counts them all.",
        tuple(numbers),
        bars(counts.tolist(), f"'{name}' from {told(edges[0])} to {told(edges[-1])}", "training samples"),
        (_another_loss(patient, target),),
    )


def _another_loss(patient: Patient, target: Target) -> Repair:
    title = "Use mean squared error, which aims at the mean"
    if target.loss == patient.settings.loss:
        return setting(title, loss=RIGHT_LOSS)
    return option(title, patient.node(target.node), "loss", RIGHT_LOSS)
