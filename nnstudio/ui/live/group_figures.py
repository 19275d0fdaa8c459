"""How well each group of the samples is predicted, by a column to choose, and how far they are apart."""

from __future__ import annotations

import numpy as np

from nnstudio.explain.by_group import ByGroup
from nnstudio.explain.results import ClassResults, Results, are_shares
from nnstudio.model.quantity import error_in_digits, in_points
from nnstudio.ui.live.figure_table import FigureTable, in_percent
from nnstudio.ui.live.labelled_choice import LabelledChoice
from nnstudio.ui.widgets.plain_text import PlainLabel

GROUP = ("Group", "A value of the column")
SAMPLES = ("Samples", "How many samples of the shown part are of this group")
RIGHT = ("Right", "How many of them, or of their labels, are predicted right")
ERROR = ("Mean absolute error", "How far predictions are off on average, in the unit of the target")
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
        is_share = are_shares(results)
        targets = () if isinstance(results, ClassResults) else results.targets
        name = targets[0] if len(targets) == 1 and not is_share else ""
        self.table.set_head(2, *(RIGHT if is_share else _head(name)))
        figure = in_percent if is_share else _error
        rows = zip(shown.groups, shown.counts, shown.values, strict=True)
        self.table.show_rows([(name, f"{count:,}", figure(value)) for name, count, value in rows])
        self.gap.setText(told_of_gap(shown, is_share, name))


def _error(value: float) -> str:
    return error_in_digits(value) if np.isfinite(value) else "-"


def _head(name: str) -> tuple[str, str]:
    """Of errors, with what is predicted, whose name has the unit where one is known."""
    title, tip = ERROR
    return (f"{title} of {name}", tip) if name else ERROR


def told_of_gap(shown: ByGroup, is_share: bool, name: str = "") -> str:
    """Between which groups the gap is, and what it is worth; ``name`` of the one target that is a number."""
    sentences = []
    if np.isfinite(shown.gap):
        low, high = (shown.groups[int(at)] for at in (np.nanargmin(shown.values), np.nanargmax(shown.values)))
        size = in_points(shown.gap) if is_share else error_in_digits(shown.gap)
        of = f" of '{name}'" if name else ""
        sentences.append(f"Gap: {size}{of}, between {low} and {high}.")
    else:
        sentences.append("No gap: fewer than two groups have a figure in this part.")
    few = [name for name, count in zip(shown.groups, shown.counts, strict=True) if 0 < count < FEW]
    if few:
        sentences.append(f"Fewer than {FEW} samples, so that chance decides much: {', '.join(few)}.")
    return " ".join(sentences)
