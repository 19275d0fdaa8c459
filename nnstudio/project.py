"""A project between disk, window and command line: a document, its run, and its own table.

Joins the document (model), the data and the training state; the window and the command line both
go through here, so that they open, train and save the same thing.
"""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

import numpy as np
import platformdirs

from nnkernels.spec import SpecError
from nnstudio.data.dataset import DataError, Dataset, load, sources
from nnstudio.model import projectfile
from nnstudio.model.atomic_file import FileError, write_atomically
from nnstudio.model.document import Document
from nnstudio.model.inference import DataFacts
from nnstudio.model.projectfile import ProjectError, SavedRun
from nnstudio.training.session import Best, Epoch, Session, TrainingState

# A person's own table travels inside the project up to this size.
MAX_TABLE_BYTES = 16 * 2**20


class Project:
    """A document with the state of its training, and where it lies on disk.

    Attributes:
        path: the file, or None for one that was never saved.
        state: where training stands, or None before it began.
        table: content of the person's CSV, kept so that the project opens on any machine.
    """

    def __init__(self) -> None:
        self.document = Document()
        self.path: Path | None = None
        self.state: TrainingState | None = None
        self.table: bytes | None = None

    @staticmethod
    def open(path: Path) -> Project:
        """Read a project. Raises ProjectError with a sentence."""
        project = Project()
        run, project.table = projectfile.read(path, project.document)
        if run is not None:
            try:
                history = tuple(Epoch(**row) for row in run.history)
            except TypeError as error:
                raise ProjectError(f"'{path.name}' is damaged: its curve cannot be read.") from error
            project.state = TrainingState(
                run.params, run.optimizer, run.step, run.epoch, run.cursor, run.partial, history,
                Best(*run.best) if run.best is not None else None, run.optimizer_began,
            )  # fmt: skip
        project.path = path
        return project

    def save(self, path: Path) -> None:
        """Write the project. Raises FileError; the old file then stays as it was."""
        projectfile.write(path, *self.content())

    def content(self) -> tuple[dict[str, Any], SavedRun | None, bytes | None]:
        """What `projectfile.write` takes; a copy that another thread may write."""
        return self.document.to_dict(), self._saved_run(), self._own_table()

    def load_data(self) -> Dataset:
        """The data it refers to. Raises DataError, SpecError or UnknownName."""
        data = self.document.data
        if not sources[data.kind].embeds:
            return load(data.kind, data.options)
        options = dict(data.options)
        if self.table is not None and not Path(str(options.get("path", ""))).is_file():
            options["path"] = str(self._unpacked(Path(str(options.get("path", "data.csv"))).name))
        return load(data.kind, options)

    def session(self, threads: int = 1) -> Session:
        """Data loaded and network planned, where training stands. Raises SpecError or DataError."""
        document = self.document
        return Session(document.to_network(), self.load_data(), document.settings, threads, self.state)

    def _saved_run(self) -> SavedRun | None:
        s = self.state
        if s is None:
            return None
        rows = tuple(asdict(row) for row in s.history)
        best = (s.best.loss, s.best.epoch, s.best.params) if s.best is not None else None
        return SavedRun(
            s.params, s.optimizer, s.step, s.epoch, s.cursor, s.partial, rows, best, s.optimizer_began
        )

    def _own_table(self) -> bytes | None:
        """The CSV's content: the file's where it is there, else what the project brought."""
        kind = self.document.data.kind
        if kind not in sources:
            # Of a plug-in that is missing here: what it brought stays.
            return self.table
        if not sources[kind].embeds:
            return None
        path = Path(str(self.document.data.options.get("path", "")))
        if path.is_file() and path.stat().st_size <= MAX_TABLE_BYTES:
            self.table = path.read_bytes()
        return self.table

    def _unpacked(self, name: str) -> Path:
        assert self.table is not None
        folder = Path(platformdirs.user_cache_dir("nnstudio", False)) / "tables"
        folder /= hashlib.sha256(self.table).hexdigest()[:16]
        folder.mkdir(parents=True, exist_ok=True)
        place = folder / (name or "data.csv")
        if not place.exists():
            write_atomically(place, self.table)
        return place


def facts_of_data(data: Dataset) -> DataFacts:
    """What a network must fit to learn this data."""
    targets = np.concatenate([data.y_train, data.y_test])
    span = None if data.classes else (float(targets.min()), float(targets.max()))
    return DataFacts(data.input_shape, len(data.classes), data.target_width, data.fitting_losses, span)


def example_names() -> list[str]:
    """Names of the shipped example projects."""
    folder = files("nnstudio.resources").joinpath("examples")
    names = [f.name.removesuffix(projectfile.SUFFIX) for f in folder.iterdir()]
    return sorted(n for n in names if not n.startswith((".", "_")))


def open_example(name: str) -> Project:
    """A fresh copy of a shipped example. Raises ProjectError for an unknown name."""
    if name not in example_names():
        raise ProjectError(f"There is no example '{name}'. There are: {', '.join(example_names())}.")
    with as_file(files("nnstudio.resources").joinpath(f"examples/{name}{projectfile.SUFFIX}")) as path:
        project = Project.open(path)
    project.path = None
    return project


__all__ = ["DataError", "FileError", "Project", "ProjectError", "SpecError", "example_names", "open_example"]
