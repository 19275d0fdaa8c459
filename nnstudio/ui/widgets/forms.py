"""Editors generated from declared options: inspector, training settings and data share them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnkernels.spec import Option
from nnstudio.model.quantity import on_or_off
from nnstudio.ui.widgets.choice_box import StillBox, narrow
from nnstudio.ui.widgets.icons import icon
from nnstudio.ui.widgets.number_fields import MIXED_TEXT, NumberEdit, WholeEdit
from nnstudio.ui.widgets.plain_text import PlainLabel, plain_tip
from nnstudio.ui.widgets.text_fields import TextEdit
from nnstudio.ui.widgets.theme import theme
from nnstudio.ui.widgets.typed_number import BIG

# The value of an option in which several selected nodes differ.
MIXED = object()
# Forms that stand below each other line up.
LABEL_WIDTH = 88
# The most that labels take of a row that is long enough for more.
LABEL_SHARE = 0.46
VARY = "Vary this in a sweep…"
# Pixels that a choice gets where its longest entry needs as many, and those beside its text.
CHOICE, BESIDE_CHOICE = 120, 36
# Of a field for a number, in pixels.
NARROWEST = 64


class FieldBox(StillBox):
    """Where its longest entry has no room beside its name, it goes below that."""

    def minimumSizeHint(self) -> QSize:
        hint = super().minimumSizeHint()
        texts = (self.itemText(at) for at in range(self.count()))
        longest = max((self.fontMetrics().horizontalAdvance(text) for text in texts), default=0)
        return hint.expandedTo(QSize(min(longest + BESIDE_CHOICE, CHOICE), 0))


class FieldLabel(PlainLabel):
    """The name of a field: in one line where there is room, else in several."""

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.setWordWrap(True)
        self._most = LABEL_WIDTH

    @property
    def line_width(self) -> int:
        """Pixels of its text in one line."""
        return self.fontMetrics().size(Qt.TextFlag.TextSingleLine, self.text()).width() + 1

    def give_room(self, most: int) -> None:
        """Take no more pixels than these."""
        if most != self._most:
            self._most = most
            self.updateGeometry()

    def sizeHint(self) -> QSize:
        width = max(min(self.line_width, self._most), self.minimumSizeHint().width())
        return QSize(width, self.heightForWidth(width))


def line_up(forms: Sequence[Form], room: int) -> None:
    """Have the fields of forms that stand below each other in one column; ``room``: pixels of a whole row."""
    widest = max([LABEL_WIDTH, *(form.label_width for form in forms)])
    # In a narrow panel labels take more lines, and fields keep room for what stands in them.
    width = min(widest, max(LABEL_WIDTH, round(LABEL_SHARE * room)))
    for form in forms:
        form.widen_labels(width)


def replace_form(rows: QVBoxLayout, old: Form | None, new: Form | None, at: int) -> None:
    """Put a form where another was; the old one is gone from sight at once."""
    if old is not None:
        rows.removeWidget(old)
        old.hide()
        old.deleteLater()
    if new is not None:
        rows.insertWidget(at, new)
        # At once: Tab passes over what the layout would show only later.
        new.show()


class Form(QWidget):
    """A row for each option; ``changed(name, value)`` for what a person edits, never for `show_values`.
    ``vary_requested(name)`` from the context menu of a row, where it ``varies``.

    ``judge(name, text)`` says why a text that can be read cannot be, or "".
    """

    changed = Signal(str, object)
    vary_requested = Signal(str)

    def __init__(
        self,
        options: Sequence[Option],
        titles: Mapping[str, Mapping[str, str]] | None = None,
        resets: bool = False,
        tells: bool = False,
        names: Mapping[str, str] | None = None,
        listed: Collection[str] = (),
        words: Callable[[str], str] = str,
        varies: bool = False,
    ) -> None:
        """``titles``: for text options, what to show for each choice; ``resets``: offer the default again;
        ``tells``: show each option's help below it, and not only in its tool tip; ``names``: what to call
        options that are not called by their titles; ``listed``: text options that are chosen from what
        `offer` gives, and have no row before; ``words``: puts a sentence on an option into
        the window's words; ``varies``: offer to vary an option in a sweep.
        """
        super().__init__()
        self.judge: Callable[[str, str], str] = lambda _name, _text: ""
        self._fields: dict[str, QWidget] = {}
        self._listed, self._words, self._varies = frozenset(listed), words, varies
        self.names = {o.name: (names or {}).get(o.name, o.title) for o in options}
        self.resets: dict[str, QToolButton] = {}
        self.options = {o.name: o for o in options}
        self.editors: dict[str, QWidget] = {}
        layout = QFormLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        layout.setRowWrapPolicy(QFormLayout.RowWrapPolicy.WrapLongRows)
        for option in options:
            editor = self._editor(option, (titles or {}).get(option.name, {}))
            tip = plain_tip(explain(option))
            editor.setToolTip(tip)
            editor.setAccessibleName(self.names[option.name])
            editor.setAccessibleDescription(tip)
            editor.setObjectName(option.name)
            if varies:
                # Fields for text would show a menu of their own.
                editor.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
            # Whole numbers carry their unit with them.
            in_title = f" ({option.unit})" if option.unit and not isinstance(editor, WholeEdit) else ""
            label = FieldLabel(self.names[option.name] + in_title)
            label.setBuddy(editor)
            label.setMinimumWidth(LABEL_WIDTH)
            label.setToolTip(tip)
            field = self._with_reset(option, editor) if resets else editor
            self._fields[option.name] = _with_help(option, field) if tells else field
            layout.addRow(label, self._fields[option.name])
            self.editors[option.name] = editor
            layout.setRowVisible(self._fields[option.name], option.name not in self._listed)
        self._rows = layout
        self._problem: PlainLabel | None = None

    @property
    def _labels(self) -> list[FieldLabel]:
        labels = (self._rows.labelForField(field) for field in self._fields.values())
        return [label for label in labels if isinstance(label, FieldLabel)]

    @property
    def label_width(self) -> int:
        """Pixels that the labels need, each in one line."""
        return max((label.line_width for label in self._labels), default=0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # Qt puts a field below its name as soon as the name in one line leaves too little room.
        for label in self._labels:
            label.give_room(max(LABEL_WIDTH, round(LABEL_SHARE * self.width())))

    def widen_labels(self, width: int) -> None:
        """Let all labels take so many pixels at the least."""
        for label in self._labels:
            label.setMinimumWidth(width)

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Put values into the editors without emitting anything."""
        for name, editor in self.editors.items():
            if name not in values:
                continue
            with QSignalBlocker(editor):
                _show_mixed(editor) if values[name] is MIXED else _set(editor, values[name])
        for name, option in self.options.items():
            if name in self.resets:
                self.resets[name].setVisible(name in values and values[name] != option.default)
            if option.when:
                other, wanted = option.when
                self._rows.setRowVisible(self._fields[name], values.get(other) in (wanted, MIXED))

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        """Of a row: what its field offers, and to vary its option."""
        if not self._varies:
            super().contextMenuEvent(event)
            return
        for name, field in self._fields.items():
            label = self._rows.labelForField(field)
            if field.isVisible() and label.geometry().united(field.geometry()).contains(event.pos()):
                menu = self.menu_of(name)
                menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
                menu.popup(event.globalPos())

    def menu_of(self, name: str) -> QMenu:
        """The context menu of a row."""
        editor = self.editors[name]
        line = editor.lineEdit() if isinstance(editor, WholeEdit) else editor
        menu = line.createStandardContextMenu() if isinstance(line, QLineEdit) else QMenu(self)
        if not menu.isEmpty():
            menu.addSeparator()
        menu.addAction(VARY).triggered.connect(lambda _on=False: self.vary_requested.emit(name))
        return menu

    def show_problem(self, name: str, text: str) -> None:
        """Say below an option why its value cannot be; "" takes back what was said of any."""
        if self._problem is not None:
            self._rows.removeRow(self._problem)
            self._problem = None
        if not text:
            return
        self._problem = PlainLabel(text)
        self._problem.setObjectName("error")
        self._problem.setWordWrap(True)
        self._problem.setAccessibleName(f"{self.names[name]}: {text}")
        row = self.editors[name] if name not in self.resets else self.resets[name].parentWidget()
        assert row is not None
        # The first of the position is the row; the bindings do not name its type.
        at: Any = self._rows.getWidgetPosition(row)
        self._rows.insertRow(at[0] + 1, self._problem)

    def _with_reset(self, option: Option, editor: QWidget) -> QWidget:
        """The editor and a button that puts the default back, shown where it differs."""
        row = QWidget()
        line = QHBoxLayout(row)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(2)
        button = QToolButton()
        button.setObjectName("reset")
        button.setIcon(icon("reset", theme.colours.muted))
        button.setAutoRaise(True)
        button.setToolTip(f"Reset to {_show(option.default)}")
        button.setAccessibleName(f"{self.names[option.name]}: reset to {_show(option.default)}")
        button.clicked.connect(lambda: self.changed.emit(option.name, option.default))
        policy = button.sizePolicy()
        # The editors stay lined up whether or not the button is seen.
        policy.setRetainSizeWhenHidden(True)
        button.setSizePolicy(policy)
        line.addWidget(editor, 1)
        line.addWidget(button)
        self.resets[option.name] = button
        return row

    def follow(self, before: QWidget) -> None:
        """Let Tab come here from another widget, row by row: Qt appends what is made later to the end."""
        for name, editor in self.editors.items():
            QWidget.setTabOrder(before, editor)
            before = editor
            if name in self.resets:
                QWidget.setTabOrder(before, self.resets[name])
                before = self.resets[name]

    def offer(
        self, name: str, titles: Mapping[str, str], nothing: str = "own weights", fewest: int = 2
    ) -> None:
        """What can be chosen for an option that names a layer, or one of those that are listed: values and
        what to show for them; ``nothing`` is shown for "". A listed one has a row where there are ``fewest``.
        """
        box = self.editors[name]
        assert isinstance(box, QComboBox)
        if name in self._listed:
            self._rows.setRowVisible(self._fields[name], len(titles) >= fewest)
        entries = {"": nothing, **titles}
        if entries == {box.itemData(i): box.itemText(i) for i in range(box.count())}:
            return
        with QSignalBlocker(box):
            chosen = box.currentData()
            box.clear()
            for value, title in entries.items():
                box.addItem(title, value)
            box.setCurrentIndex(max(box.findData(chosen), 0))
        box.updateGeometry()

    def _editor(self, option: Option, titles: Mapping[str, str]) -> QWidget:
        def tell(value: Any) -> None:
            self.changed.emit(option.name, value)

        if option.choices or option.names_layer or option.name in self._listed:
            box = narrow(FieldBox())
            for choice in option.choices:
                box.addItem(titles.get(choice, choice), choice)
            box.currentIndexChanged.connect(lambda _i: tell(box.currentData()))
            return box
        if isinstance(option.default, bool):
            check = QCheckBox()
            check.clicked.connect(lambda: tell(check.checkState() == Qt.CheckState.Checked))
            return check
        if isinstance(option.default, int):
            high = BIG if option.high is None else int(min(BIG, option.high))
            spin = WholeEdit(self.names[option.name], int(option.low or 0), high, option.unit)
            spin.call_zero(option.zero)
            # As high as the other fields.
            spin.setMinimumHeight(QLineEdit().sizeHint().height())
            spin.setAccelerated(True)
            # Less than its unit and its largest number take, so that a narrow panel shows its arrows.
            spin.setMinimumWidth(NARROWEST)
            spin.valueChanged.connect(lambda v: tell(v) if not spin.shows_word else None)
            return spin
        if isinstance(option.default, float):
            number = NumberEdit(option, self.names[option.name])
            # Of "0.125" no narrow panel may show "125".
            number.setMinimumWidth(NARROWEST)
            number.value_edited.connect(tell)
            return number
        text = TextEdit(self._reader(option), titles)
        text.value_edited.connect(tell)
        return text

    def _reader(self, option: Option) -> Callable[[str], None]:
        def read(text: str) -> None:
            try:
                if option.reads is not None:
                    option.reads(text)
            except ValueError as error:
                raise ValueError(self._words(str(error))) from error
            if fault := self.judge(option.name, text):
                raise ValueError(self._words(fault))

        return read


def _with_help(option: Option, field: QWidget) -> QWidget:
    """The field with the option's help below it."""
    column = QWidget()
    lines = QVBoxLayout(column)
    lines.setContentsMargins(0, 0, 0, 0)
    lines.setSpacing(2)
    told = PlainLabel(option.help)
    told.setObjectName("muted")
    told.setWordWrap(True)
    for widget in (field, told):
        lines.addWidget(widget)
    return column


def explain(option: Option) -> str:
    """Help, range and default of an option, in a line or two."""
    lines = [option.help]
    if not option.choices and not isinstance(option.default, bool | str):
        low, high = (_show(v) if v is not None else "" for v in (option.low, option.high))
        span = f"{low} to {high}" if low and high else f"{low} or more" if low else f"up to {high}"
        unit = f" {option.unit}" if option.unit else ""
        lines.append(f"{span if low or high else 'any number'}{unit}; default {_show(option.default)}{unit}")
    elif option.default != "":
        lines.append(f"Default: {_show(option.default)}")
    return "\n".join(lines)


def _show(value: Any) -> str:
    if isinstance(value, bool):
        return on_or_off(value)
    return f"{value:g}" if isinstance(value, float) else str(value) or "empty"


def _show_mixed(editor: QWidget) -> None:
    if isinstance(editor, QComboBox):
        editor.setPlaceholderText(MIXED_TEXT)
        editor.setCurrentIndex(-1)
    elif isinstance(editor, QCheckBox):
        editor.setTristate(True)
        editor.setCheckState(Qt.CheckState.PartiallyChecked)
    elif isinstance(editor, NumberEdit | WholeEdit):
        editor.show_mixed()
    elif isinstance(editor, TextEdit):
        editor.show_mixed(MIXED_TEXT)


def _set(editor: QWidget, value: Any) -> None:
    if isinstance(editor, QComboBox):
        editor.setCurrentIndex(max(editor.findData(value), 0))
    elif isinstance(editor, QCheckBox):
        editor.setTristate(False)
        editor.setChecked(bool(value))
    elif isinstance(editor, WholeEdit):
        editor.set_value(int(value))
    elif isinstance(editor, NumberEdit):
        editor.set_value(float(value))
    elif isinstance(editor, TextEdit):
        editor.set_value(str(value))
