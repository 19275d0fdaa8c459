"""Quiet plots in the theme's colours."""

from __future__ import annotations

import pyqtgraph as pg
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication

from nnstudio.ui.widgets.theme import theme


def make_plot(aspect: bool = False) -> pg.PlotWidget:
    """A quiet plot: no menu, no buttons, thin axes."""
    # They are made of pyqtgraph's own classes, which a start does without.
    from nnstudio.ui.widgets.plot_items import ScaleAxis
    from nnstudio.ui.widgets.plot_settings import without_menu

    axes = {side: ScaleAxis(side) for side in ("left", "bottom", "right", "top")}
    with without_menu():
        plot = pg.PlotWidget(axisItems=axes, enableMenu=False)
    for side in ("right", "top"):
        # pyqtgraph's own there set their titles again and again, which nobody sees.
        plot.hideAxis(side)
    plot.setMenuEnabled(False)
    # pyqtgraph makes its menu even so, and nobody owns it: it would outlive the window.
    plot.destroyed.connect(plot.getPlotItem().ctrlMenu.deleteLater)
    plot.hideButtons()
    plot.setAspectLocked(aspect)
    # Room for half a tick label above the axis.
    plot.getPlotItem().setContentsMargins(0, 6, 6, 0)
    plot.setFrameShape(pg.PlotWidget.Shape.NoFrame)
    for axis in axes.values():
        # Those that are not seen, too: each range of the plot would set their titles.
        axis.enableAutoSIPrefix(False)
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
        if axis.label.font() != QApplication.font():
            # Ticks follow the window's letters by themselves, titles do not.
            axis.label.setFont(QApplication.font())
            axis.showLabel(axis.label.isVisibleTo(axis))
