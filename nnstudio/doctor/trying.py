"""Trying remedies on copies of a project, before they are offered. All are generators, as `course` is."""

from __future__ import annotations

from collections.abc import Callable, Generator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from nnkernels.spec import SpecError
from nnstudio.data.dataset import Split
from nnstudio.doctor.course import NOT_KNOWN, Course, Steps, enough_steps, train_copy
from nnstudio.doctor.finding import Diagnosis, Judged
from nnstudio.doctor.rereading import Rereading
from nnstudio.model.document import Document
from nnstudio.model.graph import LinkError
from nnstudio.model.problems import Repair
from nnstudio.model.quantity import counted, in_digits, in_percent
from nnstudio.training.session import Session

# Steps after which a remedy is judged, the fewest first, until it clearly helps.
LENGTHS = (300, 1200, 4800)
# Operations of a trial at the most, some two or three seconds; a step takes the time of so many besides. They
# are counted, so that a trial is as long on a busy machine. A copy that is to show what many epochs did may
# take so many times as many.
MOST_OPERATIONS, STEP_OPERATIONS, LONGER = 5e10, 4e6, 2
# Seconds up to each of these lengths, at the most; a change may make steps slower.
SECONDS, SLOWER = 5.0, 2
# A remedy helps if it leaves this share of a loss, or less; or gives so much more of what should be large.
# Each further look gives chance another turn, so it asks for as much once more.
HELPS, GAINS = 0.9, 0.05
# From this share of the loss of a constant answer on, nothing was learned.
UNLEARNED = 0.95
# What should be large, and what it is called; the others are losses.
SHARES = {
    Judged.CLASSES: "right answers in the worst class",
    Judged.GROUPS: "right answers in the worst group",
}


@dataclass(frozen=True)
class Trial:
    """A remedy and what came of it on a copy; ``text`` says that to a person.

    Attributes:
        text: a sentence; where it does not help, one that goes on behind the remedy's title and a colon.
        before, after: mean training loss at the start and in the end.
        as_it_is: that of the project without the change, after as many samples.
        rank: of what it was judged by; the lower, the better. Infinite where that is not known.
    """

    remedy: Repair
    helps: bool
    text: str
    before: float
    after: float
    as_it_is: float
    steps: int
    rank: float = float("inf")


@dataclass(frozen=True)
class Trying:
    """What is being tried: the remedy of this number of so many, up to so many steps."""

    remedy: int
    count: int
    steps: int

    @property
    def text(self) -> str:
        """For a person."""
        which = f"Remedy {self.remedy} of {self.count}: up to" if self.count > 1 else "Up to"
        return f"{which} {counted(self.steps, 'step')} …"


def try_all(
    copying: Callable[[], Document], session: Session, diagnosis: Diagnosis
) -> Generator[Trying | None, None, tuple[Trial, ...]]:
    """All remedies of a diagnosis, the best first; ``session`` is the project's and is not touched.

    Yields what is being tried next, and None after each piece. ``copying`` makes copies of its document, as
    `Document.copying` gives it.
    """
    if not diagnosis.remedies:
        return ()
    usual = _Untreated(session, diagnosis.judged)
    trials = []
    for number, remedy in enumerate(diagnosis.remedies, 1):
        looks = [Trying(number, len(diagnosis.remedies), length) for length in usual.lengths]
        trials.append((yield from _try_remedy(copying, session, remedy, usual, looks)))
    return tuple(sorted(trials, key=lambda t: (not t.helps, t.rank)))


def lengths_of(session: Session, judged: Judged) -> tuple[int, ...]:
    """After how many steps remedies of a project are judged: the same on any machine."""
    # There and back takes three times the way there.
    operations = 3 * session.program.batch * session.operations
    most = max(enough_steps(session), int(MOST_OPERATIONS / (STEP_OPERATIONS + operations)))
    if judged == Judged.TRAINING:
        return tuple(dict.fromkeys(min(length, most) for length in LENGTHS))
    return (min(max(session.steps_done, LENGTHS[0]), LONGER * most),)


class _Untreated:
    """The project from its start, without a change: what remedies are compared with, as far as is needed.

    Attributes:
        lengths: steps after which it is looked at.
    """

    def __init__(self, session: Session, judged: Judged) -> None:
        self.judged, self.lengths = judged, lengths_of(session, judged)
        self._copy = Session(session.network, session.data, session.settings, session.threads)
        self._courses: list[Course] = []

    def upto(self, look: int) -> Steps:
        """How it trained up to one of the lengths."""
        for length in self.lengths[len(self._courses) : look + 1]:
            before = self._courses[-1] if self._courses else None
            self._courses.append((yield from _extended(self._copy, length, self.judged, before)))
        return self._courses[look]


def _extended(
    copy: Session, steps: int, judged: Judged, before: Course | None, may_stop: bool = False, slower: int = 1
) -> Steps:
    """Train a copy up to so many steps; ``before`` is how it trained up to fewer."""
    if before is not None and (before.diverged is not None or before.is_short):
        return before
    seconds = slower * SECONDS
    course = yield from train_copy(copy, max(1, steps - copy.steps_done), seconds, judged, may_stop)
    return course if before is None else replace(course, before=before.before, steps=copy.steps_done)


def _try_remedy(
    copying: Callable[[], Document],
    session: Session,
    remedy: Repair,
    usual: _Untreated,
    looks: Sequence[Trying],
) -> Generator[Trying | None, None, Trial]:
    """Make a change on a copy and train that from the start, over as many samples as ``usual`` saw.

    ``looks``: what is yielded before the copy trains up to each of the lengths. Where the copy cannot run,
    the trial does not help, and its text says why.
    """
    document, judged = copying(), usual.judged
    try:
        remedy.make(document, document.graph).redo()
        yield None
        data = remedy.read(document, session.data) if isinstance(remedy, Rereading) else session.data
        copy = Session(document.to_network(), data, document.settings, session.threads)
    except (SpecError, LinkError, ValueError, KeyError, MemoryError) as error:
        text = f"cannot be tried: {error}"
        return Trial(remedy, False, text, NOT_KNOWN, NOT_KNOWN, NOT_KNOWN, 0)
    may_stop = judged == Judged.WATCHED and bool(copy.settings.extra("patience"))
    # Losses of targets in other units cannot be compared either.
    same_units = np.array_equal(data.y_scale, session.data.y_scale)
    same_loss = document.settings.loss == session.settings.loss and same_units
    course: Course | None = None
    for look, trying in enumerate(looks):
        yield trying
        theirs = yield from usual.upto(look)
        steps = trying.steps if theirs.diverged else theirs.steps
        steps = max(1, steps * session.program.batch // copy.program.batch)
        course = yield from _extended(copy, steps, judged, course, may_stop, SLOWER)
        scale = _Scale.of(course, theirs, judged, same_loss, session, look)
        trial = _judged(remedy, course, theirs, scale)
        if trial.helps or course.diverged is not None or course.is_short or theirs.is_short:
            break
    return trial


@dataclass(frozen=True)
class _Scale:
    """What two courses are compared by.

    Attributes:
        what: its name; ``is_share``: it is one of right answers, and should be large.
        mine, theirs: with the remedy and as it is; NaN where they are not known.
        is_training: whether it is the training loss, the same for both.
        is_relative: whether both are over those of a constant answer.
        look: how often they were compared before.
    """

    what: str
    is_share: bool
    mine: float
    theirs: float
    is_training: bool
    look: int = 0
    is_relative: bool = False

    @staticmethod
    def of(
        course: Course, usual: Course, judged: Judged, same_loss: bool, session: Session, look: int
    ) -> _Scale:
        if judged in SHARES:
            return _Scale(SHARES[judged], True, course.measured, usual.measured, False, look)
        if judged == Judged.FORECASTS:
            what = f"mean absolute error on the {session.data.watched} part"
            return _Scale(what, False, course.measured, usual.measured, False, look)
        if not same_loss and course.relative is not None and usual.relative is not None:
            # Two losses cannot be compared, but how far each is below its constant answer can.
            what = "training loss over that of a constant answer"
            return _Scale(what, False, course.relative, usual.relative, False, look, True)
        is_training = judged == Judged.TRAINING
        what = f"{Split.TRAINING if is_training else session.data.watched} loss"
        is_training = is_training and same_loss
        return _Scale(what, False, course.measured, usual.measured, is_training, look)

    @property
    def is_better(self) -> bool:
        """Clearly: no chance that may be another one with another seed."""
        if not np.isfinite(self.mine):
            return False
        if not np.isfinite(self.theirs):
            return True
        if self.is_share:
            return self.mine >= self.theirs + GAINS
        return self.mine <= HELPS ** (1 + self.look) * self.theirs

    @property
    def verdict(self) -> str:
        """Of one that is not clearly better."""
        ahead = self.mine - self.theirs if self.is_share else self.theirs - self.mine
        little = GAINS if self.is_share else (1 - HELPS) * abs(self.theirs)
        if ahead < -little:
            return "worse"
        if ahead >= little:
            return "better, but that may be chance"
        return "hardly better" if ahead > little / 5 else "no better"

    @property
    def rank(self) -> float:
        """The lower, the better; of losses, over what it is compared with, as that may be another loss."""
        if not np.isfinite(self.mine):
            return float("inf")
        if self.is_share:
            return -self.mine
        return self.mine / self.theirs if np.isfinite(self.theirs) and self.theirs > 0 else self.mine

    def told(self, value: float, course: Course) -> str:
        """One of the two, in words."""
        if not np.isfinite(value):
            return "it diverges" if course.diverged else "not known"
        return in_percent(round(value, 3)) if self.is_share else in_digits(value, 3)


def _judged(remedy: Repair, course: Course, usual: Course, scale: _Scale) -> Trial:
    figures = f"{scale.what} {scale.told(scale.mine, course)}"
    without = f"(without it: {scale.told(scale.theirs, usual)})"
    steps = counted(course.steps, "step")
    if course.is_stopped:
        steps = f"{steps} (it stopped by itself)"
    elif course.is_short or usual.is_short:
        steps = f"{counted(min(course.steps, usual.steps), 'step')} (more did not fit into the time)"
    is_level = course.relative is not None and course.relative > UNLEARNED
    helps = False
    if course.diverged is not None:
        text = f"the training diverges at step {course.diverged.step:,}."
    elif course.is_cut or usual.is_cut:
        steps = counted(min(course.steps, usual.steps), "step")
        text = f"only {steps} fitted into the time: too few to tell. {figures.capitalize()} {without}."
    elif not scale.is_better:
        text = f"{figures} after {steps}, {scale.verdict} {without}."
    elif (is_level and scale.is_relative) or (
        scale.is_training and (is_level or not scale.mine < course.before)
    ):
        level = "always giving the same answer" if is_level else "before the first step"
        text = f"{figures} after {steps}: lower, but no better than {level} {without}."
    else:
        helps = True
        text = f"Tried on a copy, {steps} from the start: {figures} {without}."
    return Trial(remedy, helps, text, course.before, course.after, usual.after, course.steps, scale.rank)
