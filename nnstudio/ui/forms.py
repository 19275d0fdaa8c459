"""Editors generated from declared options: inspector, training settings and data share them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtGui import QDoubleValidator
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QLabel,
    QLineEdit,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from nnkernels.spec import Option

BIG = 2**31 - 1
# Forms that stand below each other line up.
LABEL_WIDTH = 88


class NumberEdit(QLineEdit):
    """A number of any size, such as 1e-8; emits only numbers that the option allows."""

    value_edited = Signal(float)

    def __init__(self, option: Option) -> None:
        super().__init__()
        self.option = option
        low = -1e300 if option.low is None else option.low
        high = 1e300 if option.high is None else option.high
        self.setValidator(QDoubleValidator(low, high, 15, self))
        self.textEdited.connect(self._on_text_edited)

    def set_value(self, value: float) -> None:
        """Show a number, unless the text says the same already."""
        if self.value() != value:
            self.setText(f"{value:.10g}")

    def value(self) -> float | None:
        """The number, or None where the text is none."""
        try:
            return float(self.text())
        except ValueError:
            return None

    def _on_text_edited(self, _text: str) -> None:
        value = self.value()
        if value is not None and self.hasAcceptableInput():
            self.value_edited.emit(value)


def replace_form(rows: QVBoxLayout, old: Form | None, new: Form | None, at: int) -> None:
    """Put a form where another was; the old one is gone from sight at once."""
    if old is not None:
        rows.removeWidget(old)
        old.hide()
        old.deleteLater()
    if new is not None:
        rows.insertWidget(at, new)


class Form(QWidget):
    """A row for each option; ``changed(name, value)`` for what a person edits, never for `show_values`."""

    changed = Signal(str, object)

    def __init__(
        self, options: Sequence[Option], titles: Mapping[str, Mapping[str, str]] | None = None
    ) -> None:
        """``titles``: for text options, what to show for each choice."""
        super().__init__()
        self.options = {o.name: o for o in options}
        self.editors: dict[str, QWidget] = {}
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        for option in options:
            editor = self._editor(option, (titles or {}).get(option.name, {}))
            editor.setToolTip(option.help)
            editor.setAccessibleName(option.title)
            editor.setAccessibleDescription(option.help)
            editor.setObjectName(option.name)
            label = QLabel(option.title)
            label.setBuddy(editor)
            label.setMinimumWidth(LABEL_WIDTH)
            label.setToolTip(option.help)
            layout.addRow(label, editor)
            self.editors[option.name] = editor
        self._rows = layout

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Put values into the editors without emitting anything."""
        for name, editor in self.editors.items():
            if name not in values:
                continue
            with QSignalBlocker(editor):
                _set(editor, values[name])
        for name, option in self.options.items():
            if option.when:
                other, wanted = option.when
                self._rows.setRowVisible(self.editors[name], values.get(other) == wanted)

    def offer(self, name: str, titles: Mapping[str, str]) -> None:
        """What can be chosen for an option that names a layer: identifiers and their names."""
        box = self.editors[name]
        assert isinstance(box, QComboBox)
        entries = {"": "its own weights", **titles}
        if entries == {box.itemData(i): box.itemText(i) for i in range(box.count())}:
            return
        with QSignalBlocker(box):
            box.clear()
            for value, title in entries.items():
                box.addItem(title, value)

    def _editor(self, option: Option, titles: Mapping[str, str]) -> QWidget:
        def tell(value: Any) -> None:
            self.changed.emit(option.name, value)

        if option.choices or option.names_layer:
            box = QComboBox()
            for choice in option.choices:
                box.addItem(titles.get(choice, choice), choice)
            box.currentIndexChanged.connect(lambda _i: tell(box.currentData()))
            return box
        if isinstance(option.default, bool):
            check = QCheckBox()
            check.toggled.connect(tell)
            return check
        if isinstance(option.default, int):
            spin = QSpinBox()
            spin.setRange(
                int(option.low or 0), int(min(BIG, option.high if option.high is not None else BIG))
            )
            spin.setKeyboardTracking(True)
            spin.setAccelerated(True)
            spin.valueChanged.connect(tell)
            return spin
        if isinstance(option.default, float):
            number = NumberEdit(option)
            number.value_edited.connect(tell)
            return number
        text = QLineEdit()
        text.editingFinished.connect(lambda: tell(text.text()))
        return text


def _set(editor: QWidget, value: Any) -> None:
    if isinstance(editor, QComboBox):
        editor.setCurrentIndex(max(editor.findData(value), 0))
    elif isinstance(editor, QCheckBox):
        editor.setChecked(bool(value))
    elif isinstance(editor, QSpinBox):
        if editor.value() != value:
            editor.setValue(int(value))
    elif isinstance(editor, NumberEdit):
        editor.set_value(float(value))
    elif isinstance(editor, QLineEdit):
        editor.setText(str(value))
