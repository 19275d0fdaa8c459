"""The worker's own bookkeeping of the job it has."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace

from nnstudio.training.curve import Epoch
from nnstudio.training.evaluation import Evaluation, Past
from nnstudio.training.messages import Checkpoints, Snapshot
from nnstudio.training.phase import WATCH_EPOCHS_PER_SECOND
from nnstudio.training.progress import Progress
from nnstudio.training.session import Session
from nnstudio.training.weights_now import WeightsNow

# At full speed, slices that are shorter follow each other for so long before the thread looks around.
TURN_SECONDS = 0.005


@dataclass
class CurrentRun:
    """A session and how far its thread is with it.

    Attributes:
        slices: what is left of a training that was begun; None before.
        next_epoch_at: when an epoch may end, by `time.perf_counter`, where a person follows.
        past: a network of an earlier step, made when one is first looked at.
        shown: the kept step that live views look at; None for the network as it is.
        weights_now: what the weights as they are make of the training samples.
    """

    session: Session
    slices: Iterator[Progress | Epoch] | None = None
    next_epoch_at: float = 0.0
    past: Past | None = None
    shown: int | None = None
    weights_now: WeightsNow = field(init=False)

    def __post_init__(self) -> None:
        self.weights_now = WeightsNow(self.session)

    @property
    def goal(self) -> int:
        """The epochs at which the training that was begun ends; 0 before."""
        return self.session.goal

    @goal.setter
    def goal(self, goal: int) -> None:
        self.session.goal = goal

    @property
    def seen(self) -> Evaluation:
        """What live views look at."""
        return self.session if self.shown is None or self.past is None else self.past

    def begin(self, goal: int) -> None:
        """Train up to so many epochs, 0 for as many as the settings say.

        Beyond those, on to where it was begun to before, and from there as many epochs again.
        """
        goal = goal or self.session.settings.epochs
        if self.session.epoch >= goal:
            goal = self.goal if self.goal > self.session.epoch else goal + self.session.epoch
        self.goal = goal
        self.slices = self.session.slices(goal, cuts_validation=True)

    def set_epochs(self, epochs: int, is_running: bool) -> None:
        """Another length of the run; one that is running ends where it was begun to."""
        if epochs != self.session.settings.epochs and not is_running:
            self.goal = 0
        self.session.set_epochs(epochs)

    def look_at(self, step: int) -> None:
        """Let live views look at a kept step."""
        journal = self.session.journal
        at = journal.steps.index(step)
        self.past = self.past or Past(self.session)
        self.past.go(journal.steps[: at + 1], journal.checkpoints[: at + 1])
        self.shown = step

    def waits(self, now: float) -> bool:
        """Wait up to 4 ms, as long as commands may wait; False where it is time for the next epoch."""
        wait = self.next_epoch_at - now
        if wait > 0:
            time.sleep(min(wait, 0.004))
        return wait > 0

    def turn(self, began: float | None, look: Callable[[Session, Epoch], None]) -> Progress | Epoch | None:
        """Make a slice, or as many as fit into a turn that began then; the last one, None where none is left.

        ``look`` is called after each epoch but the last.
        """
        assert self.slices is not None
        done = next(self.slices, None)
        # To tell of an epoch of a small network takes about as long as to make it.
        while began is not None and done is not None and time.perf_counter() < began + TURN_SECONDS:
            if isinstance(done, Epoch):
                look(self.session, done)
            following = next(self.slices, None)
            if following is None:
                break
            done = following
        return done

    def pace(self, began: float) -> None:
        """An epoch ended, whose last slice began then; one that comes late is made up for a little.

        One that comes early, at full speed, must not be waited for by whoever watches what follows.
        """
        self.next_epoch_at = min(max(self.next_epoch_at, began - 0.1), began) + 1 / WATCH_EPOCHS_PER_SECOND

    def told(self, snapshot: Snapshot) -> Snapshot:
        """The snapshot with what only the run itself knows."""
        session, kept = self.session, self.checkpoints(snapshot.kept)
        self.weights_now.follow(snapshot.phase)
        return replace(
            snapshot, kept=kept, shown=self.shown, goal=self.goal, returned_to=session.returned_to,
            is_altered=session.alterations.any, device_problem=session.engine.problem,
            device_slowness=session.engine.slowness, judged_from=session.judged.step,
            output_losses=session.outputs.latest, training_now=self.weights_now.figures,
            is_within=session.is_within,
        )  # fmt: skip

    def checkpoints(self, known: Checkpoints) -> Checkpoints:
        """The steps that are kept; what is known already, where none came or went."""
        journal = self.session.journal
        if (len(known.steps), known.steps[-1:]) == (len(journal.steps), tuple(journal.steps[-1:])):
            return known
        return Checkpoints(tuple(journal.steps), journal.bytes)
