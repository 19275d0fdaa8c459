"""Dialogs for files and folders, all of which begin where the last one ended."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QWidget


class LastFolder:
    """The folder of the file that was opened or saved last; "" where there was none yet."""

    path = ""

    @classmethod
    def follow(cls, path: Path | str) -> None:
        """A file was opened or saved here, by a dialog or without one; "" for none."""
        if path:
            cls.path = str(Path(path).absolute().parent)

    @classmethod
    def start(cls, name: str) -> str:
        """Where a dialog begins that proposes this name, which may be a whole path already."""
        return name if Path(name).is_absolute() else str(Path(cls.path) / name) if cls.path else name


def ask_open(parent: QWidget, title: str, filters: str = "") -> str:
    """A file that is there; "" for none."""
    path, _ = QFileDialog.getOpenFileName(parent, title, LastFolder.start(""), filters)
    LastFolder.follow(path)
    return path


def ask_save(parent: QWidget, title: str, name: str, filters: str, **more: Any) -> tuple[str, str]:
    """A file to be written, "" for none, and the filter that was chosen with it; ``more`` as in Qt."""
    path, chosen = QFileDialog.getSaveFileName(parent, title, LastFolder.start(name), filters, **more)
    LastFolder.follow(path)
    return path, chosen


def ask_folder(parent: QWidget, title: str, now: str = "") -> str:
    """A folder; "" for none."""
    path = QFileDialog.getExistingDirectory(parent, title, LastFolder.start(now))
    LastFolder.follow(path)
    return path
