"""How well numbers are predicted, as a picture: a fitted line, a series, or predicted against true."""

from __future__ import annotations

from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor

from nnstudio.explain.fit import Fit, FitProbe, Kind, kind_for
from nnstudio.training.probing import Probe
from nnstudio.ui.live.view import LiveView, make_plot, paint_plot, register
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme

NOT_HERE = "The fit is shown where a number is predicted. This data has classes, labels or pictures instead."
EMPTY = "true and predicted numbers"
LEGENDS = {
    Kind.INPUT: "line: predicted · dots: true",
    Kind.TIME: "blue: true · orange: predicted",
    Kind.TRUTH: "on the dashed line, a prediction is right",
}


@register
class FitView(LiveView):
    """The first target in its own unit, of the part of the data that training watches."""

    id = "fit"
    title = "Fit"
    help = "True and predicted numbers: over the only input, over time, or one against the other."
    order = 9
    beside = "decision_boundary"
    seconds = 0.2

    def __init__(self) -> None:
        super().__init__()
        self.plot = make_plot()
        self.plot.setAccessibleName("Fit")
        self.dots = pg.ScatterPlotItem(size=5)
        self.true_line, self.line = pg.PlotCurveItem(connect="finite"), pg.PlotCurveItem(connect="finite")
        self.diagonal = pg.PlotCurveItem()
        for item in (self.diagonal, self.true_line, self.line, self.dots):
            self.plot.addItem(item)
        self.caption = PlainLabel()
        self.caption.setObjectName("muted")
        self.caption.setWordWrap(True)
        self.rows.addWidget(self.plot, 1)
        self.rows.addWidget(self.caption)
        self.rows.addWidget(self.hint, 1)
        self.repaint_theme()
        self.clear()

    def probe(self) -> Probe | None:
        return FitProbe() if self.data is not None and kind_for(self.data) is not None else None

    def clear(self) -> None:
        self._show(False)
        if self.data is not None and kind_for(self.data) is None:
            self.explain_blank(NOT_HERE)
        else:
            self.await_picture(EMPTY)

    def _show(self, shown: bool) -> None:
        self.plot.setVisible(shown)
        self.caption.setVisible(shown)
        self.hint.setVisible(not shown)

    def show_result(self, result: Fit) -> None:
        self._show(True)
        kind, nothing = result.kind, np.empty(0)
        over_time = kind == Kind.TIME
        # What is no number can be drawn nowhere; a line has a gap there.
        finite = np.isfinite(result.predicted)
        heights = result.predicted if kind == Kind.TRUTH else result.truth
        shown = finite if kind == Kind.TRUTH else np.ones(len(finite), bool)
        self.dots.setData(*((nothing, nothing) if over_time else (result.across[shown], heights[shown])))
        self.true_line.setData(*((result.across, result.truth) if over_time else (nothing, nothing)))
        self.line.setData(*((result.across, result.predicted) if over_time else result.line))
        ends = [float(result.truth.min()), float(result.truth.max())] if kind == Kind.TRUTH else []
        self.diagonal.setData(ends, ends)
        across, target = result.names
        # pyqtgraph puts them into HTML as they are.
        self.plot.setLabel("bottom", escape(f"{target}, true" if kind == Kind.TRUTH else across))
        self.plot.setLabel("left", escape(f"{target}, predicted" if kind == Kind.TRUTH else target))
        self.caption.setText(self._told(result, int((~finite).sum())))

    def _told(self, result: Fit, broken: int) -> str:
        count, total = len(result.truth), result.total
        of = f"{count:,} of {total:,}" if count < total else f"{count:,}"
        parts = [LEGENDS[result.kind], f"{of} {result.part} {'sample' if total == 1 else 'samples'}"]
        if self.data is not None and len(self.data.targets) > 1:
            parts.append(f"target 1 of {len(self.data.targets):,}")
        if broken:
            parts.append(f"predictions that are not finite: {broken:,}")
        return " · ".join(parts)

    def repaint_theme(self) -> None:
        c = theme.colours
        paint_plot(self.plot)
        colour = QColor(c.training)
        colour.setAlpha(170)
        self.dots.setBrush(colour)
        self.dots.setPen(None)
        self.true_line.setPen(pg.mkPen(c.training, width=1))
        self.line.setPen(pg.mkPen(c.validation, width=2))
        self.diagonal.setPen(pg.mkPen(c.muted, style=Qt.PenStyle.DashLine))
