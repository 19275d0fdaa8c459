"""What the run bar says of the moment that is shown: of the run as it is, or of the past in the timeline."""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, NamedTuple

from nnstudio.data.terms import NO_GOAL, REAL_RIGHT
from nnstudio.model.quantity import counted, in_digits
from nnstudio.training.phase import Phase
from nnstudio.training.progress import EARLY

if TYPE_CHECKING:
    from nnstudio.training.curve import Curve, Epoch
    from nnstudio.training.messages import Snapshot

UNKNOWN = "-"
# Numbers with as many digits as those of most runs.
LONG_LOSS, LONG_STEP, LONG_EPOCH = 0.0008888, 8_888_888, 8_888
# What the first button says.
TRAIN, PAUSE, RESUME, CONTINUE = "Train", "Pause", "Resume", "Continue"
# What figures are of.
FIGURES = (
    "Of the moment that is shown, also in the timeline. Training: running mean over about as many steps as "
    "an epoch has, in which the weights still moved; in the first three epochs over the running one alone, "
    "but for its beginning. While the network learns fast, that is behind the end of the curve and behind "
    "validation, which has the latest weights. Or of these weights, where training rests and it "
    "is soon done: all its samples are judged with the weights as they are. Below it, the part that training "
    "only watches: as of the end of an epoch, which is named where the step that is shown is "
    "another. Results predicts anew with the weights of exactly this step."
)
OLD_FIGURES = (
    "The weights, the network or its data were changed since: these figures are of before. Train for an "
    "epoch to see new ones here; Results shows at once how well the network predicts now."
)
DATED_FIGURES = (
    "These figures are of the epoch in which the step lies that is shown, not of the step itself: the mean "
    "over the epoch, or the running mean up to now where it is not over, and the validation at its end. "
    "Results predicts anew with the weights of exactly this step."
)
# What figures of training are: of all its samples with the weights as they are, or see `FIGURES`: up to the
# moment, over as many samples as an epoch has, or over the very epoch that is named beside them.
OF_NOW, SO_FAR, MEAN = "of these weights", "mean so far", "mean of the epoch"
SUMMED = (
    " The loss is the sum over all Outputs, each with its weight; the curves show each of them. "
    "The accuracy is that of the first Output."
)


class Standing(NamedTuple):
    """A moment of a run.

    Attributes:
        epoch: counted from one, see `Snapshot.current_epoch`; in the past the one that the step lies in.
        goal: epochs at which the run ends; 0 where nothing says so.
        training: loss and accuracy over about an epoch; ``validation``: those at the end of the last epoch,
            None where there are none yet. The accuracy is None for number targets.
        ended: the epoch at whose end validation was measured, where it is told: the step that is shown lies
            elsewhere, so that the figures are not of its weights. Else 0.
        is_best: early stopping brought these weights back.
        done: epochs that were trained, where ``is_best``: its run ended there, before its goal perhaps.
        is_old: the figures are of before the weights or the network were changed.
        of_epoch: in the past, the epoch over which the loss and accuracy of training are means; else 0.
        awaited: the epoch at whose end validation is measured first, while it trains; else 0.
        held: steps whose weights wait for a network that can run; 0 where one runs.
        is_sum: the losses are sums over several Outputs.
        is_now: the figures of training are of the weights as they are; else they are means over an epoch.
        is_running: these are means over about an epoch up to now, and not over the one that is named;
            ``averaged``: how many steps that is, 0 in the first epochs, where it is the running one so far.
        only_real: the accuracy counts real samples only, for there are no others in the data.
        outputs: the loss of each of several Outputs, in words; "" where that is not known.
    """

    epoch: int
    goal: int
    step: int
    training: tuple[float, float | None] | None
    validation: tuple[float, float | None] | None
    is_best: bool = False
    is_old: bool = False
    ended: int = 0
    held: int = 0
    of_epoch: int = 0
    is_sum: bool = False
    awaited: int = 0
    only_real: bool = False
    outputs: str = ""
    done: int = 0
    is_now: bool = False
    is_running: bool = False
    averaged: int = 0

    @property
    def is_dated(self) -> bool:
        """Whether figures are not of the step that is looked at, but of the epoch that it lies in."""
        return bool(self.of_epoch and self.ended)

    @property
    def tip(self) -> str:
        """What the figures are of."""
        told = OLD_FIGURES if self.is_old else DATED_FIGURES if self.is_dated else FIGURES
        told += SUMMED + self.outputs if self.is_sum else ""
        return f"{told} {NO_GOAL}" if self.only_real else told

    @property
    def where(self) -> str:
        """Epoch and step, in two lines."""
        if self.held:
            return f"cannot run\n{counted(self.held, 'step')} kept"
        if self.is_best and self.done:
            return f"epoch {self.epoch:,} (best of {self.done:,})\nstep {self.step:,}"
        of = f" of {self.goal:,}" if self.goal else ""
        return f"epoch {self.epoch:,}{of}{' (best)' if self.is_best else ''}\nstep {self.step:,}"

    @property
    def figures(self) -> str:
        """Loss and accuracy of training, and what they are; in a second line those of validation."""
        return self._in_lines(self._kind)

    @property
    def short_figures(self) -> str:
        """The same where there is hardly room: their epoch, where it is not the one beside them; whether they
        are its mean is told by the tip alone.
        """
        kind = f"epoch {self.of_epoch:,}" if self.of_epoch and not self.is_now else ""
        return self._in_lines(kind, "epoch", "after epoch")

    def _in_lines(self, kind: str, end: str = "end of epoch", awaited: str = "at the end of epoch") -> str:
        name = "sum of losses" if self.is_sum else "loss"
        loss = f"{name} was" if self.is_old else name
        of = f"   {end} {self.ended:,}" if self.ended else ""
        of = f"   {awaited} {self.awaited:,}" if self.awaited else of
        mean = f"   {kind}" if kind and self.training is not None else ""
        right = f"{REAL_RIGHT} " if self.only_real else ""
        training, validation = (_in_words(part, loss, right) for part in (self.training, self.validation))
        return f"{training}{mean}\n{validation}{of}"

    @property
    def _kind(self) -> str:
        """What the figures of training are."""
        if self.is_now:
            return OF_NOW
        if self.is_running:
            return f"mean of {counted(self.averaged, 'step')}" if self.averaged else SO_FAR
        return f"mean of epoch {self.of_epoch:,}" if self.of_epoch else MEAN


def standing(
    snapshot: Snapshot, rows: Curve | Sequence[Epoch], epochs: int, watches: bool = False
) -> Standing:
    """The moment that is shown, of a run whose curve has these rows and whose settings say so many epochs;
    ``watches``: a part of the data is judged at the end of each.

    In the past it is the epoch in which the step lies that is looked at, as in the curve.
    """
    if snapshot.phase == Phase.FAILED and snapshot.steps_before:
        return Standing(0, 0, 0, None, None, held=snapshot.steps_before)
    goal, current = end_of(snapshot, epochs), snapshot.current_epoch
    goal = goal if goal >= current else 0
    now = None if snapshot.loss is None else (snapshot.loss, snapshot.accuracy)
    exact = snapshot.training_now if snapshot.shown is None else None
    last, looked_at = rows[-1] if rows else None, snapshot.step_shown
    is_best, is_old = snapshot.best_shown is not None, snapshot.is_altered and snapshot.shown is None
    if snapshot.shown is None and not is_best:
        # While it trains the words stay, though some step is the end of an epoch: they would flicker.
        runs, validation = snapshot.phase == Phase.RUNNING, _validation(last)
        rests_at = 0 if runs else snapshot.steps
        ended = _ended(last, rests_at)
        awaited = snapshot.epoch + 1 if runs and watches and validation is None else 0
        return Standing(
            current, goal, snapshot.steps, exact or now, validation, False, is_old, ended,
            awaited=awaited, is_now=exact is not None, is_running=not _is_end(last, rests_at),
            averaged=_steps_of_epoch(rows),
        )  # fmt: skip
    if not looked_at:
        return Standing(0, goal, 0, None, None)
    at = bisect_left(rows, looked_at, key=lambda row: row.steps)
    if at == len(rows):
        ended = _ended(last, looked_at)
        of_epoch = 0 if is_best else snapshot.epoch + 1
        return Standing(
            of_epoch or snapshot.epoch, goal, looked_at, exact or now, _validation(last), False, is_old,
            ended=ended, of_epoch=of_epoch, is_now=exact is not None,
            is_running=not _is_end(last, snapshot.steps), averaged=_steps_of_epoch(rows),
        )  # fmt: skip
    row = rows[at]
    figures, ended = exact or (row.loss, row.accuracy), _ended(row, looked_at)
    of_epoch = 0 if is_best else row.epoch
    return Standing(
        row.epoch, goal, looked_at, figures, _validation(row), is_best, is_old, ended,
        of_epoch=of_epoch, is_now=exact is not None, done=snapshot.epoch if is_best else 0,
    )  # fmt: skip


def in_many_digits(epochs: int, is_sum: bool, only_real: bool) -> list[Standing]:
    """Moments of a run as long as the settings say whose texts are as wide as those of any that is to come:
    what room they take is kept from the start, so that nothing has to go while the figures grow.
    """
    figures, epochs = (LONG_LOSS, 1.0), max(epochs, 1)
    far = Standing(
        epochs, epochs, LONG_STEP, figures, figures, ended=epochs, is_sum=is_sum, only_real=only_real,
    )  # fmt: skip
    running = far._replace(is_running=True, averaged=LONG_EPOCH)
    ways = far, running, far._replace(is_now=True), far._replace(of_epoch=epochs)
    return [*ways, far._replace(validation=None, ended=0, awaited=1)]


def of_outputs(snapshot: Snapshot, names: Mapping[str, str]) -> str:
    """The loss of each Output in the latest epoch, by the ``names`` that people call them; "" where the past
    is shown, or none is known.
    """
    if snapshot.shown is not None or snapshot.best_shown is not None or not snapshot.epoch:
        return ""
    losses = ((names.get(node, node), loss) for node, loss in snapshot.output_losses if not math.isnan(loss))
    told = ", ".join(f"{name} {in_digits(loss)}" for name, loss in losses)
    return f" Mean of epoch {snapshot.epoch:,}: {told}." if told else ""


def with_outputs(told: Standing, snapshot: Snapshot, names: Mapping[str, str]) -> Standing:
    """A standing of a network whose Outputs have these names, by identifier: losses of several are a sum."""
    return told._replace(is_sum=len(names) > 1, outputs=of_outputs(snapshot, names))


def end_of(snapshot: Snapshot, epochs: int) -> int:
    """Epochs at which a run ends, or would if it went on, whose settings say so many.

    One that is trained on beyond what the settings say ends where it was begun to; see `CurrentRun.begin`.
    """
    begun = snapshot.phase == Phase.RUNNING or snapshot.epoch >= epochs
    return snapshot.goal if begun and snapshot.goal else epochs


def word_for(snapshot: Snapshot, epochs: int) -> str:
    """What the button does that trains: Resume goes on to the end of the run, Continue beyond it. A run that
    early stopping ended, and whose best weights are back, is over.

    It follows from where the run stands, however it came there: by a pause, an edit, an undo or from a file.
    """
    if snapshot.phase == Phase.RUNNING:
        return PAUSE
    if snapshot.phase not in (Phase.PAUSED, Phase.FINISHED) or not snapshot.steps:
        # Weights that were set by hand or loaded are no run that could go on.
        return TRAIN
    is_over = snapshot.returned_to is not None or snapshot.epoch >= end_of(snapshot, epochs)
    return CONTINUE if is_over else RESUME


def _validation(row: Epoch | None) -> tuple[float, float | None] | None:
    return None if row is None or row.val_loss is None else (row.val_loss, row.val_accuracy)


def _is_end(row: Epoch | None, step: int) -> bool:
    """Whether an epoch ends with this step, so that the mean up to there is its own."""
    return row is not None and row.steps == step


def _steps_of_epoch(rows: Curve | Sequence[Epoch]) -> int:
    """Steps of the latest epoch, as many as a running mean is of; 0 in the first ones, see `trailing`."""
    if len(rows) < 2 or rows[-1].epoch <= EARLY:
        return 0
    before, last = rows[-2], rows[-1]
    return round((last.steps - before.steps) / max(last.epoch - before.epoch, 1))


def _ended(row: Epoch | None, step: int) -> int:
    """The epoch of a row with a validation, where it does not end with this step; else 0."""
    return 0 if row is None or row.val_loss is None or row.steps == step else row.epoch


def _in_words(figures: tuple[float, float | None] | None, what: str, right: str) -> str:
    if figures is None:
        return f"loss {UNKNOWN}"
    loss, accuracy = figures
    told = "NaN" if math.isnan(loss) else in_digits(loss)
    return f"{what} {told}" + (f"   {right}{accuracy:.1%}" if accuracy is not None else "")
