"""How a copy of a network trains for a moment: in pieces, so that whoever has the engine goes on between."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.doctor.answers import Answers, gather, rows_of
from nnstudio.doctor.baseline import baseline
from nnstudio.doctor.finding import Judged
from nnstudio.doctor.forecasts import forecast_error
from nnstudio.explain.by_group import by_groups
from nnstudio.training.evaluation import EVALUATION_BATCH
from nnstudio.training.session import Diverged, Session

# Seconds of a piece, and steps at the least.
PIECE, FEWEST = 0.02, 8
# Fewer steps than these, or than those of so many epochs, do not tell where a training leads.
ENOUGH_STEPS, ENOUGH_EPOCHS = 100, 2
NOT_KNOWN = float("nan")


@dataclass(frozen=True, eq=False)
class Course:
    """How a copy trained.

    Attributes:
        steps: that were made; losses: of each, by its own samples, float64.
        before, after: mean loss over the same training samples; NaN where it diverged.
        measured: after the training, what a remedy is judged by; NaN where it is not known.
        relative: ``after`` over what a constant answer has, None where that is not known.
        diverged: how it ended, where it did before its time.
        is_cut: whether the time was over before enough steps were made to tell anything.
        is_short: whether it was over before all were made.
        is_stopped: whether early stopping, or the last epoch, ended it before all were made.
    """

    steps: int
    losses: np.ndarray
    before: float
    after: float
    measured: float
    relative: float | None
    diverged: Diverged | None = None
    is_cut: bool = False
    is_short: bool = False
    is_stopped: bool = False


Steps = Generator[None, None, Course]


def enough_steps(session: Session) -> int:
    """How many steps of a training tell where it leads."""
    return min(ENOUGH_STEPS, ENOUGH_EPOCHS * session.steps_per_epoch)


def train_copy(
    session: Session,
    steps: int,
    seconds: float,
    judged: Judged = Judged.TRAINING,
    may_stop: bool = False,
) -> Steps:
    """Train a session that nobody else needs for so many steps, or until the time is over.

    ``may_stop``: early stopping ends it, and brings the best weights back.
    """
    enough = min(steps, enough_steps(session))
    spent, losses = 0.0, list[float]()
    diverged: Diverged | None = None
    before, began = _loss(session), time.perf_counter()
    start = session.steps_done
    whole = session.slices() if may_stop else None
    is_stopped = False
    try:
        while (count := session.steps_done - start) < steps:
            if spent >= seconds:
                break
            done = session.single_step() if whole is None else next(whole, None)
            if done is None:
                is_stopped = True
                break
            losses.append(done.loss)
            now = time.perf_counter()
            spent, began = spent + now - began, now
            if len(losses) % FEWEST == 0 or spent > len(losses) * PIECE:
                yield None
                began = time.perf_counter()
    except Diverged as error:
        diverged = error
    if diverged is not None:
        nothing = NOT_KNOWN
        return Course(len(losses), np.array(losses), before, nothing, nothing, None, diverged)
    after, usual = _loss(session), baseline(session)
    measured = yield from _measured(session, judged, after)
    count = session.steps_done - start
    return Course(
        count, np.array(losses), before, after, measured, after / usual if usual else None,
        is_cut=count < enough and not is_stopped, is_short=count < steps and not is_stopped,
        is_stopped=is_stopped,
    )  # fmt: skip


def _loss(session: Session) -> float:
    return _loss_of(session, session.data.x_train, session.data.y_train)


def _loss_of(session: Session, x: np.ndarray, y: np.ndarray) -> float:
    rows = rows_of(len(x), 2 * EVALUATION_BATCH)
    return session.evaluate(np.ascontiguousarray(x[rows]), np.ascontiguousarray(y[rows]))[0]


def _measured(session: Session, judged: Judged, after: float) -> Generator[None, None, float]:
    data = session.data
    match judged:
        case Judged.TRAINING:
            return after
        case Judged.WATCHED:
            return _loss_of(session, *data.part(data.watched))
        case Judged.FORECASTS:
            return forecast_error(session)
        case Judged.CLASSES | Judged.GROUPS:
            part = Split.TRAINING if judged == Judged.CLASSES else data.watched
            answers: Answers | None = None
            for piece in gather(session, part):
                answers = piece
                yield None
            assert answers is not None
            return least_recall(answers) if judged == Judged.CLASSES else least_of_groups(session, answers)


def least_recall(answers: Answers) -> float:
    """The share of right answers of the class that has the fewest; NaN where there are no classes."""
    if not answers.likely.size:
        return NOT_KNOWN
    right = answers.chosen == answers.labels
    return min(float(right[answers.labels == label].mean()) for label in np.unique(answers.labels))


def least_of_groups(session: Session, answers: Answers) -> float:
    """The accuracy of the group that has the least, over all columns; NaN where there are none."""
    right = (answers.chosen == answers.labels).astype(float) if answers.likely.size else np.zeros(0)
    told = by_groups(session.data.groupings, answers.part, answers.rows, right) if right.size else ()
    columns = set(session.data.targets)
    values = [np.nanmin(group.values) for group in told if group.column not in columns]
    return float(min(values)) if values else NOT_KNOWN
