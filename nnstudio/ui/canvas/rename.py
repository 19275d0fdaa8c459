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
        self._stand()
        self.setAccessibleName("Name")
        self.selectAll()
        view.seen_changed.connect(self._stand)
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def _stand(self) -> None:
        """Lie over the title, wherever that is now."""
        canvas = self.view.canvas
        is_node = self.item in canvas.nodes
        if not is_node and self.item not in canvas.notes:
            self._leave()
            return
        position = canvas.nodes[self.item].pos() if is_node else canvas.notes[self.item].pos()
        width = WIDTH if is_node else canvas.notes[self.item].note.width
        title = QRectF(position + QPointF(8, 4), position + QPointF(width - 8, 26 if is_node else HEAD - 2))
        self.setGeometry(_on_screen(self.view, title, self.sizeHint().height()))

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Whatever takes the keys, and whether something was written: the field does not stay behind."""
        super().focusOutEvent(event)
        if not _is_menu(self.view, event):
            self._take()

    def _take(self) -> None:
        # What was written on may be gone: undone, dissolved, or in another graph.
        canvas = self.view.canvas
        if self._leave() and self.text().strip() and (self.item in canvas.nodes or self.item in canvas.notes):
            self.view.renamed.emit(self.item, self.text().strip())

    def _leave(self) -> bool:
        """Go; False where it went before."""
        if self._done:
            return False
        self._done = True
        had_keys = self.hasFocus()
        self.hide()
        self.deleteLater()
        if had_keys:
            # Who took them keeps them.
            self.view.setFocus()
        return True

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
    """A note's words. Ctrl+Enter, Esc or leaving it takes them: what was written is never lost."""

    def __init__(self, view: CanvasView, note: str) -> None:
        item = view.canvas.notes[note]
        super().__init__(item.note.text, view.viewport())
        self.view, self.item = view, note
        self._done = False
        self._stand()
        view.seen_changed.connect(self._stand)
        self.setAccessibleName("Note")
        self.setTabChangesFocus(True)
        self.selectAll()
        self.show()
        self.setFocus(Qt.FocusReason.PopupFocusReason)

    def _stand(self) -> None:
        """Lie over the note, wherever that is now."""
        item = self.view.canvas.notes.get(self.item)
        if item is not None:
            self.setGeometry(_on_screen(self.view, item.mapToScene(item.box()).boundingRect(), 60))

    def _take(self) -> None:
        if self._done:
            return
        self._done = True
        had_keys = self.hasFocus()
        if self.item in self.view.canvas.notes:
            self.view.renamed.emit(self.item, self.toPlainText().strip())
        self.hide()
        self.deleteLater()
        if had_keys:
            self.view.setFocus()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not _is_menu(self.view, event):
            self._take()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            # While a person writes, Ctrl+Enter does not train.
            event.accept()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        enters = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and control
        if enters or event.key() == Qt.Key.Key_Escape:
            self._take()
        else:
            super().keyPressEvent(event)


def _is_menu(view: CanvasView, event: QFocusEvent) -> bool:
    """Whether a field lost the keys only for as long as its own menu is open."""
    return event.reason() == Qt.FocusReason.PopupFocusReason and not view.search.isVisible()


def _on_screen(view: CanvasView, box: QRectF, height: int) -> QRect:
    """A box of the scene on the viewport, large enough to write in."""
    rectangle = view.mapFromScene(box).boundingRect()
    rectangle.setHeight(max(rectangle.height(), height))
    rectangle.setWidth(max(rectangle.width(), 120))
    return rectangle
