"""Loss and accuracy of several runs over each other: training as a line, validation dashed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from nnstudio.training.curve import Curve
from nnstudio.ui.live.curve_lines import drawable, line_of, thinning
from nnstudio.ui.widgets.line_colours import SIGN, line_colours
from nnstudio.ui.widgets.plain_text import PlainLabel, coloured
from nnstudio.ui.widgets.plots import make_plot, paint_plot
from nnstudio.ui.widgets.theme import theme

# More lines than this could not be told apart.
MOST_DRAWN = 8
DASHED = "╍"
NOTHING = "Select a run to see its curves; select several, with Ctrl or Shift, to see them together."
NO_EPOCH = "There is no curve yet: no epoch was completed."


class RunCurves(QWidget):
    """Two plots beside each other under one legend; the one of accuracy is there where a run has any."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[tuple[str, Curve]] = []
        self._left_out = 0
        self.legend, self.hint = QLabel(), PlainLabel(NOTHING)
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setWordWrap(True)
        self.legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.hint.setObjectName("muted")
        self.hint.setWordWrap(True)
        self.hint.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.log = QCheckBox("Logarithmic loss")
        self.log.toggled.connect(self._set_log)
        self.plots = {"loss": make_plot(), "accuracy": make_plot()}
        for name, plot in self.plots.items():
            plot.setLabel("left", name)
            plot.setLabel("bottom", "epoch")
            plot.setAccessibleName(f"{name.capitalize()} of the selected runs by epoch")
        self.plots["accuracy"].setXLink(self.plots["loss"])
        head, plots, rows = QHBoxLayout(), QHBoxLayout(), QVBoxLayout(self)
        head.addWidget(self.legend, 1)
        head.addWidget(self.log, 0, Qt.AlignmentFlag.AlignTop)
        plots.setSpacing(10)
        for plot in self.plots.values():
            plots.addWidget(plot, 1)
        rows.setContentsMargins(10, 6, 6, 6)
        rows.addLayout(head)
        rows.addWidget(self.hint, 1)
        rows.addLayout(plots, 1)
        theme.changed.connect(self._repaint_theme)
        self._draw()

    def show_runs(self, runs: Sequence[tuple[str, Curve]], left_out: int = 0) -> None:
        """Draw these, by their names, MOST_DRAWN at the most; that so many are ``left_out`` is said."""
        self._runs = [(name, drawable(curve)) for name, curve in runs]
        self._left_out = left_out
        self._draw()

    def _set_log(self, on: bool) -> None:
        self.plots["loss"].setLogMode(y=on)
        self._draw()

    def _repaint_theme(self) -> None:
        for plot in self.plots.values():
            paint_plot(plot)
        self._draw()

    def _draw(self) -> None:
        has_rows = any(len(curve) for _name, curve in self._runs)
        self.hint.setText(NO_EPOCH if self._runs else NOTHING)
        self.hint.setVisible(not has_rows)
        self.log.setVisible(has_rows)
        self.plots["loss"].setVisible(has_rows)
        self.plots["accuracy"].setVisible(any(curve.has("accuracy") for _name, curve in self._runs))
        for name, plot in self.plots.items():
            plot.clear()
            for (_run, curve), colour in zip(self._runs, line_colours(), strict=False):
                self._add(name, name, curve, colour, Qt.PenStyle.SolidLine)
                self._add(name, f"val_{name}", curve, colour, Qt.PenStyle.DashLine)
        self._write_legend(has_rows)

    def _add(self, plot: str, column: str, curve: Curve, colour: str, style: Qt.PenStyle) -> None:
        line = line_of(curve, column, colour, 0.0)
        # Of nothing there is no logarithm.
        y = np.where(line.y > 0, line.y, np.nan) if plot == "loss" and self.log.isChecked() else line.y
        known = int(np.isfinite(y).sum())
        if known:
            pen = pg.mkPen(colour, width=1, style=style)
            # Of a single point there is no line.
            point = {"symbol": "o", "symbolSize": 5, "symbolBrush": colour, "symbolPen": None}
            self.plots[plot].plot(line.x, y, pen=pen, **(point if known == 1 else {}))

    def _write_legend(self, has_rows: bool) -> None:
        entries = [
            coloured(f"{SIGN}\N{NO-BREAK SPACE}{name}", colour)
            for (name, _curve), colour in zip(self._runs, line_colours(), strict=False)
        ]
        remarks = []
        if any(curve.has("val_loss") for _name, curve in self._runs):
            remarks.append(f"{DASHED}\N{NO-BREAK SPACE}validation")
        longest = max((curve for _name, curve in self._runs), key=lambda curve: curve.span, default=Curve())
        remarks += [thinning(longest, False)] if longest.span > 1 else []
        if self._left_out:
            remarks.append(f"{self._left_out:,} more are selected, but not drawn")
        entries += [coloured(remark, theme.colours.muted) for remark in remarks]
        self.legend.setText("&nbsp; ".join(entries) if has_rows else "")
