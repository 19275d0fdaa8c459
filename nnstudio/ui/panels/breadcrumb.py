"""The way from the network to the sub-network that is open; each step leads back."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton

from nnstudio.model.locations import Path
from nnstudio.ui.widgets.plain_text import PlainLabel, on_button


class Breadcrumb(QFrame):
    """Shown inside sub-networks only; ``asked(path)``."""

    asked = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("breadcrumb")
        self.setAccessibleName("Where you are")
        self.row = QHBoxLayout(self)
        self.row.setContentsMargins(12, 5, 12, 5)
        self.row.setSpacing(6)
        self.hide()

    def show_path(self, location: Sequence[str], path: Path) -> None:
        """The steps to a path, whose nodes have the names of ``location``; hidden at the network itself."""
        while self.row.count():
            item = self.row.takeAt(0)
            widget = item.widget() if item is not None else None
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        for depth, name in enumerate(("Network", *location)):
            if depth:
                arrow = QLabel("›")
                arrow.setObjectName("muted")
                self.row.addWidget(arrow)
            if depth == len(path):
                here = PlainLabel(name)
                here.setObjectName("heading")
                self.row.addWidget(here)
                continue
            step = QPushButton(on_button(name))
            step.setFlat(True)
            step.setObjectName("link")
            step.setToolTip("Back to here (Ctrl+Up goes one step out)")
            step.clicked.connect(lambda _on=False, d=depth: self.asked.emit(path[:d]))
            self.row.addWidget(step)
        self.row.addStretch(1)
        self.setVisible(bool(path))
