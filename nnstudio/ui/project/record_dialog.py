"""How large the replay of a training is to be, before it is recorded: its pixels, and about its bytes."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QDialog, QFormLayout, QPushButton, QWidget

from nnstudio.model.quantity import counted
from nnstudio.runs.room import in_bytes
from nnstudio.ui.project.recorder import WIDTH, bytes_of, sized
from nnstudio.ui.run.inquiries import Inquiries
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.dialog_rows import lay_out
from nnstudio.ui.widgets.plain_text import PlainLabel

# Widths in pixels that are offered where the picture on the screen has more.
WIDTHS = (480, 720, WIDTH, 1400, 2000)
MEASURING, TOLD = "{}: measuring how large the file will be …", "{}: a file of at most about {}."
UNKNOWN = "{}. How large the file will be is not known: {}"
TIP = "Measured on one picture as it is now. What stands still from one picture to the next takes no room."


class RecordDialog(QDialog):
    """``record`` is called with the width in pixels that a person chose."""

    def __init__(
        self,
        parent: QWidget,
        picture: QImage,
        pictures: int,
        inquiries: Inquiries,
        record: Callable[[int], None],
    ) -> None:
        """``picture`` is what is recorded as it looks now; ``pictures``: how many there will be."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Record the training")
        self._picture, self._pictures, self._inquiries, self._record = picture, pictures, inquiries, record
        # Late answers are on another size.
        self._number = 0
        self.size_choice = ChoiceBox()
        self.size_choice.setAccessibleName("Size of the pictures")
        for width in [*(w for w in WIDTHS if w < picture.width()), picture.width()]:
            height = sized(picture, width).height()
            on_screen = ", as on the screen" if width == picture.width() else ""
            self.size_choice.addItem(f"{width:,} × {height:,} pixels{on_screen}", width)
        self.size_choice.setCurrentIndex(max(self.size_choice.findData(min(WIDTH, picture.width())), 0))
        self.told = PlainLabel()
        self.told.setObjectName("muted")
        self.told.setWordWrap(True)
        self.told.setToolTip(TIP)
        form = QFormLayout()
        form.addRow("&Size", self.size_choice)
        self.record_button, cancel = QPushButton("&Choose a file…"), QPushButton("Cancel")
        self.record_button.setDefault(True)
        self.record_button.clicked.connect(self._on_record)
        cancel.clicked.connect(self.reject)
        lay_out(self, (form, self.told), (cancel, self.record_button))
        self.setMinimumWidth(60 * self.fontMetrics().averageCharWidth())
        self.size_choice.currentIndexChanged.connect(lambda _i: self._measure())
        self.finished.connect(lambda _result: self._forget())
        self._measure()

    def _forget(self) -> None:
        self._number += 1

    def _measure(self) -> None:
        """Find out on another thread how many bytes a picture of this size has."""
        self._number += 1
        number, width = self._number, int(self.size_choice.currentData())
        many = counted(self._pictures, "picture")
        self.told.setText(MEASURING.format(many))

        def tell(text: str) -> None:
            if number == self._number:
                self.told.setText(text)

        self._inquiries.in_background(
            partial(bytes_of, self._picture, width),
            lambda size: tell(TOLD.format(many, in_bytes(size * self._pictures))),
            lambda error: tell(UNKNOWN.format(many, error)),
        )

    def _on_record(self) -> None:
        width = int(self.size_choice.currentData())
        self.accept()
        self._record(width)
