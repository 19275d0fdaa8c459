"""A text in lines that can be read: on a very wide page they end where the eye still finds the next one."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QResizeEvent

from nnstudio.ui.widgets.plain_text import PlainLabel

# The longest line in mean letters.
LETTERS = 130


class ReadingLabel(PlainLabel):
    """Takes the width there is; what lies beyond its longest line stays empty."""

    def __init__(self, text: str = "") -> None:
        super().__init__(text)
        self.setWordWrap(True)

    def _longest(self) -> int:
        return LETTERS * self.fontMetrics().averageCharWidth()

    def heightForWidth(self, width: int) -> int:
        # The margin is of the width before.
        return super().heightForWidth(min(width, self._longest()) + self.contentsMargins().right())

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        return QSize(max(hint.width() - self.contentsMargins().right(), 0), hint.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        beyond = max(self.width() - self._longest(), 0)
        if beyond != self.contentsMargins().right():
            self.setContentsMargins(0, 0, beyond, 0)
