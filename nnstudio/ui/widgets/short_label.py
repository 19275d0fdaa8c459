"""A line that is shortened where there is no room for all of it, and takes what room there is."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QSizePolicy

from nnstudio.ui.widgets.plain_text import PlainLabel, plain_tip

# Pixels before the text.
MARGIN = 14


class ShortLabel(PlainLabel):
    """Its tool tip holds the whole text."""

    def __init__(self) -> None:
        super().__init__()
        self._whole = ""
        self.setContentsMargins(MARGIN, 0, 0, 0)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def show_text(self, text: str) -> None:
        """Show another text, without laying out anything anew."""
        self._whole = text
        self.setToolTip(plain_tip(text))
        self._shorten()

    def sizeHint(self) -> QSize:
        return QSize(0, super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._shorten()

    def _shorten(self) -> None:
        room = max(self.width() - MARGIN, 0)
        self.setText(self.fontMetrics().elidedText(self._whole, Qt.TextElideMode.ElideRight, room))
