"""A button that opens the folder in which a file was just written."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import QPushButton

from nnstudio.ui.widgets.plain_text import plain_tip


class FolderButton(QPushButton):
    """Hidden until there is a file."""

    def __init__(self) -> None:
        super().__init__("Show in folder")
        self.path: Path | None = None
        self.setAutoDefault(False)
        self.clicked.connect(self._on_clicked)
        self.hide()

    def show_path(self, path: Path | None) -> None:
        """Lead to the folder of this file, or that itself if it is one; None hides the button."""
        self.path = path
        self.setToolTip("" if path is None else plain_tip(str(path)))
        self.setVisible(path is not None)

    @property
    def folder(self) -> Path | None:
        """What it opens."""
        if self.path is None or self.path.is_dir():
            return self.path
        return self.path.absolute().parent

    def _on_clicked(self) -> None:
        if self.folder is not None:
            QDesktopServices.openUrl(QUrl.fromLocalFile(str(self.folder)))
