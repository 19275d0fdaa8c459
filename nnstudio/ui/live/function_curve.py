"""The function of an activation as a curve, with its derivative and where a unit stands on both."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel

from nnstudio.data.dataset import Dataset
from nnstudio.explain.function_curve import FunctionCurve, FunctionCurveProbe, NoFunction
from nnstudio.lessons.showing import Showing
from nnstudio.model.quantity import in_digits
from nnstudio.training.probing import Probe
from nnstudio.ui.live.bar_ticks import MOST_NAMED, name_ticks, unit_ticks
from nnstudio.ui.live.requests import ShowSample, ViewRequest
from nnstudio.ui.live.sample_choice import SampleChoice, sample_told
from nnstudio.ui.live.view import LiveView, Question, make_plot, paint_plot, register
from nnstudio.ui.widgets.number_fields import WholeEdit
from nnstudio.ui.widgets.plain_text import coloured
from nnstudio.ui.widgets.short_label import ShortLabel
from nnstudio.ui.widgets.theme import mixed, theme

SELECT = "Select an activation, such as ReLU or Sigmoid, to see its curve."
UNCONNECTED = "has no curve yet. It needs to be connected between Input and Output."
# Bars of a row that are drawn at the most.
MOST_BARS = 32
# The sign of a value and of a derivative, as pyqtgraph calls them and as text.
SYMBOLS, SIGNS = ("o", "d"), ("●", "◆")
ROW = "Wide bars: values. Slim bars: how fast the value of this unit changes with what enters each."
STAND_IN = "Its true derivative is 0 and would teach nothing. This one takes its place in training."


@register
class FunctionCurveView(LiveView):
    """Follows the selection. A Dense layer is shown with the activation behind it."""

    id = "function_curve"
    title = "Function"
    help = "The curve of an activation and its derivative, and where a unit stands on both."
    question, order = Question.INSIDE, 40
    beside = "activations"
    follows_node = True
    seconds = 0.1
    chooses = ("layer", "unit", "sample")

    def __init__(self) -> None:
        super().__init__()
        self.unit, self.sample = WholeEdit("Unit of the function", 1), SampleChoice()
        self.unit.setToolTip("Which unit of the layer")
        self.unit.valueChanged.connect(lambda _v: self.probe_changed.emit())
        self.sample.chosen.connect(self.probe_changed)
        self.layer_name = ShortLabel()
        self.layer_name.setContentsMargins(0, 0, 0, 0)
        self.labels = [QLabel("Unit"), QLabel("Sample")]
        head = QHBoxLayout()
        for label, field in zip(self.labels, (self.unit, self.sample), strict=True):
            head.addWidget(label)
            head.addWidget(field)
        head.addWidget(self.layer_name, 1)
        self.plot = make_plot()
        self.plot.setAccessibleName("Curve of the function and its derivative")
        self._add_items()
        self.caption = QLabel()
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.caption.setWordWrap(True)
        self.rows.addLayout(head)
        self.rows.addWidget(self.plot, 1)
        self.rows.addWidget(self.caption)
        self.rows.addWidget(self.hint, 1)
        self._names: dict[str, str] = {}
        self._latest: FunctionCurve | None = None
        self.repaint_theme()
        self.clear()

    def _add_items(self) -> None:
        self.axes = [pg.InfiniteLine(0, angle) for angle in (0, 90)]
        self.upright = pg.InfiniteLine(0, 90)
        self.slope, self.value = (pg.PlotCurveItem(connect="finite") for _ in SIGNS)
        # The value and the derivative at the unit; the derivative is drawn first, and may be covered.
        self.dots = [pg.ScatterPlotItem(size=10, symbol=symbol) for symbol in SYMBOLS]
        self.bars, self.slope_bars = (pg.BarGraphItem(x=[0], height=[0], width=w) for w in (0.8, 0.3))
        for item in (*self.axes, self.upright, self.bars, self.slope_bars, self.slope, self.value):
            self.plot.addItem(item, ignoreBounds=True)
        for dot in reversed(self.dots):
            self.plot.addItem(dot, ignoreBounds=True)

    def probe(self) -> Probe | None:
        if self.data is None or not self.node:
            return None
        return FunctionCurveProbe(self.node, self.unit.value() - 1, self.sample.index, self.sample.own)

    def on_request(self, request: ViewRequest) -> None:
        if isinstance(request, ShowSample):
            self.sample.show_own(request.sample)

    def set_data(self, data: Dataset | None) -> None:
        self.sample.set_data(data)
        super().set_data(data)

    def set_names(self, names: dict[str, str]) -> None:
        self._names = names

    def clear(self) -> None:
        self._latest = None
        self._show(False)
        if self.node:
            self.await_picture("the curve")
        else:
            self.explain_blank(SELECT)

    def _show(self, shown: bool) -> None:
        for widget in (self.plot, self.caption, self.unit, self.sample, self.layer_name, *self.labels):
            widget.setVisible(shown)
        self.hint.setVisible(not shown)

    def show_result(self, result: FunctionCurve | NoFunction) -> None:
        if result.node != self.node:
            # A late result of the layer that was selected before.
            return
        if isinstance(result, NoFunction):
            self.clear()
            why = f"has no curve. {SELECT}" if result.is_part else UNCONNECTED
            self.explain_blank(f"“{self.node_name or result.node}” {why}")
            return
        self._latest = result
        self._show(True)
        with QSignalBlocker(self.unit):
            self.unit.setMaximum(result.units)
            self.unit.set_value(result.unit + 1)
            self.unit.setEnabled(result.units > 1)
        at = ", ".join(str(i + 1) for i in result.position)
        where = f" · position [{at}]" if len(result.position) > 1 else ""
        self.layer_name.show_text(self._names.get(result.shown, result.shown) + where)
        is_row = result.row_at is not None
        for item in (self.bars, self.slope_bars):
            item.setVisible(is_row)
        for item in (self.value, self.slope, self.axes[1]):
            item.setVisible(not is_row)
        first = 0
        if result.row_at is None:
            self._draw_curve(result)
        else:
            first = self._draw_row(result, result.row_at)
        self._draw_dots(result)
        self.caption.setText(self._told(result, first))

    def showing(self) -> Showing | None:
        latest = self._latest
        if latest is None:
            return None
        sample = sample_told(latest.sample)
        return self.shows(self.node_name, latest.unit + 1, sample, step=latest.step)

    def _draw_curve(self, result: FunctionCurve) -> None:
        self.value.setData(result.x, result.y)
        self.slope.setData(result.x, result.slope)
        self._scale(result, result.x[0], result.x[-1])
        self.plot.getAxis("bottom").setTicks(None)
        self.plot.setLabel("bottom", "input")

    def _draw_row(self, result: FunctionCurve, row_at: int) -> int:
        """Bars for the numbers of a row, or for those around the unit; the first one's number from 0."""
        count = min(len(result.y), MOST_BARS)
        first = min(max(row_at - count // 2, 0), len(result.y) - count)
        numbers, shown = np.arange(first, first + count) + 1, slice(first, first + count)
        c = theme.colours
        faint = mixed(QColor(c.window), QColor(c.training), 0.45)
        brushes = [QColor(c.training) if n - 1 == row_at else faint for n in numbers]
        self.bars.setOpts(x=numbers, height=np.nan_to_num(result.y[shown]), brushes=brushes, pen=None)
        self.slope_bars.setOpts(x=numbers, height=np.nan_to_num(result.slope[shown]))
        self._scale(result, first + 0.4, first + count + 0.6)
        width = float(self.plot.width() - self.plot.getAxis("left").width()) / count
        named = len(result.names) == count <= MOST_NAMED
        ticks = name_ticks(result.names, width) if named else unit_ticks(len(result.y))
        self.plot.getAxis("bottom").setTicks([ticks])
        self.plot.setLabel("bottom", "")
        return first

    def _scale(self, result: FunctionCurve, left: float, right: float) -> None:
        """The range of all that is drawn, with zero in it."""
        drawn = np.concatenate([[0.0], result.y, result.slope])
        drawn = drawn[np.isfinite(drawn)]
        low, high = float(drawn.min()), float(drawn.max())
        room = 0.06 * (high - low or 1.0)
        self.plot.setRange(
            xRange=(left, right), yRange=(low - room, high + room), padding=0, disableAutoRange=True
        )

    def _draw_dots(self, result: FunctionCurve) -> None:
        x, y, slope = result.at
        is_on_curve = result.row_at is None and bool(np.isfinite(x))
        self.upright.setVisible(is_on_curve)
        if is_on_curve:
            self.upright.setValue(x)
        for dot, height in zip(self.dots, (y, slope), strict=True):
            dot.setData(*(([x], [height]) if is_on_curve and np.isfinite(height) else ([], [])))

    def _told(self, result: FunctionCurve, first: int) -> str:
        c, (x, y, slope) = theme.colours, result.at
        parts = [
            f"input <b>{in_digits(x)}</b>",
            coloured(f"{SIGNS[0]} value", c.training) + f" <b>{in_digits(y)}</b>",
            coloured(f"{SIGNS[1]} derivative", c.validation) + f" <b>{in_digits(slope)}</b>",
        ]
        notes = []
        if result.row_at is not None:
            notes.append(ROW)
            if len(result.y) > MOST_BARS:
                notes.append(f"Bars {first + 1:,} to {first + MOST_BARS:,} of {len(result.y):,}.")
        if result.is_stand_in:
            notes.append(STAND_IN)
        if not np.isfinite(result.at).all():
            notes.append("What is no finite number is not drawn.")
        told = f"<br>{coloured(' '.join(notes), c.muted)}" if notes else ""
        return f"{' · '.join(parts)}{told}"

    def repaint_theme(self) -> None:
        c = theme.colours
        paint_plot(self.plot)
        for line in self.axes:
            line.setPen(pg.mkPen(c.border, width=1))
        self.upright.setPen(pg.mkPen(c.muted, width=1, style=Qt.PenStyle.DashLine))
        for curve, dot, colour in zip(
            (self.value, self.slope), self.dots, (c.training, c.validation), strict=True
        ):
            curve.setPen(pg.mkPen(colour, width=2))
            dot.setBrush(QColor(colour))
            dot.setPen(pg.mkPen(c.window, width=1.5))
        self.slope_bars.setOpts(brush=QColor(c.validation), pen=None)
        if self._latest is not None:
            self.show_result(self._latest)
