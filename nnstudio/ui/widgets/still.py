"""What the wheel does not change by accident: panels that scroll hold many fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QWheelEvent

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget as Mixed
else:
    # Two widgets of Qt cannot be mixed: what is with another is a plain class.
    Mixed = object


class Still(Mixed):
    """Before a widget of Qt among the bases: scrolling over it passes it by until it is clicked."""

    def __init__(self) -> None:
        super().__init__()
        # By Qt's own policy, the wheel would give it the keys first.
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()
