"""How much room the kept runs may take on the disk."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QVBoxLayout, QWidget

from nnstudio.runs.room import LEAST, MOST, in_bytes
from nnstudio.ui.widgets.number_fields import WholeEdit
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import restyle

MEGABYTE, STEP, WIDTH, LINES = 2**20, 256, 440, 4
FITS = (
    "When they would take more, the oldest runs that are not pinned lose their weights, and then the oldest "
    "of them go. What went is said."
)
TOO_LARGE = (
    "They take more than that now. The oldest runs that are not pinned lose their weights at once, and then "
    "the oldest of them go, until the rest fits. This cannot be undone: pin what must stay."
)


class RoomDialog(QDialog):
    """``take(bytes)`` is called when a person sets another limit than there was."""

    def __init__(self, used: int, limit: int, take: Callable[[int], None], parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Room for kept runs")
        self._used, self._take, self._before = used, take, limit // MEGABYTE
        self.size_field = WholeEdit("Room for kept runs", LEAST // MEGABYTE, MOST // MEGABYTE, "MB")
        self.size_field.setSingleStep(STEP)
        self.size_field.setGroupSeparatorShown(True)
        # What is typed is judged while it is typed.
        self.size_field.setKeyboardTracking(True)
        self.size_field.set_value(self._before)
        self.told = PlainLabel()
        self.told.setWordWrap(True)
        self.told.setMinimumHeight(LINES * self.told.fontMetrics().lineSpacing())
        self.told.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
        kinds = QDialogButtonBox.StandardButton
        buttons = QDialogButtonBox(kinds.Ok | kinds.Cancel)
        self.ok, self.cancel = buttons.button(kinds.Ok), buttons.button(kinds.Cancel)
        for button in (self.ok, self.cancel):
            button.setAutoDefault(False)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        form = QFormLayout()
        form.addRow("The kept runs take", PlainLabel(in_bytes(used)))
        form.addRow("They may take at &most", self.size_field)
        column = QVBoxLayout(self)
        column.addLayout(form)
        column.addWidget(self.told)
        column.addWidget(buttons)
        # Of the dialog itself, it would be in the place of what larger letters need.
        self.told.setMinimumWidth(WIDTH)
        self.size_field.valueChanged.connect(self._look)
        self._look()

    @property
    def _is_too_large(self) -> bool:
        """Whether what is kept now does not fit."""
        return self.size_field.value() * MEGABYTE < self._used

    def _look(self) -> None:
        self.told.setText(TOO_LARGE if self._is_too_large else FITS)
        restyle(self.told, "wrong" if self._is_too_large else "muted")
        self.ok.setText("Let the oldest go" if self._is_too_large else "OK")
        # Enter must not cost runs.
        (self.cancel if self._is_too_large else self.ok).setDefault(True)

    def accept(self) -> None:
        self.size_field.apply()
        size = self.size_field.value()
        super().accept()
        if size != self._before:
            self._take(size * MEGABYTE)
