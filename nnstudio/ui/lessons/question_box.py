"""The question of a step: one of some choices, or something to type."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QButtonGroup,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QRadioButton,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from nnstudio.lessons.lesson import Question
from nnstudio.ui.widgets.plain_text import PlainLabel


class ChoiceText(PlainLabel):
    """The words of a choice, which may take several lines; a click on them is one on its button."""

    def __init__(self, text: str, button: QRadioButton) -> None:
        super().__init__(text)
        self.button = button
        self.setWordWrap(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.button.setFocus(Qt.FocusReason.MouseFocusReason)
        self.button.click()


class QuestionBox(QWidget):
    """Hidden where a step asks nothing. Request: answered(text)."""

    answered = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.text = PlainLabel()
        self.text.setObjectName("cardtitle")
        self.text.setWordWrap(True)
        self.choices: dict[str, QRadioButton] = {}
        self.group = QButtonGroup(self)
        self.field, self.check = QLineEdit(), QPushButton("Check")
        self.field.setAccessibleName("Your answer")
        self.field.setPlaceholderText("Your answer")
        self.field.returnPressed.connect(self._typed)
        self.field.editingFinished.connect(self._typed)
        self.check.clicked.connect(lambda _on=False: self._typed())
        self._typing = QWidget()
        row = QHBoxLayout(self._typing)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.field, 1)
        row.addWidget(self.check)
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 4, 0, 4)
        rows.setSpacing(8)
        for widget in (self.text, self._list, self._typing):
            rows.addWidget(widget)
        self.hide()

    def show_question(self, question: Question | None, answer: str) -> None:
        """Show a question and what was answered to it; None where there is none."""
        self._clear()
        self.setVisible(question is not None)
        if question is None:
            return
        self.text.setText(question.text)
        self._typing.setVisible(not question.choices)
        self._list.setVisible(bool(question.choices))
        self._answer = answer
        self.field.setText("" if question.choices else answer)
        for choice in question.choices:
            self._add(choice, choice == answer)

    _answer = ""

    @property
    def first(self) -> QWidget:
        """Where an answer is given with the keys."""
        return next(iter(self.choices.values()), self.field)

    def _add(self, choice: str, is_chosen: bool) -> None:
        button = QRadioButton()
        button.setAccessibleName(choice)
        button.setChecked(is_chosen)
        button.clicked.connect(partial(self._chosen, choice))
        line = QHBoxLayout()
        line.setSpacing(8)
        line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        line.addWidget(ChoiceText(choice, button), 1)
        row = QWidget()
        line.setContentsMargins(0, 0, 0, 0)
        row.setLayout(line)
        self._column.addWidget(row)
        self.group.addButton(button)
        self.choices[choice] = button

    def _clear(self) -> None:
        for button in self.choices.values():
            self.group.removeButton(button)
        self.choices.clear()
        while (item := self._column.takeAt(0)) is not None:
            if (row := item.widget()) is not None:
                row.hide()
                row.deleteLater()

    def _chosen(self, choice: str, _on: bool = False) -> None:
        self.answered.emit(choice)

    def _typed(self) -> None:
        text = self.field.text().strip()
        # Return ends the editing, too.
        if text and text != self._answer:
            self._answer = text
            self.answered.emit(text)
