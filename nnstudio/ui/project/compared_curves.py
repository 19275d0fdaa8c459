"""The loss curves of two networks that are compared, in one plot."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QLabel, QSizePolicy, QVBoxLayout, QWidget

from nnstudio.training.curve import Curve
from nnstudio.ui.widgets.line_colours import SIGN
from nnstudio.ui.widgets.plain_text import coloured
from nnstudio.ui.widgets.plots import make_plot, paint_plot
from nnstudio.ui.widgets.theme import theme

LEAST_HEIGHT, MOST_POINTS = 110, 1000


class ComparedCurves(QWidget):
    """Those of the ``curves`` that have rows, by the ``names`` of their networks: the validation loss where
    both have one, else that of training.
    """

    def __init__(self, names: Sequence[str], curves: Sequence[Curve]) -> None:
        super().__init__()
        self._names, self._curves = names, [curve.thinned(MOST_POINTS) for curve in curves]
        known = [curve for curve in self._curves if curve]
        self.quantity = "val_loss" if known and all(c.has("val_loss") for c in known) else "loss"
        self.legend, self.plot = QLabel(), make_plot()
        self.legend.setWordWrap(True)
        self.plot.setAccessibleName("Loss of both by epoch")
        self.plot.setLabel("bottom", "epoch")
        self.plot.setLabel("left", "loss" if self.quantity == "loss" else "validation loss")
        self.plot.setMinimumHeight(LEAST_HEIGHT)
        # As high as what stands beside it: on its own it asks for more than the networks get.
        self.plot.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        # The first is drawn over the second: of two moments it is a part of that.
        self.lines = [self.plot.plot() for _name in names][::-1]
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(self.legend)
        rows.addWidget(self.plot, 1)
        theme.changed.connect(self._paint)
        self._paint()

    @property
    def are_known(self) -> bool:
        """Whether there is anything to draw."""
        return any(map(len, self._curves))

    def _paint(self) -> None:
        colours, entries = (theme.colours.first, theme.colours.second), []
        paint_plot(self.plot)
        for name, curve, line, colour in zip(self._names, self._curves, self.lines, colours, strict=True):
            line.setPen(colour, width=1)
            # Of a single epoch there is no line, but a dot.
            line.setSymbol("o" if len(curve) == 1 else None)
            line.setSymbolBrush(colour)
            line.setSymbolPen(None)
            line.setData(curve.column("epoch"), curve.column(self.quantity))
            entries.append(coloured(f"{SIGN} {name}{'' if curve else ' (no epoch yet)'}", colour))
        self.legend.setText("&nbsp; ".join(entries))
