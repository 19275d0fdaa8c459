"""Writing where something stands: a node's name over its title, a note's words in its box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from nnstudio.model.arrange import WIDTH
from nnstudio.ui.canvas.note_item import HEAD

if TYPE_CHECKING:
    from nnstudio.ui.canvas.view import CanvasView


class NameField(QLineEdit):
    """A node's name or a frame's title. Enter or leaving it takes the text, Esc does not."""

    def __init__(self, view: CanvasView, item: str) -> None:
        canvas = view.canvas
        is_node = item in canvas.nodes
        super().__init__(
            canvas.graph[item].name if is_node else canvas.notes[item].note.text, view.viewport()
        )
        self.view, self.item = view, item
        self._done = False
        position = canvas.nodes[item].pos() if is_node else canvas.notes[item].pos()
        width = WIDTH if is_node else canvas.notes[item].note.width
        title = QRectF(position + QPointF(8, 4), position + QPointF(width - 8, 30 if is_node else HEAD - 2))
        self.setGeometry(_on_screen(view, title, self.sizeHint().height()))
        self.setAccessibleName("Name")
        self.selectAll()
        self.editingFinished.connect(self._take)
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def _take(self) -> None:
        if not self._done and self.text().strip():
            self.view.renamed.emit(self.item, self.text().strip())
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


class NoteField(QPlainTextEdit):
    """A note's words. Ctrl+Enter or leaving it takes them, Esc does not."""

    def __init__(self, view: CanvasView, note: str) -> None:
        item = view.canvas.notes[note]
        super().__init__(item.note.text, view.viewport())
        self.view, self.item = view, note
        self._done = False
        self.setGeometry(_on_screen(view, item.mapToScene(item.box()).boundingRect(), 60))
        self.setAccessibleName("Note")
        self.setTabChangesFocus(True)
        self.selectAll()
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def _leave(self, take: bool) -> None:
        if self._done:
            return
        self._done = True
        if take:
            self.view.renamed.emit(self.item, self.toPlainText().strip())
        self.hide()
        self.deleteLater()
        self.view.setFocus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        self._leave(take=True)

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            # While a person writes, Ctrl+Enter does not train.
            event.accept()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        if event.key() == Qt.Key.Key_Escape:
            self._leave(take=False)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and control:
            self._leave(take=True)
        else:
            super().keyPressEvent(event)


def _on_screen(view: CanvasView, box: QRectF, height: int) -> QRect:
    """A box of the scene on the viewport, large enough to write in."""
    rectangle = view.mapFromScene(box).boundingRect()
    rectangle.setHeight(max(rectangle.height(), height))
    rectangle.setWidth(max(rectangle.width(), 120))
    return rectangle
