"""How well each group of the samples is predicted, by a column to choose, and how far they are apart."""

from __future__ import annotations

import numpy as np

from nnstudio.explain.by_group import ByGroup
from nnstudio.explain.results import ClassResults, Results
from nnstudio.model.quantity import error_in_digits
from nnstudio.ui.live.figure_table import FigureTable, in_percent
from nnstudio.ui.live.labelled_choice import LabelledChoice
from nnstudio.ui.widgets.plain_text import PlainLabel

GROUP = ("Group", "A value of the column")
SAMPLES = ("Samples", "How many samples of the shown part are of this group")
RIGHT = ("Right", "How many of them, or of their labels, are predicted right")
ERROR = ("Mean error", "The mean absolute error of their predictions, in the unit of the target")
# Of fewer samples, one more mistake changes much.
FEW = 20


class GroupFigures(LabelledChoice):
    """The groups of one column to choose."""

    def __init__(self) -> None:
        super().__init__("By", "Column whose values are the groups")
        self.box.setToolTip(
            "Columns with up to 12 different values, at most 24 of them, whether the network gets them or not"
        )
        self.table = FigureTable("Results of each group", (GROUP, SAMPLES, RIGHT))
        self.gap = PlainLabel()
        self.gap.setWordWrap(True)
        self.rows.addWidget(self.table, 1)
        self.rows.addWidget(self.gap)

    def draw(self, results: Results) -> None:
        """Show the groups of the chosen column; there is at least one column."""
        shown = results.groups[self.fill([one.column for one in results.groups])]
        is_share = isinstance(results, ClassResults) or results.labels is not None
        self.table.set_head(2, *(RIGHT if is_share else ERROR))
        figure = in_percent if is_share else _error
        rows = zip(shown.groups, shown.counts, shown.values, strict=True)
        self.table.show_rows([(name, f"{count:,}", figure(value)) for name, count, value in rows])
        self.gap.setText(told_of_gap(shown, is_share))


def _error(value: float) -> str:
    return error_in_digits(value) if np.isfinite(value) else "-"


def told_of_gap(shown: ByGroup, is_share: bool) -> str:
    """Between which groups the gap is, and what it is worth."""
    sentences = []
    if np.isfinite(shown.gap):
        low, high = (shown.groups[int(at)] for at in (np.nanargmin(shown.values), np.nanargmax(shown.values)))
        size = f"{100 * shown.gap:.1f} percentage points" if is_share else error_in_digits(shown.gap)
        sentences.append(f"Gap: {size}, between {low} and {high}.")
    else:
        sentences.append("No gap: fewer than two groups have a figure in this part.")
    few = [name for name, count in zip(shown.groups, shown.counts, strict=True) if 0 < count < FEW]
    if few:
        sentences.append(f"Fewer than {FEW} samples, so that chance decides much: {', '.join(few)}.")
    return " ".join(sentences)
