"""The actions of a step: its solution and its wrong ways, picked or recorded."""

from __future__ import annotations

from functools import partial
from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from nnstudio.lessons.fields import actions
from nnstudio.ui.lessons.part_form import Offer
from nnstudio.ui.lessons.verb_list import VerbList, plain_button, tool
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import restyle

Way = list[dict[str, Any]]
RECORD, STOP = "● Record", "■ Stop recording"
RECORD_TIP = (
    "Do it in the studio while this is on: weights, options, settings, data, layers, training, panels and "
    "clicks on nodes become actions. So does an answer to the question, where you try the lesson meanwhile."
)


class ActionList(VerbList):
    """Request: record_requested(on).

    Attributes:
        what_it_is: as the middle of a sentence.
    """

    record_requested = Signal(bool)

    def __init__(self, offer: Offer, what_it_is: str) -> None:
        super().__init__("action", actions(), offer)
        self.what_it_is = what_it_is
        self.record = plain_button(RECORD)
        self.record.setCheckable(True)
        self.record.setToolTip(RECORD_TIP)
        self.record.clicked.connect(self.record_requested)
        # Above what is recorded: it must not move away while that grows.
        self.parts.insertWidget(0, self.record, 0, Qt.AlignmentFlag.AlignLeft)
        self.show_recording(False)

    def stop_recording(self) -> None:
        """As a click on the button does, where it is on."""
        if self.record.isChecked():
            self.record_requested.emit(False)

    def show_recording(self, on: bool) -> None:
        """Whether what is done in the studio is added here."""
        self.record.setChecked(on)
        self.record.setText(STOP if on else RECORD)
        restyle(self.record, "primary" if on else "")


class WrongWays(QWidget):
    """Edits a list of ways. Signals: changed(); removed(title, list, index, item) of an action or a way;
    record_requested(ActionList, on).
    """

    changed = Signal()
    removed = Signal(str, object, int, object)
    record_requested = Signal(object, bool)

    def __init__(self, offer: Offer) -> None:
        super().__init__()
        self.offer = offer
        self.ways: list[Way] = []
        self.lists: list[ActionList] = []
        self._step: dict[str, Any] = {}
        self._parts: list[QWidget] = []
        self.add = plain_button("Add a wrong way")
        self.add.clicked.connect(lambda _on=False: self._add())
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        row = QHBoxLayout()
        row.addWidget(self.add)
        row.addStretch(1)
        self._column.addLayout(row)

    def show_ways(self, ways: list[Way], step: dict[str, Any]) -> None:
        """Edit these ways, of a step, from now on."""
        self.ways, self._step = ways, step
        self.refresh()

    def refresh(self) -> None:
        """Show the ways as they are now; nothing is recorded any more."""
        for own in self.lists:
            own.stop_recording()
        for part in self._parts:
            self._column.removeWidget(part)
            part.hide()
            part.deleteLater()
        self._parts, self.lists = [], []
        for at, way in enumerate(self.ways):
            self._parts.append(self._part(at, way))
            self._column.insertWidget(at, self._parts[-1])

    def _part(self, at: int, way: Way) -> QWidget:
        part, title = QWidget(), PlainLabel(f"Wrong way {at + 1}")
        remove = tool("✕", f"Wrong way {at + 1}: remove")
        remove.clicked.connect(partial(self._remove, at))
        own = ActionList(self.offer, f"wrong way {at + 1}")
        own.show_items(way, self._step)
        own.changed.connect(self.changed)
        own.removed.connect(self.removed)
        own.record_requested.connect(partial(self.record_requested.emit, own))
        self.lists.append(own)
        head = QHBoxLayout()
        head.addWidget(title, 1)
        head.addWidget(remove)
        rows = QVBoxLayout(part)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(4)
        rows.addLayout(head)
        rows.addWidget(own)
        return part

    def _add(self) -> None:
        self.ways.append([])
        self.refresh()
        self.changed.emit()

    def _remove(self, at: int, _on: bool = False) -> None:
        way = self.ways.pop(at)
        self.refresh()
        self.removed.emit("The wrong way was removed.", self.ways, at, way)
        self.changed.emit()
