"""The bar below the pages that says what was written where, and leads to its folder; also other news."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtWidgets import QPushButton

from nnstudio.ui.widgets.folder_button import FolderButton
from nnstudio.ui.widgets.message_bar import MessageBar


class WrittenBar(MessageBar):
    """Hidden until a file was written, or a project went out of the window or came in as text."""

    def __init__(self) -> None:
        self.folder, self.dismiss = FolderButton(), QPushButton("Dismiss")
        super().__init__(self.folder, self.dismiss)
        self.text.setAccessibleName("What was written")
        self.dismiss.setToolTip("Hide this message; what was written stays")
        self.dismiss.clicked.connect(self.hide)

    def say(self, sentence: str, path: Path | None) -> None:
        """Show a sentence about this file, or about none."""
        self.text.setText(sentence)
        self.folder.show_path(path)
        self.show()
