"""A learner's work as one file for the teacher: a zip of the project and of a report on it."""

from __future__ import annotations

import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

from nnstudio.lessons.lesson import LessonError
from nnstudio.lessons.progress import MOST_PROJECT_BYTES
from nnstudio.model.archive import Kind, check_unique, opened, read_member
from nnstudio.model.projectfile import SUFFIX
from nnstudio.project import Project

ZIP, REPORT = ".zip", "report.pdf"
WORK = Kind("a learner's work", "Ask the learner to save it once more.")
# What the report may add to the size of the file.
MOST_BYTES = MOST_PROJECT_BYTES + 2**25


def is_handed_in(path: Path) -> bool:
    """Whether a file is what “Save your work as…” writes; one that cannot be looked into is not."""
    if path.suffix.lower() != ZIP:
        return False
    try:
        with zipfile.ZipFile(path) as archive:
            return _project_in(archive.namelist()) != ""
    # The last for archives of a kind that zipfile does not read.
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def _project_in(names: list[str]) -> str:
    """The one project beside a report; "" where there is no such."""
    projects = [name for name in names if name.endswith(SUFFIX) and "/" not in name]
    return projects[0] if REPORT in names and len(projects) == 1 else ""


def handed_in(path: Path) -> Project:
    """The project in a learner's work, which has no file of its own: saving it never changes theirs.

    Raises LessonError, FileError or ProjectError with a sentence.
    """
    with opened(path, MOST_BYTES, WORK) as archive:
        infos = archive.infolist()
        check_unique(path, infos)
        name = _project_in([info.filename for info in infos])
        if not name:
            raise LessonError(
                f"'{path.name}' is no work in a lesson: one holds a project (*{SUFFIX}) and {REPORT}."
            )
        content = read_member(archive, archive.getinfo(name), MOST_PROJECT_BYTES, any_ratio=True)
    with TemporaryDirectory(prefix="nnstudio-") as folder:
        file = Path(folder) / Path(name).name
        file.write_bytes(content)
        project = Project.open(file)
    project.path = None
    return project
