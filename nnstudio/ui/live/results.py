"""How good the network is: confusion, mistakes and calibration for classes, a scatter for numbers."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import (
    QHeaderView,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QTableWidget,
    QTableWidgetItem,
    QTabWidget,
)

from nnstudio.explain.results import ClassResults, Mistake, NumberResults, Results, ResultsProbe
from nnstudio.training.probing import Probe
from nnstudio.ui.live.view import LiveView, make_plot, paint_plot, register
from nnstudio.ui.widgets.layer_pictures import thumbnail
from nnstudio.ui.widgets.theme import theme

EMPTY = "how well the network predicts"
# Edge of a mistake's picture.
EDGE = 40
# A larger matrix is not legible; then only the classes' figures are told.
MOST_CLASSES = 30


@register
class ResultsView(LiveView):
    """How well the network predicts samples that it did not train on."""

    id = "results"
    title = "Results"
    help = "Where the network is wrong, and how confident: confusion, mistakes, calibration, residuals."
    order = 6
    beside = "loss_surface"

    def __init__(self) -> None:
        super().__init__()
        self.caption = QLabel()
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.caption.setWordWrap(True)
        # Two, because a bar of tabs that scrolls is not put right when some of its tabs are hidden.
        self.tabs, self.number_tabs = QTabWidget(), QTabWidget()
        for tabs in (self.tabs, self.number_tabs):
            tabs.setDocumentMode(True)
            # Its line would be white in the dark.
            tabs.tabBar().setDrawBase(False)
        self.matrix = QTableWidget()
        self.matrix.setAccessibleName("Confusion matrix")
        self.matrix.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.matrix.setToolTip("Rows: true class; columns: predicted class")
        for header in (self.matrix.horizontalHeader(), self.matrix.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
            header.setMinimumSectionSize(24)
        self.mistakes = QListWidget()
        self.mistakes.setAccessibleName("Worst mistakes")
        self.calibration, self.roc, self.scatter, self.residuals = (make_plot() for _ in range(4))
        for plot, below, left in (
            (self.calibration, "confidence", "accuracy"),
            (self.roc, "false positive rate", "true positive rate"),
            (self.scatter, "true", "predicted"),
            (self.residuals, "predicted − true", "count"),
        ):  # fmt: skip
            plot.setLabel("bottom", below)
            plot.setLabel("left", left)
        self.diagonals = [pg.PlotCurveItem([0, 1], [0, 1]) for _ in range(3)]
        self.calibration_line = pg.PlotDataItem(symbol="o", symbolSize=6)
        self.roc_line, self.points = pg.PlotDataItem(), pg.ScatterPlotItem(size=4)
        items = (self.calibration_line, self.roc_line, self.points)
        for plot, diagonal, item in zip(
            (self.calibration, self.roc, self.scatter), self.diagonals, items, strict=True
        ):
            plot.addItem(diagonal)
            plot.addItem(item)
        self.rows.addWidget(self.caption)
        self.rows.addWidget(self.tabs, 1)
        self.rows.addWidget(self.number_tabs, 1)
        self.rows.addWidget(self.hint, 1)
        self.tabs.addTab(self.matrix, "Confusion")
        self.tabs.addTab(self.mistakes, "Mistakes")
        self.tabs.addTab(self.calibration, "Calibration")
        self.tabs.addTab(self.roc, "ROC")
        self.number_tabs.addTab(self.scatter, "Predicted")
        self.number_tabs.addTab(self.residuals, "Residuals")
        self.bars = pg.PlotDataItem(stepMode="center", fillLevel=0)
        self.residuals.addItem(self.bars)
        self._latest: Results | None = None
        self._heads: tuple[list[str], tuple[str, ...]] = ([], ())
        self._cells: dict[tuple[int, int], QTableWidgetItem] = {}
        for tabs in (self.tabs, self.number_tabs):
            tabs.currentChanged.connect(lambda _i: self._draw())
        self.repaint_theme()
        self.clear()

    def probe(self) -> Probe | None:
        return ResultsProbe() if self.data is not None else None

    def clear(self) -> None:
        self._latest = None
        for widget in (self.caption, self.tabs, self.number_tabs):
            widget.hide()
        self.await_picture(EMPTY)
        self.hint.show()

    def show_result(self, result: Results) -> None:
        self._latest = result
        self._draw()

    def _draw(self) -> None:
        """Draw what is in sight only."""
        results = self._latest
        if results is None:
            return
        self.hint.hide()
        self.caption.show()
        self.tabs.setVisible(isinstance(results, ClassResults))
        self.number_tabs.setVisible(isinstance(results, NumberResults))
        if isinstance(results, NumberResults):
            self._draw_numbers(results)
            return
        non_finite = f" · {results.non_finite:,} predictions are not finite" if results.non_finite else ""
        self.caption.setText(
            f"<b>{results.accuracy:.1%}</b> of {results.count:,} {results.part} samples are predicted "
            f"correctly{non_finite}"
        )
        self.tabs.setTabVisible(self.tabs.indexOf(self.roc), results.roc is not None)
        shown = self.tabs.currentWidget()
        if shown is self.matrix:
            self._draw_matrix(results)
        elif shown is self.mistakes:
            self._draw_mistakes(results.mistakes)
        elif shown is self.calibration:
            good = results.calibration[results.calibration[:, 2] > 0]
            self.calibration_line.setData(good[:, 0], good[:, 1])
        elif results.roc is not None:
            self.roc_line.setData(results.roc[:, 0], results.roc[:, 1])
            self.roc.setTitle(f"area {results.area:.3f}", size="9pt")

    def _draw_matrix(self, results: ClassResults) -> None:
        table, count = self.matrix, len(results.classes)
        shown = count if count <= MOST_CLASSES else 0
        heads = [*results.classes[:shown], "precision", "recall"]
        if (heads, results.classes) != self._heads:
            self._heads = (heads, results.classes)
            table.setColumnCount(len(heads))
            table.setRowCount(count)
            table.setHorizontalHeaderLabels(heads)
            table.setVerticalHeaderLabels(list(results.classes))
            for row in range(count):
                for column in range(len(heads)):
                    item = self._cells[row, column] = QTableWidgetItem()
                    item.setTextAlignment(Qt.AlignmentFlag.AlignCenter)
                    table.setItem(row, column, item)
        most = max(int(results.matrix.max()), 1)
        for row in range(count):
            for column in range(shown):
                value = int(results.matrix[row, column])
                colour = QColor(theme.colours.good if row == column else theme.colours.error)
                colour.setAlphaF(min(0.75, (value / most) ** 0.5 * 0.75))
                self._cells[row, column].setText(str(value) if value else "")
                self._cells[row, column].setBackground(colour)
            for column, share in ((shown, results.precision[row]), (shown + 1, results.recall[row])):
                self._cells[row, column].setText("-" if np.isnan(share) else f"{share:.1%}")

    def _draw_mistakes(self, mistakes: tuple[Mistake, ...]) -> None:
        self.mistakes.clear()
        for m in mistakes:
            item = QListWidgetItem(
                f"{m.truth} predicted as {m.prediction} (confidence {m.share:.0%})  ·  sample {m.index}"
            )
            if m.sample.ndim == 3:
                item.setIcon(thumbnail(m.sample, EDGE))
            else:
                values = ", ".join(f"{v:.3g}" for v in m.sample.ravel()[:20])
                item.setToolTip(f"Sample {m.index}: {values}")
            self.mistakes.addItem(item)
        if not mistakes:
            self.mistakes.addItem("No mistakes on these samples.")

    def _draw_numbers(self, results: NumberResults) -> None:
        self.caption.setText(
            f"{results.count:,} {results.part} samples: mean absolute error "
            f"<b>{results.mean_absolute:.4g}</b>, root mean square error "
            f"<b>{results.root_mean_square:.4g}</b>, R² <b>{results.explained:.4f}</b>"
            + (f" · {results.non_finite:,} predictions are not finite" if results.non_finite else "")
        )
        if self.number_tabs.currentWidget() is self.residuals:
            self.bars.setData(results.edges, results.residuals)
            return
        drawn = (
            f"{len(results.truth):,} of {results.total:,} numbers"
            if len(results.truth) < results.total
            else None
        )
        self.scatter.setTitle(drawn, size="9pt")
        self.points.setData(results.truth, results.predicted)
        if results.truth.size:
            ends = [float(results.truth.min()), float(results.truth.max())]
            self.diagonals[2].setData(ends, ends)

    def repaint_theme(self) -> None:
        c = theme.colours
        for plot in (self.calibration, self.roc, self.scatter, self.residuals):
            paint_plot(plot)
        for line in self.diagonals:
            line.setPen(pg.mkPen(c.muted, style=Qt.PenStyle.DashLine))
        for line in (self.calibration_line, self.roc_line):
            line.setPen(pg.mkPen(c.training, width=2))
        self.calibration_line.setSymbolBrush(c.training)
        self.calibration_line.setSymbolPen(c.window)
        colour = QColor(c.training)
        colour.setAlpha(130)
        self.bars.setPen(c.training)
        self.bars.setBrush(colour)
        self.points.setBrush(colour)
        self.points.setPen(None)
        self._draw() if hasattr(self, "_latest") else None
