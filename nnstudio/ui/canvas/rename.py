"""Writing where something stands: a node's name over its title, a note's words in its box."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QPlainTextEdit

from nnstudio.model.arrange import WIDTH
from nnstudio.model.event import listen
from nnstudio.ui.canvas.note_item import HEAD

if TYPE_CHECKING:
    from nnstudio.ui.canvas.view import CanvasView


def write_on(view: CanvasView, item: str) -> None:
    """Let a person write a node's name or a note's words where they stand; one field at a time."""
    end_writing(view)
    note = view.canvas.notes.get(item)
    if note is None:
        # What is in sight stays where it is.
        view.canvas.select([item])
        view.ensureVisible(view.canvas.nodes[item], 0, 0)
    else:
        view.ensureVisible(note)
    (NameField if note is None or note.note.frame else NoteField)(view, item)


def end_writing(view: CanvasView, takes: bool = True) -> bool:
    """Close the field that is open, with what is written in it or without; False where none is."""
    fields = [field for field in view.viewport().children() if isinstance(field, Writing) and field.is_open]
    for field in fields:
        field.take() if takes else field.leave()
    return bool(fields)


class Writing:
    """What both fields do: they lie over what they write on, and go when that goes.

    It may be undone, dissolved, called otherwise by somebody else, or in a graph that is no longer shown.
    A widget of Qt cannot be abstract, so what each field gives itself, `stand` and `written`, raises here.

    Attributes:
        takes_nothing: whether a field that was emptied says so, or changes nothing.
    """

    view: CanvasView
    item: str
    is_open = False
    takes_nothing: bool

    def begin(self, view: CanvasView, item: str) -> None:
        """Open over a node or a note of a view."""
        self.view, self.item, self.is_open = view, item, True
        graph = view.canvas.graph
        self._before = self._standing
        self._events = [(event, self._look) for event in (
            graph.node_removed, graph.node_changed, graph.note_removed, graph.note_changed,
        )]  # fmt: skip
        listen(self._events, on=True)
        self.stand()
        view.seen_changed.connect(self._follow)
        view.graph_changed.connect(self.leave)
        field = self._field
        field.selectAll()
        field.show()
        field.setFocus(Qt.FocusReason.PopupFocusReason)

    @property
    def _field(self) -> QLineEdit | QPlainTextEdit:
        assert isinstance(self, QLineEdit | QPlainTextEdit)
        return self

    @property
    def _standing(self) -> str | None:
        """What the item is called, or says; None where it is gone."""
        graph = self.view.canvas.graph
        if self.item in graph:
            return graph[self.item].name
        return graph.notes[self.item].text if self.item in graph.notes else None

    def _look(self, *_what: object) -> None:
        if self._standing != self._before:
            self.leave()

    def _follow(self) -> None:
        if self._standing is None:
            self.leave()
        else:
            self.stand()

    def stand(self) -> None:
        """Lie over the item, wherever that is now."""
        raise NotImplementedError

    def written(self) -> str:
        """What is to be taken."""
        raise NotImplementedError

    def take(self) -> None:
        """Go, and ask for what is written."""
        text, is_there = self.written(), self._standing is not None
        if self.leave() and is_there and (text or self.takes_nothing):
            self.view.renamed.emit(self.item, text)

    def leave(self) -> bool:
        """Go; False where it went before."""
        if not self.is_open:
            return False
        self.is_open = False
        listen(self._events, on=False)
        field, had_keys = self._field, self._field.hasFocus()
        if had_keys:
            # Who took them keeps them. Before it goes: Qt would hand them on as Tab does, to the next node.
            self.view.setFocus()
        field.hide()
        field.deleteLater()
        return True


class NameField(Writing, QLineEdit):
    """A node's name or a frame's title. Enter or leaving it takes the text, Esc does not."""

    takes_nothing = False

    def __init__(self, view: CanvasView, item: str) -> None:
        canvas = view.canvas
        text = canvas.graph[item].name if item in canvas.nodes else canvas.notes[item].note.text
        QLineEdit.__init__(self, text, view.viewport())
        self.setAccessibleName("Name")
        self.begin(view, item)

    def stand(self) -> None:
        canvas = self.view.canvas
        is_node = self.item in canvas.nodes
        position = canvas.nodes[self.item].pos() if is_node else canvas.notes[self.item].pos()
        width = WIDTH if is_node else canvas.notes[self.item].note.width
        title = QRectF(position + QPointF(8, 4), position + QPointF(width - 8, 26 if is_node else HEAD - 2))
        self.setGeometry(_on_screen(self.view, title, self.sizeHint().height()))

    def written(self) -> str:
        return self.text().strip()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Whatever takes the keys, and whether something was written: the field does not stay behind."""
        super().focusOutEvent(event)
        if not _is_menu(self.view, event):
            self.take()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.leave()
            return
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            # Not passed on: on the canvas Enter would begin a link.
            self.take()
            return
        super().keyPressEvent(event)


class NoteField(Writing, QPlainTextEdit):
    """A note's words. Ctrl+Enter, Esc or leaving it takes them: what was written is never lost."""

    takes_nothing = True

    def __init__(self, view: CanvasView, note: str) -> None:
        QPlainTextEdit.__init__(self, view.canvas.notes[note].note.text, view.viewport())
        self.setAccessibleName("Note")
        self.setTabChangesFocus(True)
        self.begin(view, note)

    def stand(self) -> None:
        item = self.view.canvas.notes[self.item]
        self.setGeometry(_on_screen(self.view, item.mapToScene(item.box()).boundingRect(), 60))

    def written(self) -> str:
        return self.toPlainText().strip()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        super().focusOutEvent(event)
        if not _is_menu(self.view, event):
            self.take()

    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ShortcutOverride:
            # While a person writes, Ctrl+Enter does not train.
            event.accept()
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
        enters = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and control
        if enters or event.key() == Qt.Key.Key_Escape:
            self.take()
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
