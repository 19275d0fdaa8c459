"""The line at the bottom: size of the network, passing remarks, and how far the compute core is."""

from __future__ import annotations

from PySide6.QtWidgets import QLabel, QProgressBar, QStatusBar

MESSAGE_MS = 8000


class Status(QStatusBar):
    """The window's status bar."""

    def __init__(self) -> None:
        super().__init__()
        self.progress = QProgressBar()
        self.progress.setMaximumWidth(260)
        self.progress.setTextVisible(False)
        self.progress.hide()
        self.progress_text = QLabel("Compiling the compute core (only once on this machine)")
        self.progress_text.hide()
        self.summary = QLabel()
        self.addWidget(self.summary)
        self.addPermanentWidget(self.progress_text)
        self.addPermanentWidget(self.progress)

    def tell(self, text: str) -> None:
        """A remark that goes by itself."""
        self.showMessage(text, MESSAGE_MS)

    def show_warming(self, done: int, total: int) -> None:
        """How many operators are compiled."""
        busy = done < total
        self.progress.setVisible(busy)
        self.progress_text.setVisible(busy)
        self.progress.setRange(0, total)
        self.progress.setValue(done)

    def show_size(self, nodes: int, parameters: int, problems: int) -> None:
        """The network in numbers."""
        text = f"{nodes} nodes, {parameters:,} parameters"
        self.summary.setText(text + (f", {problems} to fix" if problems else ""))
