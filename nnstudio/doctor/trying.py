"""Trying remedies on copies of a project, before they are offered. All are generators, as `course` is."""

from __future__ import annotations

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np

from nnkernels.spec import SpecError
from nnstudio.doctor.course import NOT_KNOWN, Course, Steps, train_copy
from nnstudio.doctor.finding import Diagnosis, Judged
from nnstudio.model.document import Document
from nnstudio.model.graph import LinkError
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import in_digits, in_percent
from nnstudio.training.session import Session

# Steps of a trial and its seconds, at the most: a large network makes fewer. A change may make steps slower.
STEPS, SECONDS, SLOWER = 300, 1.5, 3
# A copy that is to show what many epochs did may take so many seconds.
LONG_SECONDS = 4.0
# A remedy helps if it leaves this share of a loss, or less; or gives so much more of what should be large.
HELPS, GAINS = 0.95, 0.05
# How a measure is called, and whether it should be large.
MEASURES = {
    Judged.TRAINING: ("loss", False),
    Judged.WATCHED: ("watched loss", False),
    Judged.CLASSES: ("right answers in the worst class", True),
    Judged.GROUPS: ("right answers in the worst group", True),
}


@dataclass(frozen=True)
class Trial:
    """A remedy and what came of it on a copy; ``text`` says that to a person.

    Attributes:
        before, after: mean training loss at the start and in the end.
        as_it_is: that of the project without the change, after as many samples.
    """

    remedy: Repair
    helps: bool
    text: str
    before: float
    after: float
    as_it_is: float
    steps: int


def try_all(
    copying: Callable[[], Document], session: Session, diagnosis: Diagnosis
) -> Generator[None, None, tuple[Trial, ...]]:
    """All remedies of a diagnosis, those that help first; ``session`` is the project's and is not touched.

    ``copying`` makes copies of its document, as `Document.copying` gives it.
    """
    if not diagnosis.remedies:
        return ()
    usual = yield from _as_it_is(session, diagnosis.judged)
    trials = []
    for remedy in diagnosis.remedies:
        trials.append((yield from _try_remedy(copying, session, remedy, usual, diagnosis.judged)))
    return tuple(sorted(trials, key=lambda t: not t.helps))


def _as_it_is(session: Session, judged: Judged) -> Steps:
    """The project from its start, without a change: what remedies are compared with."""
    copy = Session(session.network, session.data, session.settings, session.threads)
    return (yield from train_copy(copy, *_extent(session, judged), judged))


def _extent(session: Session, judged: Judged) -> tuple[int, float]:
    if judged == Judged.TRAINING:
        return STEPS, SECONDS
    return max(session.steps_done, STEPS), LONG_SECONDS


def _try_remedy(
    copying: Callable[[], Document], session: Session, remedy: Repair, usual: Course, judged: Judged
) -> Generator[None, None, Trial]:
    """Make a change on a copy and train that from the start, over as many samples as ``usual`` saw.

    Where the copy cannot run, the trial does not help, and its text says why.
    """
    document = copying()
    try:
        remedy.make(document, document.graph).redo()
        yield None
        copy = Session(document.to_network(), session.data, document.settings, session.threads)
    except (SpecError, LinkError, ValueError, KeyError, MemoryError) as error:
        text = f"It cannot be tried: {error}"
        return Trial(remedy, False, text, NOT_KNOWN, NOT_KNOWN, usual.after, 0)
    steps = max(usual.steps, STEPS) if usual.diverged else usual.steps
    steps = max(1, steps * session.program.batch // copy.program.batch)
    may_stop = judged == Judged.WATCHED and bool(copy.settings.extra("patience"))
    seconds = SLOWER * _extent(session, judged)[1]
    course = yield from train_copy(copy, steps, seconds, judged, may_stop)
    return _judge(remedy, course, usual, judged, document.settings.loss == session.settings.loss)


def _judge(remedy: Repair, course: Course, usual: Course, judged: Judged, same_loss: bool) -> Trial:
    if course.diverged is not None:
        text = f"With it, the training diverges at step {course.diverged.step:,}."
        return Trial(remedy, False, text, course.before, course.after, usual.after, course.steps)
    mine, theirs, (what, is_large) = course.measured, usual.measured, MEASURES[judged]
    if not is_large and not same_loss and course.relative is not None and usual.relative is not None:
        # Two losses cannot be compared, but how far each is below its constant answer can.
        mine, theirs, what = course.relative, usual.relative, "loss over that of a constant answer"
    if is_large:
        helps = bool(mine >= theirs + GAINS or (np.isfinite(mine) and not np.isfinite(theirs)))
    else:
        helps = bool(np.isfinite(mine) and (not np.isfinite(theirs) or mine <= HELPS * theirs))
    if judged == Judged.TRAINING and same_loss and not mine < course.before:
        helps = False

    def told(value: float) -> str:
        return in_percent(round(value, 3)) if is_large else in_digits(value, 3)

    now = told(theirs) if np.isfinite(theirs) else "it diverges"
    text = f"Tried on a copy, {course.steps:,} steps from the start: {what} {told(mine)} (as it is: {now})."
    return Trial(remedy, helps, text, course.before, course.after, usual.after, course.steps)
