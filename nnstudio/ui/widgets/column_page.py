"""A page to read: one column of a bearable width in the middle, which scrolls."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QShortcut
from PySide6.QtWidgets import QFrame, QHBoxLayout, QScrollArea, QWidget


class ColumnPage(QScrollArea):
    """Its parts go into ``body``, no wider than some pixels. Request: back_requested(), by Escape."""

    back_requested = Signal()

    def __init__(self, name: str, widest: int) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setObjectName("start")
        self.setAccessibleName(name)
        self.body, outer = QWidget(), QWidget()
        self.body.setMaximumWidth(widest)
        outer.setObjectName("startbody")
        across = QHBoxLayout(outer)
        across.addStretch(1)
        across.addWidget(self.body, 20)
        across.addStretch(1)
        self.setWidget(outer)
        context = Qt.ShortcutContext.WidgetWithChildrenShortcut
        QShortcut(Qt.Key.Key_Escape, self, context=context).activated.connect(self.back_requested)
