"""Pages of which one is seen: the others take no room."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QStackedWidget


class Pages(QStackedWidget):
    """As small as the page that is seen can be; a QStackedWidget is as small as its largest page."""

    def __init__(self) -> None:
        super().__init__()
        self.currentChanged.connect(lambda _at: self.updateGeometry())

    def sizeHint(self) -> QSize:
        page = self.currentWidget()
        return page.sizeHint() if page is not None else super().sizeHint()

    def minimumSizeHint(self) -> QSize:
        page = self.currentWidget()
        # A page that was given a least size keeps it.
        return page.minimumSizeHint().expandedTo(page.minimumSize()) if page is not None else QSize()
