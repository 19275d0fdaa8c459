"""The bar above the canvas that says that an earlier step is looked at, and leads back or on from there."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton

from nnstudio.ui.widgets.message_bar import MessageBar


class PastBar(MessageBar):
    """Hidden while the network is seen as it is now. Requests: back_requested(), continue_requested()."""

    back_requested = Signal()
    continue_requested = Signal()

    def __init__(self) -> None:
        self.back, self.go_on = QPushButton("Back to now"), QPushButton()
        super().__init__(self.go_on, self.back)
        self.setObjectName("past")
        # Else a plain widget has no background.
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.text.setAccessibleName("An earlier step is looked at")
        self.go_on.setToolTip(
            "Train on from the step that is shown. What was learned after it stays under Runs, and Undo "
            "brings it back"
        )
        self.back.setToolTip("Show the network as it is now")
        self.back.clicked.connect(self.back_requested)
        self.go_on.clicked.connect(self.continue_requested)

    def show_past(self, step: int | None, now: int) -> None:
        """Say which step is looked at; None: none of the past."""
        if step is not None:
            # Beside it another button says Continue, too: this one names the step.
            self.go_on.setText(f"Continue from step {step:,}")
            self.text.setText(
                f"You are looking back at step {step:,}. The network is at step {now:,} now; training waits."
            )
        self.setVisible(step is not None)
