"""Tabs of the results: of classes confusion, mistakes, ROC and more; of numbers scatter and residuals."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

import pyqtgraph as pg
from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication, QTabWidget

from nnstudio.data.whole_series import WholeSeries
from nnstudio.explain.results import ClassResults, Mistake, NumberResults, Results
from nnstudio.ui.live.backtest_table import BacktestTable
from nnstudio.ui.live.class_shares import ClassShares
from nnstudio.ui.live.confusion import MOST_CLASSES, ConfusionMatrix
from nnstudio.ui.live.group_figures import GroupFigures
from nnstudio.ui.live.label_tabs import LabelMatrix, LabelTable
from nnstudio.ui.live.ngram_table import NGramTable
from nnstudio.ui.live.picture_rows import PairsTab, PictureRow, PictureRows
from nnstudio.ui.live.view import make_plot, paint_plot
from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.tab_list import TabLists
from nnstudio.ui.widgets.theme import theme


class _Tabs(QTabWidget):
    """What is in sight is drawn, nothing else; ``repaint_theme`` must be called once it is made.

    Signal: choice_changed() when something else of the same results is to be drawn.
    """

    choice_changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.groups = GroupFigures()
        self.groups.chosen.connect(self.choice_changed)
        self.setDocumentMode(True)
        # Its line would be white in the dark.
        self.tabBar().setDrawBase(False)
        self.tabBar().setElideMode(Qt.TextElideMode.ElideNone)
        TabLists(self).follow(self.tabBar())

    def _add_groups(self) -> None:
        self.addTab(self.groups, "By group")
        self.setTabToolTip(self.indexOf(self.groups), "The same for each value of a column, and the gap")
        self.setTabVisible(self.indexOf(self.groups), False)

    def _draw_groups(self, results: Results) -> bool:
        """Draw the groups if they are in sight; whether they are."""
        self.setTabVisible(self.indexOf(self.groups), bool(results.groups))
        if self.currentWidget() is not self.groups:
            return False
        self.groups.draw(results)
        return True

    def _add_plot(self, title: str, below: str, left: str) -> pg.PlotWidget:
        plot = make_plot()
        plot.setLabel("bottom", below)
        plot.setLabel("left", left)
        self.addTab(plot, title)
        return plot


def _add_diagonal(plot: pg.PlotWidget) -> pg.PlotCurveItem:
    diagonal = pg.PlotCurveItem([0, 1], [0, 1])
    plot.addItem(diagonal)
    return diagonal


def _title() -> dict[str, str]:
    """Size and colour of a plot's title; pyqtgraph does not follow those of the window."""
    return {"size": f"{0.95 * QApplication.font().pointSizeF():.3g}pt", "color": theme.colours.muted}


def _dashes() -> pg.QtGui.QPen:
    return pg.mkPen(theme.colours.muted, style=Qt.PenStyle.DashLine)


class ClassTabs(_Tabs):
    """How well classes are predicted."""

    def __init__(self) -> None:
        super().__init__()
        self.matrix, self.shares = ConfusionMatrix(), ClassShares()
        self.mistakes = PictureRows("Worst mistakes")
        self.addTab(self.matrix, "Confusion")
        self.addTab(self.shares, "Classes")
        self._add_groups()
        self.addTab(self.mistakes, "Mistakes")
        self.calibration = self._add_plot("Calibration", "confidence", "accuracy")
        self.roc = self._add_plot("ROC", "false positive rate", "true positive rate")
        self.ngrams = NGramTable()
        self.addTab(self.ngrams, "N-grams")
        self.setTabToolTip(self.indexOf(self.ngrams), "The network beside models that only count")
        self.setTabVisible(self.indexOf(self.ngrams), False)
        self.diagonals = [_add_diagonal(self.calibration), _add_diagonal(self.roc)]
        self.calibration_line, self.roc_line = pg.PlotDataItem(symbol="o", symbolSize=6), pg.PlotDataItem()
        self.calibration.addItem(self.calibration_line)
        self.roc.addItem(self.roc_line)
        # Classes of what was drawn last.
        self._count = 0

    def _lead(self, count: int) -> None:
        """Where other data has too many classes for a matrix, begin with what can be read of them."""
        were_many, are_many = (n > MOST_CLASSES for n in (self._count, count))
        self._count = count
        if are_many != were_many:
            before, after = (self.matrix, self.shares) if are_many else (self.shares, self.matrix)
            if self.currentWidget() is before:
                self.setCurrentWidget(after)

    def draw(self, results: ClassResults) -> None:
        """Draw the tab that is in sight."""
        self.setTabVisible(self.indexOf(self.roc), results.roc is not None and not results.only_real)
        for judged in (self.shares, self.calibration):
            # Without generated samples, precision is always 100%, and how sure a judge is says nothing.
            self.setTabVisible(self.indexOf(judged), not results.only_real)
        self.setTabVisible(self.indexOf(self.ngrams), results.text is not None)
        self._lead(len(results.classes))
        if self._draw_groups(results):
            return
        shown = self.currentWidget()
        if shown is self.ngrams and results.text is not None:
            self.ngrams.draw(results.text, results.part)
        elif shown is self.matrix:
            self.matrix.draw(results)
        elif shown is self.shares:
            self.shares.draw(results)
        elif shown is self.mistakes:
            self._draw_mistakes(results.mistakes)
        elif shown is self.calibration:
            good = results.calibration[results.calibration[:, 2] > 0]
            self.calibration_line.setData(good[:, 0], good[:, 1])
        elif results.roc is not None:
            self.roc_line.setData(results.roc[:, 0], results.roc[:, 1])
            positive = escape(results.classes[1])
            self.roc.setTitle(f"'{positive}' is positive, area {results.area:.3f}", **_title())

    def _draw_mistakes(self, mistakes: tuple[Mistake, ...]) -> None:
        rows = [_row_of(mistake) for mistake in mistakes]
        self.mistakes.show_rows(rows or [PictureRow("No mistakes on these samples.")])

    def repaint_theme(self) -> None:
        """Take the theme's colours; what is coloured by its numbers is drawn anew by `draw`."""
        c = theme.colours
        for plot in (self.calibration, self.roc):
            paint_plot(plot)
        for line in self.diagonals:
            line.setPen(_dashes())
        for line in (self.calibration_line, self.roc_line):
            line.setPen(pg.mkPen(c.training, width=2))
        self.calibration_line.setSymbolBrush(c.training)
        self.calibration_line.setSymbolPen(c.window)


def _row_of(mistake: Mistake) -> PictureRow:
    at = f"sample {mistake.index}" + (f", label {mistake.position}" if mistake.position else "")
    text = f"true {mistake.truth}, {at}\npredicted {mistake.prediction} (confidence {mistake.share:.0%})"
    if mistake.sample.ndim == 3:
        return PictureRow(text, (mistake.sample,))
    return PictureRow(text, (), plain_tip(f"Sample {mistake.index}\n{mistake.told}"))


class LabelTabs(_Tabs):
    """How well labels are predicted, each of which holds or not."""

    def __init__(self) -> None:
        super().__init__()
        self.table, self.one = LabelTable(), LabelMatrix()
        self.one.chosen.connect(self.choice_changed)
        self.addTab(self.table, "Labels")
        self.addTab(self.one, "Confusion")
        self._add_groups()

    def draw(self, results: NumberResults) -> None:
        """Draw the tab that is in sight."""
        if self._draw_groups(results) or results.labels is None:
            return
        shown = self.one if self.currentWidget() is self.one else self.table
        shown.draw(results.labels)

    def repaint_theme(self) -> None:
        """Take the theme's colours: those of the matrix come with its numbers, by `draw`."""


class NumberTabs(_Tabs):
    """How well numbers are predicted."""

    def __init__(self) -> None:
        super().__init__()
        self.pairs = PairsTab()
        self.addTab(self.pairs, "Pictures")
        self.scatter = self._add_plot("Predicted", "true", "predicted")
        self.scatter.setToolTip("A number that is predicted exactly lies on the dashed line")
        self.setTabVisible(0, False)
        self.setCurrentIndex(1)
        self.residuals = self._add_plot("Residuals", "predicted − true", "count")
        self.backtest = BacktestTable()
        self.backtest.chosen.connect(self.choice_changed)
        self.addTab(self.backtest, "Backtest")
        tip = "How far off forecasts are for each step ahead, beside naive ones"
        self.setTabToolTip(self.indexOf(self.backtest), tip)
        self._add_groups()
        self.diagonal, self.points = _add_diagonal(self.scatter), pg.ScatterPlotItem(size=4)
        self.scatter.addItem(self.points)
        self.bars = pg.PlotDataItem(stepMode="center", fillLevel=0)
        self.residuals.addItem(self.bars)

    def draw(self, results: NumberResults, series: WholeSeries | None = None) -> None:
        """Draw the tab that is in sight; ``series``: that of the data, where it is one."""
        self.setTabVisible(self.indexOf(self.backtest), series is not None)
        if self.currentWidget() is self.backtest:
            season = series.season.told if series is not None else ""
            self.backtest.draw(results.backtest, results.why_none, season)
            return
        self._name_axes(results.targets)
        if self.isTabVisible(0) != bool(results.pictures):
            self.setTabVisible(0, bool(results.pictures))
            self.setCurrentIndex(0 if results.pictures else 1)
        if self._draw_groups(results):
            return
        if self.currentWidget() is self.pairs:
            self.pairs.draw(results.pictures, results.count)
            return
        if self.currentWidget() is self.residuals:
            self.bars.setData(results.edges, results.residuals)
            return
        count = len(results.truth)
        # A title takes as much height as a third of the points in a low panel: the usual has none.
        drawn = f"{count:,} of {results.total:,} numbers" if count < results.total else None
        self.scatter.setTitle(drawn, **_title())
        self.points.setData(results.truth, results.predicted)
        if results.truth.size:
            ends = [float(results.truth.min()), float(results.truth.max())]
            self.diagonal.setData(ends, ends)

    def _name_axes(self, targets: Sequence[str]) -> None:
        """By what is predicted, whose name has the unit where one is known; several share the plots."""
        of = f" {targets[0]}" if len(targets) == 1 else ""
        axes = (
            (self.scatter, f"true{of}", f"predicted{of}"),
            (self.residuals, f"predicted − true{of}", "count"),
        )
        for plot, below, left in axes:
            for side, label in (("bottom", below), ("left", left)):
                if plot.getAxis(side).labelText != escape(label):
                    plot.setLabel(side, escape(label))

    def repaint_theme(self) -> None:
        """Take the theme's colours."""
        c, colour = theme.colours, QColor(theme.colours.training)
        for plot in (self.scatter, self.residuals):
            paint_plot(plot)
        self.diagonal.setPen(_dashes())
        colour.setAlpha(130)
        self.bars.setPen(c.training)
        self.bars.setBrush(colour)
        self.points.setBrush(colour)
        self.points.setPen(None)
