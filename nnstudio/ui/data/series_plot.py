"""A time series as a line: which values each part predicts, and one window with what it predicts."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from nnstudio.data.dataset import Split
from nnstudio.data.tables.series import BETWEEN, SeriesLook
from nnstudio.ui.data.column_name import ColumnName
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.jumping_slider import JumpingSlider
from nnstudio.ui.widgets.plain_text import PlainLabel, plain_tip
from nnstudio.ui.widgets.plots import make_plot, paint_plot
from nnstudio.ui.widgets.theme import theme

# Of 255: how strong the bands of the parts are.
BAND = 38
# Of longer windows the points would touch each other.
MOST_POINTS = 60


class SeriesPlot(QWidget):
    """A column at a time; a click, or the slider, chooses the window that stands out.

    Request: renamed(column, new name).
    """

    renamed = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self.look: SeriesLook | None = None
        self.plot = make_plot()
        self.plot.setAccessibleName("Time series")
        from nnstudio.ui.widgets.time_axis import TimeAxis

        self.axis = TimeAxis()
        self.plot.setAxisItems({"bottom": self.axis})
        self.plot.setMouseEnabled(x=True, y=False)
        self.line = self.plot.plot(autoDownsample=True, downsampleMethod="peak", clipToView=True)
        self.entering = self.plot.plot(symbol="o", symbolSize=5)
        self.ahead = self.plot.plot()
        self.predicted = self.plot.plot(symbol="d", symbolSize=13)
        for above, item in enumerate((self.entering, self.ahead, self.predicted), 1):
            item.setZValue(above)
        self.bands: list[tuple[Split, pg.LinearRegionItem, pg.TextItem]] = []
        self.told = PlainLabel()
        self.told.setWordWrap(True)
        self.column = ChoiceBox()
        self.column.setAccessibleName("Column of the series")
        self.column.activated.connect(lambda _i: self._draw_line())
        self.rename = QPushButton("Rename…")
        self.rename.clicked.connect(lambda _on=False: self._ask_name())
        self.slider = JumpingSlider()
        self.slider.setAccessibleName("Window that is shown")
        self.slider.valueChanged.connect(lambda _v: self._draw_window())
        choices = QHBoxLayout()
        choices.addWidget(self.column)
        choices.addWidget(self.rename)
        choices.addWidget(QLabel("Window"))
        choices.addWidget(self.slider, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(14, 4, 14, 10)
        rows.addLayout(choices)
        rows.addWidget(self.told)
        rows.addWidget(self.plot, 1)
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        theme.changed.connect(self._paint)
        self._paint()

    def show_look(self, look: SeriesLook) -> None:
        """Draw this series, with the first window for training, and the predicted column."""
        self.look = look
        names = dict.fromkeys((*look.series.columns, *look.series.names))
        with QSignalBlocker(self.column), QSignalBlocker(self.slider):
            self.column.clear()
            for name in names:
                self.column.addItem(name, name)
            self.slider.setRange(0, max(len(look.starts()) - 1, 0))
            self.slider.setValue(0)
        self.column.setVisible(len(names) > 1)
        self.slider.setEnabled(len(look.starts()) > 1)
        times = look.series.times
        self.axis.show_rows(len(look.series.target), lambda row: times[row] if times else f"{row + 1:,}")
        last = len(look.series.target) - 1
        self.plot.setLimits(xMin=-0.02 * last - 1, xMax=1.02 * last + 1, minXRange=min(5, last + 1))
        self.plot.setXRange(0, last)
        self._draw_bands(look)
        self._draw_line()

    def _draw_bands(self, look: SeriesLook) -> None:
        for _split, band, label in self.bands:
            self.plot.removeItem(band)
            self.plot.removeItem(label)
        self.bands, spans = [], look.spans()
        # What stands before the first predicted value is learned from as well.
        left = -0.5
        for split, (_first, last) in spans.items():
            band = pg.LinearRegionItem((left, last + 0.5), movable=False)
            band.setZValue(-10)
            label = pg.TextItem(str(split), anchor=(0, 0))
            label.setZValue(5)
            self.plot.addItem(band, ignoreBounds=True)
            self.plot.addItem(label, ignoreBounds=True)
            self.bands.append((split, band, label))
            left = last + 0.5
        self._paint()

    def _draw_line(self) -> None:
        if self.look is None:
            return
        values = self.look.line(self.column.currentData())
        # Where a value is missing, the line is broken.
        self.line.setData(np.arange(len(values)), values, connect="finite")
        low, high = float(np.nanmin(values)), float(np.nanmax(values))
        room = (high - low or abs(high) or 1.0) * 0.08
        # Above the line stand the names of the parts.
        self.plot.setYRange(low - room, high + 3 * room, padding=0)
        for _split, band, label in self.bands:
            label.setPos(band.getRegion()[0], high + 3 * room)
        self.rename.setToolTip(plain_tip(f"Give '{self.column.currentData()}' another name"))
        self._draw_window()

    def _draw_window(self) -> None:
        look = self.look
        starts = np.zeros(0, np.int64) if look is None else look.starts()
        for item in (self.entering, self.ahead, self.predicted):
            item.setVisible(len(starts) > 0)
        if look is None or not len(starts):
            self.told.setText("" if look is None else "There are too few rows for a window.")
            return
        name = str(self.column.currentData())
        values, start = look.line(name), int(starts[self.slider.value()])
        last, end = start + look.window - 1, look.predicted(start)
        rows = np.arange(start, last + 1)
        # A column may only enter, or only be predicted.
        enters, is_predicted = name in look.series.names, name in look.series.columns
        self.entering.setVisible(enters)
        self.entering.setData(rows, values[rows], symbolSize=5 if look.window <= MOST_POINTS else 0)
        self.ahead.setData([last, end], [values[last], values[end]])
        self.predicted.setData([end], [values[end]])
        self.ahead.setVisible(is_predicted)
        self.predicted.setVisible(is_predicted)
        self.told.setText(self._in_words(look, start, end))

    def _in_words(self, look: SeriesLook, start: int, end: int) -> str:
        at = self.slider.value()
        edges = np.cumsum([len(part) for part in look.parts])
        split = list(Split)[int(np.searchsorted(edges, at, "right"))]
        entering = ", ".join(f"'{name}'" for name in look.series.names)
        predicted = ", ".join(f"'{name}'" for name in look.series.columns)
        mark = "●" if look.window <= MOST_POINTS else "the thick line"
        return (
            f"Window {at + 1:,} of {edges[-1]:,}, for {split}: {look.window:,} values of {entering} from "
            f"{look.time(start)} to {look.time(start + look.window - 1)} enter ({mark}), and {predicted} of "
            f"{look.time(end)} is predicted (◆)."
        )

    def _ask_name(self) -> None:
        if self.look is None:
            return
        column = str(self.column.currentData())
        dialog = ColumnName(self.window(), column, set(self.look.known) - {column}, BETWEEN)
        dialog.chosen.connect(lambda name: self.renamed.emit(column, name))
        dialog.open()

    def _on_click(self, event: Any) -> None:
        """Choose the window whose predicted value stands nearest."""
        look = self.look
        if look is None or not len(look.starts()):
            return
        at = self.plot.getViewBox().mapSceneToView(QPointF(event.scenePos())).x()
        self.slider.setValue(int(np.abs(look.predicted(0) + look.starts() - at).argmin()))

    def _paint(self) -> None:
        c = theme.colours
        paint_plot(self.plot)
        of_parts = {Split.TRAINING: c.training, Split.VALIDATION: c.validation, Split.TEST: c.good}
        self.line.setPen(pg.mkPen(c.muted, width=1.2))
        self.entering.setPen(pg.mkPen(c.accent, width=2.4))
        self.entering.setSymbolPen(None)
        self.entering.setSymbolBrush(QColor(c.accent))
        self.ahead.setPen(pg.mkPen(c.error, width=1.4, style=Qt.PenStyle.DashLine))
        self.predicted.setSymbolPen(pg.mkPen(c.window))
        self.predicted.setSymbolBrush(QColor(c.error))
        for split, band, label in self.bands:
            colour = QColor(of_parts[split])
            label.setColor(colour)
            colour.setAlpha(BAND)
            band.setBrush(colour)
            for edge in band.lines:
                edge.setPen(pg.mkPen(c.border))
