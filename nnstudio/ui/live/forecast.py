"""A series with what the network makes of it, and its forecast past the end with a spread."""

from __future__ import annotations

import csv
import io
from html import escape
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QSignalBlocker, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel

from nnstudio.data.dataset import Dataset, Split
from nnstudio.explain.backtest_figures import number_of
from nnstudio.explain.forecast import STEPS, Forecast, ForecastProbe, usual_steps
from nnstudio.explain.told_backtest import errors_in_short, told_backtest, told_spread
from nnstudio.lessons.showing import Showing
from nnstudio.model.quantity import in_digits
from nnstudio.training.probing import Probe
from nnstudio.ui.live.view import LiveView, Question, make_plot, paint_plot, register
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.number_fields import WholeEdit
from nnstudio.ui.widgets.plain_text import PlainLabel, coloured, plain_tip
from nnstudio.ui.widgets.short_label import ShortLabel
from nnstudio.ui.widgets.theme import mixed, theme

NOT_HERE = "A forecast is drawn where a network learns from a time series: a table with a row for each time."
EMPTY = "the series and its forecast"
POINT = "Point at the plot to read values"
# Rows that are in sight at first, besides the forecast; forecasts that the backtest makes while training.
IN_SIGHT, FORECASTS, FEWEST_ORIGINS = 150, 1500, 20
# Of 255: how strong the spread is.
SPREAD = 60


@register
class ForecastView(LiveView):
    """A column at a time, in its own unit, over its dates."""

    id = "forecast"
    title = "Forecast"
    help = "A time series, what the network predicts for its rows, and how it goes on past the end."
    question, order = Question.ANSWERS, 30
    beside = "decision_boundary"
    tells_cost = True
    needs = NOT_HERE
    seconds = 0.3
    chooses = ("column", "steps_ahead")

    def __init__(self) -> None:
        super().__init__()
        self.steps = WholeEdit("Steps ahead", int(STEPS.low or 1), int(STEPS.high or 1))
        self.steps.setToolTip("So many rows past the end are forecast; each forecast enters the next window")
        self.steps.valueChanged.connect(lambda _value: self._on_asked())
        self.column = ChoiceBox()
        self.column.setAccessibleName("Column that is forecast")
        self.column.currentIndexChanged.connect(lambda _at: self._on_asked())
        self.reading = ShortLabel()
        self.reading.setObjectName("muted")
        label = QLabel("Steps ahead")
        label.setBuddy(self.steps)
        self.head = QHBoxLayout()
        for widget in (label, self.steps, self.column):
            self.head.addWidget(widget)
        self.head.addStretch(1)
        from nnstudio.ui.widgets.time_axis import TimeAxis

        self.plot, self.axis = make_plot(), TimeAxis()
        self.plot.setAccessibleName("Forecast")
        self.plot.setAxisItems({"bottom": self.axis})
        self.plot.setMouseEnabled(x=True, y=False)
        self.truth = self.plot.plot(connect="finite", autoDownsample=True, clipToView=True)
        self.fitted = {part: self.plot.plot(connect="finite") for part in Split}
        self.ahead = self.plot.plot(connect="finite")
        self.edges = [pg.PlotCurveItem(), pg.PlotCurveItem()]
        self.spread = pg.FillBetweenItem(*self.edges)
        self.end = pg.InfiniteLine(angle=90, movable=False)
        self.pointer = pg.InfiniteLine(angle=90, movable=False)
        for item in (*self.edges, self.spread):
            self.plot.addItem(item)
        for item in (self.end, self.pointer):
            self.plot.addItem(item, ignoreBounds=True)
        self.plot.getViewBox().setAutoVisible(y=True)
        self.legend, self.told = QLabel(), PlainLabel()
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        for below in (self.legend, self.told):
            below.setObjectName("small")
            below.setWordWrap(True)
        self.rows.addLayout(self.head)
        # A line of its own: beside the choices, a narrow panel would cut off what is read.
        self.rows.addWidget(self.reading)
        self.rows.addWidget(self.plot, 1)
        self.rows.addWidget(self.legend)
        self.rows.addWidget(self.told)
        self.rows.addWidget(self.hint, 1)
        self.plot.scene().sigMouseMoved.connect(self._on_mouse)
        self._latest: Forecast | None = None
        # What is in sight is a person's own once a forecast was drawn.
        self._is_in_sight = False
        self._asks = (label, self.steps)
        self.repaint_theme()
        self.clear()

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return data.series is not None

    @classmethod
    def leads(cls, data: Dataset) -> bool:
        return True

    def probe(self) -> Probe | None:
        if self.data is None or self.data.series is None:
            return None
        steps = self.steps.value()
        most = max(FEWEST_ORIGINS, FORECASTS // steps)
        return ForecastProbe(steps, most, max(self.column.currentIndex(), 0))

    def set_data(self, data: Dataset | None) -> None:
        with QSignalBlocker(self.column), QSignalBlocker(self.steps):
            self.column.clear()
            if data is not None and data.series is not None:
                self.column.addItems(data.series.series.columns)
                self.steps.set_value(usual_steps(data))
        self._is_in_sight = False
        super().set_data(data)

    def _on_asked(self) -> None:
        self._is_in_sight = False
        self.probe_changed.emit()

    def clear(self) -> None:
        self._latest = None
        self._show(False)
        if self.data is not None and self.data.series is None:
            self.explain_blank(NOT_HERE)
        else:
            self.await_picture(EMPTY)

    def _show(self, shown: bool) -> None:
        for widget in (*self._asks, self.reading, self.plot, self.legend, self.told):
            widget.setVisible(shown)
        self.column.setVisible(shown and self.column.count() > 1)
        self.hint.setVisible(not shown)

    def show_result(self, result: Forecast) -> None:
        whole = self.data.series if self.data is not None else None
        if whole is None or result.asked != self.probe():
            return
        self._latest = result
        self._show(True)
        rows, steps = len(result.truth), len(result.ahead)
        self.axis.show_rows(rows + steps, lambda row: result.call(whole, row), whole.season.rows)
        self.truth.setData(np.arange(rows), result.truth)
        for part, line in self.fitted.items():
            fitted = next((one for one in result.fitted if one.part == part), None)
            line.setData(*((fitted.rows, fitted.values) if fitted is not None else ([], [])))
        # From the last true value on, so that nothing is torn.
        at = np.arange(rows - 1, rows + steps)
        self.ahead.setData(at, np.concatenate([result.truth[-1:], _drawable(result.ahead)]))
        known = np.isfinite(result.low) & np.isfinite(result.high)
        for edge, values in zip(self.edges, (result.low, result.high), strict=True):
            edge.setData(np.arange(rows, rows + steps)[known], values[known])
        self.end.setPos(rows - 0.5)
        self._bring_into_sight(rows, steps)
        self._tell(result)

    def showing(self) -> Showing | None:
        latest = self._latest
        if latest is None or latest.asked != self.probe():
            return None
        return self.shows(latest.column, self.steps.value(), step=latest.step)

    def _bring_into_sight(self, rows: int, steps: int) -> None:
        """Bring the end of the series into sight, unless a person looks elsewhere."""
        self.plot.setLimits(xMin=-1, xMax=rows + steps + 1, minXRange=5)
        if not self._is_in_sight:
            self._is_in_sight = True
            self.plot.setXRange(max(rows - max(IN_SIGHT, 3 * steps), 0), rows + steps, padding=0.02)
            self.plot.enableAutoRange(axis="y")

    def _tell(self, result: Forecast) -> None:
        c = theme.colours
        self.plot.setLabel("left", escape(result.column))
        colours = self._colours()
        parts = " ".join(f"{coloured('━', colours[one.part])}&nbsp;{one.part}" for one in result.fitted)
        # In the very colour that lies there.
        faint = mixed(QColor(c.window), QColor(c.error), SPREAD / 255).name()
        has_spread = bool((np.isfinite(result.low) & np.isfinite(result.high)).any())
        told = "spread&nbsp;(8&nbsp;of&nbsp;10&nbsp;errors)"
        spread_told = f" {coloured('■', faint)}&nbsp;{told}" if has_spread else ""
        self.legend.setText(
            f"{coloured('━', c.muted)}&nbsp;true &nbsp; predicted: {parts} &nbsp; "
            f"{coloured('━', c.error)}&nbsp;forecast{spread_told}"
        )
        sentences, whole = [result.note], ""
        if not np.isfinite(result.ahead).all():
            sentences.append("From some step on, the network gives no numbers.")
        if result.backtest is None:
            sentences += [f"No spread: {result.why}"]
        else:
            # In few words: the plot needs the room. All of them are in the tip.
            spread = told_spread(result.backtest, len(result.ahead))
            sentences.append(errors_in_short(result.backtest))
            whole = f"{told_backtest(result.backtest)} {spread}"
            if not np.isfinite(result.low).any():
                sentences.append(spread)
        self.told.setText(" ".join(filter(None, sentences)))
        self.told.setToolTip(plain_tip(whole))
        self._read(None)

    def _on_mouse(self, position: QPointF) -> None:
        box = self.plot.getPlotItem().vb
        if self._latest is None or not box.sceneBoundingRect().contains(position):
            self._read(None)
            return
        row, count = (
            round(box.mapSceneToView(position).x()),
            len(self._latest.truth) + len(self._latest.ahead),
        )
        self._read(row if 0 <= row < count else None)

    def leaveEvent(self, event: Any) -> None:
        self._read(None)
        super().leaveEvent(event)

    def _read(self, row: int | None) -> None:
        """Say what stands at a row."""
        self.pointer.setVisible(row is not None)
        whole = self.data.series if self.data is not None else None
        if row is None or self._latest is None or whole is None:
            self.reading.show_text(POINT)
            return
        self.pointer.setPos(row)
        result, past = self._latest, row - len(self._latest.truth)
        if past >= 0:
            told = [f"forecast {_digits(result.ahead[past])}"]
            if np.isfinite(result.low[past]):
                told.append(f"spread {_digits(result.low[past])} to {_digits(result.high[past])}")
        else:
            told = [f"true {_digits(result.truth[row])}"]
            for one in result.fitted:
                at = np.flatnonzero(one.rows == row)
                told += [f"predicted {_digits(one.values[i])} ({one.part})" for i in at]
        self.reading.show_text(f"{result.call(whole, row)}: {', '.join(told)}")

    def csv_text(self) -> str:
        """A line for each row of the series, and for each that is forecast."""
        result, whole = self._latest, self.data.series if self.data is not None else None
        if result is None or whole is None:
            return ""
        text, rows = io.StringIO(), len(result.truth)
        table = csv.writer(text, lineterminator="\n")
        clock, column = whole.series.clock or "row", result.column
        table.writerow((clock, column, "predicted", "part", "forecast", "low", "high"))
        fitted = {
            int(row): (number_of(value), one.part)
            for one in result.fitted
            for row, value in zip(one.rows, one.values, strict=True)
        }
        for row, true in enumerate(result.truth):
            given = fitted.get(row, ("", ""))
            table.writerow((result.call(whole, row), number_of(true), *given, "", "", ""))
        for step, values in enumerate(zip(result.ahead, result.low, result.high, strict=True)):
            table.writerow((result.call(whole, rows + step), "", "", "", *map(number_of, values)))
        return text.getvalue()

    @staticmethod
    def _colours() -> dict[Split, str]:
        c = theme.colours
        return {Split.TRAINING: c.training, Split.VALIDATION: c.validation, Split.TEST: c.good}

    def repaint_theme(self) -> None:
        c = theme.colours
        paint_plot(self.plot)
        self.truth.setPen(pg.mkPen(c.muted, width=1))
        for part, line in self.fitted.items():
            line.setPen(pg.mkPen(self._colours()[part], width=1))
        self.ahead.setPen(pg.mkPen(c.error, width=2))
        colour = QColor(c.error)
        colour.setAlpha(SPREAD)
        self.spread.setBrush(colour)
        for edge in self.edges:
            edge.setPen(None)
        self.end.setPen(pg.mkPen(c.muted, style=Qt.PenStyle.DashLine))
        self.pointer.setPen(pg.mkPen(c.border))
        if self._latest is not None:
            self._tell(self._latest)


def _drawable(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, np.nan)


def _digits(value: float) -> str:
    return in_digits(float(value)) if np.isfinite(value) else "no number"
