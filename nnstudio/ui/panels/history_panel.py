"""The steps that were made, the newest below; a click goes back to any of them, or forth again."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from nnstudio.model.history import History
from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.theme import theme

START = "As it was opened"


class HistoryPanel(QWidget):
    """``step_requested(how many steps are to be done)``."""

    step_requested = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.list = QListWidget()
        FadingEdges(self.list, "base")
        self.list.setAccessibleName("Steps")
        self.list.setToolTip("Go back or forward to a step: click it, or select it and press Enter")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 8)
        column.addWidget(self.list)
        self._history: History | None = None
        self._titles: list[str] = []
        self.list.itemClicked.connect(self._on_chosen)
        self.list.itemActivated.connect(self._on_chosen)
        theme.changed.connect(self._colour)

    def show_history(self, history: History) -> None:
        """Show a history as it is now."""
        self._history = history
        titles = [START, *(c.title for c in history.commands)]
        with QSignalBlocker(self.list):
            if titles[: len(self._titles)] != self._titles:
                self.list.clear()
                self._titles = []
            for title in titles[len(self._titles) :]:
                self.list.addItem(QListWidgetItem(title))
            self._titles = titles
            self.list.setCurrentRow(history.done)
        self._colour()

    def _colour(self) -> None:
        done = self._history.done if self._history is not None else 0
        for row in range(self.list.count()):
            item = self.list.item(row)
            item.setForeground(QColor(theme.colours.text if row <= done else theme.colours.muted))
            font = item.font()
            font.setItalic(row > done)
            item.setFont(font)

    def _on_chosen(self, item: QListWidgetItem) -> None:
        if self._history is not None and self.list.row(item) != self._history.done:
            self.step_requested.emit(self.list.row(item))
