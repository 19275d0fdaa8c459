"""The inputs of a row of a table, set by hand: numbers, choices among values, and what is missing."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QGridLayout, QScrollArea, QSizePolicy, QWidget

from nnstudio.data.dataset import Dataset
from nnstudio.data.tables.encoders import CategoryEncoder, OrderedEncoder, TokenEncoder
from nnstudio.model.tokens import columns_of
from nnstudio.ui.live.number_input import NumberInput
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.plain_text import on_button, plain_tip
from nnstudio.ui.widgets.short_label import MARGIN, ShortLabel

# Samples whose middle the inputs begin with, and by which it is told what they are.
ENOUGH = 100_000
# Letters of a column's name that are seen in any case, and pixels of a slider: of a shorter one there is no
# groove to be seen beside its knob.
LEAST_LETTERS, LEAST_SLIDER = 5, 72
OTHER, MISSING = "another value", "missing"


class ChoiceInput(ChoiceBox):
    """Inputs of which one value is 1, the others 0; or one that holds the number of a value.

    Attributes:
        columns: its inputs; a single one holds a number.
        numbers: of a single input, the number of each item, in the unit of the data.
    """

    def __init__(self, items: list[str], columns: list[int], numbers: list[float]) -> None:
        super().__init__()
        self.columns, self.numbers = columns, numbers
        self.addItems(items)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)

    def write(self, values: np.ndarray) -> None:
        """Put what is chosen into the inputs, in the unit of the data."""
        at = self.currentIndex()
        if self.numbers:
            values[self.columns[0]] = self.numbers[at]
        else:
            values[self.columns] = 0.0
            # The last one stands for a value that none of them is.
            if at < len(self.columns):
                values[self.columns[at]] = 1.0

    def read(self, values: np.ndarray) -> None:
        """Choose what the inputs say."""
        if self.numbers:
            at = int(np.argmin(np.abs(np.array(self.numbers) - values[self.columns[0]])))
        else:
            of = values[self.columns]
            at = int(of.argmax()) if of.max() > 0.5 else len(self.columns)
        self.setCurrentIndex(at)


class GapInput(QCheckBox):
    """Whether a column has no value."""

    def __init__(self, column: int, name: str) -> None:
        super().__init__(MISSING)
        self.columns = [column]
        self.setAccessibleName(f"{name} is missing")
        self.setToolTip("No value is known: the network gets what stood for such in training")

    def write(self, values: np.ndarray) -> None:
        """Put it into the inputs."""
        values[self.columns] = float(self.isChecked())

    def read(self, values: np.ndarray) -> None:
        """Show what the inputs say."""
        self.setChecked(bool(values[self.columns[0]] > 0.5))


class InputSheet(QScrollArea):
    """One line for each column of the table; changed() by a person.

    Attributes:
        numbers: those of its lines that hold a number, in the order of the inputs.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.data: Dataset | None = None
        self.numbers: list[NumberInput] = []
        self._inputs: list[NumberInput | ChoiceInput | GapInput] = []
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        self._clear()

    def _clear(self) -> None:
        sheet = QWidget()
        self.grid = QGridLayout(sheet)
        self.grid.setContentsMargins(0, 0, 4, 0)
        self.grid.setVerticalSpacing(2)
        self.grid.setColumnStretch(0, 1)
        self.grid.setColumnStretch(1, 1)
        self.numbers, self._inputs = [], []
        # The sheet before goes with what is on it.
        self.setWidget(sheet)

    def set_data(self, data: Dataset | None) -> None:
        """Show a line for each column of data whose samples are rows; none shows nothing."""
        self.data = data
        self._clear()
        if data is None:
            return
        # Of many samples, some tell where they lie, and what they are like.
        self._some = data.x_train[:: max(1, len(data.x_train) // ENOUGH)]
        self._shift, self._scale = (
            np.broadcast_to(np.ravel(v), data.input_shape).astype(np.float64)
            for v in (data.x_shift, data.x_scale)
        )
        at, tokens = 0, set(columns_of(data.tokens))
        encoders = data.inputs if sum(len(e.features) for e in data.inputs) == data.input_shape[0] else ()
        for encoder in encoders:
            columns = list(range(at, at + len(encoder.features)))
            if isinstance(encoder, CategoryEncoder):
                values = [*encoder.values, *([MISSING] if encoder.has_gaps else []), OTHER]
                self._add_choice(encoder.column, values, columns, [])
            elif isinstance(encoder, TokenEncoder):
                numbers = [*map(float, range(1, len(encoder.values) + 1)), 0.0]
                self._add_choice(encoder.column, [*encoder.values, OTHER], columns, numbers)
            elif isinstance(encoder, OrderedEncoder):
                positions = [float(at) for at in range(len(encoder.values))]
                self._add_choice(encoder.column, list(encoder.values), columns[:1], positions)
                self._add_gap(encoder.column, columns[1:])
            else:
                own = len(columns) - ("fill" in encoder.plain() and encoder.plain()["fill"] is not None)
                for column in columns[:own]:
                    self._add_number(column, column in tokens)
                self._add_gap(encoder.column, columns[own:])
            at += len(columns)
        for column in range(at, data.input_shape[0]):
            self._add_number(column, column in tokens)
        self.show_sample(self._usual())

    def _usual(self) -> np.ndarray:
        """A sample to begin with: the middle of each number, and of each choice the most frequent value."""
        usual: np.ndarray = np.median(self._some, 0)
        for line in self._inputs:
            if isinstance(line, ChoiceInput) and not line.numbers:
                shares = self._some[:, line.columns].mean(0)
                usual[line.columns] = self._some[:, line.columns].min(0)
                at = line.columns[int(shares.argmax())]
                usual[at] = self._some[:, at].max()
        return usual

    def _add_number(self, column: int, is_token: bool) -> None:
        data = self.data
        assert data is not None
        name = data.features[column] if column < len(data.features) else f"x{column + 1}"
        own = self._some[:, column].astype(np.float64) * self._scale[column] + self._shift[column]
        # The rows between those that are looked at may reach further.
        ends = np.array([data.x_train[:, column].min(), data.x_train[:, column].max()], np.float64)
        low, high = sorted((ends * self._scale[column] + self._shift[column]).tolist())
        is_whole = is_token or bool((np.abs(own - np.round(own)) <= 1e-6 * np.maximum(1, np.abs(own))).all())
        number = NumberInput(column, name, low, high, is_whole)
        number.slider.setMinimumWidth(LEAST_SLIDER)
        self._add(number, name, number.slider)
        self.grid.addWidget(number.slider, self.grid.rowCount() - 1, 1)
        self.grid.addWidget(number.box, self.grid.rowCount() - 1, 2)
        self.numbers.append(number)
        number.changed.connect(self._align)
        number.changed.connect(self.changed)

    def _add_choice(self, name: str, items: list[str], columns: list[int], numbers: list[float]) -> None:
        choice = ChoiceInput(items, columns, numbers)
        choice.setAccessibleName(name)
        self._add(choice, name, choice)
        self.grid.addWidget(choice, self.grid.rowCount() - 1, 1, 1, 2)
        choice.currentIndexChanged.connect(lambda _at: self.changed.emit())

    def _add(self, line: NumberInput | ChoiceInput, name: str, buddy: QWidget) -> None:
        title = ShortLabel()
        title.setContentsMargins(0, 0, 0, 0)
        title.show_text(on_button(name))
        title.setToolTip(plain_tip(name))
        # Where there is no room for all of a long name, the slider keeps its own.
        metrics = title.fontMetrics()
        title.setMinimumWidth(LEAST_LETTERS * metrics.averageCharWidth())
        title.setMaximumWidth(max(metrics.horizontalAdvance(name) + MARGIN + 2, title.minimumWidth()))
        title.setBuddy(buddy)
        self.grid.addWidget(title, self.grid.rowCount(), 0)
        self._inputs.append(line)

    def _add_gap(self, name: str, columns: list[int]) -> None:
        for column in columns:
            gap = GapInput(column, name)
            self.grid.addWidget(gap, self.grid.rowCount() - 1, 3)
            self._inputs.append(gap)
            gap.toggled.connect(lambda _on: self.changed.emit())

    def show_sample(self, sample: np.ndarray) -> None:
        """Show a sample as the network gets it, (inputs,)."""
        own = sample.astype(np.float64) * self._scale + self._shift
        with QSignalBlocker(self):
            for line in self._inputs:
                line.read(own)
        self._align()

    def _align(self) -> None:
        """All boxes below each other are as wide as the widest."""
        widest = max((number.box.minimumWidth() for number in self.numbers), default=0)
        for number in self.numbers:
            number.box.setFixedWidth(widest)

    def told(self) -> np.ndarray:
        """What the lines say, (inputs,), float64, in the unit of the data: what is used is what is shown."""
        own = np.zeros(len(self._shift))
        for line in self._inputs:
            line.write(own)
        return own

    def sample(self) -> np.ndarray:
        """The same as the network gets it, float32."""
        return ((self.told() - self._shift) / self._scale).astype(np.float32)

    def outside(self) -> str:
        """A remark on numbers beyond those of the training; "" where there are none."""
        names = [number.name for number in self.numbers if number.is_outside]
        if not names:
            return ""
        return f"{', '.join(names)}: outside of what it learned from, so do not rely on the answer."
