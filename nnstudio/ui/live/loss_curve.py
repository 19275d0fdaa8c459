"""Loss and accuracy by epoch, for training and validation."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QLabel

from nnstudio.training.session import Epoch
from nnstudio.ui.live.view import LiveView, make_plot, paint_plot, register
from nnstudio.ui.theme import theme

# More points than this are thinned out: a screen has no more columns.
MAX_POINTS = 600


@register
class LossCurve(LiveView):
    """Two plots: loss, and accuracy below it where there are classes; the epoch runs to the right."""

    id = "loss_curve"
    title = "Loss and accuracy"
    help = "How wrong the network is, and how often it is right, epoch by epoch."
    order = 0
    # Two plots with axes are the dearest to draw of all.
    seconds = 0.2

    def __init__(self) -> None:
        super().__init__()
        self.legend = QLabel()
        self.plots = {"loss": make_plot(), "accuracy": make_plot()}
        # Width 1: wider pens cost ten times as much to draw live.
        self.curves: dict[str, pg.PlotDataItem] = {}
        for name, plot in self.plots.items():
            plot.setAccessibleName(f"{name.capitalize()} by epoch")
            plot.setLabel("left", name)
            # The axes stand below each other, so that one epoch is one column.
            plot.getAxis("left").setWidth(48)
            self.curves[name] = plot.plot()
            self.curves[f"val_{name}"] = plot.plot()
        self.rows.addWidget(self.legend)
        for plot in self.plots.values():
            self.rows.addWidget(plot, 1)
        self.plots["accuracy"].setYRange(0, 1)
        self.plots["accuracy"].setXLink(self.plots["loss"])
        self._epochs: list[Epoch] = []
        self._drawn = -1
        self.repaint_theme()

    def set_rows(self, rows: list[Epoch]) -> None:
        self._epochs = rows

    def draw(self) -> bool:
        rows = self._epochs
        if len(rows) == self._drawn:
            return False
        self._drawn = len(rows)
        thin = rows[:: -(-len(rows) // MAX_POINTS)] if rows else []
        if rows and thin[-1] is not rows[-1]:
            thin = [*thin, rows[-1]]
        x = np.array([r.epoch for r in thin], float)
        for name, curve in self.curves.items():
            values = [getattr(r, name) for r in thin]
            y = np.array([np.nan if v is None else v for v in values], float)
            curve.setData(x, y) if np.isfinite(y).any() else curve.setData([], [])
        has_accuracy = not rows or rows[-1].accuracy is not None
        self.plots["accuracy"].setVisible(has_accuracy)
        return True

    def clear(self) -> None:
        self._epochs, self._drawn = [], -1
        self.draw()

    def repaint_theme(self) -> None:
        c = theme.colours
        for plot in self.plots.values():
            paint_plot(plot)
        for name, curve in self.curves.items():
            curve.setPen(pg.mkPen(c.validation if name.startswith("val_") else c.training, width=1))
        self.legend.setText(
            f"<span style='color:{c.training}'>━ training</span>&nbsp;&nbsp;"
            f"<span style='color:{c.validation}'>━ validation</span>"
        )
