"""Curves of a sweep: the score over one thing that it varies, with the spread of its trainings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from nnstudio.sweep.curves import can_be_over, curves_table, lines_over, told, values_over
from nnstudio.sweep.messages import Setting
from nnstudio.sweep.plan import Plan
from nnstudio.sweep.space import Varied
from nnstudio.ui.widgets.choice_box import StillBox, narrow
from nnstudio.ui.widgets.line_colours import SIGN, line_colours
from nnstudio.ui.widgets.plain_text import PlainLabel, coloured, unbroken
from nnstudio.ui.widgets.plots import make_plot, paint_plot
from nnstudio.ui.widgets.theme import theme

NOTHING = "Curves appear here as soon as settings are trained."
NO_VALUES = "Curves need something that is varied with single values. This sweep has none."
SPREAD = "bars: standard deviation of the trainings"
# More lines than this could not be told apart.
MOST_LINES = 8
# How broad the ends of the bars are, as a share of the distance between two values, and how far lines are
# moved apart, so that their bars do not lie over each other.
BEAM, APART = 0.05, 0.03
# Beside the outermost values, in distances between two values.
EDGE = 0.35


class CurvePlot(QWidget):
    """A line for each choice of everything else that is varied."""

    def __init__(self) -> None:
        super().__init__()
        self._plan: Plan | None = None
        self._titles: Mapping[str, str] = {}
        # As `right_called` has it.
        self.only_real = False
        self._settings: list[Setting] = []
        self.over, self.hint, self.legend = narrow(StillBox()), PlainLabel(NOTHING), QLabel()
        self.over.setAccessibleName("Drawn over")
        self.over.setToolTip("What the curves are drawn over; a line for each choice of the rest")
        self.hint.setObjectName("muted")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        self.legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.plot = make_plot()
        self.plot.setAccessibleName("Score of the settings as curves")
        self.plot.setMouseEnabled(False, False)
        label = PlainLabel("Over")
        label.setBuddy(self.over)
        self._choice = QWidget()
        head = QHBoxLayout(self._choice)
        head.setContentsMargins(0, 0, 0, 0)
        head.addWidget(label)
        head.addWidget(self.over)
        head.addStretch(1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(10, 6, 10, 4)
        rows.setSpacing(4)
        for widget, stretch in ((self._choice, 0), (self.hint, 1), (self.plot, 1), (self.legend, 0)):
            rows.addWidget(widget, stretch)
        self.over.currentIndexChanged.connect(lambda _at: self._draw())
        theme.changed.connect(self._repaint_theme)
        self._draw()

    def show_plan(self, plan: Plan | None, titles: Mapping[str, str], score: str) -> None:
        """Draw curves of another sweep from now on: ``titles`` of what it varies, and what its metric is."""
        self._plan, self._titles, self._settings = plan, titles, []
        self.plot.setLabel("left", score)
        with QSignalBlocker(self.over):
            self.over.clear()
            for varied in can_be_over(plan) if plan is not None else ():
                self.over.addItem(titles.get(varied.name, varied.name), varied.name)
        self._draw()

    def show_settings(self, settings: Sequence[Setting]) -> None:
        """Draw these and no others."""
        self._settings = list(settings)
        self._draw()

    def csv_text(self) -> str:
        """A line for each point of each curve; "" where there are none."""
        over, plan = self._chosen(), self._plan
        lines = lines_over(self._settings, plan, over, self._titles) if plan and over else []
        if not (lines and plan and over):
            return ""
        return curves_table(lines, plan, over, self._titles, self.only_real)

    def _chosen(self) -> Varied | None:
        name, plan = self.over.currentData(), self._plan
        return None if plan is None else next((v for v in plan.space.searched if v.name == name), None)

    def _draw(self) -> None:
        over, plan = self._chosen(), self._plan
        lines = lines_over(self._settings, plan, over, self._titles) if plan and over else []
        self.hint.setText(NO_VALUES if plan is not None and over is None else NOTHING)
        self.hint.setVisible(not lines)
        for widget in (self._choice, self.plot, self.legend):
            widget.setVisible(bool(lines))
        self.plot.clear()
        if over is None or not lines:
            return
        drawn = lines[:MOST_LINES]
        for number, (line, colour) in enumerate(zip(drawn, line_colours(), strict=False)):
            shift = (number - (len(drawn) - 1) / 2) * APART
            x = np.array([point.at + shift for point in line.points])
            y = np.array([point.mean for point in line.points])
            spread = np.array([point.deviation or 0.0 for point in line.points])
            pen = pg.mkPen(colour, width=1)
            if spread.any():
                self.plot.addItem(pg.ErrorBarItem(x=x, y=y, height=2 * spread, beam=BEAM, pen=pen))
            self.plot.plot(x, y, pen=pen, symbol="o", symbolSize=6, symbolBrush=colour, symbolPen=None)
        values = values_over(over)
        self.plot.getAxis("bottom").setTicks([[(at, told(over, value)) for at, value in enumerate(values)]])
        self.plot.setLabel("bottom", self._titles.get(over.name, over.name))
        self.plot.setXRange(-EDGE, len(values) - 1 + EDGE, padding=0)
        entries = [
            coloured(unbroken(f"{SIGN} {line.title}"), colour)
            for line, colour in zip(drawn, line_colours(), strict=False)
            if line.title
        ]
        if any(point.deviation for line in drawn for point in line.points):
            entries.append(coloured(SPREAD, theme.colours.muted))
        if len(lines) > MOST_LINES:
            left = f"{len(lines) - MOST_LINES:,} more lines are not drawn"
            entries.append(coloured(left, theme.colours.muted))
        self.legend.setText("&nbsp; ".join(entries))

    def _repaint_theme(self) -> None:
        paint_plot(self.plot)
        self._draw()
