"""Joins a project with the worker: loads data, plans after edits, polls, keeps what was trained.

Data is loaded and operators are compiled away from the window's thread; a timer polls for
results. Every job has a number, and results of older ones are dropped.
"""

from __future__ import annotations

import logging
import os
import queue
import threading
from collections.abc import Callable
from typing import Any, TypeVar

from PySide6.QtCore import QObject, QTimer, Signal

from nnkernels import warm
from nnkernels.program import Layout
from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnstudio.data.dataset import DataError, Dataset
from nnstudio.model.atomic_file import FileError
from nnstudio.model.document import DataReference, Document
from nnstudio.model.event import listen
from nnstudio.project import Project
from nnstudio.training.curve import Curve
from nnstudio.training.estimate import estimate
from nnstudio.training.learned import Aside
from nnstudio.training.messages import Job, Snapshot
from nnstudio.training.probing import Probe
from nnstudio.training.session import Session, TrainingState, kernels_needed
from nnstudio.training.worker import Worker
from nnstudio.ui.run.inquiries import Inquiries
from nnstudio.ui.run.plan_key import Key
from nnstudio.ui.run.warming import Warming

T = TypeVar("T")
log = logging.getLogger(__name__)
# Views draw every 80 ms at the most; looking more often would only take the training its core. At full
# speed each look stops a thread that computes, and the others wait for it.
POLL_MS, RACING_POLL_MS = 33, 120
# Edits that follow each other within this time are planned once.
SETTLE_MS = 120
# Phases in which the worker takes orders for a network.
PLANNED = ("ready", "paused", "running")


class Runner(QObject):
    """The only owner of a Worker.

    Signals: snapshot_changed(Snapshot), rows_changed(Curve), restarted() when a new
    curve begins, data_loaded(Dataset or None, error), warming(done, total), estimated(sentence), ticked()
    each poll.
    """

    snapshot_changed = Signal(object)
    rows_changed = Signal(object)
    restarted = Signal()
    data_loaded = Signal(object, str)
    warming = Signal(int, int)
    estimated = Signal(str)
    ticked = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.worker = Worker()
        self.threads = os.cpu_count() or 1
        self.project = Project()
        self.data: Dataset | None = None
        self.snapshot = Snapshot()
        self.rows = Curve()
        self._run_id = 0
        self._key: Key | None = None
        # From where the next plan starts: a saved state, or what was put aside.
        self._origin: TrainingState | Aside | None = None
        # Whether the worker has something of this project, so that the next plan is an edit of it.
        self._goes_on = False
        self._load_number = 0
        self._loaded_reference: DataReference | None = None
        self._loads: queue.SimpleQueue[tuple[int, Dataset | None, str]] = queue.SimpleQueue()
        self._warming = Warming(self)
        self._warming.progressed.connect(self._on_warming)
        self._warming.ended.connect(self._on_warming_ended)
        self._compile_here = False
        self._full_speed = False
        self.inquiries = Inquiries()
        # An order that waits for the plan.
        self._pending: Callable[[], None] | None = None
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self._sync)
        self._timer = QTimer(self, interval=POLL_MS)
        self._timer.timeout.connect(self._poll)
        self._timer.start()

    # The project

    def set_project(self, project: Project, aside: Aside | None = None) -> Aside | None:
        """Work on another project, from its state or what was put aside of it; returns the last one's."""
        left = self._put_aside()
        self._follow(self.project.document, on=False)
        self._follow(project.document, on=True)
        self.project, self._key, self._goes_on, self._pending = project, None, False, None
        self._origin = project.state if aside is None else aside
        self._loaded_reference = None
        # What the worker says until the next plan is of another project.
        self._run_id += 1
        self._sync()
        return left

    def _follow(self, document: Document, on: bool) -> None:
        slots = (
            (document.network_changed, self._on_edited),
            (document.data_changed, self._on_edited),
            (document.settings_changed, self._on_settings_changed),
        )
        listen(slots, on)

    def _put_aside(self) -> Aside | None:
        """Pause, and hold what this project learned; None where nothing of it was planned yet."""
        if isinstance(self._origin, Aside):
            # It has not come back yet.
            return self._origin
        if not self._goes_on:
            return None
        aside = Aside()
        self.worker.put_aside(aside)
        return aside

    def bring_back(self, aside: Aside | None) -> Aside | None:
        """Go on from what was put aside; returns what that replaces."""
        replaced = self._put_aside()
        self._pending = None
        self._origin, self._key = aside, None
        self._settle.stop()
        self._sync()
        return replaced

    def _on_edited(self, *_facts: object) -> None:
        self._settle.start()

    def _on_settings_changed(self) -> None:
        settings = self.project.document.settings
        self.worker.set_hyperparameters(settings.hyperparameters())
        self.worker.set_epochs(settings.epochs)
        self._settle.start()

    def _sync(self) -> None:
        """Load data or plan anew where the project no longer is what was planned."""
        document = self.project.document
        if document.data != self._loaded_reference:
            self._load_data()
            return
        key = Key.of(self.project)
        if self.data is None or key == self._key:
            return
        if not (warm.is_warm() or self._compile_here):
            wanted = self._uncompiled(key, self.data)
            if not self._warming.is_running or not set(wanted) <= self._warming.first:
                self._warming.start(wanted)
            if wanted:
                # What is planned is another network or optimizer: it must not be started meanwhile.
                self._key = None
                return
        self._key = key
        origin, goes_on = self._origin, self._goes_on
        self._origin, self._goes_on = None, True
        self._run_id += 1
        state = origin if isinstance(origin, TrainingState) else None
        aside = origin if isinstance(origin, Aside) else None
        run, settings = self._run_id, document.settings
        self.worker.load(Job(run, key.network, self.data, settings, self.threads, state, goes_on, aside))

    def _load_data(self) -> None:
        self._load_number += 1
        self._loaded_reference = self.project.document.data
        number, project = self._load_number, self.project
        self.data, self._key = None, None
        self.data_loaded.emit(None, "")

        def work() -> None:
            try:
                # The first time it looks through all operators, which takes longer than a frame.
                warm.is_warm()
                self._loads.put((number, project.load_data(), ""))
            except MemoryError:
                self._loads.put((number, None, "The data does not fit into memory."))
            except (DataError, FileError, SpecError, UnknownName) as error:
                self._loads.put((number, None, str(error)))
            except Exception as error:  # else Train would wait for ever
                log.exception("Data could not be loaded.")
                text = (
                    f"The data cannot be read ({type(error).__name__}: {error}). This is a fault of nnstudio."
                )
                self._loads.put((number, None, text))

        threading.Thread(target=work, name="nnstudio-data", daemon=True).start()

    # Compiling ahead

    def _uncompiled(self, key: Key, data: Dataset) -> list[str]:
        """Operators that this network needs and that are not compiled yet."""
        try:
            needed = kernels_needed(key.network, data, self.project.document.settings)
        except SpecError:
            # The worker will say what is wrong; nothing needs compiling for that.
            return []
        return warm.uncompiled(needed)

    def _on_warming(self, done: int, total: int) -> None:
        self.warming.emit(done, total)
        if 0 < done < total:
            # Perhaps all that this network needs is there now.
            self._sync()

    def _on_warming_ended(self) -> None:
        # What the child left, because it failed or cannot keep it, this process compiles when it needs it:
        # slower to start, but it works. It is not in the cache, so the next start tries again.
        self._compile_here = True
        self._sync()

    def layout(self) -> Layout | None:
        """Where the project's numbers would lie, or None where it does not work or has no data yet."""
        if self.data is None:
            return None
        document, shape = self.project.document, self.data.input_shape
        try:
            return Layout.of(document.to_network(), shape, document.settings.loss)
        except SpecError:
            return None

    # Orders

    def train(self) -> None:
        """Start, or go on; waits for the plan if it is not ready yet."""
        self._settle_now()
        self.worker.set_epochs(self.project.document.settings.epochs)
        self._order(self.worker.start)

    def _order(self, order: Callable[[], None]) -> None:
        """Pass an order on as soon as the worker holds the project as it is."""
        waits = not self.is_planned or self.snapshot.phase in ("preparing", "empty")
        self._pending = order if waits else None
        if not waits:
            order()

    @property
    def is_planned(self) -> bool:
        """Whether the worker holds the project as it is."""
        return self._key is not None and self.snapshot.run_id == self._run_id

    def pause(self) -> None:
        """Stop after the current slice."""
        self._pending = None
        self.worker.pause()

    def step(self) -> None:
        """One step, then pause; waits for the plan if it is not ready yet."""
        self._settle_now()
        self._order(self.worker.step)

    def stop(self) -> None:
        """End the run; what was learned stays."""
        self._pending = None
        self.worker.stop()

    def reset(self) -> Aside | None:
        """Back to the start; returns what that replaces, for `bring_back`."""
        self._pending = None
        replaced = self._put_aside()
        self.worker.reset()
        return replaced

    def estimate(self) -> None:
        """Let the worker try a little of a whole run; `estimated` then says what it will cost."""
        self._settle_now()
        self.ask(
            estimate, lambda made: self.estimated.emit(made.sentence), lambda e: self.estimated.emit(str(e))
        )

    def travel(self, step: int | None) -> None:
        """Let live views look at a kept step; None for the network as it is."""
        self._pending = None
        self.worker.travel(step)

    def set_weight(self, node: str, name: str, index: int, value: float) -> None:
        """Write one trained value of a node, by the name that the engine knows."""
        self.worker.set_weight(node, name, index, value)

    def set_full_speed(self, full: bool) -> None:
        """Without the limit that lets a person follow."""
        self._full_speed = full
        self.worker.set_full_speed(full)

    @property
    def is_racing(self) -> bool:
        """Whether the network trains as fast as it can, so that drawing costs it time."""
        return self._full_speed and self.snapshot.phase == "running"

    def set_probe(self, view: str, probe: Probe | None) -> None:
        """What a live view wants to see."""
        self.worker.set_probe(view, probe)

    def take_result(self, view: str) -> Any | None:
        """The newest result for a view, once, of the run that the window knows of."""
        return self.worker.take_result(view, self.snapshot.start)

    def ask_state(self, then: Callable[[TrainingState | None], None]) -> None:
        """Call ``then`` with where training stands; None before the first step."""
        if isinstance(self._origin, Aside):
            # It has not come back to the worker yet.
            then(self._origin.learned.state if self._origin.learned is not None else None)
            return
        saved = self.project.state
        if not self._goes_on or self.snapshot.phase in ("empty", "failed", "preparing"):
            then(saved)
            return

        def read(session: Session) -> TrainingState | None:
            state = session.state()
            return state if state.step else None

        self.ask(read, then, lambda _error: then(saved))

    def ask(
        self, work: Callable[[Session], T], then: Callable[[T], None], failed: Callable[[Exception], None]
    ) -> None:
        """Let the worker compute something from its session between two slices, then call one of the two.

        ``failed`` gets a SpecError where there is no network to compute with, and whatever ``work`` raises.
        """
        self.inquiries.follow(self.worker.compute(work), then, failed)

    def close(self) -> None:
        """End the worker and everything that was begun."""
        self._timer.stop()
        self._settle.stop()
        self.inquiries.close()
        self._warming.close()
        self.worker.close()

    def _settle_now(self) -> None:
        if self._settle.isActive():
            self._settle.stop()
            self._sync()

    # Answers

    def _poll(self) -> None:
        wanted = RACING_POLL_MS if self.is_racing else POLL_MS
        if self._timer.interval() != wanted:
            self._timer.setInterval(wanted)
        self._take_loads()
        self.inquiries.poll()
        snapshot = self.worker.snapshot()
        if snapshot is not self.snapshot:
            self._take_snapshot(snapshot)
        self.ticked.emit()

    def _take_loads(self) -> None:
        while not self._loads.empty():
            number, data, error = self._loads.get()
            if number == self._load_number:
                self.data = data
                self.data_loaded.emit(data, error)
                self._sync()

    def _take_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.start != self.snapshot.start:
            self.rows = Curve()
            self.restarted.emit()
        self.snapshot = snapshot
        if snapshot.rows > self.rows.total:
            self.rows.follow(self.worker.rows(self.rows.total))
            self.rows_changed.emit(self.rows)
        self.snapshot_changed.emit(snapshot)
        if self._pending is not None and snapshot.phase in PLANNED and self.is_planned:
            order, self._pending = self._pending, None
            order()
