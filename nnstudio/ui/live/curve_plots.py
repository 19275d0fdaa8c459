"""Two plots below each other that share their epochs: lines, the cursor, and marks of edits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QObject, QPointF, Qt, Signal
from PySide6.QtWidgets import QWidget

from nnstudio.training.curve import Curve
from nnstudio.ui.live.curve_legend import of_no_logarithm
from nnstudio.ui.live.curve_lines import PARTS, Line, draw_line, row_of
from nnstudio.ui.live.curve_reach import Reach
from nnstudio.ui.live.edits import Edit
from nnstudio.ui.live.pointed_values import PointedValues
from nnstudio.ui.widgets.plain_text import plain_tip
from nnstudio.ui.widgets.plots import make_plot, paint_plot
from nnstudio.ui.widgets.theme import theme

# Above and below shares from 0 to 1: this share of the axis, and in pixels no less than half a dot.
HAIR, DOT = 0.02, 4.0


class CurvePlots(QObject):
    """Signals: pointed(epoch under the mouse, or None); doubled() after a double click; zoomed() when other
    losses are in sight.

    Attributes:
        plots, lines, cursors: by "loss" and "below".
        values: of what is pointed at.
        edits: what was edited, by epoch.
        below_are_shares: whether the lower plot is from 0 to 1.
    """

    pointed = Signal(object)
    doubled = Signal()
    zoomed = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.plots = {"loss": make_plot(), "below": make_plot()}
        self.values = PointedValues(parent, self.plots["loss"])
        self.lines: dict[str, list[pg.PlotDataItem]] = {name: [] for name in self.plots}
        self.cursors: dict[str, pg.InfiniteLine] = {}
        self.edits: dict[float, str] = {}
        self.below_are_shares = False
        # How many points each has no room for, as its axis is logarithmic.
        self._without_logarithm = dict.fromkeys(self.plots, 0)
        self._drawn: dict[str, Sequence[Line]] = {}
        self._reach: Reach | None = None
        self._across: tuple[float, float] | None = None
        self._marks: list[tuple[pg.PlotWidget, pg.InfiniteLine]] = []
        for name, plot in self.plots.items():
            self.cursors[name] = pg.InfiniteLine(angle=90, movable=False)
            self.cursors[name].hide()
            plot.addItem(self.cursors[name], ignoreBounds=True)
            plot.scene().sigMouseMoved.connect(self._on_mouse)
            plot.scene().sigMouseClicked.connect(self._on_click)
        self.plots["loss"].getViewBox().sigYRangeChanged.connect(lambda *_range: self.zoomed.emit())
        self.plots["below"].getViewBox().sigResized.connect(lambda *_box: self.fit_shares())
        # One epoch is one column in both.
        axes = tuple(plot.getAxis("left") for plot in self.plots.values())
        for axis in axes:
            axis.column = axes
        self.plots["loss"].setLabel("left", "loss")
        self.plots["loss"].setAccessibleName("Loss by epoch")
        self.plots["below"].setLabel("bottom", "epoch")
        self.plots["below"].setXLink(self.plots["loss"])

    def _on_mouse(self, position: QPointF) -> None:
        plot = next((p for p in self.plots.values() if p.scene() is self.sender()), None)
        if plot is None or not plot.sceneBoundingRect().contains(position):
            self.pointed.emit(None)
        else:
            self.pointed.emit(plot.getPlotItem().vb.mapSceneToView(position).x())

    def _on_click(self, event: Any) -> None:
        if event.double() and event.button() == Qt.MouseButton.LeftButton:
            self.doubled.emit()

    def set_lines(self, name: str, curves: Sequence[Line], reach: Reach | None = None) -> None:
        """Draw these and no others; ``reach``: the values that are in sight while nobody zooms."""
        from nnstudio.ui.widgets.plot_items import ReachingLine

        lines, plot, self._drawn[name] = self.lines[name], self.plots[name], curves
        while len(lines) < len(curves):
            # Width 1: wider pens cost ten times as much to draw live.
            lines.append(ReachingLine())
            plot.addItem(lines[-1])
        for line in lines[len(curves) :]:
            line.setData([], [])
        is_log = plot.getPlotItem().ctrl.logYCheck.isChecked()
        self._without_logarithm[name] = sum(int((c.y <= 0).sum()) for c in curves) if is_log else 0
        ends = None if reach is None else (reach.low, reach.high)
        self._reach = reach if name == "loss" else self._reach
        for line, curve in zip(lines, curves, strict=False):
            line.reach = ends if ends is None or not is_log else tuple(np.log10(ends).tolist())
            draw_line(line, curve, is_log)
        self._share_epochs()

    def _share_epochs(self) -> None:
        """Both plots show the epochs of either: of two that are linked, pyqtgraph asks the first alone."""
        each = [line.x[np.isfinite(line.y)] for drawn in self._drawn.values() for line in drawn]
        epochs = np.concatenate(each) if each else np.zeros(0)
        across = _epochs_around(epochs) if len(epochs) else None
        for line in self.lines["loss"]:
            line.across = across
        if across != self._across:
            self._across = across
            self.plots["loss"].getViewBox().queueUpdateAutoRange()

    def fit_shares(self) -> None:
        """Let shares below go from 0 to 1, with room for a dot at either end."""
        if self.below_are_shares:
            box = self.plots["below"].getViewBox()
            box.setYRange(0, 1, padding=max(HAIR, DOT / max(box.height(), 10 * DOT)))

    @property
    def reach(self) -> Reach | None:
        """What of the losses is cut off now; what is in sight all the same, such as in a margin, is not."""
        plot = self.plots["loss"].getPlotItem()
        top = float(plot.getViewBox().viewRange()[1][1])
        # Beyond that there is no float.
        top = 10 ** min(top, 308.0) if plot.ctrl.logYCheck.isChecked() else top
        return self._reach and self._reach.within(top)

    @property
    def not_drawn(self) -> str:
        """What logarithmic axes have no room for, as HTML that goes on behind a legend."""
        return of_no_logarithm(self._without_logarithm)

    @property
    def have_parts(self) -> bool:
        """Whether a line lies inside of epochs."""
        return self._have(lambda line: line.name == PARTS)

    @property
    def have_earlier(self) -> bool:
        """Whether a line is of an earlier run."""
        return self._have(lambda line: line.is_earlier)

    def _have(self, looked_for: Callable[[Line], bool]) -> bool:
        lines = (line for drawn in self._drawn.values() for line in drawn)
        return any(looked_for(line) and np.isfinite(line.y).any() for line in lines)

    def point_at(self, epoch: int | None) -> None:
        """Let the cursor stand at an epoch."""
        for cursor in self.cursors.values():
            cursor.setVisible(epoch is not None)
            if epoch is not None:
                cursor.setPos(epoch)

    def set_edits(self, edits: Sequence[Edit], rows: Curve) -> None:
        """Mark where edits were made in the run of these rows."""
        steps, epochs = (np.append(0.0, rows.column(name)) for name in ("steps", "epoch"))
        told: dict[float, list[str]] = {}
        for edit in edits:
            if rows:
                told.setdefault(float(np.interp(edit.step, steps, epochs)), []).append(edit.title)
        edits_now = {epoch: "\n".join(titles) for epoch, titles in told.items()}
        if edits_now != self.edits:
            self.edits = edits_now
            self._mark()

    def edits_at(self, rows: Curve, row: int) -> str:
        """What was edited in an epoch, or nothing."""
        return ", ".join(told for epoch, told in self.edits.items() if row_of(rows, epoch) == row)

    def _mark(self) -> None:
        for plot, mark in self._marks:
            plot.removeItem(mark)
        self._marks = []
        pen = pg.mkPen(theme.colours.accent, width=1, style=Qt.PenStyle.DashLine)
        for epoch, told in self.edits.items():
            for plot in self.plots.values():
                mark = pg.InfiniteLine(epoch, angle=90, movable=False, pen=pen)
                mark.setToolTip(plain_tip(told))
                plot.addItem(mark, ignoreBounds=True)
                self._marks.append((plot, mark))

    def paint(self) -> None:
        """Take the theme's colours."""
        for plot in self.plots.values():
            paint_plot(plot)
        for cursor in self.cursors.values():
            cursor.setPen(pg.mkPen(theme.colours.muted, width=1))
        self._mark()


def _epochs_around(epochs: np.ndarray) -> tuple[float, float]:
    """From the first to the last, or a whole epoch where they lie within one."""
    first, last = float(epochs.min()), float(epochs.max())
    begun = float(np.floor(first))
    return (begun, begun + 1) if last <= begun + 1 else (first, last)
