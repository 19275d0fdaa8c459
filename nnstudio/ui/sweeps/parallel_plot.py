"""Parallel coordinates: an axis for all that is varied and one for the score, a line for each setting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QPointF, Qt, Signal
from PySide6.QtGui import QColor, QCursor, QResizeEvent
from PySide6.QtWidgets import QLabel, QToolTip, QVBoxLayout, QWidget

from nnstudio.model.quantity import in_digits, value_in_words
from nnstudio.sweep.messages import Setting
from nnstudio.sweep.plan import Plan
from nnstudio.sweep.trial import Status
from nnstudio.ui.sweeps.axes import Axis, axis_of, score_axis
from nnstudio.ui.widgets.plain_text import PlainLabel, coloured, plain_tip
from nnstudio.ui.widgets.plots import make_plot, paint_plot
from nnstudio.ui.widgets.theme import mixed, theme

NOTHING = "A line for each setting appears here as soon as it is trained."
NO_AXIS = "Only seeds or folds are repeated: there is one setting, and nothing to compare it with."
# Lines have so many colours, from the best settings to the worst.
SHADES = 5
# How much of the accent the worst and the best have.
FAINTEST, STRONGEST = 0.2, 1.0
# A line this near to the mouse, in pixels, is meant.
NEAR = 9.0
# Room above and below the axes, in heights of a line of text.
ABOVE, BELOW = 1.9, 0.7
# Pixels at the edges of the plot, and between an axis and its numbers.
EDGE, TICK_GAP = 8.0, 4.0
# Titles have such shares of the distance between two axes; the first one stands mostly right of its axis.
FIRST_ROOM, OTHER_ROOM, FIRST_ANCHOR = 0.66, 0.92, 0.25
SIGN = "\N{BLACK CIRCLE}\N{NO-BREAK SPACE}"


class ParallelPlot(QWidget):
    """Signals: pointed(number of the setting below the mouse, 0 for none), chosen(number) of one at a click.

    The better a setting is, the stronger is its line; the best has a colour of its own. One that could not
    be trained has no line at the score.
    """

    pointed = Signal(int)
    chosen = Signal(int)

    def __init__(self) -> None:
        super().__init__()
        self._plan: Plan | None = None
        self._titles: Mapping[str, str] = {}
        self._score = ""
        self._settings: list[Setting] = []
        self._axes: list[Axis] = []
        # Heights of all settings: float64 (settings, axes), NaN where there is no score.
        self._heights = np.empty((0, 0))
        self._marked = self._pointed = 0
        self.plot = make_plot()
        self.plot.setAccessibleName("Parallel coordinates of the settings")
        self.plot.setMouseEnabled(False, False)
        self.plot.setMouseTracking(True)
        for side in ("left", "bottom"):
            self.plot.hideAxis(side)
        self.shades = [pg.PlotCurveItem(connect="finite") for _ in range(SHADES)]
        self.stopped, self.failed, self.best, self.marked, self.below_mouse = (
            pg.PlotCurveItem(connect="finite") for _ in range(5)
        )
        behind = (self.stopped, self.failed, *reversed(self.shades))
        for item in (*behind, self.best, self.below_mouse, self.marked):
            self.plot.addItem(item)
        self._written: list[pg.GraphicsObject] = []
        self.hint, self.legend = PlainLabel(NOTHING), QLabel()
        self.hint.setObjectName("muted")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(10, 4, 10, 2)
        rows.setSpacing(2)
        for widget, stretch in ((self.hint, 1), (self.plot, 1), (self.legend, 0)):
            rows.addWidget(widget, stretch)
        self.plot.scene().sigMouseMoved.connect(self._on_mouse)
        self.plot.scene().sigMouseClicked.connect(self._on_click)
        theme.changed.connect(self._repaint_theme)
        self._repaint_theme()

    def show_plan(self, plan: Plan | None, titles: Mapping[str, str], score: str) -> None:
        """Draw lines of another sweep from now on: ``titles`` of what it varies, and what its metric is."""
        self._plan, self._titles, self._score = plan, titles, score.capitalize()
        self.show_settings([])

    def show_settings(self, settings: Sequence[Setting]) -> None:
        """Draw these and no others."""
        self._settings = list(settings)
        self._draw()

    def mark(self, number: int) -> None:
        """Draw the line of a setting over all others; 0 for none."""
        self._marked = number
        self._draw_one(self.marked, number)

    def point_at(self, number: int) -> None:
        """The same, for as long as the mouse is at the setting."""
        if number != self._pointed:
            self._pointed = number
            self._draw_one(self.below_mouse, number)

    # Drawing

    def _draw(self) -> None:
        searched = self._plan.space.searched if self._plan is not None else ()
        scores = [s.value for s in self._settings if s.value is not None]
        has_lines = bool(searched) and bool(self._settings)
        self.hint.setText(NO_AXIS if self._plan is not None and not searched else NOTHING)
        self.hint.setVisible(not has_lines)
        for widget in (self.plot, self.legend):
            widget.setVisible(has_lines)
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
        self._write_legend()
        self.mark(self._marked)
        self._draw_one(self.below_mouse, self._pointed)

    def _draw_lines(self) -> None:
        shades = self._shades()
        statuses = [s.status for s in self._settings]
        for shade, item in enumerate(self.shades):
            self._draw_some(item, [at for at, own in enumerate(shades) if own == shade])
        self._draw_some(self.stopped, [i for i, s in enumerate(statuses) if s == Status.STOPPED])
        self._draw_some(self.best, [self._best()] if max(shades, default=-1) >= 0 else [])
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

    def _best(self) -> int:
        """Where the best of the settings stands that were trained, one at least."""
        assert self._plan is not None
        ranks = {
            at: self._plan.rank(s.value)
            for at, s in enumerate(self._settings)
            if s.status == Status.TRAINED and s.value is not None
        }
        return min(ranks, key=lambda at: ranks[at])

    def _draw_some(self, item: pg.PlotCurveItem, rows: Sequence[int]) -> None:
        """All lines of one colour in one curve, with a gap behind each."""
        count = len(self._axes)
        x = np.tile([*range(count), np.nan], len(rows))
        y = np.full((len(rows), count + 1), np.nan)
        y[:, :count] = self._heights[list(rows)]
        item.setData(x, y.ravel(), connect="finite")

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

    def _write_legend(self) -> None:
        c = theme.colours
        statuses = {s.status for s in self._settings}
        entries = [
            ("best", c.good), ("good", self._shade(0)), ("poor", self._shade(SHADES - 1)),
        ]  # fmt: skip
        if Status.STOPPED in statuses:
            entries.append(("stopped early", c.validation))
        if statuses - {Status.TRAINED, Status.STOPPED}:
            entries.append(("could not be trained", c.error))
        told = [f"{coloured(SIGN, colour)}{coloured(word, c.muted)}" for word, colour in entries]
        told.append(coloured("Point at a line or a row; a click selects it.", c.muted))
        self.legend.setText("&nbsp;&nbsp; ".join(told))

    def _shade(self, shade: int) -> str:
        share = STRONGEST - (STRONGEST - FAINTEST) * shade / (SHADES - 1)
        return mixed(QColor(theme.colours.window), QColor(theme.colours.accent), share).name()

    def _repaint_theme(self) -> None:
        paint_plot(self.plot)
        c = theme.colours
        for shade, item in enumerate(self.shades):
            item.setPen(pg.mkPen(self._shade(shade), width=1))
        self.stopped.setPen(pg.mkPen(c.validation, width=1, style=Qt.PenStyle.DotLine))
        self.failed.setPen(pg.mkPen(c.error, width=1, style=Qt.PenStyle.DashLine))
        self.best.setPen(pg.mkPen(c.good, width=2))
        self.marked.setPen(pg.mkPen(c.text, width=3))
        self.below_mouse.setPen(pg.mkPen(c.text, width=2))
        self._draw()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._draw()

    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._draw()

    # The mouse

    def _on_mouse(self, at: QPointF) -> None:
        number = self._setting_at(at)
        if number != self._pointed:
            self.point_at(number)
            self.pointed.emit(number)
            QToolTip.showText(QCursor.pos(), plain_tip(self._told(number)), self.plot)

    def _told(self, number: int) -> str:
        """A setting as a tool tip tells it, "" for none."""
        setting = next((s for s in self._settings if s.number == number), None)
        if setting is None:
            return ""
        lines = [f"Setting {number:,}"]
        lines += [f"{self._titles[name]}: {value_in_words(value)}" for name, value in setting.values.items()]
        if setting.value is not None:
            lines.append(f"{self._score}: {in_digits(setting.value)}")
        return "\n".join(lines)

    def _on_click(self, event: pg.GraphicsScene.mouseEvents.MouseClickEvent) -> None:
        if number := self._setting_at(event.scenePos()):
            self.chosen.emit(number)

    def leaveEvent(self, event: QEvent) -> None:
        super().leaveEvent(event)
        self.point_at(0)
        self.pointed.emit(0)

    def _setting_at(self, position: QPointF) -> int:
        """The number of the setting whose line is nearest to a point of the scene; 0 where none is near."""
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
