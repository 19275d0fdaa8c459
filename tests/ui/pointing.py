"""The mouse over drawings, at positions in their own numbers."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

LEFT = Qt.MouseButton.LeftButton


def double_click(widget: QWidget, at: QPoint) -> None:
    """With the release that `QTest` leaves out: Qt would take the button for held in all that follows."""
    QTest.mouseDClick(widget, LEFT, pos=at)
    QTest.mouseRelease(widget, LEFT, pos=at)


def move_over(plot, across: float, up: float) -> None:
    """Move the mouse to a point of a plot, no button pressed."""
    viewport, box = plot.viewport(), plot.getPlotItem().vb
    at = QPointF(plot.mapFromScene(box.mapViewToScene(QPointF(across, up))))
    none = Qt.MouseButton.NoButton
    screen = QPointF(viewport.mapToGlobal(at))
    move = QMouseEvent(QEvent.Type.MouseMove, at, screen, none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(viewport, move)


def on_pad(pad, x: float, y: float) -> QPoint:
    """A position of the picture on a pad, in shares of its width and height."""
    box = pad._box()
    return QPoint(round(box.left() + x * box.width()), round(box.top() + y * box.height()))


def drag_on_pad(pad, line) -> None:
    """Draw a line from point to point without lifting the button."""
    first, *others = (on_pad(pad, x, y) for x, y in line)
    QTest.mousePress(pad, LEFT, pos=first)
    for at in others:
        QTest.mouseMove(pad, at)
    QTest.mouseRelease(pad, LEFT, pos=at)
