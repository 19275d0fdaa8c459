"""The bar above the canvas that says, when a run has ended, what came out, and leads to the Results."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QSizePolicy, QWidget

from nnstudio.ui.widgets.plain_text import PlainLabel


class OutcomeBar(QWidget):
    """Hidden until a run has ended. Request: results_requested()."""

    results_requested = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("outcome")
        self.text = PlainLabel()
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.text.setAccessibleName("What came out of the run")
        self.results, self.dismiss = QPushButton("Results"), QPushButton("Dismiss")
        self.results.setToolTip("Show where the network is right and wrong, sample by sample")
        self.dismiss.setToolTip("Hide this message; the panel Results stays")
        self.results.clicked.connect(self.results_requested)
        self.dismiss.clicked.connect(self.hide)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 10, 4)
        for widget in (self.text, self.results, self.dismiss):
            row.addWidget(widget)
        self.hide()

    def say(self, text: str) -> None:
        """Show a sentence; empty hides the bar."""
        self.text.setText(text)
        self.setVisible(bool(text))
