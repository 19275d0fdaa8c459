"""The bar above the canvas that says, when a run has ended, what came out, and leads to where it is seen."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from nnstudio.ui.widgets.message_bar import MessageBar

LEADS = {"results": "Show where the network is right and wrong, sample by sample"}


class OutcomeBar(MessageBar):
    """Hidden until a run has ended. Requests: view_requested(name), problems_requested(). Signal:
    dismissed() by a person.
    """

    view_requested = Signal(str)
    problems_requested, dismissed = Signal(), Signal()

    def __init__(self) -> None:
        self.to_view, self.dismiss = QPushButton(), QPushButton("Dismiss")
        self.problems = QPushButton("Problems")
        super().__init__(self.problems, self.to_view, self.dismiss)
        self.problems.setToolTip("Show what the doctor says of it, and what helps")
        self.problems.clicked.connect(self.problems_requested)
        self.problems.hide()
        self.setObjectName("outcome")
        self.text.setAccessibleName("What came out of the run")
        self.lead_to("results", "Results")
        self.to_view.clicked.connect(lambda: self.view_requested.emit(self._view))
        self.dismiss.clicked.connect(lambda: self.say(""))
        self.dismiss.clicked.connect(self.dismissed)
        # While an earlier step is looked at, the end is not what is seen.
        self._is_past = False

    def say(self, text: str) -> None:
        """Show a sentence; empty hides the bar."""
        self.text.setText(text)
        self._show()

    def lead_to(self, view: str, title: str) -> None:
        """Let the button lead to this view, by its name and title."""
        self._view = view
        self.to_view.setText(title)
        self.to_view.setToolTip(LEADS.get(view, f"Show what is generated, in the panel {title}"))
        self.dismiss.setToolTip(f"Hide this message; the panel {title} stays")

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
