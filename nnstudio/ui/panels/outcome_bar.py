"""The bar above the canvas that says, when a run has ended, what came out; leads to Results and Problems."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from nnstudio.ui.widgets.message_bar import MessageBar


class OutcomeBar(MessageBar):
    """Hidden until a run has ended. Requests: results_requested(), problems_requested()."""

    results_requested, problems_requested = Signal(), Signal()

    def __init__(self) -> None:
        self.results, self.dismiss = QPushButton("Results"), QPushButton("Dismiss")
        self.problems = QPushButton("Problems")
        super().__init__(self.problems, self.results, self.dismiss)
        self.problems.setToolTip("Show what the doctor says of it, and what helps")
        self.problems.clicked.connect(self.problems_requested)
        self.problems.hide()
        self.setObjectName("outcome")
        self.text.setAccessibleName("What came out of the run")
        self.results.setToolTip("Show where the network is right and wrong, sample by sample")
        self.dismiss.setToolTip("Hide this message; the panel Results stays")
        self.results.clicked.connect(self.results_requested)
        self.dismiss.clicked.connect(lambda: self.say(""))
        # While an earlier step is looked at, the end is not what is seen.
        self._is_past = False

    def say(self, text: str) -> None:
        """Show a sentence; empty hides the bar."""
        self.text.setText(text)
        self._show()

    def show_problem(self, is_there: bool) -> None:
        """Lead to the Problems, where the sentence is of one."""
        self.problems.setVisible(is_there)

    def set_past(self, is_past: bool) -> None:
        """Whether an earlier step is looked at."""
        if is_past != self._is_past:
            self._is_past = is_past
            self._show()

    def _show(self) -> None:
        self.setVisible(bool(self.text.text()) and not self._is_past)
