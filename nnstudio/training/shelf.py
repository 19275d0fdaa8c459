"""What was learned and does not run now: put aside, left by an edit, or waiting for a network that runs."""

from __future__ import annotations

import contextlib
import weakref

from nnkernels.program import Layout
from nnkernels.spec import SpecError
from nnstudio.training.journal import MOST_BYTES
from nnstudio.training.learned import ALL_CARRIED, Aside, Carried, Learned, is_same_network
from nnstudio.training.messages import Job
from nnstudio.training.session import Session
from nnstudio.training.state import TrainingState
from nnstudio.training.surgery.flow import Picks

# Bytes of parameters along the way that are kept with what was put aside.
MOST_BYTES_ASIDE = 2 * MOST_BYTES
# Of parameters, and what an optimizer remembers of them, that are held beside those that are trained.
MOST_BYTES_STEPPED = 512 * 2**20


class Asides:
    """What was put aside, for as long as somebody holds it; only the newest keep the way there."""

    def __init__(self) -> None:
        self._held: list[weakref.ref[Aside]] = []

    def fill(self, aside: Aside, learned: Learned | None, goal: int) -> None:
        """Put this aside; older ones lose their parameters along the way where there is no room."""
        aside.learned, aside.goal = learned, goal
        self._held = [ref for ref in self._held if ref() not in (None, aside)] + [weakref.ref(aside)]
        room = MOST_BYTES_ASIDE
        for ref in reversed(self._held):
            held = ref()
            if held is None or held.learned is None or held.learned.journal is None:
                continue
            room -= held.learned.journal.bytes
            if room < 0:
                held.learned = held.learned.light()


class Shelf:
    """What was learned last, while no network runs.

    Attributes:
        latest: of the network that ran last, while there is none that runs.
        goal: the epochs at which its run was to end; 0 where none was begun.
        asides: what was put aside.
    """

    def __init__(self) -> None:
        self.latest: Learned | None = None
        self.goal = 0
        self.asides = Asides()
        # As it stood after its last step: what was set otherwise since, and back, changed nothing.
        self._stepped: Learned | None = None

    def begin(self, session: Session | None, goal: int, job: Job) -> Learned | None:
        """Another network comes, to go on from the session's or from what the job brings; returns what ran
        until now, which the job may put aside.
        """
        if session is not None:
            self.latest, self.goal = Learned.of(session), goal
            self._note(self.latest)
        ran = self.latest
        if job.leaves is not None:
            self.asides.fill(job.leaves, ran, self.goal)
        aside = job.aside or self._back(session, job)
        if not job.goes_on:
            self.clear()
        if aside is not None:
            self.latest, self.goal = aside.learned, aside.goal
        return ran

    def _note(self, learned: Learned | None) -> None:
        is_known = learned is not None and self._stepped is not None and learned.stands_with(self._stepped)
        if not is_known:
            fits = learned is not None and learned.state.params.nbytes <= MOST_BYTES_STEPPED
            self._stepped = learned if fits else None

    def _back(self, session: Session | None, job: Job) -> Aside | None:
        """What an edit that is taken back brings back; None where it goes on with what ran since."""
        before = self.latest.layout if session is None and self.latest is not None else None
        before = session.layout if session is not None else before
        if before is not None and job.back is not None:
            with contextlib.suppress(SpecError):
                now = Layout.of(job.network, job.data.input_shape, job.settings.loss)
                if is_same_network(before, now) and not self._is_as_left(job.back):
                    return None
        return job.back

    def _is_as_left(self, aside: Aside) -> bool:
        """Whether nothing was learned since something was put aside."""
        left, latest = aside.learned, self.latest
        return left is not None and latest is not None and latest.is_as(left)

    def now(self, session: Session | None, goal: int) -> tuple[Learned | None, int]:
        """What a session learned and the goal of its run; None: what ran last."""
        return (self.latest, self.goal) if session is None else (Learned.of(session), goal)

    def put_aside(self, aside: Aside, session: Session | None, goal: int) -> None:
        """Keep what a session learned, or what ran last, for a later job."""
        self.asides.fill(aside, *self.now(session, goal))

    def teach(self, session: Session, picks: Picks | None = None) -> Carried:
        """Let a new session go on from the latest."""
        learned, self.latest = self.latest, None
        if learned is None:
            return ALL_CARRIED
        stepped = self._stepped
        if stepped is not None and learned.stands_with(stepped) and stepped.learns_as(session):
            learned = stepped
        return learned.teach(session, picks)

    def waiting(self, state: TrainingState | None) -> int:
        """Steps that were made of what waits for a network that can run; ``state`` is what a job brings."""
        latest = self.latest.state if self.latest is not None else None
        waits = state or latest
        return waits.step if waits is not None else 0

    def clear(self) -> None:
        """Another project, or a reset: what comes next starts anew."""
        self.latest, self._stepped, self.goal = None, None, 0
