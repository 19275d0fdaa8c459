"""All that the window has for sweeps: their page, what can be varied now, and the process that trains."""

from __future__ import annotations

import copy
import time
import uuid
from collections.abc import Callable, Iterable
from functools import partial
from statistics import median
from typing import TYPE_CHECKING

import msgspec
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QMessageBox, QWidget

from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnstudio.data.dataset import DataError, sources
from nnstudio.data.imitation import holds_only_real
from nnstudio.model.document import Document
from nnstudio.model.quantity import counted, value_in_words
from nnstudio.project import Project
from nnstudio.project_name import name_of
from nnstudio.runs.store import RunStore
from nnstudio.sweep.earlier import EarlierSweep, earlier_sweeps
from nnstudio.sweep.messages import Begun, Event, Finished, Job, Progress, Setting, Told
from nnstudio.sweep.options import variable_name, variables
from nnstudio.sweep.order import SweepOrder, check_installed
from nnstudio.sweep.plan import Plan, check_plan
from nnstudio.sweep.runnable import check_runnable
from nnstudio.sweep.space import FOLD_NAME
from nnstudio.sweep.trial import share
from nnstudio.training.estimate import Estimate, estimate_with
from nnstudio.training.session import Session
from nnstudio.training.state import TrainingState
from nnstudio.ui.project.messages import EXPECTED, Messages
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.runs.runs import Runs
from nnstudio.ui.sweeps.sweep_process import SweepProcess
from nnstudio.ui.sweeps.words import BEFORE, SO_FAR, cost_of, in_window, start_of
from nnstudio.ui.widgets.first_shown import FirstShown
from nnstudio.ui.widgets.question import ask

if TYPE_CHECKING:
    from nnstudio.ui.sweeps.sweep_page import SweepPage

NO_DATA = "The data of this project is not loaded. Choose data that can be used, or wait until it is there."
CLOSING = (
    "A sweep is running: {} of {} done. Closing ends it. What is done stays under Runs; what is being "
    "trained now is lost. End it and close?"
)


class Sweeps(QObject):
    """Signals: wanted() when the page is to be shown, stood(text) and file_requested(path, content)
    as `SweepPage` has them.

    Its trainings are kept among the ``runs``.

    Attributes:
        holder: what stands in the window for the page.
    """

    wanted = Signal()
    stood = Signal(str)
    file_requested = Signal(object, object)

    def __init__(
        self, window: QWidget, workspace: Workspace, runner: Runner, messages: Messages, runs: Runs
    ) -> None:
        super().__init__(window)
        self.window, self.workspace, self.runner, self.messages = window, workspace, runner, messages
        self.runs, self.library, self.holder = runs, runs.library, FirstShown(self._build_page)
        # What carries a sweep out; the one of the sweep that is running, and all that are not gone yet.
        self.process: Callable[[QObject], SweepProcess] = SweepProcess
        self._current: SweepProcess | None = None
        self._processes: list[SweepProcess] = []
        # Of the sweep that was begun last: what it does, and under which name its runs are kept.
        self._plan: Plan | None = None
        self._name = ""
        self._is_running = self._is_stopped = self._is_training = False
        # Seconds of an epoch on one thread, of the project as it was after so many moves: as the worker tried
        # it, and as each setting of a sweep took.
        self._cost: tuple[Project, int, float | None] | None = None
        self._took: tuple[Project, int, list[float]] | None = None
        # When the sweep began, its trainings with the seconds that they took, and the processes; and the
        # seconds that a sweep takes beside its trainings, None where none told.
        self._begun, self._trained = 0.0, (0, 0.0)
        self._workers: int | None = None
        self._start_seconds: float | None = None
        runs.library.changed.connect(self._look_if_seen)
        of_project = (workspace.shown, workspace.network_changed, workspace.settings_changed)
        for fact in (*of_project, workspace.data_changed, runner.planner.data_loaded, runner.planner.planned):
            fact.connect(self._look_if_seen)

    @property
    def page(self) -> SweepPage:
        """What a person sees of sweeps."""
        return self.holder.page

    def _build_page(self) -> SweepPage:
        from nnstudio.ui.sweeps.sweep_page import SweepPage

        page = SweepPage()
        page.start_requested.connect(self._start)
        page.stop_requested.connect(self.stop)
        page.looked_at.connect(self.look_again)
        page.changed.connect(self._judge)
        page.open_requested.connect(self._open)
        page.runs_requested.connect(lambda: self.runs.find(self._name))
        page.earlier_requested.connect(self._show_earlier)
        page.stood.connect(self.stood)
        page.file_requested.connect(self.file_requested)
        return page

    def _open(self, setting: Setting) -> None:
        titles = self._titles(setting.values)
        told = ", ".join(f"{titles[name]} {value_in_words(value)}" for name, value in setting.values.items())
        self.runs.open(setting.run, f"setting {setting.number:,} of the sweep", told=told)

    def show(self) -> None:
        """Show the page."""
        self.wanted.emit()

    def vary(self, name: str) -> None:
        """Show the page, and vary an option by its full name, or the seed."""
        self.show()
        self.page.form.vary(name)

    def vary_node(self, node: str, option: str) -> None:
        """The same for an option of a node of the graph that is open."""
        self.vary(variable_name(self.workspace.document, self.workspace.editor.graph, node, option))

    # What can be done

    def _look_if_seen(self, *_facts: object) -> None:
        if self.holder.isVisible():
            self.look_again()

    def look_again(self) -> None:
        """Offer what can be varied in the project as it is now, and ask how long a training takes."""
        document, data = self.workspace.document, self.runner.data
        has_folds = sources[document.data.kind].has_option(FOLD_NAME)
        has_classes = data is not None and bool(data.classes)
        seed = document.settings.seed
        self.page.form.show_project(variables(document), seed, has_folds, has_classes, self._only_real)
        self._ask_cost()
        self._judge()
        self._ask_earlier()

    def _ask_earlier(self) -> None:
        """Offer what this project's sweeps left under Runs, also before the program was started anew."""
        project = self.workspace.project
        path = "" if project.path is None else str(project.path.absolute())
        read = partial(_earlier, name_of(project), path)

        def show(sweeps: list[EarlierSweep]) -> None:
            if project is self.workspace.project:
                self.page.earlier.show_sweeps(sweeps, self._titles([n for s in sweeps for n in s.names]))

        # The page of runs says why they cannot be read.
        self.library.ask(read, show, lambda _error: None)

    def _titles(self, names: Iterable[str]) -> dict[str, str]:
        """What options are called: also those that the network has no more."""
        known = {variable.name: variable.title for variable in variables(self.workspace.document)}
        return {name: known.get(name, name) for name in names}

    @property
    def _only_real(self) -> bool:
        """Whether an accuracy counts real samples alone."""
        return self.runner.data is not None and holds_only_real(self.runner.data)

    def _show_earlier(self, sweep: EarlierSweep) -> None:
        self._name = sweep.id
        name = name_of(self.workspace.project)
        self.page.show_earlier(sweep, self._titles(sweep.names), name, self._only_real)

    def _judge(self) -> tuple[SweepOrder, Plan] | None:
        """Say what the chosen sweep costs, and give it; or say why it cannot be."""
        if not self.workspace.has_project:
            return None
        try:
            order, plan = self._chosen()
        except (SpecError, DataError, UnknownName) as error:
            names = [variable.name for variable in variables(self.workspace.document)]
            self.page.show_problem(in_window(str(error), self._titles(names)))
            return None
        epochs = self.workspace.document.settings.epochs
        measured = self._measured
        seconds = median(measured) if measured else self._epoch_seconds
        may_stop = bool(self.workspace.document.settings.extra("patience"))
        told = (SO_FAR if self._is_running else BEFORE) if measured else ""
        cost = cost_of(plan, epochs, seconds, order.workers, told, self._start_seconds, may_stop)
        self.page.show_problem("", cost)
        return order, plan

    def _chosen(self) -> tuple[SweepOrder, Plan]:
        """What is chosen, as a sweep that can be begun. Raises SpecError, DataError or UnknownName."""
        check_installed()
        project, form = self.workspace.project, self.page.form
        if form.varied.problem:
            raise SpecError(form.varied.problem)
        if self.runner.data is None:
            raise DataError(NO_DATA)
        order = form.order
        plan = order.plan(project.document)
        check_plan(plan, project, self.runner.data)
        check_runnable(plan, project.document, self.runner.data)
        return order, plan

    @property
    def _epoch_seconds(self) -> float | None:
        known = self._cost
        return known[2] if known is not None and known[:2] == self._now else None

    @property
    def _measured(self) -> list[float]:
        """Seconds of an epoch in each setting that a sweep of this very project trained."""
        took = self._took
        return took[2] if took is not None and took[:2] == self._now else []

    @property
    def _now(self) -> tuple[Project, int]:
        return self.workspace.project, self.workspace.document.history.moves

    def _ask_cost(self) -> None:
        """Let the worker try a little of a training as the processes will do it: on one thread."""
        now, epochs = self._now, self.workspace.document.settings.epochs
        if self._cost is not None and self._cost[:2] == now:
            return
        self._cost = (*now, None)

        def take(cost: Estimate) -> None:
            seconds = None if cost.seconds is None else cost.seconds / epochs
            if now == self._now:
                self._cost = (*now, seconds)
                self._judge()

        def fail(_error: Exception) -> None:
            # The network cannot run yet; it is asked again when something changes.
            self._cost = None

        self.runner.ask(_alone, take, fail)

    # A sweep

    def _start(self) -> None:
        chosen = self._judge()
        if chosen is None:
            return
        order, plan = chosen
        project, document = copy.copy(self.workspace.project), self.workspace.document
        self._plan, self._name = plan, uuid.uuid4().hex
        self._is_running, self._took = True, (*self._now, [])
        self._is_stopped = self._is_training = False
        self._begun, self._trained, self._workers = time.monotonic(), (0, 0.0), order.workers
        titles = self._titles(varied.name for varied in plan.space.searched)
        data = self.runner.data
        has_accuracy = data is not None and bool(data.classes)
        self.page.begin(plan, titles, name_of(project), order.scheduler, has_accuracy, self._only_real)
        path = "" if project.path is None else str(project.path.absolute())
        work = partial(_job, project, document.copying(), order, self._name, path)

        def prepare(state: TrainingState | None) -> None:
            self.runner.inquiries.look_up(partial(work, state), self._begin, self._fail)

        if plan.reuses:
            self.runner.ask_state(prepare)
        else:
            prepare(None)

    def _begin(self, job: bytes) -> None:
        if self._is_stopped:
            self._finish()
            return
        process = self._current = self.process(self)
        self._processes.append(process)
        process.came.connect(self._take)
        process.gone.connect(partial(self._forget, process))
        process.begin(job)

    def _forget(self, process: SweepProcess) -> None:
        self._processes.remove(process)
        process.deleteLater()

    def _fail(self, error: Exception) -> None:
        self._finish(str(error))
        if not isinstance(error, EXPECTED):
            raise error

    def stop(self) -> None:
        """End the sweep that is running; what is done is kept."""
        self._is_stopped = True
        self.page.show_stopping()
        if self._current is not None:
            self._current.stop()

    def _take(self, event: Event) -> None:
        if isinstance(event, Begun):
            for note in event.notes:
                self.page.tell(in_window(note))
        elif isinstance(event, Progress):
            self._trains()
            self.page.show_begun(event.trainings)
        elif isinstance(event, Setting):
            self.page.add(event)
            self._count(event)
        elif isinstance(event, Told):
            self.page.tell(event.sentence)
        else:
            self._end(event)

    def _trains(self) -> None:
        """The first training reports: how long processes take to start is known, so that is said anew."""
        if self._workers and not self._is_training:
            self._is_training, self._start_seconds = True, time.monotonic() - self._begun
            self._judge()

    def _count(self, event: Setting) -> None:
        """What a setting took tells what others will; said anew when twice as many told it."""
        trainings, seconds = self._trained
        self._trained = trainings + event.trainings, seconds + (event.seconds or 0.0)
        if event.seconds and event.epochs and self._took is not None:
            self._took[2].append(event.seconds / (event.epochs * event.trainings))
            if (count := len(self._took[2])) & (count - 1) == 0:
                self._judge()

    def _end(self, event: Finished) -> None:
        trainings, trained = self._trained
        took = time.monotonic() - self._begun
        if trained and self._workers and not event.problem and not self._is_stopped:
            # The next one begins as this one did.
            self._start_seconds = start_of(took, trained, trainings, self._workers)
        self._finish(in_window(event.problem), took)
        if not self.page.isVisible():
            done = counted(self.page.through, "setting")
            self.messages.note(f"The sweep is over: {done} tried. See the Sweep tab.")

    def _finish(self, problem: str = "", whole: float = 0.0) -> None:
        self._is_running, self._current = False, None
        self.page.finish(problem, self._is_stopped, whole)
        self._judge()

    # The window closes

    def may_close(self) -> bool:
        """Whether the window may close; a person is asked where that ends a sweep."""
        if not self._is_running or self._plan is None:
            return True
        total = counted(self._plan.total, "setting")
        button = QMessageBox.StandardButton
        names = {button.Yes: "End it and close", button.No: "Go on"}
        chosen = ask(
            self.window, "End the sweep?", lambda: CLOSING.format(self.page.through, total),
            button.Yes | button.No, names, button.No,
        )  # fmt: skip
        return chosen == button.Yes

    def close(self) -> None:
        """The window has closed: end what is being trained."""
        self._is_running = False
        for process in self._processes:
            process.close()


def _earlier(project: str, path: str, store: RunStore) -> list[EarlierSweep]:
    """On the library's thread."""
    return earlier_sweeps(store.list(), project, path)


def _alone(session: Session) -> Estimate:
    """On the worker's thread."""
    return estimate_with(Session(session.network, session.data, session.settings, 1))


def _job(
    project: Project,
    document: Callable[[], Document],
    order: SweepOrder,
    name: str,
    path: str,
    state: TrainingState | None,
) -> bytes:
    """On a thread of its own: the project as the process gets it, with a ``state`` only where trainings start
    with its weights.
    """  # fmt: skip
    project.document, project.state = document(), state
    job = Job(order, share(project, name, state is not None), path, name_of(project))
    return msgspec.json.encode(job) + b"\n"
