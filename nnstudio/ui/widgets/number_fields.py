"""Fields for one number: what is typed counts when Enter is pressed or the field is left, or it is refused
with a sentence. They never put another number in its place.
"""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QKeyEvent, QResizeEvent, QValidator
from PySide6.QtWidgets import QLineEdit, QSpinBox

from nnkernels.spec import Option
from nnstudio.ui.widgets.field_notes import Typing, is_undo
from nnstudio.ui.widgets.still import Still
from nnstudio.ui.widgets.typed_number import BIG, NumberRule, TypedError, in_sentence, shown, singular

# The word for a value in which several selected nodes differ.
MIXED_TEXT = "different"
# Pixels that styles leave free on both sides of the text.
MARGIN = 6
ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class NumberEdit(QLineEdit):
    """A number of any size, such as 1e-8; ``value_edited`` tells another that the option allows."""

    value_edited = Signal(float)

    def __init__(self, option: Option, name: str = "") -> None:
        super().__init__()
        self.rule = NumberRule.of(option, name)
        self._value: float | None = None
        self._word = MIXED_TEXT
        self.typing = Typing(self, self.apply)
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

    def show_mixed(self, word: str = MIXED_TEXT) -> None:
        """Show a word, and no number until one is typed."""
        self.typing.end()
        self._value, self._word = None, word
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
            self.typing.refuse(_refusal(error, None if before is None else shown(before)))
            return
        self._value = value
        self._show()
        if value != before:
            self.value_edited.emit(value)

    def _show(self) -> None:
        self.setPlaceholderText(self._word if self._value is None else "")
        text = "" if self._value is None else shown(float(self._value))
        if self.text() != text:
            self.setText(text)
        # What is cut is its end, which counts the least.
        self.setCursorPosition(0)

    def event(self, event: QEvent) -> bool:
        if is_undo(event) and not self.typing.waits:
            event.ignore()
            return True
        return super().event(event)

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


class WholeEdit(Still, QSpinBox):
    """A whole number with arrows; ``valueChanged`` tells what was applied.

    Attributes:
        zero: stands in the place of 0, where that is no number but has a meaning; "" where it is one.
    """

    zero = ""

    def __init__(self, name: str, low: int = 0, high: int = BIG, unit: str = "") -> None:
        super().__init__()
        self.name, self.unit = in_sentence(name), unit
        # Pixels for the text, once it stands somewhere.
        self._room: int | None = None
        self.setRange(low, high)
        self._name_unit(self.value())
        self.valueChanged.connect(self._name_unit)
        self.setAccessibleName(name)
        self.setKeyboardTracking(False)
        self.is_mixed = False
        self.typing = Typing(self, self.apply)
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
        self._name_unit(value)

    def call_zero(self, word: str) -> None:
        """Show a word for 0, which may still be typed as 0; "" for none."""
        if word != self.zero:
            self.zero = word
            self._name_unit(self.value())
            # Nothing else makes Qt write the same number anew.
            self.setPrefix(self.prefix())

    def textFromValue(self, value: int) -> str:
        return self.zero if self.zero and value == 0 else f"{value:,}"

    def _name_unit(self, value: int) -> None:
        """One row, two rows: units are named in their plural, and not at all where only a part has room."""
        unit = "" if self.zero and value == 0 else singular(self.unit) if value == 1 else self.unit
        suffix = f" {unit}" if unit and self._has_room(f"{self.textFromValue(value)} {unit}") else ""
        if suffix != self.suffix():
            self.setSuffix(suffix)

    def _has_room(self, text: str) -> bool:
        return self._room is None or self.fontMetrics().horizontalAdvance(text) + MARGIN <= self._room

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._room = self.lineEdit().width()
        self._name_unit(self.value())

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
        return NumberRule(self.name, low, self.maximum(), True, self.unit)

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        try:
            self.valueFromText(text)
        except TypedError:
            return QValidator.State.Intermediate, text, position
        return QValidator.State.Acceptable, text, position

    def valueFromText(self, text: str) -> int:
        if text and text == self.specialValueText():
            return self.minimum()
        if text and text == self.zero:
            return 0
        return int(self.rule.read(text))

    def fixup(self, text: str) -> str:
        """Called where what was typed cannot be: the number before comes back, and a sentence says so."""
        try:
            self.valueFromText(text)
        except TypedError as error:
            self.typing.refuse(_refusal(error, None if self.shows_word else f"{self.value():,}"))
        return text

    def event(self, event: QEvent) -> bool:
        if is_undo(event) and not self.typing.waits:
            event.ignore()
            return True
        return super().event(event)

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


def _refusal(error: TypedError, stays: str | None) -> str:
    """Why what was typed is not taken, and what stays."""
    return f"{error}; {'nothing was changed' if stays is None else f'it stays {stays}'}."
