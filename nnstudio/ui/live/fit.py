"""How numbers are predicted, as a picture: a line over the only input, or a series over time."""

from __future__ import annotations

from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QLabel

from nnstudio.data.dataset import Dataset
from nnstudio.explain.fit import Fit, FitPart, FitProbe, Kind, kind_for
from nnstudio.model.quantity import counted
from nnstudio.training.probing import Probe
from nnstudio.ui.live.output_choice import TargetChoice
from nnstudio.ui.live.view import LiveView, Question, make_plot, paint_plot, register
from nnstudio.ui.widgets.theme import theme

NOT_HERE = (
    "The fit is shown where a number is predicted from one other, or from a series. Of other data, Results > "
    "Predicted shows predicted against true numbers."
)
EMPTY = "true and predicted numbers"
LEGENDS = {
    Kind.INPUT: "line: predicted · dots: true",
    Kind.TIME: "grey: true · coloured: predicted",
}
# As pyqtgraph calls them, and as text: what is learned from, and what is watched.
SYMBOLS, SIGNS = ("o", "d"), ("●", "◆")


@register
class FitView(LiveView):
    """A target in its own unit, of the training part and of the one that training watches."""

    id = "fit"
    title = "Fit"
    help = "True and predicted numbers over the only input, or over time."
    question, order = Question.ANSWERS, 20
    beside = "decision_boundary"
    needs = "A fit can be drawn where a number is predicted from one other, or from a series."
    seconds = 0.2

    def __init__(self) -> None:
        super().__init__()
        self.plot = make_plot()
        self.plot.setAccessibleName("Fit")
        self.dots = [pg.ScatterPlotItem(size=5 + i, symbol=symbol) for i, symbol in enumerate(SYMBOLS)]
        self.lines = [pg.PlotCurveItem(connect="finite") for _symbol in SYMBOLS]
        self.true_line, self.line = pg.PlotCurveItem(), pg.PlotCurveItem()
        for item in (self.true_line, *self.lines, *self.dots, self.line):
            self.plot.addItem(item)
        self.caption = QLabel()
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.caption.setObjectName("muted")
        self.caption.setWordWrap(True)
        self.target = TargetChoice()
        self.target.chosen.connect(self._on_target)
        self.rows.addWidget(self.target, 0, Qt.AlignmentFlag.AlignLeft)
        self.rows.addWidget(self.plot, 1)
        self.rows.addWidget(self.caption)
        self.rows.addWidget(self.hint, 1)
        self._latest: Fit | None = None
        self.repaint_theme()
        self.clear()

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return kind_for(data) is not None

    @classmethod
    def leads(cls, data: Dataset) -> bool:
        return data.series is None

    def probe(self) -> Probe | None:
        fits = self.data is not None and kind_for(self.data) is not None
        return FitProbe(self.target.target) if fits else None

    def set_data(self, data: Dataset | None) -> None:
        self.target.set_data(data if data is not None and kind_for(data) is not None else None)
        super().set_data(data)

    def _on_target(self) -> None:
        self.clear()
        self.probe_changed.emit()

    def clear(self) -> None:
        self._latest = None
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
        if result.target != self.target.target:
            # A late result of the one that was chosen before.
            return
        self._latest = result
        self._show(True)
        for i in range(len(SYMBOLS)):
            self._draw_part(i, result.kind, result.parts[i] if i < len(result.parts) else None)
        self.line.setData(*result.line)
        truth = np.concatenate([part.truth for part in result.parts])
        across = np.concatenate([part.across for part in result.parts])
        shown = slice(None) if result.kind == Kind.TIME else slice(0)
        self.true_line.setData(across[shown], truth[shown])
        name, target = result.names
        # pyqtgraph puts them into HTML as they are.
        self.plot.setLabel("bottom", escape(name))
        self.plot.setLabel("left", escape(target))
        self.caption.setText(self._told(result))

    def _draw_part(self, i: int, kind: Kind, part: FitPart | None) -> None:
        dots = line = (np.empty(0), np.empty(0))
        if part is not None and kind == Kind.TIME:
            line = (part.across, part.predicted)
        elif part is not None:
            dots = (part.across, part.truth)
        self.dots[i].setData(*dots)
        self.lines[i].setData(*line)

    def _told(self, result: Fit) -> str:
        parts = [LEGENDS[result.kind]]
        colours = (theme.colours.training, theme.colours.validation)
        for part, sign, colour in zip(result.parts, SIGNS, colours, strict=False):
            count, total = len(part.truth), part.total
            of = f"{count:,} of " if count < total else ""
            parts.append(
                f'<span style="color: {colour}">{sign} {of}{counted(total, f"{part.part} sample")}</span>'
            )
        if self.data is not None and len(self.data.targets) > 1:
            parts.append(f"target {result.target + 1:,} of {len(self.data.targets):,}")
        broken = sum(int((~np.isfinite(part.predicted)).sum()) for part in result.parts)
        if broken:
            parts.append(f"predictions that are not finite: {broken:,}")
        return " · ".join(parts)

    def repaint_theme(self) -> None:
        c = theme.colours
        paint_plot(self.plot)
        for dots, line, name in zip(self.dots, self.lines, (c.training, c.validation), strict=True):
            colour = QColor(name)
            line.setPen(pg.mkPen(colour, width=2))
            colour.setAlpha(170)
            dots.setBrush(colour)
            dots.setPen(None)
        self.true_line.setPen(pg.mkPen(c.muted, width=1))
        self.line.setPen(pg.mkPen(c.text, width=2))
        if self._latest is not None:
            self.caption.setText(self._told(self._latest))
