"""What a sweep is told: what is varied, how settings are chosen, repeats, and who trains them."""

from __future__ import annotations

import os
from collections.abc import Sequence

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, QSize, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QFormLayout,
    QLineEdit,
    QScrollArea,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from nnstudio.data.splits import MOST_FOLDS
from nnstudio.model.settings import SEED
from nnstudio.sweep.options import Variable
from nnstudio.sweep.order import SweepOrder
from nnstudio.sweep.plan import Method, Metric, usual_workers
from nnstudio.sweep.space import FOLD_NAME, SEED_NAME
from nnstudio.ui.sweeps.varied_list import VariedList
from nnstudio.ui.sweeps.words import METRICS, title_of
from nnstudio.ui.widgets.choice_box import StillBox, narrow
from nnstudio.ui.widgets.fading_edges import FadingEdges
from nnstudio.ui.widgets.forms import LABEL_WIDTH
from nnstudio.ui.widgets.number_fields import WholeEdit
from nnstudio.ui.widgets.plain_text import PlainLabel

METHODS = {
    Method.GRID: ("Grid", "Tries every combination of the values."),
    Method.RANDOM: ("Random", "Draws settings by lot."),
    Method.TPE: ("TPE", "Draws the first ten by lot, the others where settings were good so far."),
}
TRIALS, MOST_TRIALS, MOST_SEEDS = 20, 10_000, 100
# Where a person asks for several: fewer cannot tell a difference from noise.
USUAL_SEEDS = 6
HALVING_TIP = (
    "Trains every setting a little, then the better third three times as long, and so on. Most time goes to "
    "the best ones."
)
SEEDS_TIP = "Trains each setting with so many seeds, and compares means: how much is luck is then known."
FOLDS_TIP = (
    "Divides the data into so many folds, and trains each setting once for each, as in cross-validation."
)
COMPARE_TIP = "What says which setting is best, measured on samples that it did not learn from"
SCHEDULER_TIP = "The address of a Dask scheduler whose workers train instead of this machine"


class SweepForm(QScrollArea):
    """Signal: changed() when a person chose something else."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        FadingEdges(self)
        self.setAccessibleName("What the sweep does")
        self._first_seed = 1
        self.varied = VariedList()
        self.method, self.compared_by = narrow(StillBox()), narrow(StillBox())
        self.method_help = PlainLabel()
        self.trials = WholeEdit("Number of settings", 1, MOST_TRIALS)
        self.halving = QCheckBox("Successive halving")
        self.seeds = WholeEdit("Seeds", 1, MOST_SEEDS)
        self.folds = WholeEdit("Folds", 1, MOST_FOLDS)
        self.more = QToolButton()
        self.processes = WholeEdit("Processes", 1, max(os.cpu_count() or 1, 1))
        self.scheduler = QLineEdit()
        self._fill()
        self._put_together()
        self._connect()
        self._follow_method()

    def _fill(self) -> None:
        for method, (title, _help) in METHODS.items():
            self.method.addItem(title, method)
        for metric, title in METRICS.items():
            self.compared_by.addItem(title.capitalize(), metric)
        for number in (self.trials, self.seeds, self.folds, self.processes):
            # As high as the other fields.
            number.setMinimumHeight(self.scheduler.sizeHint().height())
        self.trials.setValue(TRIALS)
        self.processes.setValue(usual_workers())
        self.method_help.setObjectName("muted")
        self.method_help.setWordWrap(True)
        self.more.setText("More")
        self.more.setCheckable(True)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.scheduler.setPlaceholderText("None: this machine trains")
        for widget, name, tip in (
            (self.method, "Method", "How settings are chosen"),
            (
                self.compared_by,
                "Compare by",
                COMPARE_TIP,
            ),
            (self.trials, "Number of settings", "How many settings are tried at most"),
            (self.halving, "Successive halving", HALVING_TIP),
            (self.seeds, "Seeds", SEEDS_TIP),
            (self.folds, "Folds", FOLDS_TIP),
            (self.more, "More", "Who trains the settings"),
            (self.processes, "Processes", "Settings that are trained at the same time, on a core each"),
            (self.scheduler, "Scheduler", SCHEDULER_TIP),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(tip)

    def _put_together(self) -> None:
        body = QWidget()
        rows = QVBoxLayout(body)
        rows.setContentsMargins(10, 8, 10, 8)
        rows.setSpacing(7)
        self._how, self._repeat, self._where = (_fields() for _ in range(3))
        self._how.addRow(_label("Method", self.method), self.method)
        self._how.addRow(self.method_help)
        self._how.addRow(_label("Settings", self.trials), self.trials)
        self._how.addRow("", self.halving)
        self._how.addRow(_label("Compare by", self.compared_by), self.compared_by)
        self._repeat.addRow(_label("Seeds", self.seeds), self.seeds)
        self._repeat.addRow(_label("Folds", self.folds), self.folds)
        self._where.addRow(_label("Processes", self.processes), self.processes)
        self._where.addRow(_label("Scheduler", self.scheduler), self.scheduler)
        rows.addWidget(_heading("What is varied"))
        rows.addWidget(self.varied)
        for title, fields in (("How", self._how), ("Repeat each setting with several", self._repeat)):
            rows.addWidget(_heading(title))
            rows.addLayout(fields)
        rows.addWidget(self.more, 0, Qt.AlignmentFlag.AlignLeft)
        rows.addLayout(self._where)
        rows.addStretch(1)
        self.setWidget(body)
        self._show_more(False)

    def _connect(self) -> None:
        self.varied.changed.connect(self.changed)
        self.method.currentIndexChanged.connect(lambda _at: self._follow_method())
        self.compared_by.currentIndexChanged.connect(lambda _at: self.changed.emit())
        self.halving.toggled.connect(lambda _on: self.changed.emit())
        for number in (self.trials, self.seeds, self.folds, self.processes):
            number.valueChanged.connect(lambda _value: self.changed.emit())
        self.scheduler.textChanged.connect(lambda _text: self._follow_scheduler())
        self.more.toggled.connect(self._show_more)

    def minimumSizeHint(self) -> QSize:
        # It does not scroll sideways: larger letters need a broader form.
        form = self.widget()
        assert form is not None
        across = form.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
        return QSize(across, super().minimumSizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        # A scroll area does not hear by itself that what it holds needs more.
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
        return super().eventFilter(watched, event)

    def _show_more(self, on: bool) -> None:
        self.more.setArrowType(Qt.ArrowType.DownArrow if on else Qt.ArrowType.RightArrow)
        for row in range(self._where.rowCount()):
            self._where.setRowVisible(row, on)

    def _follow_method(self) -> None:
        method = self.chosen_method
        self.method_help.setText(METHODS[method][1])
        self._how.setRowVisible(self.trials, method != Method.GRID)
        self.varied.show_grid(method == Method.GRID)
        self.changed.emit()

    def _follow_scheduler(self) -> None:
        # Its workers are those that it has.
        self.processes.setEnabled(not self.address)
        self.changed.emit()

    @property
    def chosen_method(self) -> Method:
        """How settings are chosen."""
        return Method(self.method.currentData())

    @property
    def address(self) -> str:
        """Of the scheduler, "" for none."""
        return self.scheduler.text().strip()

    def show_project(
        self, variables: Sequence[Variable], seed: int, has_folds: bool, has_classes: bool,
        only_real: bool = False,
    ) -> None:  # fmt: skip
        """What can be chosen for the project that is open: ``seed`` is its own, the first of several;
        ``only_real`` is as `title_of` has it.
        """
        for at, metric in enumerate(METRICS):
            self.compared_by.setItemText(at, title_of(metric, only_real).capitalize())
        self._first_seed = seed
        blockers = [QSignalBlocker(widget) for widget in (self.folds, self.compared_by)]
        self._repeat.setRowVisible(self.folds, has_folds)
        if not has_folds:
            self.folds.setValue(1)
        self._how.setRowVisible(self.compared_by, has_classes)
        if not has_classes:
            self.compared_by.setCurrentIndex(0)
        del blockers
        self.varied.offer(variables)

    def vary(self, name: str) -> None:
        """Vary an option by its full name, or the seed."""
        if name != SEED_NAME:
            self.varied.vary(name)
        elif self.seeds.value() == 1:
            self.seeds.setValue(USUAL_SEEDS)

    @property
    def order(self) -> SweepOrder:
        """What is chosen; whether it can be is not known yet."""
        vary = list(self.varied.texts)
        if self.seeds.value() > 1:
            last = min(self._first_seed + self.seeds.value() - 1, int(SEED.high or 0))
            vary.append(f"{SEED_NAME}={last - self.seeds.value() + 1}..{last}")
        if self.folds.value() > 1:
            vary.append(f"{FOLD_NAME}=1..{self.folds.value()}")
        return SweepOrder(
            tuple(vary), self.chosen_method,
            None if self.chosen_method == Method.GRID else self.trials.value(),
            self.halving.isChecked(), Metric(self.compared_by.currentData()),
            None if self.address else self.processes.value(), self.address,
        )  # fmt: skip


def _heading(text: str) -> PlainLabel:
    label = PlainLabel(text)
    label.setObjectName("cardtitle")
    return label


def _label(text: str, buddy: QWidget) -> PlainLabel:
    label = PlainLabel(text)
    label.setBuddy(buddy)
    label.setMinimumWidth(LABEL_WIDTH)
    label.setToolTip(buddy.toolTip())
    return label


def _fields() -> QFormLayout:
    fields = QFormLayout()
    fields.setContentsMargins(0, 0, 0, 0)
    fields.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
    return fields
