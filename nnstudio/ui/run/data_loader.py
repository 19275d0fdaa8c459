"""Loads the data of a project away from the window's thread."""

from __future__ import annotations

import logging
import queue
import threading
import weakref
from contextlib import suppress

from PySide6.QtCore import QObject, Signal

from nnkernels import warm
from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnstudio.data.dataset import DataError, Dataset, sources
from nnstudio.data.kept_files import holding
from nnstudio.data.progress import followed
from nnstudio.model.atomic_file import FileError
from nnstudio.model.document import DataReference
from nnstudio.project import Project

log = logging.getLogger(__name__)
CANCELLED = "Loading the data was cancelled. Press Train to load it and train."
# Data, and what names it, for as long as somebody else holds it.
Held = tuple[DataReference, weakref.ref[Dataset]]


class _Superseded(BaseException):
    """Nobody wants this data any more."""


class DataLoader(QObject):
    """Tells of the newest request only.

    Signals: loaded(Dataset or None, error); None and "" say that loading begins. progressed(share, 0 to 1).

    Attributes:
        readings: what was read for the data, for those who hear of it to hold: see `holding`.
    """

    loaded = Signal(object, str)
    progressed = Signal(float)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.data: Dataset | None = None
        self.readings: list[object] = []
        self._known: tuple[Project, DataReference, Dataset] | None = None
        # What was asked for last, and what projects that undo can return to share with it.
        self._asked: tuple[Project, DataReference] | None = None
        self._held: tuple[Held, ...] = ()
        self._number = 0
        # Of the newest request, written by its thread.
        self._share = self._told = 0.0
        self._results: queue.SimpleQueue[tuple[int, Dataset | None, str, list[object]]] = queue.SimpleQueue()

    def know(self, project: Project, data: Dataset) -> None:
        """Data of a project that was read a moment ago: the next request takes it, if it is for just that."""
        self._known = project, project.document.data, data

    def load(self, project: Project) -> None:
        """Begin to load; what was asked for before is forgotten."""
        known, self._known = self._known, None
        is_known = known is not None and known[0] is project and known[1] == project.document.data
        data = known[2] if known is not None and is_known else None
        held, self._asked = self._held, (project, project.document.data)
        self._number += 1
        number = self._number
        self.data = None
        self._share = self._told = 0.0
        self.loaded.emit(None, "")

        def follow(share: float) -> None:
            if number != self._number:
                raise _Superseded
            self._share = share

        def work() -> None:
            readings: list[object] = []
            with suppress(_Superseded), followed(follow), holding(readings):
                self._results.put((number, *_load(project, data, held), readings))

        threading.Thread(target=work, name="nnstudio-data", daemon=True).start()

    def cancel(self) -> None:
        """Give up what is being loaded; there is then no data."""
        self._number += 1
        self.loaded.emit(None, CANCELLED)

    def close(self) -> None:
        """Nobody wants what is being loaded: its thread ends when it next tells how far it is."""
        self._number += 1

    def poll(self) -> None:
        """Tell what has been loaded since the last time."""
        if self._share > self._told:
            self._told = self._share
            self.progressed.emit(self._told)
        while not self._results.empty():
            number, data, error, self.readings = self._results.get()
            if number == self._number:
                self.data = data
                self._hold(data)
                self.loaded.emit(data, error)
            self.readings = []

    def _hold(self, data: Dataset | None) -> None:
        others = [(of, ref) for of, ref in self._held if ref() is not data]
        self._held = tuple((of, ref) for of, ref in others if ref() is not None)
        if data is None or self._asked is None:
            return
        project, reference = self._asked
        # An edit meanwhile would leave open which data it is.
        if project.document.data is reference:
            self._held += ((reference, weakref.ref(data)),)


def _shared(reference: DataReference, held: tuple[Held, ...]) -> Dataset | None:
    """The same data as somebody holds. Not that of a file: it may be another one by now."""
    if reference.kind not in sources or sources[reference.kind].picks is not None:
        return None
    return next((ref() for of, ref in held if of == reference), None)


def _load(project: Project, known: Dataset | None, held: tuple[Held, ...]) -> tuple[Dataset | None, str]:
    """The data, read unless it is known, or a sentence on why there is none."""
    try:
        # The first time it looks through all operators, which takes longer than a frame.
        warm.is_warm()
        return known or _shared(project.document.data, held) or project.load_data(), ""
    except MemoryError:
        return None, "The data does not fit into memory."
    except (DataError, FileError, SpecError, UnknownName) as error:
        return None, str(error)
    except Exception as error:  # else Train would wait for ever
        log.exception("Data could not be loaded.")
        return (
            None,
            f"The data cannot be read ({type(error).__name__}: {error}). This is a bug in nnstudio.",
        )
