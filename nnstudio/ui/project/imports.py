"""Networks of other programs: read on a thread, shown with what became of each part, then opened."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QWidget

from nnstudio.data.progress import part
from nnstudio.from_network import BuiltProject, project_of
from nnstudio.importing.importer import Imported, importers
from nnstudio.ui.project.files import Files
from nnstudio.ui.project.import_dialog import ImportDialog
from nnstudio.ui.widgets.file_dialogs import ask_open

# Share of the time that goes into reading the file; the rest makes a project of it.
READING = 0.7


class Imports:
    """What the File menu does with them; the same functions read them as on the command line."""

    def __init__(self, parent: QWidget, files: Files) -> None:
        self.parent, self.files = parent, files

    def ask(self) -> None:
        """Choose a file and show what would be imported."""
        kinds = " ".join(f"*{suffix}" for importer in importers for suffix in importer.suffixes)
        chosen = ask_open(self.parent, "Import a network", f"Networks ({kinds})")
        if chosen:
            self.look_at(Path(chosen))

    def look_at(self, path: Path) -> None:
        """Read a file; a dialog shows what became of its parts, or a sentence says why it cannot be read."""

        def read() -> tuple[Imported, BuiltProject]:
            with part(0.0, READING):
                imported = importers.of(path).read(path)
            with part(READING, 1.0):
                return imported, project_of(imported)

        def show(both: tuple[Imported, BuiltProject]) -> None:
            ImportDialog(self.parent, path, *both, lambda: self._open(path, both[1])).open()

        self.files.messages.say("")
        self.files.in_background(f"Reading {path.name}", read, show, asks=False)

    def _open(self, path: Path, built: BuiltProject) -> None:
        def show() -> None:
            self.files.show(built.project, f"Import {path.name}")
            self.files.messages.tell(f"Imported {path.name}.")

        self.files.leave(show)
