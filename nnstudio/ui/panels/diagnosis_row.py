"""One diagnosis of the doctor: reason, evidence, a small picture, and remedies once they were tried."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout

from nnstudio.doctor.finding import Diagnosis
from nnstudio.doctor.rates import RangeTest
from nnstudio.doctor.trying import Trial
from nnstudio.model.quantity import counted
from nnstudio.ui.widgets.evidence_chart import EvidenceChart
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.severity_mark import show_severity
from nnstudio.ui.widgets.theme import theme
from nnstudio.ui.widgets.wrapping_button import WrappingButton

TRYING, STOP = "Trying on a copy …", "Stop trying"
TEST, TESTING = "Test learning rates", "Testing …"
ANYWAY = "Do it all the same"
NOT_NOW = "Remedies are tried on the network as it is now."
# Findings beside which learning rates can be tested.
ABOUT_RATES = ("learning_rate_high", "learning_rate_low", "oscillating_loss", "rising_loss", "constant_loss",
               "plateau", "slow_learning")  # fmt: skip


class DiagnosisRow(QFrame):
    """Requests: show_requested(node), try_requested(Diagnosis), stop_requested(), test_requested(),
    remedy_requested(Repair), correction_requested(Repair), reset_requested(), samples_requested(numbers of
    training samples). Signal: told_of(widget, widget), the first and the last that a person waits for.
    """

    told_of = Signal(object, object)
    show_requested = Signal(str)
    try_requested = Signal(object)
    stop_requested = Signal()
    test_requested = Signal()
    remedy_requested = Signal(object)
    correction_requested = Signal(object)
    reset_requested = Signal()
    samples_requested = Signal(object)

    def __init__(self, diagnosis: Diagnosis, name: str, can_show: bool) -> None:
        super().__init__()
        self.setObjectName("row")
        self.diagnosis = diagnosis
        column = self.column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 8)
        column.setSpacing(4)
        column.addLayout(self._head(name, can_show))
        # First: shown without a parent it would be a window, and lists that are open would close.
        column.addWidget(self.where, 0, Qt.AlignmentFlag.AlignLeft)
        # Of the whole network there is nothing to go to.
        self.where.setVisible(bool(name))
        self.text, self.numbers = PlainLabel(), PlainLabel()
        self.numbers.setObjectName("muted")
        for label in (self.text, self.numbers):
            label.setWordWrap(True)
            label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
            column.addWidget(label)
        self.chart: EvidenceChart | None = None
        self.rates: EvidenceChart | None = None
        self.is_trying = False
        self.buttons: list[QPushButton] = []
        self.links: list[QPushButton] = []
        self.told: list[QLabel] = []
        self.ask: QPushButton | None = None
        self.reset: QPushButton | None = None
        self.test: QPushButton | None = None
        self.follow(diagnosis)
        self.look: QPushButton | None = None
        if diagnosis.shown is not None:
            self.look = self._button(
                "Show these samples" if diagnosis.shown else "Look at the data",
                lambda: self.samples_requested.emit(self.diagnosis.shown),
            )
        for correction in diagnosis.corrections:
            self._button(correction.title, partial(self.correction_requested.emit, correction))
        if diagnosis.remedies:
            self.ask = self._button("", self._ask_or_stop)
            self._word_ask()
        if diagnosis.finding in ABOUT_RATES:
            self.test = self._button(TEST, self._test)
            self.test.setToolTip("Trains a copy with a learning rate that rises, and draws the loss.")

    def _head(self, name: str, can_show: bool) -> QHBoxLayout:
        """The title, which has the whole width: beside a long name it would be broken into many lines."""
        head = QHBoxLayout()
        self.mark = QLabel()
        self._paint_mark()
        theme.changed.connect(self._paint_mark)
        head.addWidget(self.mark, 0, Qt.AlignmentFlag.AlignTop)
        title = PlainLabel(self.diagnosis.title)
        title.setObjectName("cardtitle")
        title.setWordWrap(True)
        head.addWidget(title, 1)
        self.where = WrappingButton(name or "Network")
        self.where.setObjectName("link")
        self.where.setFlat(True)
        self.where.setEnabled(can_show)
        self.where.setToolTip("Show it on the canvas")
        self.where.clicked.connect(lambda: self.show_requested.emit(self.diagnosis.node))
        return head

    def _paint_mark(self) -> None:
        show_severity(self.mark, self.diagnosis.severity)

    def follow(self, diagnosis: Diagnosis) -> None:
        """Show the same thing as it is seen now; what was tried stays."""
        self.diagnosis = diagnosis
        self._paint_mark()
        self.text.setText(diagnosis.text)
        step = ("Seen at step", f"{diagnosis.step:,}")
        self.numbers.setText(" · ".join(f"{name}: {value}" for name, value in (*diagnosis.numbers, step)))
        if self.ask is not None:
            self.ask.setVisible(bool(diagnosis.remedies))
        if diagnosis.needs_reset and self.reset is None:
            at = self.column.indexOf(self.numbers) + 1
            self.reset = self._button("Reset", self.reset_requested.emit, at)
        if self.reset is not None:
            self.reset.setVisible(diagnosis.needs_reset)
        if diagnosis.chart is None:
            return
        if self.chart is None:
            self.chart = EvidenceChart(diagnosis.chart)
            self.column.insertWidget(self.column.indexOf(self.numbers) + 1, self.chart)
        else:
            self.chart.show_chart(diagnosis.chart)

    def show_trying(self, what: str) -> None:
        """What is being tried now."""
        if self.is_trying and self.told:
            self.told[-1].setText(what)
        elif self.is_trying:
            self._tell(what)

    def show_trials(self, trials: Sequence[Trial]) -> None:
        """What came of each remedy, in their order; with a button where it helped on a copy."""
        self._forget_trials()
        if not any(trial.helps for trial in trials):
            self._tell(
                NOT_NOW if not trials
                else "Tried on a copy, from the start; it did not help:" if len(trials) == 1
                else f"Tried on copies, from the start; none of the {len(trials)} helped:"
            )  # fmt: skip
        for trial in trials:
            if not trial.helps:
                self._tell(f"{trial.remedy.title}: {trial.text}")
                if trial.steps:
                    self._let_choose(trial)
                continue
            button = self._button(trial.remedy.title, partial(self.remedy_requested.emit, trial.remedy))
            button.setAccessibleDescription(trial.text)
            self.buttons.append(button)
            self._tell(trial.text)
        self.is_trying = False
        self._word_ask()
        if self.ask is not None and self.told:
            self.told_of.emit(self.ask, self.told[-1])

    def show_rates(self, test: RangeTest) -> None:
        """The curve of a test of learning rates."""
        if self.test is None:
            return
        self.test.setEnabled(True)
        self.test.setText(TEST)
        if self.rates is None:
            self.rates = EvidenceChart(test.chart)
            self.column.addWidget(self.rates)
        self.rates.show_chart(test.chart)
        self._forget_trials()
        remedy = test.remedy
        if remedy is None:
            self._tell("The loss falls at none of these rates, so another rate alone does not help.")
            return
        self._tell(f"On the copy, the loss fell fastest at a learning rate of about {test.rounded:g}.")
        self.buttons.append(self._button(remedy.title, partial(self.remedy_requested.emit, remedy)))

    def _ask_or_stop(self) -> None:
        self._forget_trials()
        if self.is_trying:
            self.is_trying = False
            self.stop_requested.emit()
        else:
            self.is_trying = True
            self.told_of.emit(self.ask, self.ask)
            self.try_requested.emit(self.diagnosis)
        self._word_ask()

    def stop(self) -> None:
        """What was being tried is given up, because something else is or the network is another one."""
        if self.is_trying:
            self._forget_trials()
        self.is_trying = False
        self._word_ask()
        if self.test is not None:
            self.test.setText(TEST)
            self.test.setEnabled(True)

    def _word_ask(self) -> None:
        if self.ask is not None:
            count = counted(len(self.diagnosis.remedies), "remedy").replace("remedys", "remedies")
            self.ask.setText(STOP if self.is_trying else f"Try {count} on a copy")
            self.ask.setToolTip(TRYING if self.is_trying else "Nothing is changed until you choose one.")

    def _test(self) -> None:
        assert self.test is not None
        self.test.setEnabled(False)
        self.test.setText(TESTING)
        self.test_requested.emit()

    def _button(self, title: str, slot: Callable[[], None], at: int = -1) -> QPushButton:
        button = WrappingButton(title)
        button.setObjectName("repair")
        button.clicked.connect(lambda _checked=False: slot())
        self.column.insertWidget(at, button, 0, Qt.AlignmentFlag.AlignLeft)
        return button

    def _let_choose(self, trial: Trial) -> None:
        """A trial is not a whole run: what did not help in it can be chosen all the same."""
        link = WrappingButton(ANYWAY)
        link.setObjectName("link")
        link.setFlat(True)
        link.setAccessibleName(f"{ANYWAY}: {trial.remedy.title}")
        link.setToolTip("One step, which Undo takes back. So few steps do not tell how a whole run ends.")
        link.clicked.connect(lambda _checked=False: self.remedy_requested.emit(trial.remedy))
        self.column.addWidget(link, 0, Qt.AlignmentFlag.AlignLeft)
        self.links.append(link)

    def _tell(self, text: str) -> None:
        label = PlainLabel(text)
        label.setObjectName("muted")
        label.setWordWrap(True)
        self.column.addWidget(label)
        self.told.append(label)

    def _forget_trials(self) -> None:
        for widget in (*self.buttons, *self.links, *self.told):
            self.column.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self.buttons, self.links, self.told = [], [], []
