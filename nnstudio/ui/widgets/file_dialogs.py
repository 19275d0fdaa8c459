"""Dialogs for files and folders, all of which begin where the last one ended."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from PySide6.QtWidgets import QFileDialog, QWidget

# What names of files must not hold, on one system or another.
FORBIDDEN = re.compile(r'[\x00-\x1f/\\:*?"<>|]+')


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


class OpenProject:
    """What files that are written of the open project are named by; "" where none is open."""

    name = ""

    @classmethod
    def follow(cls, name: str) -> None:
        """Another project is open, or has another name."""
        cls.name = FORBIDDEN.sub("-", name).strip(" .")

    @classmethod
    def named(cls, what: str, otherwise: str = "network") -> str:
        """The name of a file of the project, without suffix; ``what`` tells it from others, if it must."""
        return " ".join(part for part in (cls.name, what) if part) or otherwise


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
