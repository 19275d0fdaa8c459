"""How well each class is predicted: a row for each, with its precision and its recall."""

from __future__ import annotations

from nnstudio.explain.results import ClassResults
from nnstudio.ui.live.figure_table import FigureTable, in_percent

HEADS = (
    ("Class", "The true class, or the predicted one"),
    ("Precision", "Of the samples that are predicted as this class, how many are of it"),
    ("Recall", "Of the samples of this class, how many are predicted as it"),
)


class ClassShares(FigureTable):
    """Precision and recall of each class."""

    def __init__(self) -> None:
        super().__init__("Precision and recall of each class", HEADS)

    def draw(self, results: ClassResults) -> None:
        """Show the figures of each class."""
        rows = zip(results.classes, results.precision, results.recall, strict=True)
        self.show_rows([(name, in_percent(p), in_percent(r)) for name, p, r in rows])
