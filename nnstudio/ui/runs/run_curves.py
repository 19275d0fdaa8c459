"""Loss and accuracy of several runs over each other: training as a line, validation dashed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from nnstudio.data.terms import REAL_RIGHT
from nnstudio.model.quantity import counted, in_digits
from nnstudio.training.curve import Curve
from nnstudio.ui.live.curve_lines import drawable, line_of, thinning
from nnstudio.ui.live.curve_reach import Reach, reach_of_runs
from nnstudio.ui.widgets.line_colours import SIGN, line_colours
from nnstudio.ui.widgets.plain_text import PlainLabel, coloured, unbroken
from nnstudio.ui.widgets.plots import make_plot, paint_plot
from nnstudio.ui.widgets.theme import theme

# More lines than this could not be told apart.
MOST_DRAWN = 8
DASHED = "╍"
NOTHING = "Select a run to see its curves; select several, with Ctrl or Shift, to see them together."
UNLIKE = "they have different losses, whose heights say nothing of which is better"
NO_EPOCH = "There is no curve yet: no epoch was completed."


class RunCurves(QWidget):
    """Two plots beside each other under one legend; the one of accuracy is there where a run has any."""

    def __init__(self) -> None:
        super().__init__()
        self._runs: list[tuple[str, Curve]] = []
        self._left_out, self._are_unlike = 0, False
        self._reach: Reach | None = None
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

    def show_runs(
        self, runs: Sequence[tuple[str, Curve]], left_out: int = 0, are_unlike: bool = False,
        only_real: bool = False,
    ) -> None:  # fmt: skip
        """Draw these, by their names, MOST_DRAWN at the most; that so many are ``left_out`` is said, and that
        their losses ``are_unlike``. ``only_real``: the accuracies count real samples alone.
        """
        self.plots["accuracy"].setLabel("left", REAL_RIGHT if only_real else "accuracy")
        self._runs = [(name, drawable(curve)) for name, curve in runs]
        self._left_out, self._are_unlike = left_out, are_unlike
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
        self._reach = reach_of_runs([self._losses(curve) for _name, curve in self._runs])
        for name, plot in self.plots.items():
            plot.clear()
            for (_run, curve), colour in zip(self._runs, line_colours(), strict=False):
                self._add(name, name, curve, colour, Qt.PenStyle.SolidLine)
                self._add(name, f"val_{name}", curve, colour, Qt.PenStyle.DashLine)
        self._write_legend(has_rows)

    def _losses(self, curve: Curve) -> list[np.ndarray]:
        """Those that can be drawn, in training and validation."""
        columns = (line_of(curve, name, "", 0.0).y for name in ("loss", "val_loss"))
        is_log = self.log.isChecked()
        return [y[np.isfinite(y) & ((y > 0) | (not is_log))] for y in columns]

    def _add(self, plot: str, column: str, curve: Curve, colour: str, style: Qt.PenStyle) -> None:
        line = line_of(curve, column, colour, 0.0)
        from nnstudio.ui.widgets.plot_items import ReachingLine

        # Of nothing there is no logarithm.
        y = np.where(line.y > 0, line.y, np.nan) if plot == "loss" and self.log.isChecked() else line.y
        known = int(np.isfinite(y).sum())
        if known:
            pen = pg.mkPen(colour, width=1, style=style)
            # Of a single point there is no line.
            point = {"symbol": "o", "symbolSize": 5, "symbolBrush": colour, "symbolPen": None}
            item = ReachingLine(line.x, y, pen=pen, **(point if known == 1 else {}))
            if plot == "loss" and self._reach is not None:
                ends = np.array([self._reach.low, self._reach.high])
                item.reach = tuple((np.log10(ends) if self.log.isChecked() else ends).tolist())
            self.plots[plot].addItem(item)

    @staticmethod
    def _without_logarithm(run: tuple[str, Curve]) -> int:
        """How many of its losses a logarithmic axis has no room for."""
        return sum(int((run[1].column(name) <= 0).sum()) for name in ("loss", "val_loss"))

    def _write_legend(self, has_rows: bool) -> None:
        entries = [
            coloured(unbroken(f"{SIGN} {name}"), colour)
            for (name, _curve), colour in zip(self._runs, line_colours(), strict=False)
        ]
        remarks = []
        if any(curve.has("val_loss") for _name, curve in self._runs):
            remarks.append(f"{DASHED}\N{NO-BREAK SPACE}validation")
        longest = max((curve for _name, curve in self._runs), key=lambda curve: curve.span, default=Curve())
        remarks += [thinning(longest, False)] if longest.span > 1 else []
        if self._reach is not None and self._reach.earlier is not None:
            remarks.append(f"diverged up to {in_digits(self._reach.earlier, 2)}, cut off")
        if self.log.isChecked() and (none := sum(map(self._without_logarithm, self._runs))):
            remarks.append(f"{counted(none, 'value')} of 0 or below not drawn")
        if self._are_unlike:
            remarks.append(UNLIKE)
        if self._left_out:
            remarks.append(f"{self._left_out:,} more are selected, but not drawn")
        entries += [coloured(unbroken(remark), theme.colours.muted) for remark in remarks]
        self.legend.setText("&nbsp; ".join(entries) if has_rows else "")
