"""Where pictures of one's own are drawn: a pad, the classes, and what was drawn so far."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from nnkernels.spec import SpecError
from nnstudio.data.dataset import DataError, sources
from nnstudio.data.own_pictures import (
    MOST,
    Drawings,
    class_names,
    drawings_of,
    notes_on_counts,
    renamed,
    too_many,
    write,
)
from nnstudio.ui.data.picture_grid import mosaic
from nnstudio.ui.widgets.pad import Pad
from nnstudio.ui.widgets.plain_text import PlainLabel

EDGE = 48
# In the order of a keyboard: 0 stands after 9 there.
DIGITS = (*(Qt.Key(Qt.Key.Key_1 + i) for i in range(9)), Qt.Key.Key_0)
INDEX = Qt.ItemDataRole.UserRole
NOTHING = Drawings(np.zeros((0, 28, 28), np.float32), np.zeros(0, np.int64))


class DrawingBoard(QWidget):
    """Request: options_requested(mapping), the options of `data.own_pictures` that a person changed."""

    options_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._drawings = NOTHING
        self._names: tuple[str, ...] = ()
        self.pad = Pad()
        self.pad.setAccessibleName("Drawing pad")
        self.pad.setMinimumSize(110, 110)
        self.classes = QListWidget()
        self.classes.setAccessibleName("Classes")
        self.classes.setToolTip("The class of the next picture; double-click or F2 renames it")
        self.classes.setMaximumWidth(220)
        self.classes.itemChanged.connect(self._on_renamed)
        self.add_class = QPushButton("Another class")
        self.add_class.clicked.connect(self._on_add_class)
        self.remove_class = QPushButton("Remove the class")
        self.remove_class.setToolTip("Removes the class and its pictures; Undo brings them back")
        self.remove_class.clicked.connect(self._on_remove_class)
        self.add = QPushButton("Add the picture")
        self.add.setObjectName("primary")
        self.add.setToolTip("Enter; a digit adds it to the class of that number, 0 to the tenth")
        self.add.clicked.connect(lambda: self._add(self.classes.currentRow()))
        self.clear = QPushButton("Clear")
        self.clear.clicked.connect(self.pad.clear)
        self.said = PlainLabel()
        self.said.setObjectName("muted")
        self.said.setWordWrap(True)
        self.drawn = QListWidget()
        self.drawn.setAccessibleName("Pictures drawn so far")
        self.drawn.setViewMode(QListWidget.ViewMode.IconMode)
        self.drawn.setIconSize(QSize(EDGE, EDGE))
        self.drawn.setGridSize(QSize(EDGE + 24, EDGE + 14))
        self.drawn.setResizeMode(QListWidget.ResizeMode.Adjust)
        self.drawn.setMovement(QListWidget.Movement.Static)
        self.drawn.setSelectionMode(QListWidget.SelectionMode.ExtendedSelection)
        self.drawn.itemSelectionChanged.connect(self._on_selected)
        self.remove = QPushButton("Remove")
        self.remove.setToolTip("Removes the chosen pictures (Delete); Undo brings them back")
        self.remove.clicked.connect(self._on_remove)
        self.remove_all = QPushButton("Remove all pictures")
        self.remove_all.setToolTip("Begins again with these classes; Undo brings the pictures back")
        self.remove_all.clicked.connect(lambda: self.options_requested.emit({"drawings": ";"}))
        self._arrange()

    def _arrange(self) -> None:
        left, middle, buttons = QVBoxLayout(), QVBoxLayout(), QHBoxLayout()
        for button in (self.clear, self.add):
            buttons.addWidget(button)
        left.addWidget(self.pad, 1)
        left.addLayout(buttons)
        middle.addWidget(QLabel("Class of the picture"))
        middle.addWidget(self.classes, 1)
        for button in (self.add_class, self.remove_class):
            middle.addWidget(button)
        right, below = QVBoxLayout(), QHBoxLayout()
        below.addWidget(self.said, 1)
        below.addWidget(self.remove)
        below.addWidget(self.remove_all)
        right.addWidget(self.drawn, 1)
        right.addLayout(below)
        columns = QHBoxLayout(self)
        columns.setContentsMargins(14, 8, 14, 12)
        columns.setSpacing(14)
        columns.addLayout(left, 3)
        columns.addLayout(middle, 2)
        columns.addLayout(right, 4)

    def show_options(self, given: Mapping[str, Any]) -> None:
        """Show the classes and pictures that options hold; what is on the pad stays."""
        names: tuple[str, ...] = ()
        try:
            options = sources["own_pictures"].complete(given)
            names = class_names(options["classes"])
            drawings = drawings_of(options)
        except (DataError, SpecError) as error:
            self._show_unreadable(names, str(error))
            return
        self._names = names
        self._allow(True)
        size = options["size"]
        if self.pad.pixels.shape != (size, size):
            self.pad.set_size(size, size)
        is_same = np.array_equal(drawings.pictures, self._drawings.pictures)
        self._drawings = drawings
        self._show_classes()
        if not is_same or self.drawn.count() != len(drawings.classes):
            self._show_drawn()
        else:
            self._name_drawn()
        counts = [int((drawings.classes == i).sum()) for i in range(len(self._names))]
        told = ", ".join(f"{name}: {count}" for name, count in zip(self._names, counts, strict=True))
        self.said.setText(" ".join((f"{told}.", *notes_on_counts(self._names, drawings))))
        self._on_selected()

    def _show_unreadable(self, names: tuple[str, ...], why: str) -> None:
        """Nothing can be drawn, so that pictures that do not fit are there when the options are set back."""
        self._names, self._drawings = names, NOTHING
        self._show_classes()
        self._show_drawn()
        self._on_selected()
        self._allow(False)
        self.said.setText(why)

    def _allow(self, drawing: bool) -> None:
        for widget in (self.pad, self.classes, self.add, self.clear, self.add_class, self.remove_class):
            widget.setEnabled(drawing)
        self.remove_all.setVisible(not drawing and bool(self._names))

    def _show_classes(self) -> None:
        row = max(self.classes.currentRow(), 0)
        with QSignalBlocker(self.classes):
            self.classes.clear()
            for name in self._names:
                item = QListWidgetItem(name)
                item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
                self.classes.addItem(item)
            self.classes.setCurrentRow(min(row, len(self._names) - 1))
        self.remove_class.setEnabled(len(self._names) > 2)

    def _show_drawn(self) -> None:
        self.drawn.clear()
        order = np.argsort(self._drawings.classes, kind="stable")
        for index in order:
            picture = self._drawings.pictures[index][None, :, :, None]
            item = QListWidgetItem(QIcon(QPixmap.fromImage(mosaic(picture))), "")
            item.setData(INDEX, int(index))
            self.drawn.addItem(item)
        self._name_drawn()

    def _name_drawn(self) -> None:
        for item in (self.drawn.item(i) for i in range(self.drawn.count())):
            name = self._names[int(self._drawings.classes[item.data(INDEX)])]
            item.setText(name)
            item.setData(Qt.ItemDataRole.AccessibleTextRole, f"A picture of {name}")

    # What a person does

    def _add(self, which: int) -> None:
        if not (self.add.isEnabled() and 0 <= which < len(self._names)):
            return
        if len(self._drawings.classes) >= MOST:
            self.said.setText(too_many(len(self._drawings.classes) + 1))
            return
        if not self.pad.pixels.any():
            self.said.setText("The pad is empty. Draw something first.")
            return
        self.classes.setCurrentRow(which)
        drawings = self._drawings.added(self.pad.pixels, which)
        self.pad.set_size(*self.pad.pixels.shape)
        self._ask({"drawings": write(drawings)})

    def _on_remove(self) -> None:
        drawings = self._drawings
        for index in sorted((item.data(INDEX) for item in self.drawn.selectedItems()), reverse=True):
            drawings = drawings.without(index)
        self._ask({"drawings": write(drawings) or ";"})

    def _on_selected(self) -> None:
        self.remove.setEnabled(bool(self.drawn.selectedItems()))

    def _on_renamed(self, item: QListWidgetItem) -> None:
        row = self.classes.row(item)
        if item.text().strip() == self._names[row]:
            return
        try:
            self._ask({"classes": renamed(self._names, row, item.text())})
        except DataError as error:
            self._show_classes()
            self.said.setText(str(error))

    def _on_add_class(self) -> None:
        number = len(self._names) + 1
        while f"class {number}" in self._names:
            number += 1
        self._ask({"classes": ", ".join([*self._names, f"class {number}"])})
        self.classes.setCurrentRow(self.classes.count() - 1)

    def _on_remove_class(self) -> None:
        row, drawings = self.classes.currentRow(), self._drawings
        kept = drawings.classes != row
        classes = drawings.classes[kept]
        left = Drawings(drawings.pictures[kept], np.where(classes > row, classes - 1, classes))
        names = ", ".join(name for i, name in enumerate(self._names) if i != row)
        self._ask({"classes": names, "drawings": write(left) or ";"})

    def _ask(self, changed: Mapping[str, Any]) -> None:
        # What there was to begin with is kept from here on.
        whole = {"drawings": write(self._drawings) or ";", **changed}
        self.options_requested.emit(whole)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key = event.key()
        if key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._add(self.classes.currentRow())
        elif key in DIGITS:
            self._add(DIGITS.index(Qt.Key(key)))
        elif key == Qt.Key.Key_Delete and self.drawn.hasFocus() and self.drawn.selectedItems():
            self._on_remove()
        else:
            super().keyPressEvent(event)
