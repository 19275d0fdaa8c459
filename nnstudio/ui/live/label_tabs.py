"""Results of labels, each of which holds or not: figures of each one, and its confusion matrix."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nnstudio.explain.label_results import LabelResults
from nnstudio.ui.live.confusion import ConfusionMatrix
from nnstudio.ui.live.figure_table import FigureTable, in_percent
from nnstudio.ui.widgets.choice_box import StillBox, narrow

HEADS = (
    ("Label", "A target column that holds or not"),
    ("Right", "The share of the samples of which it is predicted right, whether it holds or not"),
    ("Precision", "Of the samples that are predicted to have it, the share that has it"),
    ("Recall", "Of the samples that have it, the share that is predicted to"),
)


class LabelTable(FigureTable):
    """A row for each label."""

    def __init__(self) -> None:
        super().__init__("How well each label is predicted", HEADS)

    def draw(self, results: LabelResults) -> None:
        """Show these figures."""
        shares = zip(results.accuracy, results.precision, results.recall, strict=True)
        self.show_rows(
            [(name, *map(in_percent, figures)) for name, figures in zip(results.names, shares, strict=True)]
        )


class LabelMatrix(QWidget):
    """The confusion matrix of one label to choose. Signal: chosen() when it is another."""

    chosen = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.label, self.matrix = narrow(StillBox()), ConfusionMatrix()
        self.label.setAccessibleName("Label whose confusion matrix is shown")
        self.label.currentIndexChanged.connect(lambda _at: self.chosen.emit())
        title = QLabel("Label")
        title.setBuddy(self.label)
        choice = QHBoxLayout()
        choice.addWidget(title)
        choice.addWidget(self.label, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 4, 0, 0)
        rows.setSpacing(4)
        rows.addLayout(choice)
        rows.addWidget(self.matrix, 1)

    def draw(self, results: LabelResults) -> None:
        """Show the counts of the label that is chosen."""
        names = list(results.names)
        if names != [self.label.itemText(i) for i in range(self.label.count())]:
            before = self.label.currentText()
            with QSignalBlocker(self.label):
                self.label.clear()
                self.label.addItems(names)
                self.label.setCurrentIndex(max(self.label.findText(before), 0))
        self.matrix.draw(results.of(self.label.currentIndex()))
