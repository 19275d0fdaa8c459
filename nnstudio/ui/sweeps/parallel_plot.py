"""Parallel coordinates: an axis for all that is varied and one for the score, a line for each setting."""

from __future__ import annotations

from collections.abc import Sequence
from math import floor

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor

from nnstudio.sweep.trial import Status
from nnstudio.ui.sweeps.axes import Axis, axis_of, score_axis
from nnstudio.ui.sweeps.setting_plot import NEAR, SettingPlot
from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.theme import mixed, theme

NOTHING = "A line for each setting appears here as soon as it is trained."
NO_AXIS = "Only seeds or folds are repeated: there is one setting, and nothing to compare it with."
# Lines have so many colours, from the best settings to the worst.
SHADES = 5
# How much of the accent the worst and the best have.
FAINTEST, STRONGEST = 0.2, 1.0
# Room above and below the axes, in heights of a line of text.
ABOVE, BELOW = 1.9, 0.7
# Pixels at the edges of the plot, and between an axis and its numbers.
EDGE, TICK_GAP = 8.0, 4.0
# Titles have such shares of the distance between two axes; the first one stands mostly right of its axis.
FIRST_ROOM, OTHER_ROOM, FIRST_ANCHOR = 0.66, 0.92, 0.25


class ParallelPlot(SettingPlot):
    """The better a setting is, the stronger is its line; the best has a colour of its own. One that could not
    be trained has no line at the score.
    """

    def __init__(self) -> None:
        super().__init__("Parallel coordinates of the settings", NOTHING)

    def _add_items(self) -> None:
        self._axes: list[Axis] = []
        # Heights of all settings: float64 (settings, axes), NaN where there is no score.
        self._heights = np.empty((0, 0))
        self._written: list[pg.GraphicsObject] = []
        for side in ("left", "bottom"):
            self.plot.hideAxis(side)
        self.shades = [pg.PlotCurveItem(connect="finite") for _ in range(SHADES)]
        self.stopped, self.failed, self.best, self.marked, self.below_mouse = (
            pg.PlotCurveItem(connect="finite") for _ in range(5)
        )
        behind = (self.stopped, self.failed, *reversed(self.shades))
        for item in (*behind, self.best, self.below_mouse, self.marked):
            self.plot.addItem(item)

    # Drawing

    def _draw(self) -> None:
        searched = self._plan.space.searched if self._plan is not None else ()
        scores = [s.value for s in self._settings if s.value is not None]
        has_lines = bool(searched) and bool(self._settings)
        self.hint.setText(NO_AXIS if self._plan is not None and not searched else NOTHING)
        self._show_lines(has_lines)
        if not has_lines:
            self._axes, self._heights = [], np.empty((0, 0))
            return
        self._axes = [axis_of(varied, self._titles[varied.name]) for varied in searched]
        # Without a score it has no numbers; its title stands there all the same.
        scale = score_axis(self._score, scores or [0.0])
        self._heights = np.array(
            [
                [*(axis.height(s.values[v.name]) for axis, v in zip(self._axes, searched, strict=True)),
                 np.nan if s.value is None else scale.height(s.value)]
                for s in self._settings
            ]
        )  # fmt: skip
        self._axes.append(scale)
        self._draw_lines()
        self._write(bool(scores))
        self._tell_shades()
        self._draw_marked()
        self._draw_pointed()

    def _draw_lines(self) -> None:
        shades = self._shades()
        statuses = [s.status for s in self._settings]
        for shade, item in enumerate(self.shades):
            self._draw_some(item, [at for at, own in enumerate(shades) if own == shade])
        self._draw_some(self.stopped, [i for i, s in enumerate(statuses) if s == Status.STOPPED])
        self._draw_one(self.best, self._best.number if self._best is not None else 0)
        known = (Status.TRAINED, Status.STOPPED)
        self._draw_some(self.failed, [i for i, s in enumerate(statuses) if s not in known])

    def _shades(self) -> list[int]:
        """The colour of each setting by its rank among those that were trained; -1 for others."""
        assert self._plan is not None
        rank = self._plan.rank
        trained = [s.value for s in self._settings if s.status == Status.TRAINED and s.value is not None]
        order = sorted(set(map(rank, trained)))
        share = {value: at / max(len(order) - 1, 1) for at, value in enumerate(order)}
        return [
            round(share[rank(s.value)] * (SHADES - 1))
            if s.status == Status.TRAINED and s.value is not None
            else -1
            for s in self._settings
        ]

    def _draw_some(self, item: pg.PlotCurveItem, rows: Sequence[int]) -> None:
        """All lines of one colour in one curve, with a gap behind each."""
        count = len(self._axes)
        x = np.tile([*range(count), np.nan], len(rows))
        y = np.full((len(rows), count + 1), np.nan)
        y[:, :count] = self._heights[list(rows)]
        item.setData(x, y.ravel(), connect="finite")

    def _draw_marked(self) -> None:
        self._draw_one(self.marked, self._marked)

    def _draw_pointed(self) -> None:
        self._draw_one(self.below_mouse, self._pointed)

    def _draw_one(self, item: pg.PlotCurveItem, number: int) -> None:
        self._draw_some(item, [at for at, s in enumerate(self._settings) if s.number == number])

    def _write(self, has_scores: bool) -> None:
        """Axes, their titles and their numbers."""
        for item in self._written:
            self.plot.removeItem(item)
        self._written = []
        c, last = theme.colours, len(self._axes) - 1
        back = QColor(c.window)
        back.setAlpha(190)
        ticks = [axis.ticks() if at < last or has_scores else [] for at, axis in enumerate(self._axes)]
        left, right = self._margins([tick.text for tick in ticks[-1]])
        between = max(self.plot.width() - left - right, 1.0) / last
        height = self.fontMetrics().height()
        line = height / max(self.plot.height() - (ABOVE + BELOW) * height, 1.0)
        for at, axis in enumerate(self._axes):
            self._add(pg.PlotCurveItem([at, at], [0.0, 1.0], pen=pg.mkPen(c.muted, width=1)))
            room = int((FIRST_ROOM if at == 0 else OTHER_ROOM) * between)
            title = self.fontMetrics().elidedText(axis.title, Qt.TextElideMode.ElideMiddle, room)
            anchor = (FIRST_ANCHOR if at == 0 else 0.5, 0.5)
            self._add_text(title, at, 1.0 + 1.3 * line, anchor, c.text, None).setToolTip(
                plain_tip(axis.title)
            )
            for tick in ticks[at]:
                self._add_text(tick.text, at + TICK_GAP / between, tick.height, (0.0, 0.5), c.muted, back)
        across, up = (-left / between, last + right / between), (-BELOW * line, 1.0 + ABOVE * line)
        self.plot.setRange(xRange=across, yRange=up, padding=0)

    def _margins(self, last_ticks: Sequence[str]) -> tuple[float, float]:
        """Pixels that are needed to the left of the first axis, and to the right of the last one."""
        letters = self.fontMetrics().horizontalAdvance
        first, last = letters(self._axes[0].title), letters(self._axes[-1].title)
        widest = max(map(letters, last_ticks), default=0)
        return EDGE + min(FIRST_ANCHOR * first, EDGE * 6), EDGE + max(widest + 2 * TICK_GAP, last / 2)

    def _add_text(
        self, text: str, x: float, y: float, anchor: tuple[float, float], colour: str, fill: QColor | None
    ) -> pg.TextItem:
        item = pg.TextItem(text, color=colour, anchor=anchor, fill=fill)
        item.setFont(self.font())
        item.setPos(x, y)
        self._add(item)
        return item

    def _add(self, item: pg.GraphicsObject) -> None:
        self.plot.addItem(item, ignoreBounds=True)
        self._written.append(item)

    def _tell_shades(self) -> None:
        entries = (
            ("best", theme.colours.good), ("good", self._shade(0)), ("poor", self._shade(SHADES - 1)),
        )  # fmt: skip
        self._write_legend(entries, "Point at a line or a row; a click selects it.")

    def _shade(self, shade: int) -> str:
        share = STRONGEST - (STRONGEST - FAINTEST) * shade / (SHADES - 1)
        return mixed(QColor(theme.colours.window), QColor(theme.colours.accent), share).name()

    def _paint_items(self) -> None:
        c = theme.colours
        for shade, item in enumerate(self.shades):
            item.setPen(pg.mkPen(self._shade(shade), width=1))
        self.stopped.setPen(pg.mkPen(c.validation, width=1, style=Qt.PenStyle.DotLine))
        self.failed.setPen(pg.mkPen(c.error, width=1, style=Qt.PenStyle.DashLine))
        self.best.setPen(pg.mkPen(c.good, width=2))
        self.marked.setPen(pg.mkPen(c.text, width=3))
        self.below_mouse.setPen(pg.mkPen(c.text, width=2))

    def _setting_at(self, position: QPointF) -> int:
        box = self.plot.getViewBox()
        if not self._settings or not self._axes or not box.sceneBoundingRect().contains(position):
            return 0
        point = box.mapSceneToView(position)
        left = min(max(floor(point.x()), 0), len(self._axes) - 2)
        share = min(max(point.x() - left, 0.0), 1.0)
        heights = self._heights[:, left] * (1 - share) + self._heights[:, left + 1] * share
        distances = np.abs(heights - point.y()) / box.viewPixelSize()[1]
        if np.isnan(distances).all():
            return 0
        nearest = int(np.nanargmin(distances))
        return self._settings[nearest].number if distances[nearest] <= NEAR else 0
