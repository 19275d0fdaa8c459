"""Quiet plots in the theme's colours."""

from __future__ import annotations

import math

import pyqtgraph as pg
from PySide6.QtGui import QColor

from nnstudio.ui.widgets.theme import theme


class ScaleAxis(pg.AxisItem):  # type: ignore[misc]
    """An axis whose logarithmic scale reads 1, 2, 5, 10; pyqtgraph's own labels lie over each other."""

    def tickValues(self, low: float, high: float, size: float) -> list[tuple[float, list[float]]]:
        if not self.logMode:
            return list(super().tickValues(low, high, size))
        decades = range(math.floor(low), math.ceil(high) + 1)
        most = max(size / 22, 2)
        for digits in ((1, 2, 5), (1, 3), (1,)):
            ticks = [d + math.log10(k) for d in decades for k in digits]
            ticks = [t for t in ticks if low <= t <= high]
            if len(ticks) <= most:
                break
        return [(1.0, ticks[:: max(1, math.ceil(len(ticks) / most))])]

    def logTickStrings(self, values: list[float], scale: float, spacing: float) -> list[str]:
        return [f"{10**v:.3g}" for v in values]


def make_plot(aspect: bool = False) -> pg.PlotWidget:
    """A quiet plot: no menu, no buttons, thin axes."""
    plot = pg.PlotWidget(axisItems={"left": ScaleAxis("left")}, enableMenu=False)
    plot.setMenuEnabled(False)
    # pyqtgraph makes its menu even so, and nobody owns it: it would outlive the window.
    plot.destroyed.connect(plot.getPlotItem().ctrlMenu.deleteLater)
    plot.hideButtons()
    plot.setAspectLocked(aspect)
    # Room for half a tick label above the axis.
    plot.getPlotItem().setContentsMargins(0, 6, 6, 0)
    plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
    for name in ("left", "bottom"):
        # "loss (x0.001)" reads worse than 0.001.
        plot.getAxis(name).enableAutoSIPrefix(False)
    paint_plot(plot)
    return plot


def paint_plot(plot: pg.PlotWidget) -> None:
    """Give a plot the theme's colours; pyqtgraph does not follow the palette."""
    c = theme.colours
    plot.setBackground(c.window)
    for name in ("left", "bottom"):
        axis = plot.getAxis(name)
        axis.setPen(QColor(c.border))
        axis.setTextPen(QColor(c.muted))
