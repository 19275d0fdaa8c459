"""A text field that ends below its last whole line: half of one would look cut."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QFontMetricsF, QPalette, QResizeEvent
from PySide6.QtWidgets import QPlainTextEdit

# Pixels between the frame and the lines; lines that are always seen.
EDGE, LEAST = 4, 2
# Pixels below the last line, without which Qt scrolls lines that all have room.
SPARE = 1


class WholeLines(QPlainTextEdit):
    """Shows as many whole lines as there is room for, however far it is scrolled."""

    def __init__(self) -> None:
        super().__init__()
        # It would scroll away and leave room for a part of a line: the edge is around what scrolls.
        self.document().setDocumentMargin(0)
        # Without that margin, a blank at the end of a line brings it.
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # The edge is none of the viewport, and would be as grey as the window.
        self.setBackgroundRole(QPalette.ColorRole.Base)
        self.setAutoFillBackground(True)
        self._fit()

    def height_of(self, lines: int) -> int:
        """Pixels that so many lines take with all around them."""
        return lines * self._line() + 2 * (EDGE + self.frameWidth())

    def minimumSizeHint(self) -> QSize:
        return QSize(super().minimumSizeHint().width(), self.height_of(LEAST))

    def _line(self) -> int:
        # As Qt lays out: the height in whole pixels is at some sizes of letters one too small.
        return ceil(QFontMetricsF(self.font()).height())

    def _fit(self) -> None:
        room = self.height() - self.height_of(0)
        rest = room % self._line() if room > 0 else 0
        self.setViewportMargins(EDGE, EDGE, EDGE, EDGE + rest - SPARE)

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._fit()
        super().resizeEvent(event)

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self._fit()
            self.updateGeometry()
