"""What a person orders of the run. An order waits until the worker holds the project as it is."""

from __future__ import annotations

from collections.abc import Callable

from nnkernels.spec import SpecError
from nnstudio.training.engine import Device
from nnstudio.training.learned import Aside, Learned
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.training.rewinding import at_step
from nnstudio.training.session import Session
from nnstudio.training.weights import Replaced
from nnstudio.training.worker import Worker
from nnstudio.ui.run.planner import Origin, Planner

# Phases in which the worker takes orders for a network.
PLANNED = (Phase.READY, Phase.PAUSED, Phase.RUNNING)


class Orders:
    """Train, pause, step and the rest; `look` is called with every snapshot.

    Attributes:
        is_full_speed: without the limit that lets a person follow.
        is_recorded: what is shown is pictured step by step; nobody looks at the past themselves.
    """

    def __init__(self, worker: Worker, planner: Planner) -> None:
        self.worker, self.planner = worker, planner
        self._snapshot = Snapshot()
        self.is_full_speed = self.is_recorded = False
        # The order that waits for the plan.
        self._waiting: Callable[[], None] | None = None
        planner.failed.connect(self.forget)

    def look(self, snapshot: Snapshot) -> None:
        """Pass on the order that waits, as soon as that can be done; it is dropped where it never can."""
        self._snapshot = snapshot
        if self._waiting is None or not self.planner.holds(snapshot.run_id):
            return
        if snapshot.phase in PLANNED:
            order, self._waiting = self._waiting, None
            order()
        elif snapshot.phase == Phase.FAILED:
            self.forget()

    def forget(self) -> None:
        """Drop the order that waits."""
        self._waiting = None

    def _order(self, order: Callable[[], None]) -> None:
        self.planner.settle_now()
        if self.planner.is_stuck:
            # It is dropped, and the sentence is said again, if the data still cannot be read.
            self._waiting = order
            self.planner.retry()
            return
        held = self.planner.holds(self._snapshot.run_id)
        waits = not held or self._snapshot.phase in (Phase.PREPARING, Phase.EMPTY)
        self._waiting = order if waits else None
        if not waits:
            order()

    def train(self) -> None:
        """Start, or go on; waits for the plan if it is not ready yet."""
        self.worker.set_epochs(self.planner.project.document.settings.epochs)
        self._order(self.worker.start)

    def step(self) -> None:
        """One step, then pause; waits for the plan if it is not ready yet."""
        self._order(self.worker.step)

    def pause(self) -> None:
        """Stop after the current slice."""
        self.forget()
        self.worker.pause()

    def stop(self) -> None:
        """End the run; what was learned stays."""
        self.forget()
        self.worker.stop()

    def reset(self) -> Origin:
        """Back to the start; returns what that replaces, for `bring_back`."""
        self.forget()
        replaced = self.planner.put_aside()
        if self._snapshot.phase == Phase.FAILED or not self.planner.is_held:
            # There is no session that could be reset: a saved state that does not fit, or a core that failed.
            self.planner.begin_anew()
        else:
            self.worker.reset()
        return replaced

    def bring_back(self, aside: Origin) -> Origin:
        """Go on from what was put aside; returns what that replaces."""
        self.forget()
        return self.planner.bring_back(aside)

    def go_back(self, step: int) -> Origin:
        """Stand at a step that is kept, as if nothing had been learned since; returns what that replaces.

        Raises SpecError where the network is not there yet.
        """
        self.planner.settle_now()
        if not self.planner.is_held:
            raise SpecError("Training cannot go back before the network is ready. Try again when it is.")
        aside = Aside()

        def fill(session: Session) -> None:
            learned = Learned.of(session)
            aside.learned = None if learned is None else at_step(learned, step)

        # The worker does that before it puts anything in the place of what is trained.
        self.worker.compute(fill)
        return self.bring_back(aside)

    def travel(self, step: int | None) -> None:
        """Let live views look at a kept step; None for the network as it is."""
        self.forget()
        self.worker.travel(step)

    def set_weight(self, node: str, name: str, index: int, value: float | Replaced) -> Replaced:
        """Write one trained value of a node, by the name of the engine; returns what that replaces.

        Raises SpecError where the network is not there yet.
        """
        self.planner.settle_now()
        if not self.planner.is_held:
            raise SpecError("Weights cannot be changed before the network is ready. Try again when it is.")
        replaced = Replaced()
        self.worker.set_weight(node, name, index, value, replaced)
        return replaced

    def set_full_speed(self, full: bool) -> None:
        """Without the limit that lets a person follow."""
        self.is_full_speed = full
        self.worker.set_full_speed(full)

    def set_device(self, device: Device) -> None:
        """Train there from now on, and go on there with what is trained."""
        self.planner.device = device
        self.worker.compute(lambda session: session.engine.move(device))

    @property
    def is_racing(self) -> bool:
        """Whether the network trains as fast as it can, so that drawing costs it time."""
        return self.is_full_speed and self._snapshot.phase == Phase.RUNNING
