"""One thing that is varied: which option, and its values, one by one or as a range."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLineEdit, QToolButton, QVBoxLayout, QWidget

from nnkernels.spec import Option
from nnstudio.sweep.options import Variable
from nnstudio.ui.sweeps.proposals import proposal_for
from nnstudio.ui.widgets.choice_box import StillBox, narrow
from nnstudio.ui.widgets.forms import explain
from nnstudio.ui.widgets.number_fields import WholeEdit
from nnstudio.ui.widgets.plain_text import PlainLabel, plain_tip

VALUES, RANGE = "values", "range"
# A grid tries so many values of a range, until a person chooses.
STEPS, MOST_STEPS = 5, 1000
VALUES_TIP = "All values to try, with commas between"
TEXTS_TIP = "All texts to try, with semicolons between"


class VariedRow(QFrame):
    """Signals: changed() when a person chose something else, removed() when it is not to be varied."""

    changed = Signal()
    removed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("row")
        self._variables: dict[str, Variable] = {}
        self.name, self.kind = narrow(StillBox()), StillBox()
        self.values, self.low, self.high = QLineEdit(), QLineEdit(), QLineEdit()
        self.log, self.steps = QCheckBox("Logarithmic"), WholeEdit("Values of the range", 2, MOST_STEPS)
        self.remove = QToolButton()
        self._up_to, self._in = PlainLabel("to"), PlainLabel("in")
        self._has_grid = True
        self._name_all()
        self._put_together()
        self._connect()

    def _name_all(self) -> None:
        for widget, name, tip in (
            (self.name, "What is varied", "An option of the training or of a layer"),
            (self.kind, "How its values are given", "Values one by one, or all between two numbers"),
            (self.values, "Values", VALUES_TIP),
            (self.low, "Lowest value", "The lowest value to try"),
            (self.high, "Highest value", "The highest value to try"),
            (self.log, "By its logarithm", "Each power of ten counts as much: 0.001 to 0.01 as 0.01 to 0.1"),
            (self.steps, "Values of the range", "A grid tries so many values of the range"),
            (self.remove, "Do not vary this", "Do not vary this"),
        ):
            widget.setAccessibleName(name)
            widget.setToolTip(tip)
        self.kind.addItem("Values", VALUES)
        self.kind.addItem("Range", RANGE)
        self.steps.setMinimumHeight(self.low.sizeHint().height())
        self.steps.setValue(STEPS)
        self.steps.setSuffix(" steps")
        self.remove.setText("\N{MULTIPLICATION SIGN}")
        self.remove.setObjectName("tight")

    def _put_together(self) -> None:
        head, line, bounds = QHBoxLayout(), QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.name, 1)
        head.addWidget(self.remove)
        line.addWidget(self.kind)
        for widget, stretch in ((self.values, 1), (self.low, 1), (self._up_to, 0), (self.high, 1)):
            line.addWidget(widget, stretch)
        bounds.addStretch(1)
        bounds.addWidget(self.log)
        bounds.addWidget(self._in)
        bounds.addWidget(self.steps)
        rows = QVBoxLayout(self)
        rows.setContentsMargins(8, 6, 6, 7)
        rows.setSpacing(5)
        for layout in (head, line, bounds):
            rows.addLayout(layout)
        for field in (self.low, self.high, self.values):
            field.setMinimumWidth(44)

    def _connect(self) -> None:
        self.name.currentIndexChanged.connect(lambda _at: self._propose())
        self.kind.currentIndexChanged.connect(lambda _at: self._tell())
        for field in (self.values, self.low, self.high):
            field.textEdited.connect(lambda _text: self.changed.emit())
        self.log.toggled.connect(lambda _on: self.changed.emit())
        self.steps.valueChanged.connect(lambda _value: self.changed.emit())
        self.remove.clicked.connect(lambda _on=False: self.removed.emit())

    @property
    def variable(self) -> Variable | None:
        """What is varied; None before anything can be."""
        return self._variables.get(str(self.name.currentData()))

    def offer(self, variables: Sequence[Variable]) -> None:
        """What can be chosen; what is chosen stays, and is nothing where it is no longer among it."""
        if list(self._variables.values()) == list(variables):
            return
        chosen = self.name.currentData()
        self._variables = {variable.name: variable for variable in variables}
        with QSignalBlocker(self.name):
            self.name.clear()
            was_of_node = False
            for variable in variables:
                if variable.is_of_node and not was_of_node and self.name.count():
                    self.name.insertSeparator(self.name.count())
                was_of_node = variable.is_of_node
                self.name.addItem(variable.title, variable.name)
            # Before anything is chosen nothing is, though Qt chooses the first.
            self.name.setCurrentIndex(-1 if chosen is None else self.name.findData(chosen))

    def choose(self, name: str) -> None:
        """Vary an option by its full name; its values are proposed."""
        self.name.setCurrentIndex(self.name.findData(name))

    def _propose(self) -> None:
        variable = self.variable
        if variable is None:
            return
        proposal = proposal_for(variable.option, variable.value)
        blockers = [QSignalBlocker(widget) for widget in (self.kind, self.log)]
        self.values.setText(proposal.values)
        self.low.setText(proposal.low)
        self.high.setText(proposal.high)
        self.log.setChecked(proposal.log)
        if not _is_number(variable.option):
            self.kind.setCurrentIndex(self.kind.findData(VALUES))
        del blockers
        tip = plain_tip(explain(variable.option)) if variable.option.help else ""
        self.name.setToolTip(tip or "An option of the training or of a layer")
        self.values.setToolTip(TEXTS_TIP if _is_free(variable.option) else VALUES_TIP)
        self._tell()

    def show_grid(self, has_grid: bool) -> None:
        """Whether all values are tried, and a range must therefore be cut into some."""
        self._has_grid = has_grid
        self._show_fields()

    def _tell(self) -> None:
        self._show_fields()
        self.changed.emit()

    def _show_fields(self) -> None:
        variable = self.variable
        self.kind.setEnabled(variable is not None and _is_number(variable.option))
        is_range = self.kind.currentData() == RANGE
        self.values.setVisible(not is_range)
        of_range: tuple[QWidget, ...] = (self.low, self._up_to, self.high, self.log)
        of_grid: tuple[QWidget, ...] = (self._in, self.steps)
        for widget in of_range:
            widget.setVisible(is_range)
        for widget in of_grid:
            widget.setVisible(is_range and self._has_grid)

    @property
    def text(self) -> str:
        """What is varied as it is written on the command line, see `read_space`."""
        name = str(self.name.currentData())
        if self.kind.currentData() == VALUES:
            return f"{name}={self.values.text()}"
        steps = f":{self.steps.value()}" if self._has_grid else ""
        return f"{name}={self.low.text()}..{self.high.text()}{':log' * self.log.isChecked()}{steps}"

    @property
    def problem(self) -> str:
        """What is missing before it can be read, "" where nothing is."""
        variable = self.variable
        if variable is None:
            return "Choose what is varied."
        is_range = self.kind.currentData() == RANGE
        fields = (self.low, self.high) if is_range else (self.values,)
        if all(field.text().strip() for field in fields):
            return ""
        missing = "the lowest and the highest value" if is_range else "the values to try"
        return f"{variable.title}: write {missing}."


def _is_number(option: Option) -> bool:
    return isinstance(option.default, int | float) and not isinstance(option.default, bool)


def _is_free(option: Option) -> bool:
    return isinstance(option.default, str) and not option.choices
