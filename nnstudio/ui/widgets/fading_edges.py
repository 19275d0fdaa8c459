"""What scrolls fades away where it goes on: a line that is cut by an edge looks like a fault."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from PySide6.QtWidgets import QAbstractScrollArea, QWidget

from nnstudio.ui.widgets.theme import theme

# Height of the fading in lines of text, and how opaque it is on its way to the edge.
LINES = 1.5
OPACITY = ((0.0, 0.0), (0.5, 0.75), (0.85, 1.0), (1.0, 1.0))


class _Edge(QWidget):
    """The upper or the lower one; the mouse goes through it."""

    def __init__(self, area: QAbstractScrollArea, is_lower: bool, back: str) -> None:
        super().__init__(area)
        self._is_lower, self._back = is_lower, back
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def paintEvent(self, _event: QPaintEvent) -> None:
        ends = QPointF(0, 0), QPointF(0, self.height())
        gradient = QLinearGradient(*(ends if self._is_lower else ends[::-1]))
        for at, opacity in OPACITY:
            colour = QColor(getattr(theme.colours, self._back))
            colour.setAlphaF(opacity)
            gradient.setColorAt(at, colour)
        QPainter(self).fillRect(self.rect(), gradient)


class FadingEdges(QObject):
    """Lies over the edges of an area beyond which there is more; ``back`` is the colour behind what scrolls,
    as `Colours` names it.
    """

    def __init__(self, area: QAbstractScrollArea, back: str = "window") -> None:
        super().__init__(area)
        self._area = area
        self.upper, self.lower = _Edge(area, False, back), _Edge(area, True, back)
        area.viewport().installEventFilter(self)
        bar = area.verticalScrollBar()
        bar.valueChanged.connect(self._follow)
        bar.rangeChanged.connect(self._follow)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.Resize, QEvent.Type.Move):
            self._follow()
        return super().eventFilter(watched, event)

    def _follow(self) -> None:
        seen, bar = self._area.viewport().geometry(), self._area.verticalScrollBar()
        height = min(round(LINES * self._area.fontMetrics().lineSpacing()), seen.height() // 3)
        for edge, top, goes_on in (
            (self.upper, seen.top(), bar.value() > bar.minimum()),
            (self.lower, seen.bottom() + 1 - height, bar.value() < bar.maximum()),
        ):
            edge.setGeometry(seen.left(), top, seen.width(), height)
            edge.setVisible(goes_on)
            edge.raise_()
