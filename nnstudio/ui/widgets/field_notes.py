"""What is being typed into a field, and the note beside it that says why it was refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer
from PySide6.QtGui import QAccessible, QAccessibleEvent, QHideEvent, QKeyEvent, QKeySequence, QMouseEvent
from PySide6.QtWidgets import QApplication, QFormLayout, QScrollArea, QWidget

from nnstudio.ui.widgets.plain_text import PlainLabel

# What a widget may be large at the most, as in Qt.
MOST = 16777215


class Typing(QObject):
    """What is being typed into a field: calls ``apply`` as soon as a person goes on elsewhere, and shows why
    it was refused.

    Buttons of tool bars and shortcuts leave the focus where it is; without this, Train would train with the
    value before.
    """

    def __init__(self, field: QWidget, apply: Callable[[], None]) -> None:
        super().__init__(field)
        self.field, self._apply = field, apply
        self.waits = False
        self._note: FieldNote | None = None

    def begin(self) -> None:
        """Something was typed."""
        self.hush()
        application = QApplication.instance()
        if not self.waits and application is not None:
            self.waits = True
            application.installEventFilter(self)

    def end(self) -> None:
        """It was applied, refused or given up."""
        application = QApplication.instance()
        if self.waits and application is not None:
            application.removeEventFilter(self)
        self.waits = False

    def refuse(self, sentence: str) -> None:
        """Say why what was typed is not taken, and what stays."""
        self.end()
        self._note = self._note or FieldNote(self.field)
        self._note.say(sentence)

    def hush(self) -> None:
        """Say no longer what was refused."""
        if self._note is not None:
            self._note.hide()

    @property
    def said(self) -> str:
        """What stands beside the field."""
        return self._note.text() if self._note is not None and self._note.isVisible() else ""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Shortcut:
            self._apply()
        elif event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget):
            own = watched is self.field or self.field.isAncestorOf(watched)
            self._apply() if not own else None
        return False


def is_undo(event: QEvent) -> bool:
    """Whether a field is asked if it needs a key of Undo or Redo for itself, as Qt's fields always do.

    A field in which nothing is being typed ignores the event, so that the menu undoes the document's edit.
    """
    if event.type() != QEvent.Type.ShortcutOverride or not isinstance(event, QKeyEvent):
        return False
    keys = QKeySequence.StandardKey
    return event.matches(keys.Undo) or event.matches(keys.Redo)


class FieldNote(PlainLabel):
    """Says below a field why what was typed was refused, until a person goes on or clicks it.

    In a form it is a row of its own, so that it hides no other field; elsewhere it floats. Rows come and go
    only while no button of the mouse is down: what is being clicked would move away under the pointer.
    """

    SECONDS = 12
    WIDTH = 320
    MARGIN = 4
    # Milliseconds until it looks again whether the mouse is let go.
    AGAIN = 30

    def __init__(self, field: QWidget) -> None:
        super().__init__()
        # First: a parent that is seen hides it, and that stops this.
        self._settling = QTimer(self)
        self._settling.setSingleShot(True)
        self._settling.setInterval(self.AGAIN)
        self._settling.timeout.connect(self._take_row)
        self.setParent(field)
        self.field = field
        self.setObjectName("error")
        self.setWordWrap(True)
        self.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._end)
        # Whether the next move of the focus ends it; the one that left the field does not.
        self._ends = False
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    def say(self, sentence: str) -> None:
        """Show a sentence for a while."""
        self.setText(sentence)
        # Within the field it would be cut off.
        self._take_row()
        self._timer.start(1000 * self.SECONDS)
        self._ends = False
        QTimer.singleShot(0, self, self._end_with_focus)

    def _end_with_focus(self) -> None:
        self._ends = True

    def _on_focus_changed(self) -> None:
        if self._ends:
            self._end()

    def _end(self) -> None:
        """Go, with its row, as soon as the mouse is let go."""
        if _is_pressed() and self.isVisible():
            QTimer.singleShot(self.AGAIN, self, self._end)
        else:
            self.hide()

    def _take_row(self) -> None:
        """A row below the field's; until there can be one, and where there is no form, float."""
        self._settling.stop()
        form, row = _row_of(self.field)
        if form is None or _is_pressed():
            if form is not None:
                self._settling.start()
                if _row_in(form, self) >= 0:
                    # Its row goes with it.
                    form.takeRow(self)
            self._lie_below(_ground(self.field))
            return
        self.setMinimumSize(0, 0)
        self.setMaximumSize(MOST, MOST)
        if _row_in(form, self) < 0:
            form.insertRow(row + 1, self)
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def hideEvent(self, event: QHideEvent) -> None:
        self._settling.stop()
        super().hideEvent(event)

    def _lie_below(self, ground: QWidget) -> None:
        self.setParent(ground)
        # Its padding comes with the style.
        self.ensurePolished()
        width = min(self.WIDTH, ground.width() - 2 * self.MARGIN)
        self.setFixedSize(width, self.heightForWidth(width))
        corner = self.field.mapTo(ground, QPoint(0, self.field.height() + 2))
        above = corner.y() - self.field.height() - 4 - self.height()
        is_below = corner.y() + self.height() <= ground.height() or above < 0
        self.move(
            max(self.MARGIN, min(corner.x(), ground.width() - width - self.MARGIN)),
            corner.y() if is_below else above,
        )
        self.raise_()
        self.show()
        QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.hide()


def _is_pressed() -> bool:
    return QApplication.mouseButtons() != Qt.MouseButton.NoButton


def _row_in(form: QFormLayout, widget: QWidget) -> int:
    # The first of the position is the row; the bindings do not name its type.
    position: Any = form.getWidgetPosition(widget)
    return int(position[0])


def _row_of(field: QWidget) -> tuple[QFormLayout | None, int]:
    """The form that a field is in, and its row there."""
    widget, parent = field, field.parentWidget()
    while parent is not None and not widget.isWindow():
        form = parent.layout()
        if isinstance(form, QFormLayout) and (row := _row_in(form, widget)) >= 0:
            return form, row
        widget, parent = parent, parent.parentWidget()
    return None, -1


def _ground(field: QWidget) -> QWidget:
    """What a note on a field lies on: what scrolls with it, or the window."""
    widget = field
    while not widget.isWindow():
        parent = widget.parentWidget()
        area = parent.parentWidget() if parent is not None else None
        if parent is None or (isinstance(area, QScrollArea) and area.widget() is widget):
            break
        widget = parent
    return widget
