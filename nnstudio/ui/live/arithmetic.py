"""The arithmetic of one step, number by number: forward, loss, backward and update of a chosen unit."""

from __future__ import annotations

from html import escape

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import (
    QHBoxLayout,
    QHeaderView,
    QLabel,
    QSizePolicy,
    QTableWidget,
    QTableWidgetItem,
    QToolButton,
)

from nnstudio.data.dataset import Dataset
from nnstudio.explain.arithmetic import Arithmetic, ArithmeticProbe, Operation, Stage
from nnstudio.explain.operations import Row
from nnstudio.lessons.showing import Showing
from nnstudio.model.quantity import in_digits
from nnstudio.training.probing import Probe
from nnstudio.ui.live.view import LiveView, Question, register
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.number_fields import WholeEdit
from nnstudio.ui.widgets.plain_text import PlainLabel, plain_tip
from nnstudio.ui.widgets.theme import theme

KINDS = {"forward": "Forward", "loss": "Loss", "backward": "Backward", "update": "Update"}
EMPTY = "the numbers of one step"


@register
class ArithmeticView(LiveView):
    """Goes through a step one operation at a time; a node that is selected is gone to."""

    id = "arithmetic"
    title = "Arithmetic"
    help = "The numbers of one training step, one operation at a time, next to what the engine computed."
    question, order = Question.INSIDE, 30
    beside = "activations"
    seconds = 0.3
    chooses = ("operation", "unit", "sample")

    def __init__(self) -> None:
        super().__init__()
        self.back, self.ahead = QToolButton(), QToolButton()
        for button, arrow, name in (
            (self.back, Qt.ArrowType.LeftArrow, "Previous operation"),
            (self.ahead, Qt.ArrowType.RightArrow, "Next operation"),
        ):
            button.setArrowType(arrow)
            button.setAccessibleName(name)
            button.setToolTip(name)
        self.stage = ChoiceBox()
        self.stage.setAccessibleName("Operation")
        self.stage.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.unit, self.sample = WholeEdit("Unit of the layer", 1), WholeEdit("Sample of the arithmetic")
        self.unit.setToolTip("Which unit of the layer's output")
        self.sample.setToolTip("Which sample")
        self.labels = [QLabel("Unit"), QLabel("Sample")]
        head, choice = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.back)
        head.addWidget(self.stage, 1)
        head.addWidget(self.ahead)
        for label, box in zip(self.labels, (self.unit, self.sample), strict=True):
            choice.addWidget(label)
            choice.addWidget(box)
        choice.addStretch(1)
        self.formula, self.result = PlainLabel(), QLabel()
        self.formula.setWordWrap(True)
        self.result.setWordWrap(True)
        self.result.setTextFormat(Qt.TextFormat.RichText)
        self.table = QTableWidget()
        self.table.setAccessibleName("Numbers")
        self.table.setEditTriggers(QTableWidget.EditTrigger.NoEditTriggers)
        self.table.verticalHeader().hide()
        # Numbers are never cut off: one without its exponent would be another.
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.verticalHeader().setDefaultSectionSize(self.table.fontMetrics().height() + 4)
        self.table.horizontalHeader().setMinimumSectionSize(
            self.table.fontMetrics().horizontalAdvance("h12, s34")
        )
        self.rows.addLayout(head)
        self.rows.addLayout(choice)
        self.rows.addWidget(self.formula)
        self.rows.addWidget(self.table, 1)
        self.rows.addWidget(self.result)
        self.rows.addWidget(self.hint, 1)
        self._wanted: Stage | None = None
        self._stages: tuple[Stage, ...] = ()
        self._names: dict[str, str] = {}
        self._latest: Arithmetic | None = None
        self.back.clicked.connect(lambda: self._go(-1))
        self.ahead.clicked.connect(lambda: self._go(1))
        self.stage.activated.connect(self._choose)
        for box in (self.unit, self.sample):
            box.valueChanged.connect(lambda _v: self.probe_changed.emit())
        self.clear()

    def probe(self) -> Probe | None:
        if self.data is None:
            return None
        wanted = self._wanted or Stage(Operation.FORWARD, self.node)
        return ArithmeticProbe(wanted.kind, wanted.node, self.unit.value() - 1, self.sample.value())

    def set_data(self, data: Dataset | None) -> None:
        if data is not None:
            with QSignalBlocker(self.sample):
                self.sample.setMaximum(len(data.part(data.watched)[0]) - 1)
        super().set_data(data)

    def set_node(self, node: str, name: str = "") -> None:
        if node != self.node:
            self._wanted = Stage(Operation.FORWARD, node) if node else None
            self.probe_changed.emit()
        super().set_node(node, name)

    def set_names(self, names: dict[str, str]) -> None:
        self._names = names

    def clear(self) -> None:
        self._latest, self._stages = None, ()
        self.stage.clear()
        self._show(False)
        self.await_picture(EMPTY)

    def show_result(self, result: Arithmetic) -> None:
        if result == self._latest:
            return
        self._latest = result
        self._show(True)
        titles = [self._title(stage) for stage in result.stages]
        with QSignalBlocker(self.stage), QSignalBlocker(self.unit):
            if titles != [self.stage.itemText(i) for i in range(self.stage.count())]:
                self.stage.clear()
                self.stage.addItems(titles)
            self._stages = result.stages
            self.stage.setCurrentIndex(result.at)
            self.unit.setMaximum(result.units)
            self.unit.set_value(result.unit + 1)
            self.unit.setEnabled(result.stages[result.at].kind != Operation.LOSS and result.units > 1)
        self.back.setEnabled(result.at > 0)
        self.ahead.setEnabled(result.at < len(result.stages) - 1)
        self._tell(result)

    def showing(self) -> Showing | None:
        latest = self._latest
        if latest is None:
            return None
        operation, unit = self.stage.currentText(), self.unit.value()
        return self.shows(operation, unit, self.sample.value(), step=latest.step)

    def _tell(self, result: Arithmetic) -> None:
        told, position = result.told, ", ".join(str(i + 1) for i in result.position)
        where = f"  ·  position [{position}]" if len(result.position) > 1 else ""
        self.formula.setText(told.formula + where)
        self.formula.setToolTip(plain_tip(told.formula))
        self.table.setColumnCount(1 + len(told.columns))
        self.table.setHorizontalHeaderLabels(["", *told.columns])
        self.table.setRowCount(len(told.rows))
        header = self.table.horizontalHeader()
        header.setSectionResizeMode(0, QHeaderView.ResizeMode.Stretch)
        for row, line in enumerate(told.rows):
            self._fill(row, line, len(told.columns))
        self.table.setVisible(bool(told.rows))
        parts = []
        if told.left_out:
            parts.append(f"and {told.left_out:,} smaller ones")
        if told.result is not None:
            parts.append(f"{escape(told.result_name)} = <b>{in_digits(told.result, 6)}</b>")
        if told.engine is not None:
            parts.append(f"engine: <b>{in_digits(told.engine, 6)}</b>")
        if told.note:
            parts.append(f"<span style='color:{theme.colours.muted}'>{escape(told.note)}</span>")
        self.result.setText(" · ".join(parts))

    def _fill(self, row: int, line: Row, columns: int) -> None:
        head, _, index = line.label.partition("[")
        label = self._names.get(head, head) + (f" [{index}" if index else "")
        numbers = ["" if n is None else in_digits(n + 0.0, 3) for n in line.numbers]
        for column, text in enumerate([label, *numbers, *[""] * (columns - len(numbers))]):
            item = self.table.item(row, column)
            if item is None:
                item = QTableWidgetItem()
                if column:
                    item.setTextAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
                self.table.setItem(row, column, item)
            if item.text() != text:
                item.setText(text)
            if column == 0:
                item.setToolTip(plain_tip(line.named))

    def _title(self, stage: Stage) -> str:
        return f"{KINDS[stage.kind]} {self._names.get(stage.node, stage.node)}".strip()

    def _go(self, steps: int) -> None:
        if self._latest is not None:
            self._choose(self._latest.at + steps)

    def _choose(self, index: int) -> None:
        if 0 <= index < len(self._stages):
            self._wanted = self._stages[index]
            self.probe_changed.emit()

    def _show(self, shown: bool) -> None:
        for widget in (
            self.back, self.stage, self.ahead, self.formula, self.table, self.result, self.unit, self.sample,
            *self.labels,
        ):  # fmt: skip
            widget.setVisible(shown)
        self.hint.setVisible(not shown)

    def repaint_theme(self) -> None:
        if self._latest is not None:
            self._tell(self._latest)
