"""A text that scrolls where there is no room for all of it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLabel, QScrollArea, QSizePolicy

from nnstudio.ui.widgets.fading_edges import FadingEdges

# Lines of it that are always seen, and the most that are seen at once: what stands below is to be seen, too.
LEAST_LINES, MOST_LINES = 2, 7


class ShortArea(QScrollArea):
    """As high as its label where there is room for all of it and it is not long, else lower."""

    def __init__(self, label: QLabel) -> None:
        super().__init__()
        self.label = label
        self.setObjectName("short")
        label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        FadingEdges(self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setWidget(label)

    def say(self, text: str) -> None:
        """Show another text, which takes another height; none takes no room."""
        self.label.setText(text)
        self.setVisible(bool(text))
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        most = MOST_LINES * self.label.fontMetrics().lineSpacing()
        height = self.label.heightForWidth(self.viewport().width())
        return QSize(super().sizeHint().width(), min(height, most))

    def minimumSizeHint(self) -> QSize:
        lines = LEAST_LINES * self.label.fontMetrics().lineSpacing()
        return QSize(super().minimumSizeHint().width(), min(lines, self.sizeHint().height()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()
