"""One widget for each kind of field of a lesson: it shows a value, and tells what a teacher made of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QPlainTextEdit,
    QPushButton,
    QWidget,
)

from nnstudio.lessons.fields import Field, Kind
from nnstudio.lessons.names import Names
from nnstudio.ui.lessons.field_text import BY_LINES, name_of, text_of, value_of
from nnstudio.ui.widgets.choice_box import StillBox
from nnstudio.ui.widgets.plain_text import PlainLabel, on_button

Offered = Callable[[], list[tuple[str, str]]]
# Lines that a field of several shows, at least and at most.
FEWEST, MOST = 2, 9
EDGE = 4
# What stands in an empty field.
EXAMPLES = {
    Kind.TEXTS: "One on each line", Kind.VALUES: "One on each line", Kind.OPTIONS: "units = 8",
    Kind.NUMBERS: "1.5, 2", Kind.WHOLES: "0, 0", Kind.NUMBER: "A number", Kind.WHOLE: "A whole number",
}  # fmt: skip


class FieldEditor(QWidget):
    """Signal: edited(value) by a person, None where the field is empty."""

    edited = Signal(object)

    def __init__(self, field: Field, main: QWidget | None = None) -> None:
        super().__init__()
        self.field = field
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(0, 0, 0, 0)
        self.row.setSpacing(6)
        if main is not None:
            main.setAccessibleName(field.title)
            self.setFocusProxy(main)
            self.row.addWidget(main, 1)

    def show_value(self, value: Any) -> None:
        """Show a value without telling anything; None where there is none. Each kind has its own.

        A widget of Qt cannot be abstract; the test of the forms enters a value into every kind.
        """
        raise NotImplementedError


class LineField(FieldEditor):
    """A text, a number, or several numbers on a line."""

    def __init__(self, field: Field) -> None:
        self.line = QLineEdit()
        super().__init__(field, self.line)
        self.line.setPlaceholderText(_example(field))
        self.line.textEdited.connect(lambda text: self.edited.emit(value_of(field.kind, text)))

    def show_example(self, text: str) -> None:
        """Show a text while the line is empty, instead of what any field of this kind shows."""
        self.line.setPlaceholderText(text or _example(self.field))
        self.line.setToolTip(_example(self.field) if text else "")

    def show_value(self, value: Any) -> None:
        self.line.setText(text_of(self.field.kind, value))
        self.line.setCursorPosition(0)


class PickButton(QPushButton):
    """Offers names; what there is to offer is asked for anew each time. Request: picked(name)."""

    picked = Signal(str)

    def __init__(self, title: str, offered: Offered) -> None:
        super().__init__("Pick")
        self.offered = offered
        self.setAutoDefault(False)
        self.setAccessibleName(f"{title}: pick one")
        menu = QMenu(self)
        menu.aboutToShow.connect(self.fill)
        self.setMenu(menu)

    def fill(self) -> None:
        """Put what there is into the menu."""
        menu = self.menu()
        menu.clear()
        for name, title in self.offered():
            menu.addAction(on_button(title)).triggered.connect(partial(self._pick, name))
        if menu.isEmpty():
            menu.addAction("There is nothing to pick yet").setEnabled(False)

    def _pick(self, name: str, _checked: bool = False) -> None:
        self.picked.emit(name)


class NameField(FieldEditor):
    """A name that is picked from those that there are, or typed; what has a title is shown by that."""

    def __init__(self, field: Field, offered: Offered) -> None:
        self.line = QLineEdit()
        super().__init__(field, self.line)
        self.offered = offered
        self.line.setPlaceholderText(_example(field))
        self.line.textEdited.connect(lambda _text: self._tell())
        self.pick = PickButton(field.title, offered)
        self.pick.picked.connect(self._on_picked)
        self.row.addWidget(self.pick)

    def _on_picked(self, name: str) -> None:
        self.show_value(name)
        self._tell()

    def _tell(self) -> None:
        name = name_of(self.line.text(), self.offered())
        self.edited.emit(value_of(self.field.kind, name))

    def show_value(self, value: Any) -> None:
        titles, name, usual = dict(self.offered()), text_of(self.field.kind, value), _example(self.field)
        self.line.setText(titles.get(name, name))
        self.line.setPlaceholderText(titles.get(usual, usual))
        self.line.setCursorPosition(0)


class LinesField(FieldEditor):
    """Several texts or values, one on each line; as high as they need. Names can be picked, and are shown by
    their titles.
    """

    def __init__(self, field: Field, offered: Offered) -> None:
        self.text = QPlainTextEdit()
        super().__init__(field, self.text)
        self.offered: Offered = offered if field.names != Names.ANYTHING else list
        self.text.setObjectName("lines")
        self.text.setTabChangesFocus(True)
        self.text.setPlaceholderText(_example(field))
        self.text.textChanged.connect(self._changed)
        self._fit()
        if field.names != Names.ANYTHING:
            pick = PickButton(field.title, offered)
            pick.picked.connect(self._add)
            self.row.addWidget(pick, 0, Qt.AlignmentFlag.AlignTop)

    def _add(self, name: str) -> None:
        lines = [line for line in self.text.toPlainText().splitlines() if line.strip()]
        if name not in (name_of(line.strip(), self.offered()) for line in lines):
            self.text.setPlainText("\n".join([*lines, dict(self.offered())[name]]))

    def _changed(self) -> None:
        self._fit()
        value = value_of(self.field.kind, self.text.toPlainText())
        pairs = self.offered()
        if pairs and value is not None:
            value = [name_of(text, pairs) for text in value]
        self.edited.emit(value)

    def _fit(self) -> None:
        # Its height is in lines, those that are wrapped included.
        lines = min(max(round(self.text.document().size().height()), FEWEST), MOST)
        edge = 2 * (self.text.frameWidth() + round(self.text.document().documentMargin())) + EDGE
        self.text.setFixedHeight(lines * self.text.fontMetrics().lineSpacing() + edge)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def show_value(self, value: Any) -> None:
        titles = dict(self.offered())
        if titles and isinstance(value, list):
            value = [titles.get(name, name) for name in value]
        text = text_of(self.field.kind, value)
        if text != self.text.toPlainText():
            with QSignalBlocker(self.text):
                self.text.setPlainText(text)
            self._fit()


class SwitchField(FieldEditor):
    """On or off."""

    def __init__(self, field: Field) -> None:
        self.check = QCheckBox()
        super().__init__(field, self.check)
        self.check.clicked.connect(lambda on: self.edited.emit(on))

    def show_value(self, value: Any) -> None:
        self.check.setChecked(bool(self.field.default if value is None else value))


class ChoiceField(FieldEditor):
    """One of some words."""

    def __init__(self, field: Field) -> None:
        self.box = StillBox()
        super().__init__(field, self.box)
        self.box.addItems(list(field.choices))
        self.box.textActivated.connect(self.edited.emit)

    def show_value(self, value: Any) -> None:
        # Nothing is chosen where nothing is said: the first would look as if it were.
        self.box.setCurrentIndex(self.box.findText(str(self.field.default if value is None else value)))


class RangeField(FieldEditor):
    """A lowest and a highest number, either of which may be left out."""

    ENDS = ("at_least", "at_most")

    def __init__(self, field: Field) -> None:
        super().__init__(field)
        self._value: dict[str, Any] = {}
        self.lines = {end: QLineEdit() for end in self.ENDS}
        for end, line in self.lines.items():
            word = end.replace("_", " ")
            line.setAccessibleName(f"{field.title}: {word}")
            line.textEdited.connect(partial(self._typed, end))
            self.row.addWidget(PlainLabel(word))
            self.row.addWidget(line, 1)
        self.setFocusProxy(self.lines["at_least"])

    def _typed(self, end: str, text: str) -> None:
        value = value_of(Kind.NUMBER, text)
        self._value = {key: old for key, old in self._value.items() if key != end}
        if value is not None:
            self._value[end] = value
        self.edited.emit(self._value or None)

    def show_value(self, value: Any) -> None:
        self._value = value if isinstance(value, dict) else {}
        for end, line in self.lines.items():
            line.setText(text_of(Kind.NUMBER, self._value.get(end)))


def editor_for(field: Field, offered: Offered) -> FieldEditor:
    """The widget for a field; ``offered`` gives the names that can be picked."""
    if field.kind in BY_LINES:
        return LinesField(field, offered)
    if field.kind == Kind.VALUE or field.names != Names.ANYTHING:
        return NameField(field, offered)
    others = {Kind.SWITCH: SwitchField, Kind.CHOICE: ChoiceField, Kind.RANGE: RangeField}
    return others.get(field.kind, LineField)(field)


def _example(field: Field) -> str:
    if field.name == "otherwise":
        return "Said instead of the usual sentence; {now} stands for what there is"
    if field.default not in (None, "", 0, ()):
        return text_of(field.kind, field.default)
    return EXAMPLES.get(field.kind, "")
