"""Joins a project with the worker: puts planner, orders and questions together, and polls for news."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from nnkernels.program import Layout
from nnkernels.spec import SpecError
from nnstudio.data.dataset import Dataset
from nnstudio.project import Project
from nnstudio.training.curve import Curve
from nnstudio.training.messages import Snapshot
from nnstudio.training.probing import Probe
from nnstudio.training.session import Session
from nnstudio.training.state import TrainingState
from nnstudio.training.underway import Standing
from nnstudio.training.worker import Worker
from nnstudio.ui.run.inquiries import Inquiries
from nnstudio.ui.run.orders import Orders
from nnstudio.ui.run.planner import Origin, Planner

T = TypeVar("T")
NOT_READY = "The network cannot run yet: its data or operators are not ready. Try again when it can."
# Views draw every 80 ms at the most; looking more often would only take the training its core. At full
# speed each look stops a thread that computes, and the others wait for it.
POLL_MS, RACING_POLL_MS = 33, 120
# Starts of the worker have numbers from 0 on.
BEFORE_ANY_START = -1


class Runner(QObject):
    """The only owner of a Worker.

    Signals: snapshot_changed(Snapshot), rows_changed(Curve), restarted() when a new curve begins,
    ticked() each poll.
    """

    snapshot_changed = Signal(object)
    rows_changed = Signal(object)
    restarted = Signal()
    ticked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.worker = Worker()
        self.planner = Planner(self.worker, self)
        self.orders = Orders(self.worker, self.planner)
        self.inquiries = Inquiries()
        self.snapshot = Snapshot()
        self.rows = Curve()
        # Who wants to know where training stands, once the worker holds the project as it is.
        self._askers: list[Callable[[TrainingState | None], None]] = []
        self.planner.planned.connect(self._answer)
        self.planner.failed.connect(self._answer)
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._timer.start()

    def set_project(self, project: Project, aside: Origin = None) -> Origin:
        """Work on another project, from its state or what was put aside of it; returns the last one's."""
        self.orders.forget()
        # Whoever waits asked about the project before.
        self._answer()
        left = self.planner.set_project(project, aside)
        # The worker lets go of the project before once it comes to it, which may take seconds; until then
        # nothing of it is told of this one.
        self._take_snapshot(Snapshot(self.planner.first_run_id, BEFORE_ANY_START))
        return left

    @property
    def data(self) -> Dataset | None:
        """The project's data, None until it is loaded."""
        return self.planner.loader.data

    @property
    def is_planned(self) -> bool:
        """Whether the worker holds the project as it is."""
        return self.planner.holds(self.snapshot.run_id)

    @property
    def has_network(self) -> bool:
        """Whether the worker holds the project as it is, and can compute with it."""
        return self.is_planned and self.snapshot.phase.has_network

    @property
    def is_of_project(self) -> bool:
        """Whether the snapshot is of the open project, be it of an earlier network."""
        return self.planner.is_of_project(self.snapshot.run_id)

    def layout(self) -> Layout | None:
        """Where the project's numbers would lie, or None where it does not work or has no data yet."""
        if self.data is None:
            return None
        document, shape = self.planner.project.document, self.data.input_shape
        try:
            return Layout.of(document.to_network(), shape, document.settings.loss)
        except SpecError:
            return None

    # What live views want to see

    def set_probe(self, view: str, probe: Probe | None, aside: bool = False) -> None:
        """What a live view wants to see."""
        self.worker.set_probe(view, probe, aside)

    def standing(self, view: str) -> Standing:
        """How far the picture of a view is, and what the last one took."""
        return self.worker.standing(view)

    def take_result(self, view: str) -> Any | None:
        """The newest result for a view, once, of the run that the window knows of."""
        return self.worker.take_result(view, self.snapshot.start)

    # Questions

    def ask(
        self, work: Callable[[Session], T], then: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        """Let the worker compute something from its session between two slices, then call one of the two.

        ``failed`` gets a SpecError where there is no network to compute with, and whatever ``work`` raises.
        """
        self.planner.settle_now()
        if not self.planner.is_current:
            # The worker may still hold an earlier network, or that of the project before.
            failed(SpecError(NOT_READY))
            return
        self.inquiries.follow(self.worker.compute(work), then, failed)

    def ask_state(self, then: Callable[[TrainingState | None], None], wait: bool = True) -> None:
        """Call ``then`` with where training stands; None where nothing was learned or set by hand yet.

        It is that of the network as it is in the document: what an edit left to do is done before. Without
        ``wait`` it may be that of the network before, where data or operators are not ready yet.
        """
        self.planner.settle_now()
        if wait and self.planner.is_behind:
            self._askers.append(then)
            return
        if not self.planner.is_held:
            # It has not come back to the worker yet.
            then(self.planner.state_to_come)
            return
        project = self.planner.project
        history = project.document.history
        asked = history.moves

        def told(state: TrainingState | None) -> None:
            if project is self.planner.project and history.moves != asked:
                # Edited since, or reset: the state is not that of what is written with it.
                self.ask_state(then, wait)
            else:
                then(state)

        self.inquiries.follow(self.worker.state(), told, lambda _error: then(self.planner.state_to_come))

    def _answer(self) -> None:
        askers, self._askers = self._askers, []
        for then in askers:
            self.ask_state(then, wait=False)

    def close(self) -> None:
        """End the worker and everything that was begun."""
        self._timer.stop()
        self.inquiries.close()
        self.planner.close()
        self.worker.close()

    # News

    def _poll(self) -> None:
        wanted = RACING_POLL_MS if self.orders.is_racing else POLL_MS
        if self._timer.interval() != wanted:
            self._timer.setInterval(wanted)
        self.planner.loader.poll()
        self.inquiries.poll()
        snapshot = self.worker.snapshot()
        if snapshot is not self.snapshot and self.planner.is_of_project(snapshot.run_id):
            self._take_snapshot(snapshot)
        self.ticked.emit()

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.start != self.snapshot.start:
            self.rows = Curve()
            self.restarted.emit()
        self.snapshot = snapshot
        self.planner.look(snapshot)
        if snapshot.rows > self.rows.total:
            self.rows.follow(self.worker.rows(self.rows.total))
            self.rows_changed.emit(self.rows)
        self.snapshot_changed.emit(snapshot)
        self.orders.look(snapshot)
