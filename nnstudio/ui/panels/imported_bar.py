"""The bar above the canvas of a network that was imported and has no data yet: what works already, and what
training needs.
"""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from nnkernels.spec import PLACEHOLDER, show_shape
from nnstudio.data.dataset import Dataset
from nnstudio.project import Project
from nnstudio.ui.widgets.message_bar import MessageBar

WORKS = "Imported with its weights: it predicts, exports and compares as it is. Training needs data."
HAS_PLACEHOLDERS = (
    "Imported with placeholders for what no layer computes: it predicts and exports once other layers are in "
    "their places. Training needs data, too."
)


class ImportedBar(MessageBar):
    """Hidden unless there is no data because the network was imported. Requests: data_requested(),
    prediction_requested().
    """

    data_requested, prediction_requested = Signal(), Signal()

    def __init__(self) -> None:
        self.predict, self.choose = QPushButton("Predict a file…"), QPushButton("Choose data…")
        super().__init__(self.predict, self.choose)
        self.predict.setToolTip("Rows of a table, arrays, pictures or sounds")
        self.choose.setToolTip("Show the panel Data, where a file or folder is chosen")
        self.predict.clicked.connect(self.prediction_requested)
        self.choose.clicked.connect(self.data_requested)

    def show_project(self, project: Project) -> None:
        """Say what can be done with it as long as it has never had data."""
        is_whole = _is_whole(project)
        self.text.setText(WORKS if is_whole else HAS_PLACEHOLDERS)
        self.predict.setVisible(is_whole)
        self.setVisible(project.awaits_data)


def _is_whole(project: Project) -> bool:
    return all(node.kind != PLACEHOLDER for node in project.document.graph.nodes)


def told_of_needs(project: Project, known: Dataset) -> str:
    """What data must be like, in a sentence, by what is known of the network."""
    told = f"No data yet. The network takes samples of {show_shape(known.input_shape)}"
    if not _is_whole(project):
        # What a placeholder gives is not known.
        return f"{told}."
    classes, width = known.classes, known.target_width
    gives = f"{len(classes)} classes" if classes else "a number" if width == 1 else f"{width:,} numbers"
    return f"{told} and predicts {gives}."
