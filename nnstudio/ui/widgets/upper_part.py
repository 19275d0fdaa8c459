"""What stands above the main thing of a page: in a low window it scrolls, before parts of it are cut."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSize, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLayout, QScrollArea, QSizePolicy, QWidget

from nnstudio.ui.widgets.fading_edges import FadingEdges

# Of the height of its page, the most that it takes, and lines of text that are always seen.
SHARE, LEAST_LINES = 0.55, 3


class UpperPart(QScrollArea):
    """As high as its layout needs to be, but no more than a share of the page that it is in."""

    def __init__(self, layout: QLayout) -> None:
        super().__init__()
        self.setObjectName("short")
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setWidgetResizable(True)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        FadingEdges(self)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.body = QWidget()
        self.body.setLayout(layout)
        self.setWidget(self.body)

    def sizeHint(self) -> QSize:
        height, page = self.body.heightForWidth(self.viewport().width()), self.parentWidget()
        most = height if page is None else round(SHARE * page.height())
        return QSize(self.body.sizeHint().width(), min(height, most))

    def minimumSizeHint(self) -> QSize:
        # Nothing of the page's own height, which would grow with it.
        return QSize(self.body.minimumSizeHint().width(), LEAST_LINES * self.fontMetrics().lineSpacing())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_eaten = super().eventFilter(watched, event)
        if event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return is_eaten

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.updateGeometry()
