"""Fields for one number: what is typed counts when Enter is pressed or the field is left, or it is refused
with a sentence. They never put another number in its place.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent, QKeyEvent, QMouseEvent, QValidator, QWheelEvent
from PySide6.QtWidgets import QApplication, QLineEdit, QScrollArea, QSpinBox, QWidget

from nnkernels.spec import Option
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.typed_number import BIG, NumberRule, TypedError, in_sentence, shown

# The word for a value in which several selected nodes differ.
MIXED_TEXT = "different"
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class Typing(QObject):
    """What is being typed into a field: calls its ``apply`` as soon as a person goes on elsewhere, and shows
    why it was refused.

    Buttons of tool bars and shortcuts leave the focus where it is; without this, Train would train with the
    number before.
    """

    def __init__(self, field: NumberEdit | WholeEdit) -> None:
        super().__init__(field)
        self.field = field
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

    def refuse(self, error: TypedError, stays: str | None) -> None:
        """Say why what was typed is not taken, and what stays."""
        self.end()
        then = "nothing was changed" if stays is None else f"it stays {stays}"
        self._note = self._note or FieldNote(self.field)
        self._note.say(f"{error}; {then}.")

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
            self.field.apply()
        elif event.type() == QEvent.Type.MouseButtonPress and isinstance(watched, QWidget):
            own = watched is self.field or self.field.isAncestorOf(watched)
            self.field.apply() if not own else None
        return False


class NumberEdit(QLineEdit):
    """A number of any size, such as 1e-8; ``value_edited`` tells another that the option allows."""

    value_edited = Signal(float)

    def __init__(self, option: Option, name: str = "") -> None:
        super().__init__()
        self.rule = NumberRule.of(option, name)
        self._value: float | None = None
        self.typing = Typing(self)
        self.textEdited.connect(self.typing.begin)
        self.editingFinished.connect(self.apply)

    def value(self) -> float | None:
        """The number in force; None where several nodes differ."""
        return self._value

    def set_value(self, value: float) -> None:
        """Show a number; what is being typed stays, unless the number is another than before."""
        if value == self._value and self.typing.waits:
            return
        self.typing.end()
        if value != self._value:
            self.typing.hush()
        self._value = value
        self._show()

    def show_mixed(self) -> None:
        """Show no number until one is typed."""
        self.typing.end()
        self._value = None
        self._show()

    def apply(self) -> None:
        """Take what is typed, if anything is, or say why not."""
        if not self.typing.waits:
            return
        self.typing.end()
        text, before = self.text(), self._value
        if before is None and not text.strip():
            self._show()
            return
        try:
            value = self.rule.read(text)
        except TypedError as error:
            self._show()
            self.typing.refuse(error, None if before is None else shown(before))
            return
        self._value = value
        self._show()
        if value != before:
            self.value_edited.emit(value)

    def _show(self) -> None:
        self.setPlaceholderText(MIXED_TEXT if self._value is None else "")
        text = "" if self._value is None else shown(float(self._value))
        if self.text() != text:
            self.setText(text)
        # What is cut is its end, which counts the least.
        self.setCursorPosition(0)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.typing.waits:
            self.typing.end()
            self._show()
            self.selectAll()
            return
        super().keyPressEvent(event)
        if event.key() in ENTER and self.typing.said:
            # A dialog would go on with the number before.
            event.accept()


class WholeEdit(QSpinBox):
    """A whole number with arrows; ``valueChanged`` tells what was applied."""

    def __init__(self, name: str, low: int = 0, high: int = BIG, unit: str = "") -> None:
        super().__init__()
        self.name, self.unit = in_sentence(name), unit
        self.setRange(low, high)
        self.setSuffix(f" {unit}" if unit else "")
        self.setAccessibleName(name)
        self.setKeyboardTracking(False)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.is_mixed = False
        self.typing = Typing(self)
        self.lineEdit().textEdited.connect(self.typing.begin)
        self.editingFinished.connect(self.typing.end)
        self.valueChanged.connect(self.typing.hush)

    def set_value(self, value: int) -> None:
        """Show a number; what is being typed stays, unless the number is another than before."""
        if self.typing.waits and self.value() == value:
            return
        if self.value() != value:
            # Signals may be blocked.
            self.typing.hush()
        if self.is_mixed:
            self.is_mixed = False
            self.setSpecialValueText("")
            self.setMinimum(self.minimum() + 1)
        self.typing.end()
        self.setValue(value)

    def show_mixed(self) -> None:
        """Show a word below the range; any number that is typed is then a change."""
        self.typing.end()
        if not self.is_mixed:
            self.is_mixed = True
            self.setSpecialValueText(MIXED_TEXT)
            self.setMinimum(self.minimum() - 1)
        self.setValue(self.minimum())

    @property
    def shows_word(self) -> bool:
        """Whether a word stands in it, and no number."""
        return bool(self.specialValueText()) and self.value() == self.minimum()

    def apply(self) -> None:
        """Take what is typed, if anything is, or say why not."""
        if self.typing.waits:
            self.typing.end()
            self.interpretText()

    @property
    def rule(self) -> NumberRule:
        """What it takes now: its range may change."""
        low = self.minimum() + bool(self.specialValueText())
        return NumberRule(self.name, low, self.maximum(), True, self.suffix().strip())

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        try:
            self.valueFromText(text)
        except TypedError:
            return QValidator.State.Intermediate, text, position
        return QValidator.State.Acceptable, text, position

    def valueFromText(self, text: str) -> int:
        if text and text == self.specialValueText():
            return self.minimum()
        return int(self.rule.read(text))

    def fixup(self, text: str) -> str:
        """Called where what was typed cannot be: the number before comes back, and a sentence says so."""
        try:
            self.valueFromText(text)
        except TypedError as error:
            self.typing.refuse(error, None if self.shows_word else f"{self.value():,}")
        return text

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and self.typing.waits:
            self.typing.end()
            self.lineEdit().setText(self.textFromValue(self.value()))
            self.selectAll()
            return
        super().keyPressEvent(event)
        if event.key() in ENTER and self.typing.said:
            # A dialog would go on with the number before.
            event.accept()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Scrolling over it changes nothing until it is clicked: a panel that is scrolled holds many."""
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class FieldNote(PlainLabel):
    """Floats below a field and says why what was typed was refused, until a person goes on or clicks it.

    It takes no room in the layout: what is being clicked would move away under the pointer.
    """

    SECONDS = 12
    WIDTH = 320
    MARGIN = 4

    def __init__(self, field: NumberEdit | WholeEdit) -> None:
        super().__init__()
        self.setParent(field)
        self.field = field
        self.setObjectName("error")
        self.setWordWrap(True)
        self.hide()
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.hide)
        # Whether the next move of the focus ends it; the one that left the field does not.
        self._ends = False
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        application.focusChanged.connect(self._on_focus_changed)

    def say(self, sentence: str) -> None:
        """Show a sentence for a while."""
        self.setText(sentence)
        # Within the field it would be cut off.
        self._lie_below(_ground(self.field))
        self._timer.start(1000 * self.SECONDS)
        self._ends = False
        QTimer.singleShot(0, self, self._end_with_focus)

    def _end_with_focus(self) -> None:
        self._ends = True

    def _on_focus_changed(self) -> None:
        if self._ends:
            self.hide()

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
