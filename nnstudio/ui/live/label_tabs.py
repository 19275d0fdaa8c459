"""Results of labels, each of which holds or not: figures of each one, and its confusion matrix."""

from __future__ import annotations

from nnstudio.explain.label_results import LabelResults
from nnstudio.ui.live.confusion import ConfusionMatrix
from nnstudio.ui.live.figure_table import FigureTable, in_percent
from nnstudio.ui.live.labelled_choice import LabelledChoice

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


class LabelMatrix(LabelledChoice):
    """The confusion matrix of one label to choose."""

    def __init__(self) -> None:
        super().__init__("Label", "Label whose confusion matrix is shown")
        self.matrix = ConfusionMatrix()
        self.rows.addWidget(self.matrix, 1)

    def draw(self, results: LabelResults) -> None:
        """Show the counts of the label that is chosen."""
        self.matrix.draw(results.of(self.fill(results.names)))
