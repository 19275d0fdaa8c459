"""What the kept runs take of what they may take, and the way to change that."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from nnstudio.runs.room import in_bytes
from nnstudio.ui.runs.room_dialog import RoomDialog
from nnstudio.ui.widgets.plain_text import PlainLabel

TIP = (
    "What the kept runs take on disk, and the most that they may take. Beyond that, the oldest runs that are "
    "not pinned lose their weights first, and then go."
)
CHANGE = "Change how much room the kept runs may take"


class RoomLine(QWidget):
    """Request: limit_requested(bytes)."""

    # As an object: more than an int of C holds.
    limit_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.told, self.change = PlainLabel(), QPushButton("Change…")
        self.told.setObjectName("muted")
        self.told.setToolTip(TIP)
        self.change.setObjectName("link")
        self.change.setToolTip(CHANGE)
        self.change.setAccessibleName(CHANGE)
        self.change.clicked.connect(lambda _on=False: self._ask())
        self._used = self._limit = 0
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.told)
        row.addWidget(self.change)
        self.change.hide()

    def show_room(self, used: int, limit: int) -> None:
        """Both in bytes."""
        self._used, self._limit = used, limit
        self.told.setText(f"{in_bytes(used)} of at most {in_bytes(limit)}")
        self.change.show()

    def _ask(self) -> None:
        RoomDialog(self._used, self._limit, self.limit_requested.emit, self).open()
