"""What a person trained, and may take layers of: projects that were open, work in lessons, kept runs."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nnstudio.lessons.progress import work_file
from nnstudio.model.own_folder import own_data
from nnstudio.model.projectfile import SUFFIX, WEIGHTS
from nnstudio.model.quantity import counted, in_percent
from nnstudio.reuse import Lender, lender_of, read_lender
from nnstudio.runs.record import RunRecord
from nnstudio.runs.store import RunStore
from nnstudio.ui.project.recent import called, told
from nnstudio.ui.runs.columns import when

# So many kept runs are listed, the newest: the page Runs has all of them.
MOST_RUNS = 12


@dataclass(frozen=True)
class Candidate:
    """A trained network that may lend layers.

    Attributes:
        title, detail: what it is called, and where it comes from.
        read: reads it, on any thread; raises as `read_lender`.
    """

    title: str
    detail: str
    read: Callable[[], Lender]


def trained_files(recent: Iterable[Path], but: Path | None) -> list[Candidate]:
    """Of these projects and of all work in lessons, those with weights, each once; not ``but`` this one."""
    folders = own_data() / "lessons"
    work = [work_file(folder.name) for folder in sorted(folders.iterdir())] if folders.is_dir() else []
    paths = [path for path in dict.fromkeys([*recent, *work]) if path.suffix == SUFFIX and path != but]
    trained = filter(has_weights, paths)
    return [Candidate(called(path), told(path), partial(read_lender, path)) for path in trained]


def has_weights(path: Path) -> bool:
    """Whether a project has learned anything, as a quick look tells."""
    try:
        with zipfile.ZipFile(path) as file:
            return WEIGHTS in file.namelist()
    except (OSError, zipfile.BadZipFile):
        # Whoever opens it says what is wrong with it.
        return False


def kept_runs(store: RunStore, but: str) -> list[Candidate]:
    """The newest runs whose weights are kept; not ``but`` the one of this id."""
    records = [record for record in store.list() if record.has_weights and record.id != but]
    return [_of_run(store, record) for record in records[:MOST_RUNS]]


def _of_run(store: RunStore, record: RunRecord) -> Candidate:
    accuracy = record.metrics.get("val_accuracy")
    told_of = [
        f"Kept run of {record.project_title}", f"trained {when(record.changed)}",
        counted(record.epochs, "epoch"),
        *([f"{in_percent(round(accuracy, 3))} of the validation part right"] if accuracy is not None else []),
    ]  # fmt: skip
    name = f"the run {record.name}"
    return Candidate(record.name, ", ".join(told_of) + ".", lambda: lender_of(store.open(record.id), name))
