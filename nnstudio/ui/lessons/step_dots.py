"""Where one is in a lesson: a dot for each step, those that were reached can be gone back to."""

from __future__ import annotations

from collections.abc import Collection
from functools import partial

from PySide6.QtCore import QPointF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QHBoxLayout, QSizePolicy, QWidget

from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.theme import theme

WIDTH, HEIGHT, RADIUS = 20, 20, 5.0


class StepDot(QAbstractButton):
    """Filled once its step is done, with a ring around it while that is shown."""

    def __init__(self) -> None:
        super().__init__()
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        self.is_done = self.is_current = False

    def sizeHint(self) -> QSize:
        return QSize(WIDTH, HEIGHT)

    def minimumSizeHint(self) -> QSize:
        # A lesson of a hundred steps has room, too.
        return QSize(2, HEIGHT)

    def paintEvent(self, event: QPaintEvent) -> None:
        c, painter = theme.colours, QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        centre, radius = QPointF(self.width() / 2, self.height() / 2), min(RADIUS, self.width() / 2)
        colour = QColor(c.good if self.is_done else c.accent if self.is_current else c.muted)
        painter.setPen(QPen(colour, 1.5))
        painter.setBrush(colour if self.is_done or self.is_current else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(centre, radius, radius)
        if self.is_current or self.hasFocus():
            painter.setPen(QPen(QColor(c.accent), 2.0 if self.hasFocus() else 1.2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawEllipse(centre, radius + 3, radius + 3)


class StepDots(QWidget):
    """Request: step_requested(at), counted from zero."""

    step_requested = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self.dots: list[StepDot] = []
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.setSpacing(0)
        self._row.addStretch(1)

    def show_steps(self, titles: list[str], at: int, done: Collection[int]) -> None:
        """A dot for each; those that are done, or before the one that is shown, can be clicked."""
        while len(self.dots) > len(titles):
            dot = self.dots.pop()
            self._row.removeWidget(dot)
            dot.hide()
            dot.deleteLater()
        while len(self.dots) < len(titles):
            dot = StepDot()
            dot.clicked.connect(partial(self._ask, len(self.dots)))
            self._row.insertWidget(len(self.dots), dot)
            self.dots.append(dot)
        furthest = max((at, *(step + 1 for step in done)))
        for step, (dot, title) in enumerate(zip(self.dots, titles, strict=True)):
            dot.is_done, dot.is_current = step in done, step == at
            state = ", done" if dot.is_done else ", not done yet"
            dot.setAccessibleName(f"Step {step + 1}: {title}{state}{', shown' if dot.is_current else ''}")
            dot.setToolTip(plain_tip(f"{step + 1}. {title}{state}"))
            dot.setEnabled(step <= furthest)
            dot.update()

    def _ask(self, step: int, _on: bool = False) -> None:
        self.step_requested.emit(step)
