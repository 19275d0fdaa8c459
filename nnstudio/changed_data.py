"""What is told of a project when it is opened: what of it was lost, and a table that changed since."""

from __future__ import annotations

from pathlib import Path

from nnstudio.data_links import fingerprint, last_known
from nnstudio.model.atomic_file import FileError
from nnstudio.project import Project


def changed_file(project: Project) -> Path | None:
    """The file that the table inside the project was read from, where it holds something else by now."""
    brought = project.brought
    # Data that a person named since is read from where they said.
    is_named = Path(str(project.document.data.options.get("path", ""))).is_absolute()
    where = last_known(brought.hash)
    if brought.table is None or is_named or not where or not Path(where).is_file():
        return None
    try:
        # A larger one is another, and takes long to read.
        is_larger = Path(where).stat().st_size > len(brought.table)
        return Path(where) if is_larger or fingerprint(Path(where)) != brought.hash else None
    except (FileError, OSError):
        return None


def told_of_change(project: Project) -> str:
    """A sentence on a table that changed since; "" where none did."""
    path = changed_file(project)
    if path is None:
        return ""
    return (
        f"'{path}' has changed since this project took its table from it. The project goes on with the table "
        "inside it. To take the new file, choose it under Data, or on the command line with --data."
    )


def told_of_loss(project: Project, name: str) -> str:
    """Sentences on what could not be kept of an opened file; "" where all was."""
    return " ".join((f"'{name}' could only be read in part.", *project.warnings)) if project.warnings else ""


def told_on_opening(project: Project, name: str) -> str:
    """All that is told of a project when it is opened; "" for nothing."""
    return " ".join(filter(None, (told_of_loss(project, name), told_of_change(project))))
