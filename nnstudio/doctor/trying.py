"""Training a copy for a few steps: to see where a network is heading, and whether a remedy helps.

All are generators, so that whoever has the engine goes on with other things between two slices.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np

from nnkernels.spec import SpecError
from nnstudio.doctor.answers import rows_of
from nnstudio.doctor.baseline import baseline
from nnstudio.doctor.finding import Diagnosis, Judged
from nnstudio.model.document import Document
from nnstudio.model.graph import LinkError
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import in_digits
from nnstudio.training.evaluation import EVALUATION_BATCH
from nnstudio.training.session import Diverged, Session

# Steps of a trial and its seconds, at the most: a large network makes fewer.
STEPS, SECONDS = 300, 1.5
# A copy that is to show what many epochs did may take so many seconds.
LONG_SECONDS = 4.0
# A remedy helps if it leaves this share of the loss, or less.
HELPS = 0.9


@dataclass(frozen=True, eq=False)
class Course:
    """How a copy trained.

    Attributes:
        steps: that were made; losses: of each, by its own samples, float64.
        before, after: mean loss over the same samples; NaN where it diverged.
        watched: the same of the part that training watches, after.
        relative: ``after`` over what a constant answer has, None where that is not known.
        diverged: how it ended, where it did before its time.
    """

    steps: int
    losses: np.ndarray
    before: float
    after: float
    watched: float
    relative: float | None
    diverged: Diverged | None = None


@dataclass(frozen=True)
class Trial:
    """A remedy and what came of it on a copy; ``text`` says that to a person."""

    remedy: Repair
    helps: bool
    text: str
    before: float
    after: float
    as_it_is: float
    steps: int


Steps = Generator[None, None, Course]


def train_copy(session: Session, steps: int, seconds: float) -> Steps:
    """Train a session that nobody else needs for so many steps, or until the time is over."""
    spent, losses = 0.0, list[float]()
    diverged: Diverged | None = None
    began = time.perf_counter()
    before = _loss(session)
    end = session.steps + steps
    try:
        while session.steps < end and spent < seconds:
            losses.append(session.single_step().loss)
            spent, now = spent + time.perf_counter() - began, time.perf_counter()
            began = now
            if len(losses) % 8 == 0 or spent > len(losses) * 0.02:
                yield None
                began = time.perf_counter()
    except Diverged as error:
        diverged = error
    after = _loss(session)
    usual, nan = baseline(session), float("nan")
    if diverged:
        return Course(len(losses), np.array(losses), before, nan, nan, None, diverged)
    return Course(
        len(losses),
        np.array(losses),
        before,
        after,
        _loss(session, watched=True),
        after / usual if usual else None,
    )


def _loss(session: Session, watched: bool = False) -> float:
    part = (
        session.data.part(session.data.watched) if watched else (session.data.x_train, session.data.y_train)
    )
    rows = rows_of(len(part[0]), 2 * EVALUATION_BATCH)
    return session.evaluate(np.ascontiguousarray(part[0][rows]), np.ascontiguousarray(part[1][rows]))[0]


def as_it_is(session: Session, judged: Judged) -> Steps:
    """The project from its start, without a change: what remedies are compared with."""
    steps, seconds = _extent(session, judged)
    copy = Session(session.network, session.data, session.settings, session.threads)
    return (yield from train_copy(copy, steps, seconds))


def _extent(session: Session, judged: Judged) -> tuple[int, float]:
    if judged == Judged.WATCHED:
        return max(session.steps, STEPS), LONG_SECONDS
    return STEPS, SECONDS


def try_remedy(
    copying: Callable[[], Document], session: Session, remedy: Repair, usual: Course, judged: Judged
) -> Generator[None, None, Trial]:
    """Make a change on a copy and train that from the start, for as many steps as ``usual`` has.

    Where the copy cannot run, the trial does not help, and its text says why.
    """
    document, nan = copying(), float("nan")
    try:
        remedy.make(document, document.graph).redo()
        yield None
        copy = Session(document.to_network(), session.data, document.settings, session.threads)
    except (SpecError, LinkError, ValueError, KeyError, MemoryError) as error:
        return Trial(remedy, False, f"It cannot be tried: {error}", nan, nan, usual.after, 0)
    steps = max(usual.steps, STEPS) if usual.diverged else usual.steps
    if judged == Judged.WATCHED and copy.settings.extra("patience"):
        course = yield from _stopped_early(copy, steps)
    else:
        course = yield from train_copy(copy, steps, 3 * _extent(session, judged)[1])
    same_loss = document.settings.loss == session.settings.loss
    return _judge(remedy, course, usual, judged, same_loss)


def _stopped_early(copy: Session, steps: int) -> Steps:
    """As `train_copy`, of a run that ends where its patience does."""
    before, began, spent, losses = _loss(copy), time.perf_counter(), 0.0, []
    try:
        for done in copy.slices():
            losses.append(done.loss)
            spent += time.perf_counter() - began
            if copy.steps_done >= steps or spent > LONG_SECONDS:
                break
            yield None
            began = time.perf_counter()
    except Diverged as error:
        return Course(copy.steps_done, np.array(losses), before, float("nan"), float("nan"), None, error)
    after = _loss(copy)
    return Course(copy.steps_done, np.array(losses), before, after, _loss(copy, watched=True), None)


def _judge(remedy: Repair, course: Course, usual: Course, judged: Judged, same_loss: bool) -> Trial:
    if course.diverged:
        return Trial(
            remedy,
            False,
            f"It diverges as well: {course.diverged}",
            course.before,
            course.after,
            usual.after,
            course.steps,
        )
    what = "watched loss" if judged == Judged.WATCHED else "loss"
    mine, theirs = (
        (course.watched, usual.watched) if judged == Judged.WATCHED else (course.after, usual.after)
    )
    if not same_loss and course.relative is not None and usual.relative is not None:
        # Two losses cannot be compared, but how far each is below its constant answer can.
        mine, theirs, what = course.relative, usual.relative, "loss over that of a constant answer"
    helps = bool(np.isfinite(mine) and (not np.isfinite(theirs) or mine <= HELPS * theirs))
    if judged == Judged.TRAINING and not mine < course.before and same_loss:
        helps = False
    now = "it diverges" if not np.isfinite(theirs) else in_digits(theirs, 3)
    text = (
        f"Tried on a copy, {course.steps:,} steps from the start: {what} {in_digits(mine, 3)} "
        f"(as it is: {now})."
    )
    return Trial(remedy, helps, text, course.before, mine, theirs, course.steps)


def try_all(
    copying: Callable[[], Document], session: Session, diagnosis: Diagnosis
) -> Generator[None, None, tuple[Trial, ...]]:
    """All remedies of a diagnosis, those that help first; as many as can be tried."""
    if not diagnosis.remedies:
        return ()
    usual = yield from as_it_is(session, diagnosis.judged)
    trials = []
    for remedy in diagnosis.remedies:
        trials.append((yield from try_remedy(copying, session, remedy, usual, diagnosis.judged)))
    return tuple(sorted(trials, key=lambda t: not t.helps))
