"""One training of a sweep, on the worker that carries it out: a project once, then orders to train it.

What is in this module runs in another process, maybe on another machine; it writes nothing but the caches
that every training has. A project's table is sent with it; larger data is read where it lies, if it is the
same.
"""

from __future__ import annotations

import tempfile
import threading
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Any

from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnstudio import __version__
from nnstudio.data.dataset import DataError, Dataset, Split, load, sources
from nnstudio.data_links import fingerprint
from nnstudio.model import projectfile
from nnstudio.model.atomic_file import FileError
from nnstudio.project import Project
from nnstudio.sweep.options import EXAMPLES_NAME, START_NAME, Start, with_values
from nnstudio.sweep.space import FOLD_NAME, Repeat
from nnstudio.training.priority import lower_priority
from nnstudio.training.reused import ReusedWeights, check_reused
from nnstudio.training.session import Diverged, Session
from nnstudio.training.state import TrainingState

# Data of so many folds is kept ready by a worker.
MOST_KEPT = 5
# What makes one setting useless, and no other.
REFUSALS = (SpecError, DataError, FileError, UnknownName, MemoryError)


class ClusterError(RuntimeError):
    """There is no scheduler or worker to train with; the text is a sentence."""


class Status(StrEnum):
    """How a training of a sweep ended, or a setting with all of its trainings."""

    TRAINED = "trained"
    STOPPED = "stopped"
    DIVERGED = "diverged"
    REFUSED = "refused"
    FAILED = "failed"


@dataclass(frozen=True)
class SharedProject:
    """What each worker gets once.

    Attributes:
        id: of the sweep.
        project: a project file, as bytes; with a run only where trainings start with its weights.
        path: where data lies that is not inside it, on each machine that trains; "" for none.
        data_hash: its fingerprint.
        version: the program's own.
    """

    id: str
    project: bytes = field(repr=False)
    path: str = ""
    data_hash: str = ""
    version: str = __version__

    def opened(self) -> Project:
        """The project itself; where its data lies is not yet told to it. Raises ProjectError."""
        with tempfile.TemporaryDirectory(prefix="nnstudio-") as folder:
            file = Path(folder) / "sweep.nns"
            file.write_bytes(self.project)
            return Project.open(file)


@dataclass(frozen=True)
class TrialOrder:
    """What to train: the sweep, the values, the seed and fold, the epochs in all, and where to go on from."""

    sweep: str
    values: dict[str, Any]
    repeat: Repeat
    epochs: int
    state: TrainingState | None = None


@dataclass(frozen=True)
class Outcome:
    """Where a training stands after an order.

    Attributes:
        metrics: loss, accuracy, val_loss and val_accuracy of the weights that it has; None where it has none.
        is_over: whether nothing is left to train: all epochs are done, or it stopped early.
        seconds: how long the engine trained in all.
        message: why it is of no use, or "".
    """

    status: Status
    metrics: dict[str, float | None] = field(default_factory=dict)
    epoch: int = 0
    is_over: bool = True
    seconds: float = 0.0
    state: TrainingState | None = field(default=None, repr=False)
    message: str = ""


def share(project: Project, sweep: str, with_weights: bool = False) -> SharedProject:
    """What the workers need of a project, its weights only where trainings start with them.

    Raises DataError where its data is not there.
    """
    document, run, data = project.content()
    path, digest = "", ""
    if data.table is None and sources[project.document.data.kind].picks:
        file = project.data_file()
        if file is None or not file.exists():
            # Says what is wrong with it.
            project.load_data()
        path, digest = str(file), data.hash
    return SharedProject(
        sweep, bytes(projectfile.packed(document, run if with_weights else None, data)), path, digest
    )


class _Project:
    """A project that was shared, with the data of the folds that were asked for last."""

    def __init__(self, shared: SharedProject) -> None:
        if shared.version != __version__:
            raise SpecError(
                f"This worker runs nnstudio {__version__}, and the sweep {shared.version}: install the same "
                "version on all machines."
            )
        self._shared = shared
        self.project = shared.opened()
        self._data: dict[tuple[str, str], Dataset] = {}

    def data(self, fold: str, examples: str) -> Dataset:
        """The data, divided by this fold, with so many examples."""
        if (fold, examples) not in self._data:
            while len(self._data) >= MOST_KEPT:
                self._data.pop(next(iter(self._data)))
            reference = self.project.document.data
            changes = {"path": self._path(), EXAMPLES_NAME: examples} | ({FOLD_NAME: fold} if fold else {})
            source = sources[reference.kind]
            known = {name: value for name, value in changes.items() if source.has_option(name)}
            if not source.picks:
                known.pop("path", None)
            self._data[fold, examples] = load(reference.kind, {**reference.options, **known})
        return self._data[fold, examples]

    @cached_property
    def reused(self) -> ReusedWeights:
        """The weights that trainings may start with. Raises SpecError."""
        document, state = self.project.document, check_reused(self.project.state)
        shape = self.data("", str(document.data.options.get(EXAMPLES_NAME, ""))).input_shape
        return ReusedWeights(document.to_network(), shape, document.settings, state)

    def _path(self) -> str:
        """Where its data lies on this machine."""
        shared = self._shared
        if not shared.path:
            return str(self.project.data_file())
        if not Path(shared.path).exists():
            raise DataError(
                f"'{shared.path}' is not on this worker's machine, and too large to be sent: put it there "
                "on all machines."
            )
        if fingerprint(Path(shared.path)) != shared.data_hash:
            raise DataError(
                f"'{shared.path}' holds something else on this worker's machine than where the sweep began: "
                "put the same there."
            )
        return shared.path


# What this process was given, by the sweep, and what it opened of it.
_given: dict[str, SharedProject] = {}
_opened: dict[str, _Project] = {}
# The engine is entered by one thread at a time, however many a worker has.
_engine = threading.Lock()


def take(shared: SharedProject) -> None:
    """Be ready for orders of a sweep."""
    _given[shared.id] = shared


def forget(sweep: str) -> None:
    """Take no more orders of a sweep; what is being trained for it ends after its slice."""
    _given.pop(sweep, None)
    _opened.pop(sweep, None)


def train(order: TrialOrder) -> Outcome:
    """Train as an order says. What cannot be trained is an outcome, not an error."""
    lower_priority()
    with _engine:
        try:
            return _trained(order, _open(order.sweep))
        except REFUSALS as error:
            text = str(error) or "This machine does not have enough memory."
            return Outcome(Status.REFUSED, message=text)


def _open(sweep: str) -> _Project:
    if sweep not in _given:
        raise SpecError("This sweep was stopped.")
    if sweep not in _opened:
        _opened[sweep] = _Project(_given[sweep])
    return _opened[sweep]


def _trained(order: TrialOrder, shared: _Project) -> Outcome:
    document = with_values(shared.project.document, order.values | order.repeat.settings)
    data = shared.data(order.repeat.fold, str(document.data.options.get(EXAMPLES_NAME, "")))
    network, settings, state = document.to_network(), document.settings, order.state
    if state is None and order.values.get(START_NAME, Start.NEW) != Start.NEW:
        state = shared.reused.begun(network, data.input_shape, settings)
    session = Session(network, data, settings, 1, state, looks_back=False)
    try:
        for _done in session.slices(order.epochs):
            if order.sweep not in _given:
                return Outcome(Status.STOPPED, message="This sweep was stopped.")
    except Diverged as error:
        # The weights are the last good ones.
        return Outcome(
            Status.DIVERGED, {}, session.epoch, True, _seconds(session), _state(session), str(error)
        )  # fmt: skip
    is_over = session.epoch >= session.settings.epochs or session.returned_to is not None
    return Outcome(
        Status.TRAINED, _metrics(session), session.epoch, is_over, _seconds(session), _state(session)
    )


def _state(session: Session) -> TrainingState:
    """Without the steps that a slider could go back to, which may be many megabytes."""
    return replace(session.state(), kept=None)


def _seconds(session: Session) -> float:
    return session.history[-1].seconds if session.history else 0.0


def _metrics(session: Session) -> dict[str, float | None]:
    """Of the weights that it ends with, which early stopping may have taken from an earlier epoch."""
    rows = session.history
    ended = session.returned_to.epoch if session.returned_to is not None else session.epoch
    row = next((r for r in reversed(rows[:]) if r.epoch == ended), None)
    metrics = {name: getattr(row, name, None) for name in ("loss", "accuracy", "val_loss", "val_accuracy")}
    watched = session.data.watched
    if row is None and watched != Split.TRAINING:
        metrics["val_loss"], metrics["val_accuracy"] = session.evaluate(*session.data.part(watched))
    return metrics
