"""The page of sweeps: what one does on the left; on the right how it goes, as lines and as a table."""

from __future__ import annotations

import time
from collections.abc import Mapping

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QProgressBar,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from nnstudio.sweep.curves import settings_table
from nnstudio.sweep.earlier import EarlierSweep
from nnstudio.sweep.messages import Setting
from nnstudio.sweep.options import EXAMPLES_NAME
from nnstudio.sweep.plan import Plan
from nnstudio.ui.runs.columns import when
from nnstudio.ui.sweeps.curve_plot import CurvePlot
from nnstudio.ui.sweeps.earlier_button import EarlierButton
from nnstudio.ui.sweeps.parallel_plot import ParallelPlot
from nnstudio.ui.sweeps.score_curve import ScoreCurve
from nnstudio.ui.sweeps.setting_model import SettingModel
from nnstudio.ui.sweeps.setting_table import SettingTable
from nnstudio.ui.sweeps.sweep_form import SweepForm
from nnstudio.ui.sweeps.words import awaited, in_window, in_words, standing, title_of
from nnstudio.ui.widgets.pages import Pages
from nnstudio.ui.widgets.picture_button import PictureButton, Savable
from nnstudio.ui.widgets.plain_text import PlainLabel

START, STOP, STOPPING = "Start the sweep", "Stop", "Stopping …"
OPEN, OPEN_BEST = "Open this one", "Open the best"
STOPPED = "It was stopped. What is done is kept; what was being trained is not."
INTRODUCTION = (
    "A sweep trains this network many times, each time with other values, and shows which are best. Choose "
    "on the left what is varied, and press Start. The project itself stays as it is; each training is kept "
    "under Runs."
)
CHOSEN_BY_ITS_SCORE = (
    "The best of many looks better than it is: it was chosen by the very samples that say how good it is."
)
EARLIER = "This is a sweep from {}, put together from its runs: what was deleted or not kept is missing."
# Lines are drawn at most this often: small networks are trained many times a second.
DRAW_MS = 150
# What happened is told in so many sentences at the most, the latest ones.
MOST_TOLD = 3


class SweepPage(QWidget):
    """Requests: start_requested(), stop_requested(), open_requested(Setting), runs_requested(),
    earlier_requested(EarlierSweep) that is to be shown, file_requested(path, its content).

    Signals: looked_at() when it comes into sight, changed() when something else is chosen, stood(how far the
    sweep is, in a few letters, "" where none is running).
    """

    start_requested = Signal()
    stop_requested = Signal()
    open_requested = Signal(object)
    runs_requested = Signal()
    earlier_requested = Signal(object)
    file_requested = Signal(object, object)
    looked_at = Signal()
    changed = Signal()
    stood = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setAccessibleName("Sweep")
        self.form, self.model = SweepForm(), SettingModel()
        self.table, self.plot, self.curve = SettingTable(self.model), ParallelPlot(), ScoreCurve()
        self.curves = CurvePlot()
        # The one that suits what is varied.
        self.pictures, self.of_several = Pages(), QTabWidget()
        self.cost, self.problem = PlainLabel(), PlainLabel()
        self.start, self.open = QPushButton(START), QPushButton(OPEN_BEST)
        self.runs, self.earlier = QPushButton("Its runs"), EarlierButton()
        self.camera = PictureButton(self._pictured)
        self.introduction, self.standing, self.bar = PlainLabel(INTRODUCTION), PlainLabel(), QProgressBar()
        self.failure, self.told, self.verdict, self.message = (PlainLabel() for _ in range(4))
        self.pages = Pages()
        self._plan: Plan | None = None
        self._project, self._total, self._trainings = "", 0, 0
        self._titles: Mapping[str, str] = {}
        # When the first training was seen, by `time.monotonic`.
        self._score, self._only_real, self._begun, self._whole = "", False, 0.0, 0.0
        # What it waits for before anything is trained.
        self._awaited = ""
        self._is_running = self._has_verdict = False
        self._later = QTimer(self, singleShot=True, interval=DRAW_MS)
        self._later.timeout.connect(self._catch_up)
        # Whether settings came that the pictures do not show yet.
        self._is_behind = False
        self._sentences: list[str] = []
        self._name_all()
        self._put_together()
        self._connect()
        self.show_problem("")
        self._show_chosen(0)

    def _name_all(self) -> None:
        for label, name in (
            (self.cost, "muted"), (self.problem, "error"), (self.introduction, "muted"),
            (self.failure, "error"), (self.told, "note"), (self.message, "muted"),
        ):  # fmt: skip
            label.setObjectName(name)
        for label in (
            self.cost, self.problem, self.introduction, self.standing, self.failure, self.told, self.verdict,
            self.message,
        ):  # fmt: skip
            label.setWordWrap(True)
            # A long word takes no room from its neighbours.
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.introduction.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.introduction.setMargin(40)
        self.start.setObjectName("primary")
        self.open.setToolTip(
            "Open this setting with its weights as a project (Enter); Undo returns to this one"
        )
        self.runs.setToolTip("Show all trainings of this sweep under Runs, with their curves")
        for button in (self.open, self.runs):
            button.setAutoDefault(False)
        self.bar.setTextVisible(False)
        self.bar.setMaximumHeight(8)
        self.bar.setAccessibleName("Settings that are done")

    def _put_together(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.form, 1)
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 8, 10, 10)
        for widget in (self.cost, self.problem, self.start, self.earlier):
            foot.addWidget(widget)
        column.addLayout(foot)
        self.pages.addWidget(self.introduction)
        self.pages.addWidget(self._results())
        split = QSplitter(Qt.Orientation.Horizontal)
        split.addWidget(left)
        split.addWidget(self.pages)
        split.setChildrenCollapsible(False)
        # The form needs no more room in a large window.
        split.setSizes([330, 700])
        split.setStretchFactor(0, 0)
        split.setStretchFactor(1, 1)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.addWidget(split)

    def _results(self) -> QWidget:
        head, line = QVBoxLayout(), QHBoxLayout()
        head.setContentsMargins(10, 8, 10, 4)
        line.addWidget(self.standing, 1)
        for button in (self.camera, self.runs, self.open):
            line.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        head.addLayout(line)
        for widget in (self.bar, self.failure, self.told, self.verdict):
            head.addWidget(widget)
        split = QSplitter(Qt.Orientation.Vertical)
        self.of_several.setDocumentMode(True)
        self.of_several.tabBar().setDrawBase(False)
        self.of_several.addTab(self.plot, "All settings")
        self.of_several.addTab(self.curves, "Curves")
        for picture in (self.of_several, self.curve):
            self.pictures.addWidget(picture)
        split.addWidget(self.pictures)
        split.addWidget(self.table)
        split.setChildrenCollapsible(False)
        split.setSizes([330, 260])
        results = QWidget()
        rows = QVBoxLayout(results)
        rows.setContentsMargins(0, 0, 0, 0)
        rows.setSpacing(0)
        rows.addLayout(head)
        rows.addWidget(split, 1)
        # Below: what is said of the row that is chosen must not move the picture.
        foot = QVBoxLayout()
        foot.setContentsMargins(10, 4, 10, 6)
        foot.addWidget(self.message)
        rows.addLayout(foot)
        return results

    def _connect(self) -> None:
        self.form.changed.connect(self.changed)
        self.start.clicked.connect(lambda _on=False: self._on_start())
        self.runs.clicked.connect(lambda _on=False: self.runs_requested.emit())
        self.open.clicked.connect(lambda _on=False: self._open())
        self.table.open_requested.connect(self._open)
        self.table.chosen.connect(self._show_chosen)
        self.earlier.chosen.connect(self.earlier_requested)
        for picture in (self.plot, self.curve):
            self.table.pointed.connect(picture.point_at)
            picture.pointed.connect(self.model.point_at)
            picture.chosen.connect(self.table.select)

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.looked_at.emit()

    def _pictured(self) -> Savable | None:
        """The picture that is seen now, with the numbers of what it draws."""
        plan, shown = self._plan, self.pictures.currentWidget()
        if plan is None or shown is None or not self.model.shown:
            return None
        if shown is self.of_several and self.of_several.currentWidget() is self.curves:
            return Savable(self.curves, "Curves", self.curves.csv_text, self.file_requested.emit)

        def table() -> str:
            return settings_table(self.model.shown, plan, self._titles, self._only_real)

        return Savable(shown, "Sweep", table, self.file_requested.emit)

    # What could be done

    def show_problem(self, problem: str, cost: str = "") -> None:
        """Why the sweep that is chosen cannot be, "" where it can; and what it costs."""
        self.problem.setText(problem)
        self.problem.setVisible(bool(problem))
        self.cost.setText(cost)
        self.cost.setVisible(bool(cost))
        self._offer_start()

    def _offer_start(self) -> None:
        can_start = self._is_running or not self.problem.text()
        self.start.setEnabled(can_start and self.start.text() != STOPPING)

    def _on_start(self) -> None:
        (self.stop_requested if self._is_running else self.start_requested).emit()

    # How it goes

    def begin(
        self, plan: Plan, titles: Mapping[str, str], project: str = "", scheduler: str = "",
        has_accuracy: bool = False, only_real: bool = False,
    ) -> None:  # fmt: skip
        """A sweep of a project of this name, "" for one without, begins; ``titles`` of what it varies.

        ``scheduler`` is the address of the one that trains, "" for this machine; where the data
        ``has_accuracy``, both loss and accuracy are told, and ``only_real`` is as `title_of` has it.
        """
        self._score, other = (title_of(metric, only_real) for metric in (plan.metric, plan.metric.other))
        self._only_real = self.curves.only_real = only_real
        self._plan, self._project, self._total, self._titles = plan, project, plan.total, titles
        self._trainings, self._awaited = 0, awaited(scheduler)
        self._sentences = []
        self.model.show_plan(plan, titles, self._score, other if has_accuracy else "")
        self.table.begin()
        names = [varied.name for varied in plan.space.searched]
        # "All examples" is written 0, and yet the most of them: only curves know.
        is_one = len(names) == 1 and EXAMPLES_NAME not in names
        self._pictures = (self.curve,) if is_one else (self.plot, self.curves)
        self.pictures.setCurrentWidget(self.curve if is_one else self.of_several)
        for picture in self._pictures:
            picture.show_plan(plan, titles, self._score)
        self._later.stop()
        self._has_verdict = False
        for label in (self.failure, self.told, self.verdict):
            label.clear()
            label.hide()
        self.runs.setEnabled(False)
        # Until the first one reports, nothing is known.
        self.bar.setRange(0, 0)
        self.bar.show()
        self.pages.setCurrentIndex(1)
        self._run(True, STOP)
        self._show_chosen(0)
        self._tell_standing()

    def show_earlier(
        self, sweep: EarlierSweep, titles: Mapping[str, str], project: str, only_real: bool = False
    ) -> None:
        """Show a sweep of this project that is over; ``titles`` of what it varied."""
        has_both = any(setting.also is not None for setting in sweep.settings)
        self.begin(sweep.plan, titles, project, has_accuracy=has_both, only_real=only_real)
        for setting in sweep.settings:
            self.add(setting)
        self._total = len(sweep.settings)
        self.finish()
        self.tell(EARLIER.format(when(sweep.began)))

    def show_begun(self, trainings: int) -> None:
        """The workers are there, and so many trainings reported something."""
        if not self._trainings:
            self._begun = time.monotonic()
        self._trainings, self._awaited = trainings, ""
        self._show_share()

    def add(self, setting: Setting) -> None:
        """One more setting is through."""
        self.model.add(setting)
        if self._later.isActive():
            self._is_behind = True
        else:
            self._draw()
            self._later.start()
        self.runs.setEnabled(True)
        self._has_verdict = bool(setting.verdict)
        self.verdict.setText(in_window(" ".join(setting.verdict), only_real=self._only_real))
        self.verdict.setVisible(self._has_verdict)
        self._awaited = ""
        self._show_share()
        self._show_chosen(self.table.selected)

    def _catch_up(self) -> None:
        if self._is_behind:
            self._draw()
            self._later.start()

    def _draw(self) -> None:
        self._is_behind = False
        for picture in self._pictures:
            picture.show_settings(self.model.shown)

    def tell(self, sentence: str) -> None:
        """Say what happened, beside what was said last."""
        self._sentences = [*(s for s in self._sentences if s != sentence), sentence][-MOST_TOLD:]
        self.told.setText("\n".join(self._sentences))
        self.told.show()

    def show_stopping(self) -> None:
        """It was asked to end, and has not yet."""
        self.start.setText(STOPPING)
        self._offer_start()

    def finish(self, problem: str = "", is_stopped: bool = False, whole: float = 0.0) -> None:
        """It is over after so many seconds, as a person or a ``problem`` wanted; else it is through."""
        self._whole, self._awaited = whole, ""
        self._run(False, START)
        self.bar.hide()
        self.failure.setText(problem)
        self.failure.setVisible(bool(problem))
        if is_stopped and not problem:
            self.tell(STOPPED)
        self._tell_standing()

    def _run(self, on: bool, word: str) -> None:
        self._is_running = on
        self.earlier.setEnabled(not on)
        self.start.setText(word)
        self._offer_start()

    @property
    def through(self) -> int:
        """How many settings are done."""
        return len(self.model.shown)

    def _show_share(self) -> None:
        self.bar.setRange(0, self._total)
        self.bar.setValue(self.through)
        self._tell_standing()

    def _tell_standing(self) -> None:
        trainings = self._trainings if self._is_running else 0
        # Those that are stopped early by others say nothing of those to come.
        is_even = self._plan is not None and not self._plan.halving
        times = [(time.monotonic() - self._begun) * is_even]
        times += [] if self._is_running else [sum(one.seconds for one in self.model.shown), self._whole]
        told = self._awaited or standing(self._total, self.through, trainings, self._best(), *times)
        self.stood.emit(f"({self.through:,}/{self._total:,})" if self._is_running else "")
        self.standing.setText(f"{self._project}: {told}" if self._project else told)

    def _best(self) -> str:
        best = self.model.setting(self.model.best)
        if best is None or best.value is None or self._plan is None:
            return ""
        metric, value = self._score, in_words(self._plan.metric, best.value)
        so_far = " so far" if self._is_running else ""
        return f"The best {metric}{so_far} is {value}, of setting {best.number:,}."

    def _show_chosen(self, number: int) -> None:
        setting = self.model.setting(number)
        for picture in (self.plot, self.curve):
            picture.mark(number)
        self.open.setText(OPEN if setting is not None else OPEN_BEST)
        opened = self._to_open()
        self.open.setEnabled(opened is not None and bool(opened.run))
        message = "" if setting is None else setting.message
        if not message and self.through > 1 and not self._has_verdict:
            message = CHOSEN_BY_ITS_SCORE
        self.message.setText(message)
        self.message.setVisible(bool(message))

    def _to_open(self) -> Setting | None:
        """The setting that is selected, else the best one."""
        return self.model.setting(self.table.selected or self.model.best)

    def _open(self) -> None:
        setting = self._to_open()
        if setting is not None and setting.run:
            self.open_requested.emit(setting)
