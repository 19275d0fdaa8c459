"""What a person trained, and may take layers of: projects that were open lately, and work in lessons."""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nnstudio.lessons.progress import work_file
from nnstudio.model.own_folder import own_data
from nnstudio.model.projectfile import SUFFIX, WEIGHTS
from nnstudio.reuse import Lender, read_lender
from nnstudio.ui.project.recent import called, told


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
