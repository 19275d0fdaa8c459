"""The bar above the canvas that names plug-ins and files that could not be loaded."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QSizePolicy, QWidget

from nnkernels.spec.registry import skipped


class SkippedBar(QWidget):
    """Hidden while nothing was skipped that a person has not seen."""

    def __init__(self) -> None:
        super().__init__()
        self.text = QLabel()
        self.text.setObjectName("error")
        self.text.setTextFormat(Qt.TextFormat.PlainText)
        self.text.setWordWrap(True)
        self.text.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Preferred)
        self.dismiss = QPushButton("Dismiss")
        self.dismiss.setToolTip("Hide this message; everything else works")
        self.dismiss.clicked.connect(self._on_dismissed)
        row = QHBoxLayout(self)
        row.setContentsMargins(10, 4, 10, 4)
        row.addWidget(self.text)
        row.addWidget(self.dismiss)
        self._seen: set[str] = set()
        self.refresh()

    def refresh(self) -> None:
        """Look again: registries load when they are first needed."""
        fresh = [sentence for sentence in skipped() if sentence not in self._seen]
        self.text.setText("\n".join(fresh))
        self.setVisible(bool(fresh))

    def _on_dismissed(self) -> None:
        self._seen |= set(skipped())
        self.refresh()
