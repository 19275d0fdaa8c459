"""A field for free text that must say something: a text that says nothing is refused with a sentence, and
stays in the field to be mended.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from nnstudio.ui.widgets.field_notes import Typing, is_undo
from nnstudio.ui.widgets.plain_text import plain_tip

ENTER = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
# How much of the value in force a sentence quotes.
QUOTED = 40


class TextEdit(QLineEdit):
    """``value_edited`` tells another text once it is read without fault; ``value()`` is the one in force."""

    value_edited = Signal(str)

    def __init__(self, reads: Callable[[str], object], titles: Mapping[str, str] | None = None) -> None:
        """``reads`` raises ValueError with a sentence where a text says nothing; ``titles``: what is shown,
        and may be typed, for some texts.
        """
        super().__init__()
        self._titles = titles or {}
        self._reads = reads
        self._value: str | None = None
        # Why the text in the field is not the value in force; "" where it is.
        self.problem = ""
        self._tip = ""
        self.typing = Typing(self, self.apply)
        self.textEdited.connect(self.typing.begin)
        self.editingFinished.connect(self.apply)

    def value(self) -> str | None:
        """The text in force; None where several nodes differ."""
        return self._value

    def set_value(self, value: str) -> None:
        """Show a text; what is being typed or was refused stays, unless the text is another than before."""
        if value == self._value and (self.typing.waits or self.problem):
            return
        self._value = value
        self.put_back()

    def show_mixed(self, word: str) -> None:
        """Show a word in place of a text, until one is typed."""
        if self._value is None and (self.typing.waits or self.problem):
            return
        self._value = None
        self.put_back()
        self.setPlaceholderText(word)

    def put_back(self) -> None:
        """Give up what is typed: show the text in force."""
        self.typing.end()
        self.typing.hush()
        self._mark("")
        if self.text() != self._shown:
            self.setText(self._shown)

    @property
    def _shown(self) -> str:
        """The text in force as it is shown; empty where several nodes differ."""
        value = self._value or ""
        return self._titles.get(value, value)

    def apply(self) -> None:
        """Take what is typed, if anything is, or say why not."""
        if not self.typing.waits:
            return
        self.typing.end()
        typed = self.text()
        text = next((value for value, title in self._titles.items() if title == typed.strip()), typed)
        if text == self._value or (self._value is None and not text.strip()):
            self._mark("")
            return
        try:
            self._reads(text)
        except ValueError as error:
            self.refuse(str(error))
            return
        self._mark("")
        self._value = text
        self.value_edited.emit(text)

    def refuse(self, sentence: str) -> None:
        """Say why the text in the field is not taken, until it is mended or given up."""
        stays = "Nothing was changed"
        if self._value is not None:
            shown = self._shown if len(self._shown) <= QUOTED else f"{self._shown[: QUOTED - 1]}…"
            stays = f"'{shown}' stays in force" if shown else "It stays empty"
        self._mark(f"{sentence.rstrip('.')}. {stays}; Esc brings it back.")
        self.typing.refuse(self.problem)

    def refuse_instead(self, stays: str, sentence: str) -> None:
        """Say that the text that was told is not taken after all, and that ``stays`` is still in force."""
        self._value = stays
        self.refuse(sentence)

    def setToolTip(self, text: str) -> None:
        self._tip = text
        super().setToolTip(plain_tip(self.problem) if self.problem else text)

    def _mark(self, problem: str) -> None:
        self.problem = problem
        self.setToolTip(self._tip)
        self.setProperty("refused", bool(problem))
        self.style().polish(self)

    def event(self, event: QEvent) -> bool:
        # What was refused is being typed still.
        if is_undo(event) and not self.typing.waits and not self.problem:
            event.ignore()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape and (self.typing.waits or self.problem):
            self.put_back()
            self.selectAll()
            return
        super().keyPressEvent(event)
        if event.key() in ENTER and self.problem:
            # A dialog would go on with the text before.
            event.accept()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if self.problem:
            self.typing.refuse(self.problem)
