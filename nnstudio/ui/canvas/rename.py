"""Renaming a node where it stands: a field over its title."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QLineEdit

from nnstudio.model.arrange import WIDTH

if TYPE_CHECKING:
    from nnstudio.ui.canvas.view import CanvasView


class NameField(QLineEdit):
    """Enter or leaving it takes the name, Esc does not; it goes away either way."""

    def __init__(self, view: CanvasView, node: str) -> None:
        super().__init__(view.canvas.graph[node].name, view.viewport())
        self.view, self.node = view, node
        self._done = False
        item = view.canvas.nodes[node]
        title = QRectF(item.pos() + QPointF(8, 4), item.pos() + QPointF(WIDTH - 8, 30))
        box = view.mapFromScene(title).boundingRect()
        box.setHeight(max(box.height(), self.sizeHint().height()))
        box.setWidth(max(box.width(), 120))
        self.setGeometry(box)
        self.setAccessibleName("Name")
        self.selectAll()
        self.editingFinished.connect(self._take)
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def _take(self) -> None:
        if not self._done and self.text().strip():
            self.view.renamed.emit(self.node, self.text().strip())
        self._leave()

    def _leave(self) -> None:
        if not self._done:
            self._done = True
            self.hide()
            self.deleteLater()
            self.view.setFocus()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self._leave()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # Not passed on: on the canvas Enter would begin a link.
            self._take()
            return
        super().keyPressEvent(event)
