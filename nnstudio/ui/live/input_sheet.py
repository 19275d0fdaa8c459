"""The inputs of a row of a table, set by hand: numbers, dates, choices among values, and what is missing."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSignalBlocker, QSize, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QScrollArea, QSizePolicy

from nnstudio.data.dataset import Dataset
from nnstudio.data.own_unit import in_own_unit
from nnstudio.data.tables.encoders import (
    CategoryEncoder,
    DateEncoder,
    Encoder,
    NumberEncoder,
    OrderedEncoder,
    TokenEncoder,
)
from nnstudio.model.tokens import columns_of
from nnstudio.ui.live.choice_input import MISSING, ChoiceInput, GapInput
from nnstudio.ui.live.date_input import DateInput
from nnstudio.ui.live.input_field import InputField
from nnstudio.ui.live.number_input import NumberInput
from nnstudio.ui.live.slider_input import SliderInput
from nnstudio.ui.widgets.block_columns import BlockColumns
from nnstudio.ui.widgets.fading_edges import FadingEdges

# Samples whose middle the inputs begin with, and by which it is told what they are.
ENOUGH = 100_000
# Mean letters that a field needs to be read with ease: in so many times as much, fields stand side by side.
LETTERS = 40
OTHER, OTHER_OR_MISSING = "another value", "another value, or missing"


class InputSheet(QScrollArea):
    """A field for each column of the table; changed() by a person.

    Attributes:
        fields: in the order of the columns.
        numbers: what sets those that hold a number, in that order.
    """

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.data: Dataset | None = None
        self.fields: list[InputField] = []
        self.numbers: list[NumberInput] = []
        self._inputs: list[SliderInput | ChoiceInput | GapInput] = []
        self._columns = BlockColumns(18)
        # What its fields do not need is for what stands below them.
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Maximum)
        self.setWidget(self._columns)
        self.setWidgetResizable(True)
        self.setFrameShape(QScrollArea.Shape.NoFrame)
        # Fields can be as narrow as any panel.
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        FadingEdges(self)

    def set_data(self, data: Dataset | None) -> None:
        """Show a field for each column of data whose samples are rows; none shows nothing."""
        self.data = data
        self.fields, self.numbers, self._inputs = [], [], []
        if data is not None:
            # Of many samples, some tell where they lie, and what they are like.
            self._some = data.x_train[:: max(1, len(data.x_train) // ENOUGH)]
            self._shift, self._scale = (
                np.broadcast_to(np.ravel(v), data.input_shape).astype(np.float64)
                for v in (data.x_shift, data.x_scale)
            )
            self._fill(data)
            self.show_sample(self._usual())
        self._columns.take([(field, 1) for field in self.fields])
        self.updateGeometry()

    def sizeHint(self) -> QSize:
        return QSize(super().sizeHint().width(), self._columns.sizeHint().height())

    def _fill(self, data: Dataset) -> None:
        at = 0
        for encoder in encoders_of(data):
            columns = list(range(at, at + len(encoder.features)))
            self._add_column(encoder, columns)
            at += len(columns)
        for column in range(at, data.input_shape[0]):
            name = data.features[column] if column < len(data.features) else f"x{column + 1}"
            number = self._number(column, name, np.ones(len(self._some), bool), None)
            self._add(name, number)

    def _add_column(self, encoder: Encoder, columns: list[int]) -> None:
        name = encoder.column
        setter: SliderInput | ChoiceInput
        if isinstance(encoder, CategoryEncoder):
            values = [*encoder.values, *([MISSING] if encoder.has_gaps else []), OTHER]
            self._add(name, ChoiceInput(values, columns, []))
        elif isinstance(encoder, TokenEncoder):
            numbers = [*map(float, range(1, len(encoder.values) + 1)), 0.0]
            other = OTHER_OR_MISSING if encoder.has_gaps else OTHER
            self._add(name, ChoiceInput([*encoder.values, other], columns, numbers))
        elif isinstance(encoder, OrderedEncoder):
            positions = [float(at) for at in range(len(encoder.values))]
            setter = ChoiceInput(list(encoder.values), columns[:1], positions)
            self._add(name, setter, _gap(encoder, columns), encoder.filled_with)
        elif isinstance(encoder, DateEncoder) and encoder.first:
            setter = DateInput(encoder, columns[: encoder.quantities])
            self._add(name, setter, _gap(encoder, columns), encoder.filled_with)
        else:
            self._add_numbers(encoder, columns)

    def _add_numbers(self, encoder: Encoder, columns: list[int]) -> None:
        """A field for each number that a column becomes; the last one tells whether it is missing."""
        gap, own = _gap(encoder, columns), columns[: encoder.quantities]
        known = np.ones(len(self._some), bool)
        if gap is not None:
            known = self._in_unit(columns[-1]) < 0.5
        for feature, column in zip(encoder.features, own, strict=False):
            is_number = isinstance(encoder, NumberEncoder)
            number = self._number(column, encoder.column if is_number else feature, known, encoder)
            is_last = column == own[-1]
            self._add(number.name, number, gap if is_last else None, encoder.filled_with)

    def _in_unit(self, column: int) -> np.ndarray:
        """Some numbers of an input in the unit of the data, (rows,), float64."""
        return in_own_unit(self._some[:, column], self._shift[column], self._scale[column])

    def _number(self, column: int, name: str, known: np.ndarray, encoder: Encoder | None) -> NumberInput:
        data = self.data
        assert data is not None
        is_log = isinstance(encoder, NumberEncoder) and encoder.log
        # What stands for missing values need be no whole number where all others are.
        own = self._in_unit(column)[known]
        # The rows between those that are looked at may reach further.
        ends = np.array([data.x_train[:, column].min(), data.x_train[:, column].max()])
        low, high = sorted(in_own_unit(ends, self._shift[column], self._scale[column]).tolist())
        if is_log:
            own, low, high = np.expm1(own), float(np.expm1(low)), float(np.expm1(high))
        is_token = column in set(columns_of(data.tokens))
        is_whole = is_token or bool((np.abs(own - np.round(own)) <= 1e-6 * np.maximum(1, np.abs(own))).all())
        number = NumberInput(column, name, low, high, is_whole)
        if isinstance(encoder, NumberEncoder):
            unit = "" if data.written is None else data.written.units.get(encoder.column, "")
            number.enter_as(unit, is_log, encoder.clip)
        self.numbers.append(number)
        number.changed.connect(self._align)
        return number

    def _add(
        self, name: str, setter: SliderInput | ChoiceInput, gap: GapInput | None = None, told: str = ""
    ) -> None:
        if isinstance(setter, ChoiceInput):
            setter.setAccessibleName(name)
        field = InputField(name, setter, gap, told)
        field.changed.connect(self.changed)
        self.fields.append(field)
        # What is missing has the last word on its inputs.
        self._inputs += [setter] if gap is None else [setter, gap]

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

    def show_sample(self, sample: np.ndarray) -> None:
        """Show a sample as the network gets it, (inputs,)."""
        own = in_own_unit(sample, self._shift, self._scale)
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
        """What the fields say, (inputs,), float64, in the unit of the data: what is used is what is shown."""
        own = np.zeros(len(self._shift))
        for line in self._inputs:
            line.write(own)
        return own

    def sample(self) -> np.ndarray:
        """The same as the network gets it, float32."""
        return ((self.told() - self._shift) / self._scale).astype(np.float32)

    def chosen(self) -> dict[str, str | float]:
        """What is set of each column, as a person sees it."""
        told: dict[str, str | float] = {}
        for setter in (field.setter for field in self.fields):
            if isinstance(setter, ChoiceInput):
                told[setter.accessibleName()] = setter.currentText()
            else:
                told[setter.name] = setter.value if isinstance(setter, NumberInput) else setter.text
        return told

    def remark(self) -> str:
        """What was typed and is not taken, and what is beyond all of the training; "" for nothing."""
        sliders = [
            field.setter
            for field in self.fields
            if isinstance(field.setter, NumberInput | DateInput)
            if field.gap is None or not field.gap.isChecked()
        ]
        told = [slider.problem for slider in sliders if slider.problem]
        names = [slider.name for slider in sliders if slider.is_outside]
        if names:
            told.append(f"{', '.join(names)}: outside of what it learned from, so do not rely on the answer.")
        return " ".join(told)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        needed = LETTERS * self.fontMetrics().averageCharWidth()
        self._columns.set_count(max(1, self.viewport().width() // needed))
        # In other columns they are as high as another sheet.
        self.updateGeometry()


def encoders_of(data: Dataset) -> tuple[Encoder, ...]:
    """How columns become the inputs, in their order; none where it is not known of all of them."""
    told = sum(len(encoder.features) for encoder in data.inputs)
    return data.inputs if told == data.input_shape[0] else ()


def _gap(encoder: Encoder, columns: list[int]) -> GapInput | None:
    """Whether the column is missing, which is its last input; None where that is not asked."""
    fill = encoder.plain().get("fill")
    if fill is None:
        return None
    if isinstance(encoder, NumberEncoder):
        fill = np.log1p(fill) if encoder.log else fill
        fill = fill if encoder.clip is None else np.clip(fill, *encoder.clip)
    return GapInput(encoder.column, columns[-1], dict(zip(columns, np.ravel(fill).tolist(), strict=False)))
