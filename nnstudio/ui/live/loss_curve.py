"""Loss by epoch, and below it accuracy, learning rate, or how gradients and weights move."""

from __future__ import annotations

from bisect import bisect_left
from pathlib import Path
from typing import Any

import numpy as np
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QToolButton

from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.imitation import holds_only_real
from nnstudio.explain.curves import CurvesProbe, Measured, OutputCurves, as_csv
from nnstudio.explain.metrics import METRICS, MetricCurve, has_accuracy
from nnstudio.training.curve import Curve, Epoch
from nnstudio.training.journal import EpochPart, TrainingStatistics
from nnstudio.training.messages import Snapshot
from nnstudio.training.probing import Probe
from nnstudio.ui.live.curve_choice import LowerChoice
from nnstudio.ui.live.curve_legend import (
    Drawn,
    earlier_colour,
    legend_of,
    legend_of_layers,
    measured_until,
    mid_epoch_hint,
    tip_of,
    values_at,
    with_outputs,
)
from nnstudio.ui.live.curve_lines import (
    Line,
    drawable,
    line_of,
    line_of_measured,
    line_of_parts,
    lines_of_layers,
    lines_of_metric,
    lines_of_outputs,
    quantities_for,
    row_of,
    thinned_mark,
    thinning,
)
from nnstudio.ui.live.curve_plots import CurvePlots
from nnstudio.ui.live.curve_reach import CUT, LOGARITHMIC, reach_of
from nnstudio.ui.live.edits import Edit
from nnstudio.ui.live.requests import Say, ShowRuns, WriteFile
from nnstudio.ui.live.view import LiveView, Question, picture_of, register
from nnstudio.ui.widgets.file_dialogs import OpenProject, ask_save
from nnstudio.ui.widgets.line_colours import line_colours
from nnstudio.ui.widgets.options_button import OptionsButton
from nnstudio.ui.widgets.theme import theme

# Earlier runs on the same data that are drawn behind the one that is going on.
MOST_RUNS = 4
SMOOTHINGS = (("None", 0.0), ("Light", 0.6), ("Strong", 0.9))
# Metrics between 0 and 1.
SHARES = {m.id for m in METRICS if m.classes[1]}
SUFFIXES = "Table (*.csv);;Picture (*.png);;Drawing (*.svg)"


@register
class LossCurve(LiveView):
    """Two plots below each other; the epoch runs to the right. Earlier runs are faint."""

    id = "loss_curve"
    title = "Loss and accuracy"
    help = "The loss and how often the network is right, epoch by epoch."
    question, order = Question.LEARNING, 0
    # Two plots with axes are the dearest to draw of all.
    seconds = 0.2

    @classmethod
    def title_for(cls, data: Dataset) -> str:
        return cls.title if has_accuracy(data) else "Loss"

    def __init__(self) -> None:
        super().__init__()
        self.legend = QLabel(textFormat=Qt.TextFormat.RichText, wordWrap=True)
        self.legend.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.choice = LowerChoice()
        self.quantity, self.reach = self.choice.quantity, self.choice.reach
        self.options = OptionsButton("Curve options", "Scale, smoothing, earlier runs, export")
        self.log_scale, self.earlier, self.cuts = self._build_menu()
        log = QToolButton()
        log.setDefaultAction(self.log_scale)
        self.pair = CurvePlots(self)
        self.plots, self.lines, self.cursors = self.pair.plots, self.pair.lines, self.pair.cursors
        self.pair.pointed.connect(self._on_pointed)
        self.pair.doubled.connect(self._on_doubled)
        self.pair.zoomed.connect(self._write_legend)
        head = QHBoxLayout()
        head.addWidget(self.legend, 1)
        for button in (log, self.options):
            button.setObjectName("tight")
            # Beside the first line of a legend of several.
            head.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.rows.addLayout(head)
        self.rows.addWidget(self.plots["loss"], 1)
        self.rows.addWidget(self.choice)
        self.rows.addWidget(self.plots["below"], 1)
        self._epochs = self._points = Curve()
        self._statistics: tuple[TrainingStatistics, ...] = ()
        self._parts: tuple[EpochPart, ...] = ()
        self._metric: MetricCurve | None = None
        self._outputs: OutputCurves | None = None
        self._runs: list[Curve] = []
        # How the last of the earlier runs began, and one that began with other data than there is now.
        self._begun: Epoch | None = None
        self._foreign: Epoch | None = None
        self._names: dict[str, str] = {}
        self._edits: tuple[Edit, ...] = ()
        # What the second curve is called.
        self._watched = str(Split.VALIDATION)
        self._drawn: Any = None
        self._pointed: int | None = None  # The epoch that the cursor stands at,
        self._is_asked = False  # and whether the mouse took it there.
        self._looked_at: list[int] = []
        self._shown_step: int | None = None
        self._offer_quantities()
        self.quantity.currentIndexChanged.connect(self._on_quantity)
        self.repaint_theme()

    def _build_menu(self) -> tuple[QAction, QAction, QAction]:
        menu = self.options.options
        log = self.options.add_switch("Logarithmic loss", False, LOGARITHMIC)
        # On the button beside the menu.
        log.setIconText("log")
        log.toggled.connect(self._set_log)
        smoothing = menu.addMenu("Smoothing")
        self.smoothings = QActionGroup(self)
        for title, weight in SMOOTHINGS:
            action = smoothing.addAction(title)
            action.setCheckable(True)
            action.setChecked(weight == 0)
            action.setData(weight)
            self.smoothings.addAction(action)
        self.smoothings.triggered.connect(lambda _a: self._redraw())
        earlier = self.options.add_switch("Earlier runs", True)
        earlier.toggled.connect(lambda _on: self._redraw())
        cuts = self.options.add_switch("Cut off peaks", True, CUT)
        cuts.toggled.connect(lambda _on: self._redraw())
        menu.addAction("All runs …").triggered.connect(lambda _on=False: self.requested.emit(ShowRuns()))
        menu.addSeparator()
        menu.addAction("Export …").triggered.connect(self._ask_export)
        return log, earlier, cuts

    def _set_log(self, on: bool) -> None:
        self.plots["loss"].setLogMode(y=on)
        self._redraw()

    def probe(self) -> Probe | None:
        if self.data is None:
            return None
        chosen = self.quantity.currentData()
        return CurvesProbe(chosen if chosen in {m.id for m in METRICS} else "")

    def show_result(self, result: Measured) -> None:
        before, self._parts, self._outputs = self._parts, result.parts, result.outputs
        self._statistics = result.statistics
        if result.metric is not None and result.metric.metric == self.quantity.currentData():
            self._metric = result.metric
        if self.quantity.currentData() != "accuracy" or self._outputs is not None:
            self._redraw()
        elif self._parts != before:
            # With the rows that may have come, too, not once for each.
            self._drawn = None
        self._mark_step()

    def set_data(self, data: Dataset | None) -> None:
        # Curves of other data have nothing to compare; a run may go on with these.
        self._foreign = self._epochs[0] if self._epochs else self._foreign
        self._runs, self._epochs = [], Curve()
        self.data = data
        if data is not None:
            self._watched = str(data.watched) if data.watched != Split.TRAINING else str(Split.VALIDATION)
        self._offer_quantities()
        super().set_data(data)

    def _offer_quantities(self) -> None:
        """What the data has: accuracy and metrics of classes, or of numbers."""
        chosen = self.quantity.currentData()
        self._quantities = quantities_for(self.data)
        with QSignalBlocker(self.quantity):
            self.quantity.clear()
            for item in self._quantities:
                self.quantity.addItem(item.title, item.id)
            self.quantity.setCurrentIndex(max(self.quantity.findData(chosen), 0))

    def _on_quantity(self) -> None:
        self._metric = None
        self.probe_changed.emit()
        self._redraw()

    def set_rows(self, rows: Curve) -> None:
        self._epochs = rows

    def set_snapshot(self, snapshot: Snapshot) -> None:
        known = self._epochs
        shown = None if snapshot.shown is None and snapshot.best_shown is None else snapshot.step_shown
        at = len(known) if shown is None else bisect_left(known, shown, key=lambda row: row.steps)
        rows = [at] if at < len(known) else []
        before_step, self._shown_step = self._shown_step, shown
        if shown is not None:
            # The cursor stands at the epoch of the step that is looked at.
            self.staleness.picture_drawn(shown)
        before, self._looked_at = self._looked_at, rows
        if rows != before or (rows and shown != before_step):
            self._point_at(None)

    def set_names(self, names: dict[str, str]) -> None:
        self._names = names

    def set_edits(self, edits: tuple[Edit, ...]) -> None:
        self._edits = edits
        self.pair.set_edits(edits, self._epochs)

    def clear(self) -> None:
        if len(self._epochs) > 1 and self._epochs[0] != self._foreign:
            self._runs = [*self._runs, drawable(self._epochs)][-MOST_RUNS:]
            self._begun = self._epochs[0]
        self._epochs, self._statistics, self._parts, self._looked_at = Curve(), (), (), []
        self._drawn = self._pointed = None
        self.pair.point_at(None)
        self._metric = self._outputs = None
        self.draw()

    def draw(self) -> bool:
        if self._epochs.total == self._drawn:
            return False
        if self._runs and self._epochs and self._epochs[0] == self._begun:
            # An edit of the network began no other run: this is the one that goes on.
            self._runs, self._begun = self._runs[:-1], None
        self._redraw()
        self._mark_step()
        return True

    def _mark_step(self) -> None:
        """The picture is of the newest that is in it: rows come by another way than what is measured."""
        if self._epochs and not self._looked_at:
            self.staleness.picture_drawn(max(self.staleness.step or 0, self._epochs[-1].steps))

    def _show_reach(self, chosen: str) -> None:
        """Say how far a metric is measured, if behind the loss; where nothing is drawn, axes begin anew."""
        last = self._epochs[-1].epoch if self._epochs and chosen in {m.id for m in METRICS} else 0
        told, *shorter = measured_until(self._metric, last) if last else ("",)
        self.choice.tell(told, shorter)
        if not self._epochs and not self._parts and not self._runs:
            for plot in self.plots.values():
                plot.setRange(xRange=(0, 1), yRange=(0, 1), padding=0, disableAutoRange=False)

    def _redraw(self) -> None:
        self._drawn, self._points = self._epochs.total, drawable(self._epochs)
        chosen = self._quantities[self.quantity.currentIndex()]
        below, label = self.plots["below"], chosen.label
        if chosen.id == "accuracy" and self._outputs is not None:
            label += f" of {self._names.get(self._outputs.names[0], self._outputs.names[0])}"
        if below.getAxis("left").labelText != label:
            below.setLabel("left", label)
            below.setAccessibleName(f"{chosen.title} by epoch")
            below.setLogMode(y=chosen.id == "updates")
        self.pair.below_are_shares = chosen.id == "accuracy" or chosen.id in SHARES
        if self.pair.below_are_shares:
            self.pair.fit_shares()
        elif chosen.id == "rate":
            # A rate that never changes is a line in the middle, not one of unknown height.
            below.setYRange(0, 1.15 * max((v.rate for v in self._statistics), default=1.0))
        else:
            below.enableAutoRange(axis="y")
        losses = self._losses()
        reach = reach_of(losses, self.log_scale.isChecked(), self.cuts.isChecked())
        self.pair.set_lines("loss", losses, reach)
        self.pair.set_lines("below", self._below(chosen.id))
        self.pair.set_edits(self._edits, self._epochs)
        self._show_reach(chosen.id)
        self._write_legend()

    def _below(self, chosen: str) -> list[Line]:
        if chosen == "accuracy":
            return self._of_epochs("accuracy")
        if chosen in {m.id for m in METRICS}:
            weight = self.smoothings.checkedAction().data()
            return lines_of_metric(self._metric, self._watched, weight, self._names)
        c, x = theme.colours, np.array([v.epoch for v in self._statistics], float)
        if chosen != "updates":
            values = (getattr(v, chosen) for v in self._statistics)
            return [line_of_measured(x, np.fromiter(values, float), "", c.training, 0.0)]
        return lines_of_layers(self._statistics, self._names, line_colours())

    def _losses(self) -> list[Line]:
        """Training and validation; where groups of layers learn from a loss each, these instead."""
        together = [] if self._outputs and not self._outputs.add_up else self._of_epochs("loss")
        return [*together, *self._of_outputs()]

    def _of_outputs(self) -> list[Line]:
        return lines_of_outputs(self._outputs, self._names, self.smoothings.checkedAction().data())

    def _of_epochs(self, name: str) -> list[Line]:
        """Earlier runs, then training inside of long epochs, by epoch, and validation of this one."""
        c, weight, lines = theme.colours, self.smoothings.checkedAction().data(), []
        if self.earlier.isChecked():
            for rows in self._runs:
                chosen = f"val_{name}" if rows.has(f"val_{name}") else name
                lines.append(line_of(rows, chosen, earlier_colour(), weight)._replace(is_earlier=True))
        if self._parts:
            lines.append(line_of_parts(self._parts, name, c.training))
        for chosen, colour in ((name, c.training), (f"val_{name}", c.validation)):
            lines.append(line_of(self._points, chosen, colour, weight))
        return lines

    # The cursor

    def _on_pointed(self, epoch: float | None) -> None:
        """Show the values of the epoch under the mouse."""
        self._point_at(None if epoch is None or not self._epochs else row_of(self._epochs, epoch))

    def _on_doubled(self) -> None:
        """Back from where a person moved or zoomed; where they did not, with peaks or without."""
        box = self.plots["loss"].getPlotItem().vb
        if all(box.autoRangeEnabled()):
            self.cuts.toggle()
        else:
            box.enableAutoRange()
            self._redraw()

    def leaveEvent(self, event: Any) -> None:
        self._point_at(None)
        super().leaveEvent(event)

    def _point_at(self, row: int | None) -> None:
        """Tell an epoch's values; of None those of the past that is looked at, if any."""
        self._is_asked = row is not None
        if row is None and self._looked_at and self._looked_at[0] < len(self._epochs):
            row = self._looked_at[0]
        # Rows that are merged later become others.
        self._pointed = None if row is None else self._epochs[row].epoch
        self.pair.point_at(self._pointed)
        self._write_legend()

    def _write_legend(self) -> None:
        thinned = thinning(self._points, bool(self.smoothings.checkedAction().data()))
        chosen, shown = self.quantity.currentData(), self._quantities[self.quantity.currentIndex()]
        values = self._values_of_pointed(chosen)
        self.pair.values.tell(self._pointed or 0, values, self._is_asked)
        self.legend.setToolTip(tip_of(bool(values), thinned, shown.whole))
        if chosen == "updates" and self._statistics:
            told = legend_of_layers(self._below("updates"))
        else:
            mark, pair = thinned_mark(self._points), self.pair
            told = legend_of(Drawn(self._watched, pair.have_parts, pair.have_earlier, mark, pair.reach))
            told = with_outputs(told, self._of_outputs(), self._outputs is None or self._outputs.add_up)
            told += f" ({shown.remark})" if shown.remark else ""
            if self._metric and self._metric.outputs:
                told += f" (below by output: pale training, full {self._watched})"
        told += self.pair.not_drawn
        self.legend.setText(told + mid_epoch_hint(self._epochs, told, self.legend))

    def _values_of_pointed(self, chosen: str) -> str:
        rows, at = self._epochs, self._pointed
        if at is None or not len(rows):
            return ""
        step = self._shown_step if self._looked_at and rows[self._looked_at[0]].epoch == at else None
        told = self._metric, self._statistics, step, self._watched
        return values_at(rows, at, chosen, *told, self.pair.edits_at(rows, row_of(rows, at)))

    # Export

    def _ask_export(self) -> None:
        name, _ = ask_save(self, "Export the curves", f"{OpenProject.named('curves')}.csv", SUFFIXES)
        if name:
            self.export(Path(name))

    def export(self, path: Path) -> None:
        """Have the curves written as a table or picture, by the suffix."""
        suffix = path.suffix.lower()
        if suffix == ".csv":
            what = self._epochs.copy(), self._statistics, self._metric, self._outputs, dict(self._names)
            only_real = self.data is not None and holds_only_real(self.data)
            self.requested.emit(WriteFile(path, lambda: as_csv(*what, only_real).encode()))
        elif suffix in (".png", ".svg"):
            picture = picture_of(self, list(self.plots.values()), suffix, self.legend)
            self.requested.emit(WriteFile(path, lambda: picture))
        else:
            sentence = f"Curves are written as .csv, .png or .svg; '{path.name}' ends in none of them."
            self.requested.emit(Say(sentence))

    def repaint_theme(self) -> None:
        self.pair.paint()
        self._redraw()
