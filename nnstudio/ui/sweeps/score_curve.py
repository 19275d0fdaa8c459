"""The score by the value of the one option that is varied: a point for each setting, with its spread."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF

from nnstudio.sweep.messages import Setting
from nnstudio.sweep.space import Between, Varied, are_numbers
from nnstudio.sweep.trial import Status
from nnstudio.ui.sweeps.axes import Axis, RangeAxis, Tick, measured_axis_of, score_axis
from nnstudio.ui.sweeps.setting_plot import NEAR, SettingPlot
from nnstudio.ui.widgets.theme import theme

NOTHING = "A point for each value appears here as soon as it is trained."
NOWHERE = np.empty((0, 2))
# Pixels of a point, and of the ring around one that is selected.
POINT, RING = 9, 17
# Room beyond the first and the last value, and below and above the scores, as shares of the axes.
BESIDE = 0.06
SPREAD = "Bars: standard deviation of the trainings of a setting. "
CUT = "One that goes down to the axis reaches 0 or below, which a logarithm has not. "
POINTING = "Point at a point or a row; a click selects it."


class ScoreCurve(SettingPlot):
    """Points of numbers are joined by a line, as there is something between them; words and switches are not.
    What could not be trained stands at the bottom as a cross.
    """

    def __init__(self) -> None:
        super().__init__("Score by the value that is varied", NOTHING)

    def _add_items(self) -> None:
        # Where each setting stands: float64 (settings, 2); at the bottom where it has no score.
        self._spots = NOWHERE
        self.line = pg.PlotCurveItem()
        self.spread = pg.PlotCurveItem(connect="pairs")
        self.trained, self.stopped, self.failed, self.best, self.below_mouse, self.marked = (
            pg.ScatterPlotItem(size=size, symbol=symbol)
            for size, symbol in ((POINT, "o"), (POINT, "o"), (POINT, "x"), (POINT + 3, "o"), (RING, "o"),
                                 (RING, "o"))
        )  # fmt: skip
        points = (self.trained, self.stopped, self.failed, self.best, self.below_mouse, self.marked)
        for item in (self.line, self.spread, *points):
            self.plot.addItem(item)

    # Drawing

    def _draw(self) -> None:
        searched = self._plan.space.searched if self._plan is not None else ()
        self._show_lines(len(searched) == 1 and bool(self._settings))
        if len(searched) != 1 or not self._settings:
            self._spots = NOWHERE
            return
        values, scale = measured_axis_of(searched[0], self._titles[searched[0].name]), self._scale()
        name = searched[0].name
        self._spots = np.array(
            [
                (values.height(s.values[name]), -BESIDE if s.value is None else scale.height(s.value))
                for s in self._settings
            ]
        )
        self._draw_points(searched[0])
        self._draw_spread(scale)
        has_scores = any(s.value is not None for s in self._settings)
        self._write_axes(values, scale.ticks() if has_scores else [])
        self._tell()
        self._draw_marked()
        self._draw_pointed()

    def _scale(self) -> RangeAxis:
        """From the lowest to the highest score, spread included."""
        scores = [s.value for s in self._settings if s.value is not None]
        ends = [s.value + sign * (s.deviation or 0.0) for s in self._settings if s.value is not None
                for sign in (-1, 1)]  # fmt: skip
        # A bar that reaches 0 or below does not decide whether scores are drawn by their logarithm.
        usable = [end for end in ends if end > 0] if min(scores, default=0.0) > 0 else ends
        return score_axis(self._score, [*scores, *usable] or [0.0])

    def _draw_points(self, varied: Varied) -> None:
        best = self._best
        groups: tuple[tuple[pg.ScatterPlotItem, list[int]], ...] = (
            (self.trained, self._rows(Status.TRAINED)),
            (self.stopped, self._rows(Status.STOPPED)),
            (self.failed, [at for at, s in enumerate(self._settings) if s.value is None]),
            (self.best, self._rows_of(best.number if best is not None else 0)),
        )
        for item, rows in groups:
            item.setData(pos=self._spots[rows])
        joined = sorted(self._rows(Status.TRAINED), key=lambda at: float(self._spots[at, 0]))
        is_joined = isinstance(varied.domain, Between) or are_numbers(varied.domain.values)
        across, up = self._spots[joined if is_joined else []].T
        self.line.setData(across, up)

    def _draw_spread(self, scale: Axis) -> None:
        """Bars as far as the scale goes: a logarithm has no 0."""
        across: list[float] = []
        ends: list[float] = []
        for at, setting in enumerate(self._settings):
            if setting.value is not None and setting.deviation:
                across += [self._spots[at, 0]] * 2
                ends += [_end(scale, setting, sign) for sign in (-1, 1)]
        self.spread.setData(np.array(across), np.array(ends), connect="pairs")

    def _rows(self, status: Status) -> list[int]:
        return [at for at, s in enumerate(self._settings) if s.status == status and s.value is not None]

    def _rows_of(self, number: int) -> list[int]:
        shown = self._settings if len(self._spots) else ()
        return [at for at, s in enumerate(shown) if s.number == number]

    def _draw_marked(self) -> None:
        self.marked.setData(pos=self._spots[self._rows_of(self._marked)])

    def _draw_pointed(self) -> None:
        self.below_mouse.setData(pos=self._spots[self._rows_of(self._pointed)])

    def _write_axes(self, values: Axis, scores: list[Tick]) -> None:
        for side, title, ticks in (("bottom", values.title, values.ticks()), ("left", self._score, scores)):
            axis = self.plot.getAxis(side)
            axis.setLabel(title)
            axis.setTicks([[(tick.height, tick.text) for tick in ticks]])
        beyond = (-BESIDE, 1 + BESIDE)
        has_failed = any(s.value is None for s in self._settings)
        self.plot.setRange(
            xRange=beyond, yRange=(-2 * BESIDE, beyond[1]) if has_failed else beyond, padding=0
        )

    def _tell(self) -> None:
        has_spread = any(s.deviation for s in self._settings)
        is_cut = self._scale().is_log and any((s.value or 0.0) <= (s.deviation or 0.0) for s in self._settings
                                              if s.value is not None)  # fmt: skip
        entries = (("best", theme.colours.good), ("trained", theme.colours.accent))
        self._write_legend(entries, SPREAD * has_spread + CUT * is_cut + POINTING)

    def _paint_items(self) -> None:
        c = theme.colours
        self.line.setPen(pg.mkPen(c.accent, width=1))
        self.spread.setPen(pg.mkPen(c.muted, width=1))
        for item, colour in (
            (self.trained, c.accent), (self.stopped, c.validation), (self.failed, c.error),
            (self.best, c.good),
        ):  # fmt: skip
            item.setBrush(colour)
            item.setPen(pg.mkPen(colour, width=2 if item is self.failed else 1))
        for ring in (self.marked, self.below_mouse):
            ring.setBrush(None)
        self.marked.setPen(pg.mkPen(c.text, width=2))
        self.below_mouse.setPen(pg.mkPen(c.text, width=1))

    def _setting_at(self, position: QPointF) -> int:
        box = self.plot.getViewBox()
        if not len(self._spots) or not box.sceneBoundingRect().contains(position):
            return 0
        point, (across, up) = box.mapSceneToView(position), box.viewPixelSize()
        away = np.hypot((self._spots[:, 0] - point.x()) / across, (self._spots[:, 1] - point.y()) / up)
        nearest = int(np.argmin(away))
        return self._settings[nearest].number if away[nearest] <= NEAR else 0


def _end(scale: Axis, setting: Setting, sign: int) -> float:
    """The height at which the bar of a setting ends; at the bottom where the scale does not reach so far."""
    assert setting.value is not None and setting.deviation is not None
    try:
        return max(scale.height(setting.value + sign * setting.deviation), 0.0)
    except ValueError:
        # No logarithm.
        return 0.0
