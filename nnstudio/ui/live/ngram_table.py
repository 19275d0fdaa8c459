"""What each character or word costs a network that learned from a text, and what it costs n-gram models."""

from __future__ import annotations

from math import isfinite

from PySide6.QtWidgets import QVBoxLayout, QWidget

from nnstudio.data.dataset import Split
from nnstudio.explain.text_scores import TextScores, bits, perplexity
from nnstudio.ui.live.figure_table import FigureTable
from nnstudio.ui.widgets.plain_text import PlainLabel, plain_tip

HEADS = (
    ("Guesses by", "The network, and models that only count what follows what in the training part"),
    ("Nats", "The mean of -ln p, where p is the probability that what really follows was given: the loss"),
    ("Bits", "The same in bits: so many would be needed to store each of them"),
    ("Perplexity", "Between so many equally likely ones it would be as hard to guess"),
)
# In a tip: a small panel has room for the figures, or for this.
HOW = (
    "An n-gram model of order n counts what follows {before} in the training part, smoothed after Kneser "
    "and Ney. It guesses the same {unit} of the {part} part as the network, from the same windows."
)


class NGramTable(QWidget):
    """The network first, then the models by their order."""

    def __init__(self) -> None:
        super().__init__()
        self.table = FigureTable("The network beside n-gram models", HEADS)
        self.told = PlainLabel()
        self.told.setWordWrap(True)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 4, 0, 0)
        rows.setSpacing(4)
        rows.addWidget(self.table, 1)
        rows.addWidget(self.told)

    def draw(self, scores: TextScores, part: Split) -> None:
        """Show the figures, and say what they are."""
        rows = [_row("The network", scores.nats)]
        for order, cost in enumerate(scores.ngrams, 1):
            rows.append(_row(f"Order {order}: {order - 1 or 'none'} before", cost))
        self.table.show_rows(rows)
        self.told.setText(_sentences(scores))
        tip = plain_tip(HOW.format(before=f"n − 1 {scores.unit}", unit=scores.unit, part=part))
        for widget in (self.table, self.told):
            widget.setToolTip(tip if scores.ngrams else "")


def _row(name: str, nats: float) -> tuple[str, ...]:
    if not isfinite(nats):
        return name, "-", "-", "-"
    return name, f"{nats:.3f}", f"{bits(nats):.3f}", f"{perplexity(nats):,.2f}"


def _sentences(scores: TextScores) -> str:
    if not scores.ngrams:
        return "N-gram models are counted in the text itself, which is not there: choose it under Data."
    told = scores.verdict
    if scores.counted < scores.total:
        told += f" They are counted in the first {scores.counted:,} of {scores.total:,} {scores.unit}."
    return told
