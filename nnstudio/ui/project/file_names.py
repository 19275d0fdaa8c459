"""Names of files as a person chose them in a dialog."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from PySide6.QtWidgets import QWidget

from nnstudio.data.dataset import Picks
from nnstudio.from_data import file_suffixes
from nnstudio.model.projectfile import SUFFIX
from nnstudio.project import Project
from nnstudio.project_name import name_of
from nnstudio.ui.widgets.file_dialogs import ask_folder, ask_open
from nnstudio.ui.widgets.question import agrees


def completed(parent: QWidget, chosen: str, suffix: str, others: Collection[str] = ()) -> Path | None:
    """The chosen file, with a suffix if it has none that is known; None where it must not be written.

    The dialog asked about the name that was typed, but knows nothing of the one that this makes of it.
    """
    if not chosen:
        return None
    path = Path(chosen)
    if path.suffix.lower() in {suffix, *others}:
        return path
    path = path.with_name(path.name + suffix)
    return path if not path.exists() or may_replace(parent, path) else None


def proposed_name(project: Project) -> str:
    """Where a project is saved unless a person says where."""
    return f"{name_of(project)}{SUFFIX}" if project.path is None else str(project.path)


def may_replace(parent: QWidget, path: Path) -> bool:
    """Ask whether a file may be replaced, or files of the same names in a folder."""
    what, text = "file", f"'{path.name}' already exists. Replace writes over what is in it."
    if path.is_dir():
        what = "files"
        text = (
            f"The folder '{path.name}' already holds files. Those of the names that are written are "
            "replaced, the others stay."
        )
    return agrees(parent, f"Replace the {what}?", text, "Replace")


def asked_for_data(parent: QWidget, picks: Picks) -> str:
    """A file or folder of data that a person chose; "" for none."""
    if picks == Picks.FOLDER:
        return ask_folder(parent, "Your data")
    known = " ".join(f"*{suffix}" for suffix in file_suffixes())
    path = ask_open(parent, "Your data", f"Data ({known});;All files (*)")
    return path
