"""Keeps what the worker holds equal to the project: loads its data, compiles operators, plans after edits."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QObject, QTimer, Signal

from nnkernels import warm
from nnkernels.spec import SpecError
from nnstudio.data.dataset import Dataset
from nnstudio.model.document import DataReference, Document
from nnstudio.model.event import listen
from nnstudio.project import Project
from nnstudio.training.engine import Device
from nnstudio.training.learned import Aside
from nnstudio.training.learner import kernels_needed
from nnstudio.training.messages import Job, Phase, Snapshot
from nnstudio.training.state import TrainingState
from nnstudio.training.surgery.flow import Pick
from nnstudio.training.worker import Worker
from nnstudio.ui.run.data_loader import DataLoader
from nnstudio.ui.run.frozen_project import FrozenProject
from nnstudio.ui.run.plan_key import Key
from nnstudio.ui.run.turning_points import TurningPoint, TurningPoints
from nnstudio.ui.run.warming import Warming

# Edits that follow each other within this time are planned once.
SETTLE_MS = 120
# From where a plan starts: a saved state, what was put aside, or nothing.
Origin = TrainingState | Aside | None


class Planner(QObject):
    """Every job that it gives the worker has a number, so that what the worker says of older ones is known.

    Signals: data_loaded(Dataset or None, error), see `DataLoader`, before a plan is made of it;
    warming(operators compiled, of how many); slow_starts(why every start will take long) once, where that is
    so; planned() when the worker was given the project as it is; failed() where no plan can be made of it, so
    that nothing must wait for one.

    Attributes:
        first_run_id: the number with which the worker was told of the open project.
    """

    data_loaded = Signal(object, str)
    warming = Signal(int, int)
    slow_starts = Signal(str)
    planned = Signal()
    failed = Signal()

    def __init__(self, worker: Worker, parent: QObject) -> None:
        super().__init__(parent)
        self.worker = worker
        self.threads, self.device = os.cpu_count() or 1, Device.CPU
        self.project = Project()
        self.loader = DataLoader(self)
        self.loader.loaded.connect(self._on_loaded)
        # From where the next plan starts: a saved state, or what was put aside.
        self.origin: Origin = None
        # Whether the worker has something of this project, so that the next plan is an edit of it.
        self.goes_on = False
        # What the plan that is being made starts from, until it is known whether it can be made.
        self._tried: Origin = None
        # Whether no plan can be made until something is edited, or its data is read once more.
        self.is_stuck = False
        self._run_id = self.first_run_id = 0
        # Whether there is anything to plan: before a project is opened, there is not.
        self._has_project = False
        self._key: Key | None = None
        # What the worker was given the last plan with.
        self._planned = FrozenProject(self.project)
        # Of that; None while the worker has nothing of this project.
        self._planned_key: Key | None = None
        self._turns = TurningPoints(self.project.document)
        # Which units the next plan keeps, by layer, where a person chose.
        self._picks: dict[str, Pick] = {}
        self._loaded_reference: DataReference | None = None
        self._compile_here = self._told = False
        self._warming = Warming(self)
        self._warming.progressed.connect(self._on_warming)
        self._warming.ended.connect(self._on_warming_ended)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(self.sync)

    def holds(self, run_id: int) -> bool:
        """Whether this is the number of the project as it is."""
        return self.is_current and run_id == self._run_id

    @property
    def is_current(self) -> bool:
        """Whether the worker was given the project as it is."""
        return self._key is not None

    @property
    def is_behind(self) -> bool:
        """Whether the worker has an earlier network of this project, and will soon get the present one."""
        return self.goes_on and self._key is None and not self.is_stuck

    def look(self, snapshot: Snapshot) -> None:
        """Where no network can be made, the next plan starts from the same state: the edits may be undone."""
        if snapshot.run_id != self._run_id or snapshot.phase == Phase.PREPARING:
            return
        if self._tried is not None and snapshot.phase == Phase.FAILED:
            self.origin, self.goes_on = self._tried, False
        self._tried = None

    @property
    def state_to_come(self) -> TrainingState | None:
        """The state that the next plan starts from, or the one that is being made."""
        origin = self.origin if self.origin is not None else self._tried
        if isinstance(origin, Aside):
            return origin.learned.state if origin.learned is not None else None
        return origin

    @property
    def is_held(self) -> bool:
        """Whether the worker has what this project learned last; else that is still to come back to it."""
        return self.goes_on and self.origin is None

    def is_of_project(self, run_id: int) -> bool:
        """Whether this is the number of a plan of the open project, be it of an earlier network."""
        return run_id >= self.first_run_id

    # The project

    def set_project(self, project: Project, aside: Origin = None) -> Origin:
        """Work on another project, from its state or what was put aside of it; returns the last one's."""
        left = self.put_aside()
        self._follow(self.project.document, on=False)
        self._follow(project.document, on=True)
        self.project, self._key, self.goes_on = project, None, False
        self._turns, self._planned_key = TurningPoints(project.document), None
        self._has_project = True
        self._tried, self.is_stuck = None, False
        self.origin = project.state if aside is None else aside
        self._loaded_reference = None
        self._run_id += 1
        self.first_run_id = self._run_id
        # Its data may be long in coming, or never come: nothing must show or change the network before.
        self.worker.unload(self._run_id)
        self.sync()
        return left

    def _follow(self, document: Document, on: bool) -> None:
        slots = (
            (document.network_changed, self._on_edited),
            (document.data_changed, self._on_edited),
            (document.settings_changed, self._on_settings_changed),
        )
        listen(slots, on)

    def put_aside(self) -> Origin:
        """Pause, and hold what this project learned; None where it has learned nothing."""
        if self._tried is not None:
            # It is not known yet whether a plan can be made of it.
            return self._tried
        if not self.is_held:
            # It has not come back yet.
            return self.origin
        aside = Aside()
        self.worker.put_aside(aside)
        return aside

    def bring_back(self, aside: Origin) -> Origin:
        """Go on from what was put aside; returns what that replaces."""
        replaced = self.put_aside()
        if aside is None:
            self.begin_anew()
            return replaced
        self.origin, self._tried, self._key = aside, None, None
        self._settle.stop()
        self.sync()
        return replaced

    def begin_anew(self) -> None:
        """Plan with new random weights, whatever was saved."""
        self.project.state = None
        self.origin, self._tried, self._key, self.goes_on = None, None, None, False
        self._settle.stop()
        self.sync()

    @property
    def before_edit(self) -> TurningPoint | None:
        """The network that the newest edit left, with what it had learned; None where there is none."""
        return self._turns.latest

    def pick(self, node: str, units: Sequence[int], source: str = "") -> None:
        """Keep these units of a layer, by the name of the engine, when the edit that is made now is planned;
        ``source``: see `Pick`.
        """
        self._picks[node] = Pick(tuple(units), source)

    def _on_edited(self, *_facts: object) -> None:
        self._turns.note_edit()
        self._settle.start()

    def _on_settings_changed(self) -> None:
        settings = self.project.document.settings
        self.worker.set_hyperparameters(settings.hyperparameters())
        self.worker.set_epochs(settings.epochs)
        self._settle.start()

    # Planning

    def settle_now(self) -> None:
        """Do what an edit left to do."""
        if self._settle.isActive():
            self._settle.stop()
            self.sync()

    def sync(self) -> None:
        """Load data or plan anew where the project no longer is what was planned."""
        try:
            self._sync()
        except BaseException:
            # Whoever waits for the plan would wait for ever.
            self._fail()
            raise

    def _sync(self) -> None:
        if not self._has_project:
            return
        document, data = self.project.document, self.loader.data
        if document.data != self._loaded_reference:
            self._loaded_reference, self._key = document.data, None
            self.is_stuck = False
            self.loader.load(self.project)
            return
        key = Key.of(self.project)
        if key == self._key:
            self._planned.refresh()
            self._turns.forget_edit()
        if data is None or key == self._key:
            return
        if not (warm.is_warm() or self._compile_here) and self._compile(key, data):
            # What is planned is another network or optimizer: it must not be started meanwhile.
            self._key = None
            return
        self._plan(key, data)

    def _plan(self, key: Key, data: Dataset) -> None:
        self._key = key
        origin, goes_on = self.origin, self.goes_on
        self._tried, self.origin, self.goes_on = origin, None, True
        self.is_stuck = False
        self._run_id += 1
        state = origin if isinstance(origin, TrainingState) else None
        aside = origin if isinstance(origin, Aside) else None
        leaves, back = self._turns.turn(self._planned_key if goes_on else None, self._planned, key)
        settings, self._planned = self.project.document.settings, FrozenProject(self.project)
        self._planned_key, picks, self._picks = key, self._picks, {}
        self.worker.load(
            Job(
                self._run_id, key.network, data, settings, self.threads, state, goes_on, aside,
                back if aside is None else None, leaves, picks, self._planned, self.device,
            )
        )  # fmt: skip
        self.planned.emit()

    def retry(self) -> None:
        """Read data anew that could not be read: perhaps its file was mended."""
        self._loaded_reference, self.is_stuck = None, False
        self.sync()

    def _fail(self) -> None:
        self.is_stuck = True
        self.failed.emit()

    def _on_loaded(self, data: Dataset | None, error: str) -> None:
        # Whoever hears it may change the document, such as its loss, and the plan is made of that.
        self.data_loaded.emit(data, error)
        if data is not None:
            self.sync()
        elif error:
            self._fail()

    # Compiling ahead

    def compile_ahead(self) -> None:
        """Let a child compile while a person still chooses a project; nothing where all is compiled."""
        if not warm.is_warm():
            self._warming.start(warm.uncompiled(set()))

    def _compile(self, key: Key, data: Dataset) -> list[str]:
        """Let a child compile all operators; returns what this network needs of those that are missing."""
        try:
            needed = kernels_needed(key.network, data, self.project.document.settings)
        except SpecError:
            # The worker will say what is wrong; nothing needs compiling for that.
            needed = set()
        wanted = warm.uncompiled(needed)
        if warm.problem() and not self._told:
            self._told = True
            self.slow_starts.emit(warm.problem())
        if not self._warming.is_running or not set(wanted) <= self._warming.first:
            self._warming.start(wanted)
        return wanted

    def _on_warming(self, done: int, total: int) -> None:
        self.warming.emit(done, total)
        if 0 < done < total:
            # Perhaps all that this network needs is there now.
            self.sync()

    def _on_warming_ended(self) -> None:
        # What the child left, because it failed or cannot keep it, this process compiles when it needs it:
        # slower to start, but it works. It is not in the cache, so the next start tries again.
        self._compile_here = True
        self.sync()

    def close(self) -> None:
        """End everything that was begun."""
        self._settle.stop()
        self.loader.close()
        self._warming.close()
