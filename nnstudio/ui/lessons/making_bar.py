"""The bar of the studio that says that a lesson is being made: what is recorded or tried, and the way out."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from nnstudio.ui.widgets.message_bar import MessageBar

RECORDING = "● Recording {}: what you do here becomes actions of the lesson."
TRYING = "You are trying “{}” as a learner. Your own project comes back, as you left it."


class MakingBar(MessageBar):
    """Hidden until something is recorded or tried. Requests: stop_requested() of the recording;
    back_requested() to the editor.
    """

    stop_requested = Signal()
    back_requested = Signal()

    def __init__(self) -> None:
        self.stop, self.back = QPushButton("Stop recording"), QPushButton("Back to the editor")
        super().__init__(self.stop, self.back)
        self.text.setAccessibleName("A lesson is being made")
        self.stop.clicked.connect(lambda _on=False: self.stop_requested.emit())
        self.back.clicked.connect(lambda _on=False: self.back_requested.emit())

    def show_making(self, recorded: str, tried: str) -> None:
        """Say what is recorded, such as “the solution of step 2”, and the title of what is tried; "" for
        nothing.
        """
        told = [RECORDING.format(recorded)] if recorded else [TRYING.format(tried)] if tried else []
        self.text.setText("".join(told))
        self.stop.setVisible(bool(recorded))
        self.back.setVisible(bool(tried))
        self.setVisible(bool(told))
