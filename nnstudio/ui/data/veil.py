"""What is shown stays in sight, greyed, while it is found out anew."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget

from nnstudio.ui.widgets.theme import theme

# How much of what is below a veil hides, of 255; pixels around its words.
OPACITY, MARGIN = 165, 12


class Veil(QWidget):
    """Lies on a widget and greys it, with a few words in the middle; mouse and keys pass through."""

    def __init__(self, below: QWidget) -> None:
        super().__init__(below)
        self.text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        below.installEventFilter(self)
        self.hide()

    def say(self, text: str) -> None:
        """Lie there with these words; none lifts it."""
        self.text = text
        self.setAccessibleName(text)
        self.setVisible(bool(text))
        self.setGeometry(self._below().rect())
        self.raise_()
        self.update()

    def _below(self) -> QWidget:
        below = self.parentWidget()
        assert below is not None
        return below

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and self.text:
            self.setGeometry(self._below().rect())
        return super().eventFilter(watched, event)

    def paintEvent(self, event: QPaintEvent) -> None:
        colours = theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        grey = QColor(colours.window)
        grey.setAlpha(OPACITY)
        painter.fillRect(self.rect(), grey)
        words = QRectF(self.fontMetrics().boundingRect(self.text)).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
        words.moveCenter(QRectF(self.rect()).center())
        painter.setPen(QColor(colours.border))
        painter.setBrush(QColor(colours.raised))
        painter.drawRoundedRect(words, 6, 6)
        painter.setPen(QColor(colours.text))
        painter.drawText(words, Qt.AlignmentFlag.AlignCenter, self.text)
