"""Cross-validation in the window: choose the number of folds, watch them come, see mean and spread."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QHeaderView,
    QProgressBar,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QVBoxLayout,
    QWidget,
)

from nnkernels.spec import SpecError
from nnkernels.spec.registry import UnknownName
from nnstudio.cross_validation import FoldResult, cross_validate, spreads
from nnstudio.data.dataset import DataError
from nnstudio.data.splits import MOST_FOLDS
from nnstudio.data.table_unit import OF_VALUES
from nnstudio.data.terms import REAL_RIGHT
from nnstudio.explain.scores import Scores
from nnstudio.model.atomic_file import FileError
from nnstudio.model.quantity import in_digits
from nnstudio.training.beside import Beside
from nnstudio.training.messages import Phase
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.widgets.dialog_size import give_size
from nnstudio.ui.widgets.number_fields import WholeEdit
from nnstudio.ui.widgets.plain_text import PlainLabel

INTRODUCTION = (
    "All samples but those for testing are divided into folds. For each fold a network like this one is "
    "trained anew on the others and judged by it. The project stays as it is."
)
CANCELLED = "Cancelled; the folds above are done."
GIVEN = ("Fold", "Samples", "Epochs")
TITLES = {
    "loss": "Loss", "accuracy": "Accuracy", "r2": "R²", "mean_absolute_error": "Mean absolute error",
}  # fmt: skip


class CrossValidation(QDialog):
    """Trains on the worker while nothing else is trained; closing it ends that.

    Escape first cancels what is being trained, and closes when nothing is.
    """

    def __init__(self, parent: QWidget, runner: Runner) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Cross-validation")
        self.runner = runner
        self._beside: Beside | None = None
        self.results: list[FoldResult] = []
        introduction = PlainLabel(INTRODUCTION)
        introduction.setWordWrap(True)
        self.folds = WholeEdit("Number of folds", 2, MOST_FOLDS)
        self.folds.setValue(5)
        self.button, self.close_button = QPushButton("Start"), QPushButton("Close")
        self.button.clicked.connect(self._on_button)
        self.button.setDefault(True)
        # As wide for either word, so that nothing beside it moves.
        metrics = self.button.fontMetrics()
        room = self.button.sizeHint().width() - metrics.horizontalAdvance("Start")
        self.button.setMinimumWidth(room + max(map(metrics.horizontalAdvance, ("Start", "Cancel"))))
        self.close_button.clicked.connect(self.close)
        self.close_button.setAutoDefault(False)
        self.progress = QProgressBar()
        self.progress.setRange(0, 1000)
        policy = self.progress.sizePolicy()
        policy.setRetainSizeWhenHidden(True)
        self.progress.setSizePolicy(policy)
        self.table = QTableWidget()
        self.table.setAccessibleName("Results of the folds")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setStretchLastSection(True)
        self.said = PlainLabel()
        self.said.setWordWrap(True)
        above = QHBoxLayout()
        for widget in (PlainLabel("Folds"), self.folds, self.button):
            above.addWidget(widget)
        above.addWidget(self.progress, 1)
        rows = QVBoxLayout(self)
        rows.addWidget(introduction)
        rows.addLayout(above)
        rows.addWidget(self.table, 1)
        rows.addWidget(self.said)
        below = QHBoxLayout()
        below.addStretch(1)
        below.addWidget(self.close_button)
        rows.addLayout(below)
        give_size(self, 740, 420)
        self.progress.hide()
        runner.ticked.connect(self._look)

    def _on_button(self) -> None:
        if self._beside is not None:
            self._end(CANCELLED)
            return
        self.results, self._beside = [], None
        self.table.clear()
        self.table.setRowCount(0)
        self.said.clear()
        try:
            planner = self.runner.planner
            pieces = cross_validate(planner.project, self.folds.value(), planner.threads)
        except (DataError, FileError, SpecError, UnknownName) as error:
            self.said.setText(str(error))
            return
        # Both would wait for each other's slices.
        if self.runner.snapshot.phase == Phase.RUNNING:
            self.runner.orders.pause()
        self._beside = Beside(pieces)
        self.runner.worker.work_beside(self._beside)
        self._offer("Cancel")
        self.folds.setEnabled(False)
        self.progress.setValue(0)
        self.progress.show()

    def _look(self) -> None:
        """Show what came since the last look."""
        beside = self._beside
        if beside is None:
            return
        # What is over has given everything before.
        is_over = beside.is_over
        for done in beside.take():
            if isinstance(done, FoldResult):
                self.results.append(done)
                self._add_row()
            else:
                self.progress.setValue(round(1000 * done))
        if is_over:
            self._end("" if beside.error is None else str(beside.error) or type(beside.error).__name__)

    def _add_row(self) -> None:
        result = self.results[-1]
        measures = result.scores.measures()
        self.table.setColumnCount(len(GIVEN) + len(measures))
        self.table.setHorizontalHeaderLabels([*GIVEN, *(_head(*key, result.scores) for key in measures)])
        given = [str(result.fold), f"{result.scores.samples:,}", f"{result.epochs:,}"]
        self._write([*given, *(_cell(name, value) for (name, _output), value in measures.items())])

    def _write(self, cells: list[str], bold: bool = False) -> None:
        row = self.table.rowCount()
        self.table.setRowCount(row + 1)
        for column, text in enumerate(cells):
            item = QTableWidgetItem(text)
            if column:
                item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            font = item.font()
            font.setBold(bold)
            item.setFont(font)
            self.table.setItem(row, column, item)
        self.table.scrollToBottom()

    def _offer(self, word: str) -> None:
        """What the button does. Enter starts folds, but never takes them away."""
        self.button.setText(word)
        self.button.setAutoDefault(word == "Start")
        self.button.setDefault(word == "Start")

    def _end(self, said: str) -> None:
        assert self._beside is not None
        self._beside.cancel()
        self._beside = None
        self._offer("Start")
        self.folds.setEnabled(True)
        self.progress.hide()
        self.said.setText(said)
        if len(self.results) > 1:
            told = [
                f"{_cell(s.name, s.mean)} ± {_cell(s.name, s.deviation, 2)}" for s in spreads(self.results)
            ]
            self._write(["Mean ± standard deviation", "", "", *told], bold=True)
            self.table.setSpan(self.table.rowCount() - 1, 0, 1, len(GIVEN))

    def reject(self) -> None:
        if self._beside is not None:
            self._end(CANCELLED)
            return
        super().reject()

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._beside is not None:
            self._end("")
        super().closeEvent(event)

    def done(self, result: int) -> None:
        # Qt tells no close event where Escape closes it.
        self.runner.ticked.disconnect(self._look)
        super().done(result)


def _head(name: str, output: str, scores: Scores) -> str:
    """Of a column: a score, of several Outputs with the one that it is of."""
    title = REAL_RIGHT.capitalize() if scores.only_real and name == "accuracy" else TITLES[name]
    title += OF_VALUES if scores.of_values and name == "r2" else ""
    return f"{title} of {output}" if output else title


def _cell(name: str, value: float, digits: int = 4) -> str:
    return f"{value:.2%}" if name == "accuracy" else in_digits(value, digits)
