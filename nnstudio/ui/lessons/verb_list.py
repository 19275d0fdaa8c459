"""A list of checks, or of actions: each is picked from all that there are, and has a form."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QMenu, QPushButton, QToolButton, QVBoxLayout, QWidget

from nnstudio.lessons.fields import Verb
from nnstudio.lessons.names import Group
from nnstudio.ui.lessons.field_widgets import LineField
from nnstudio.ui.lessons.part_form import Offer, PartForm
from nnstudio.ui.widgets.plain_text import PlainLabel, on_button

Item = dict[str, Any]


class VerbRow(QFrame):
    """A check or an action. Requests: up_requested(), down_requested(), removal_requested()."""

    up_requested = Signal()
    down_requested = Signal()
    removal_requested = Signal()

    def __init__(self, verb: Verb, item: Item, step: Item, offer: Offer) -> None:
        super().__init__()
        self.setObjectName("row")
        self.item, self.form = item, PartForm(verb.fields, offer)
        title, told = PlainLabel(verb.title), PlainLabel(verb.help.replace("\n\n", " ").replace("\n", " "))
        title.setObjectName("cardtitle")
        told.setObjectName("muted")
        told.setWordWrap(True)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        for sign, words, request in (
            ("↑", "up", self.up_requested), ("↓", "down", self.down_requested),
            ("✕", "remove", self.removal_requested),
        ):  # fmt: skip
            button = tool(sign, f"{verb.title}: {words}")
            button.clicked.connect(lambda _on=False, r=request: r.emit())
            head.addWidget(button)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(10, 6, 6, 8)
        rows.setSpacing(4)
        rows.addLayout(head)
        rows.addWidget(told)
        rows.addWidget(self.form)
        self.form.setVisible(bool(verb.fields))
        self.form.show_part(item, step)

    def show_usual(self, sentence: str) -> None:
        """Show what a check says by itself, where other words can be written; "" where that is not known."""
        own = self.form.editors.get("otherwise")
        if isinstance(own, LineField):
            own.show_example(sentence)


class VerbList(QWidget):
    """Edits a list of dictionaries. Signals: changed(); removed(title, list, index, item)."""

    changed = Signal()
    removed = Signal(str, object, int, object)

    def __init__(self, what: str, verbs: Mapping[str, Verb], offer: Offer) -> None:
        """``what`` it is a list of, as one of them is called: "check"."""
        super().__init__()
        self.what, self.verbs, self.offer = what, verbs, offer
        self.items: list[Item] = []
        self.step: Item = {}
        self.rows: list[VerbRow] = []
        self.add = plain_button(f"Add {'an' if what[0] in 'aeiou' else 'a'} {what}")
        self.add.setMenu(self._menu())
        below = QHBoxLayout()
        below.addWidget(self.add)
        below.addStretch(1)
        self._column = QVBoxLayout()
        self._column.setSpacing(6)
        self.parts = QVBoxLayout(self)
        self.parts.setContentsMargins(0, 0, 0, 0)
        self.parts.setSpacing(6)
        self.parts.addLayout(self._column)
        self.parts.addLayout(below)

    def _menu(self) -> QMenu:
        """All that there is, by what it is about, with a line on each."""
        menu = QMenu(self.add)
        for group in Group:
            verbs = [verb for verb in self.verbs.values() if verb.group == group]
            if not verbs:
                continue
            heading = menu.addAction(str(group))
            heading.setEnabled(False)
            font = heading.font()
            font.setBold(True)
            heading.setFont(font)
            for verb in verbs:
                action = menu.addAction(on_button(f"{verb.title} – {verb.line}"))
                action.triggered.connect(partial(self.append, verb.word))
        return menu

    def show_items(self, items: list[Item], step: Item) -> None:
        """Edit this list, of a step, from now on."""
        self.items, self.step = items, step
        self.refresh()

    def refresh(self) -> None:
        """Show the list as it is now."""
        for row in self.rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self.rows = [self._row(item) for item in self.items]
        for at, row in enumerate(self.rows):
            self._column.insertWidget(at, row)

    def _row(self, item: Item) -> VerbRow:
        verb = next(verb for verb in self.verbs.values() if item.get(verb.key) == verb.word)
        row = VerbRow(verb, item, self.step, self.offer)
        row.form.changed.connect(self.changed)
        row.up_requested.connect(partial(self._move, item, -1))
        row.down_requested.connect(partial(self._move, item, 1))
        row.removal_requested.connect(partial(self._remove, item))
        return row

    def append(self, word: str, _checked: bool = False) -> None:
        """Add a check or an action with nothing in it."""
        self.extend([{self.verbs[word].key: word}])
        self.rows[-1].form.setFocus(Qt.FocusReason.OtherFocusReason)

    def extend(self, items: list[Item]) -> None:
        """Add some behind those that are there."""
        self.items += items
        self.refresh()
        self.changed.emit()

    def _index(self, item: Item) -> int:
        # Two may be equal, and still not be the same.
        return next(at for at, one in enumerate(self.items) if one is item)

    def _move(self, item: Item, by: int) -> None:
        at = self._index(item)
        if 0 <= at + by < len(self.items):
            self.items.insert(at + by, self.items.pop(at))
            self.refresh()
            self.changed.emit()

    def _remove(self, item: Item) -> None:
        at = self._index(item)
        del self.items[at]
        self.refresh()
        self.removed.emit(f"The {self.what} was removed.", self.items, at, item)
        self.changed.emit()


def tool(sign: str, name: str) -> QToolButton:
    """A small button with a sign on it; ``name`` says what it is for, and behind a colon what it does."""
    button = QToolButton()
    button.setText(sign)
    button.setAutoRaise(True)
    button.setAccessibleName(name)
    button.setToolTip(name.rpartition(": ")[2].capitalize())
    return button


def plain_button(text: str) -> QPushButton:
    """A button that Enter elsewhere never presses."""
    button = QPushButton(text)
    button.setAutoDefault(False)
    return button
