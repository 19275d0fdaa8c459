"""A slider whose handle comes to where it is clicked, instead of a page nearer."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSlider, QStyle, QStyleOptionSlider


class JumpingSlider(QSlider):
    """Horizontal."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        option = QStyleOptionSlider()
        self.initStyleOption(option)
        style, control, part = self.style(), QStyle.ComplexControl.CC_Slider, QStyle.SubControl
        handle = style.subControlRect(control, option, part.SC_SliderHandle, self)
        groove = style.subControlRect(control, option, part.SC_SliderGroove, self)
        at = event.position().toPoint()
        if event.button() == Qt.MouseButton.LeftButton and not handle.contains(at):
            x, span = at.x() - groove.x() - handle.width() // 2, groove.width() - handle.width()
            self.setValue(QStyle.sliderValueFromPosition(self.minimum(), self.maximum(), x, span))
        # The handle is below the mouse now, and can be dragged on.
        super().mousePressEvent(event)
