"""What the doctor sees, below the problems of the graph: a row for each diagnosis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from nnstudio.doctor.examination import Report
from nnstudio.doctor.finding import Diagnosis
from nnstudio.doctor.rates import RangeTest
from nnstudio.doctor.trying import Trial
from nnstudio.model.severity import tally
from nnstudio.ui.panels.diagnosis_row import DiagnosisRow
from nnstudio.ui.widgets.plain_text import PlainLabel

CLOSER, LOOKING = "Look closer", "Looking …"
WHY_CLOSER = (
    "Also trains copies for some seconds: where is the network heading, can it learn ten samples by heart, "
    "does it do better without a doubtful layer?"
)
GONE_ON, AGAIN = " Training has gone on since.", " Looking again …"
WHY_NOT = "Pause the training first: copies are trained for some seconds."
NOT_LOOKED = "Not every fault can be looked for in this state. It is open whether there is any of these:"
# Behind the title of a remedy.
FROM_START = (
    "{}: done. It was tried from the start of a run, but the weights are still those of step {:,}. Reset "
    "starts anew with it; Undo brings the weights back."
)


class StartAnew(QFrame):
    """A remedy was chosen, but what was trained before it stays until a person starts anew."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("row")
        self.text, self.reset = PlainLabel(), QPushButton("Reset")
        self.text.setWordWrap(True)
        self.reset.setObjectName("repair")
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 6, 8, 8)
        column.addWidget(self.text)
        column.addWidget(self.reset, 0, Qt.AlignmentFlag.AlignLeft)
        self.hide()

    def tell(self, remedy: str, step: int) -> None:
        """Name the remedy and the step that the weights are of."""
        self.text.setText(FROM_START.format(remedy, step))
        self.show()


class DoctorSection(QWidget):
    """Requests: closer_requested(), show_requested(node), try_requested(Diagnosis), stop_requested(),
    test_requested(), remedy_requested(Repair), correction_requested(Repair), reset_requested(),
    samples_requested(numbers of training samples).
    Signal: told_of(widget, widget), the first and the last that a person waits for.

    Attributes:
        rows: by `Diagnosis.key`, as they stand.
    """

    told_of = Signal(object, object)
    closer_requested = Signal()
    show_requested = Signal(str)
    try_requested = Signal(object)
    stop_requested = Signal()
    test_requested = Signal()
    remedy_requested = Signal(object)
    correction_requested = Signal(object)
    reset_requested = Signal()
    samples_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.rows: dict[tuple[str, str], DiagnosisRow] = {}
        self._is_held = False
        self._said = ""
        # What comes in order once nothing is held any more.
        self._waiting: tuple[Report | None, Mapping[str, str], bool] | None = None
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 4, 0, 0)
        self._column.setSpacing(8)
        head = QHBoxLayout()
        title = PlainLabel("Doctor")
        title.setObjectName("cardtitle")
        head.addWidget(title, 1)
        self.closer = QPushButton(CLOSER)
        self.closer.setObjectName("repair")
        self.closer.clicked.connect(self._look_closer)
        head.addWidget(self.closer)
        self._column.addLayout(head)
        self.status = PlainLabel()
        self.status.setWordWrap(True)
        self._column.addWidget(self.status)
        self.anew = StartAnew()
        self.anew.reset.clicked.connect(self.reset_requested)
        self._column.addWidget(self.anew)
        self.set_running(False)
        self.hide()

    def set_running(self, is_running: bool) -> None:
        """A copy is trained only while the network itself does not learn."""
        self._is_running = is_running
        self.closer.setEnabled(not is_running)
        self.closer.setToolTip(WHY_NOT if is_running else WHY_CLOSER)

    def hold(self, is_held: bool) -> None:
        """While the pointer is there, nothing moves: what is gone is greyed until something else goes, and
        what is new comes last.
        """
        self._is_held = is_held
        if not is_held and self._waiting is not None:
            self.show_report(*self._waiting)

    def show_report(self, report: Report | None, names: Mapping[str, str], can_show: bool) -> None:
        """Show what was seen; None while nothing was. Rows of what is still there stay where they are."""
        self._waiting = (report, names, can_show) if self._is_held and self.rows else None
        self.setVisible(report is not None or self._waiting is not None)
        self.closer.setText(CLOSER)
        self.set_running(self._is_running)
        seen = {d.key: d for d in report.diagnoses} if report is not None else {}
        goes = any(row.isEnabled() and key not in seen for key, row in self.rows.items())
        for key, row in list(self.rows.items()):
            if self._waiting is not None and goes and not row.isEnabled() and key not in seen:
                # Whoever chose several remedies would have nothing but grey rows before them.
                self._remove(key)
            elif self._waiting is not None:
                row.setEnabled(key in seen)
            elif key in seen:
                row.setEnabled(True)
                row.follow(seen[key])
            else:
                self._remove(key)
        for key, diagnosis in seen.items():
            if key not in self.rows:
                self._add(diagnosis, names, can_show)
        if report is not None:
            self._said = _status(report)
            self.status.setText(self._said)
            self.status.setEnabled(True)
            left = ", ".join(f"“{title}”" for title in report.passed_over)
            self.status.setToolTip(f"{NOT_LOOKED} {left}." if left else "")

    def set_late(self, is_late: bool, is_training: bool) -> None:
        """Whether what stands there is of a step that is not the one shown elsewhere: then it is greyed. Once
        training has ended, another look is on its way.
        """
        self.status.setEnabled(not is_late)
        self.status.setText(self._said + (GONE_ON if is_training else AGAIN) * is_late)

    def _remove(self, key: tuple[str, str]) -> None:
        row = self.rows.pop(key)
        self._column.removeWidget(row)
        row.hide()
        row.deleteLater()

    def _add(self, diagnosis: Diagnosis, names: Mapping[str, str], can_show: bool) -> None:
        row = DiagnosisRow(diagnosis, names.get(diagnosis.node, ""), can_show and diagnosis.node in names)
        row.show_requested.connect(self.show_requested)
        row.told_of.connect(self.told_of)
        row.try_requested.connect(self._try)
        row.stop_requested.connect(self.stop_requested)
        row.test_requested.connect(self.test_requested)
        row.remedy_requested.connect(self.remedy_requested)
        row.correction_requested.connect(self.correction_requested)
        row.reset_requested.connect(self.reset_requested)
        row.samples_requested.connect(self.samples_requested)
        self.rows[diagnosis.key] = row
        self._column.addWidget(row)

    def _try(self, diagnosis: Diagnosis) -> None:
        # One thing is tried at a time.
        for key, row in self.rows.items():
            if key != diagnosis.key and row.is_trying:
                row.stop()
        self.try_requested.emit(diagnosis)

    def show_trying(self, diagnosis: Diagnosis, what: str) -> None:
        """What is being tried of a diagnosis, if that still stands."""
        row = self.rows.get(diagnosis.key)
        if row is not None:
            row.show_trying(what)

    def show_trials(self, diagnosis: Diagnosis, trials: Sequence[Trial]) -> None:
        """What came of the remedies of a diagnosis, if that still stands."""
        row = self.rows.get(diagnosis.key)
        if row is not None:
            row.show_trials(trials)

    def show_rates(self, test: RangeTest) -> None:
        """What came of the test of learning rates, wherever one was asked for."""
        for row in self.rows.values():
            if row.test is not None and not row.test.isEnabled():
                row.show_rates(test)

    def _look_closer(self) -> None:
        self.closer.setText(LOOKING)
        self.closer.setEnabled(False)
        self.closer_requested.emit()


def _status(report: Report) -> str:
    """How many there are, and of which step; and what was done where a person asked to look closer."""
    told = tally(diagnosis.severity for diagnosis in report.diagnoses)
    if report.closer:
        seen = told or "nothing wrong"
        whole = f"Looked closer at step {report.step:,}: {report.closer}; {seen}."
    else:
        whole = f"At step {report.step:,} the doctor sees {told or 'nothing wrong'}."
    return f"{whole} {report.remark}".strip()
