"""The state of a recurrent layer as colours, units down and steps across, and one unit over the sequence."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QPointF, QSignalBlocker, Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QHBoxLayout, QLabel

from nnkernels.graph.network import Resolved
from nnstudio.data.dataset import Dataset
from nnstudio.explain.activations import in_one
from nnstudio.explain.hidden_state import HiddenState, HiddenStateProbe, Memory, NoState, recurrent_nodes
from nnstudio.explain.looks import state_table
from nnstudio.lessons.showing import Showing
from nnstudio.model.quantity import in_digits
from nnstudio.training.probing import Probe
from nnstudio.ui.live.requests import ShowSample, ViewRequest
from nnstudio.ui.live.sample_choice import SampleChoice, sample_told
from nnstudio.ui.live.view import LiveView, Question, make_plot, paint_plot, register
from nnstudio.ui.live.weight_picture import painted
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.number_fields import WholeEdit
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.short_label import ShortLabel
from nnstudio.ui.widgets.theme import legible_on, theme

NOT_HERE = "A hidden state can be seen where a network reads sequences: series, texts, or steps of numbers."
NO_LAYER = (
    "This network has no recurrent layer that is connected. Put a SimpleRNN, an LSTM or a GRU between Input "
    "and Output."
)
EMPTY = "what a recurrent layer remembers"
POINT = "Point at the colours to read a step, click on a row to choose its unit"
# What is written for tokens of which nothing would be seen.
SIGNS = {"space": "\u00a0", "line end": "↵", "tab": "⇥"}
# Longer ones are words.
LONGEST_SIGN = 1


@register
class HiddenStateView(LiveView):
    """Of the selected layer where that is recurrent, else of the first that is."""

    id = "hidden_state"
    title = "Hidden state"
    help = "What each unit of a recurrent layer holds after every step of a sequence."
    question, order = Question.INSIDE, 50
    beside = "activations"
    tells_cost = True
    needs = NOT_HERE
    needs_layer = NO_LAYER
    seconds = 0.15
    follows_node = True
    chooses = ("layer", "memory", "unit", "sample")

    def __init__(self) -> None:
        super().__init__()
        self.sample = SampleChoice()
        self.sample.chosen.connect(self.probe_changed)
        self.unit = WholeEdit("Unit", 1, 1)
        self.unit.setToolTip("The unit that is shown over the sequence; a click on its row chooses it, too")
        self.unit.valueChanged.connect(lambda _value: self._draw_unit())
        self.memory = ChoiceBox()
        self.memory.setAccessibleName("What to show of the layer's memory")
        self.memory.addItem("State", Memory.STATE)
        self.memory.addItem("Memory cell", Memory.CELL)
        self.memory.setToolTip(
            "An LSTM gives its state to the next layer, and keeps its memory cell to itself"
        )
        self.memory.currentIndexChanged.connect(lambda _at: self.probe_changed.emit())
        self.caption, self.reading = ShortLabel(), PlainLabel()
        for told in (self.caption, self.reading):
            told.setObjectName("muted")
        self.reading.setWordWrap(True)
        head = QHBoxLayout()
        self._labels = []
        for name, field in (("Sample", self.sample), ("Unit", self.unit)):
            label = QLabel(name)
            label.setBuddy(field)
            self._labels.append(label)
            head.addWidget(label)
            head.addWidget(field)
        head.addWidget(self.memory)
        head.addWidget(self.caption, 1)
        self.map, self.curve = make_plot(), make_plot()
        self.map.setAccessibleName("State of each unit after each step")
        self.map.setToolTip(POINT)
        self.map.invertY(True)
        self.map.setMouseEnabled(False, False)
        self.map.setLabel("left", "unit")
        self.image = pg.ImageItem(axisOrder="row-major")
        # A frame around the row of the chosen unit, and a line through the step at the mouse.
        self.chosen, self.pointer = pg.PlotCurveItem(), pg.InfiniteLine(angle=90)
        self.map.addItem(self.image)
        for mark in (self.chosen, self.pointer):
            self.map.addItem(mark, ignoreBounds=True)
        self.curve.setAccessibleName("One unit over the sequence")
        self.curve.setMouseEnabled(False, False)
        self.curve.setXLink(self.map)
        self.entering, self.values = self.curve.plot(), self.curve.plot(symbol="o", symbolSize=5)
        axes = tuple(plot.getAxis("left") for plot in (self.map, self.curve))
        for axis in axes:
            axis.column = axes
        self.text = QLabel()
        self.text.setTextFormat(Qt.TextFormat.RichText)
        self.text.setWordWrap(True)
        self.text.setAccessibleName("One unit over the text")
        self.rows.addLayout(head)
        self.rows.addWidget(self.map, 3)
        self.rows.addWidget(self.text)
        self.rows.addWidget(self.curve, 2)
        self.rows.addWidget(self.reading)
        self.rows.addWidget(self.hint, 1)
        self.map.scene().sigMouseMoved.connect(self._on_mouse)
        self.map.scene().sigMouseClicked.connect(self._on_click)
        self._latest: HiddenState | None = None
        self._names: dict[str, str] = {}
        self.repaint_theme()
        self.clear()

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return _is_sequence(data)

    @classmethod
    def fits_network(cls, nodes: Mapping[str, Resolved]) -> bool:
        return bool(recurrent_nodes(nodes))

    def probe(self) -> Probe | None:
        if self.data is None or not _is_sequence(self.data):
            return None
        return HiddenStateProbe(self.node, self.sample.index, self._memory(), self.sample.own)

    def _memory(self) -> Memory:
        return Memory(self.memory.currentData())

    def set_data(self, data: Dataset | None) -> None:
        self.sample.set_data(data)
        super().set_data(data)

    def set_names(self, names: dict[str, str]) -> None:
        self._names = names

    def on_request(self, request: ViewRequest) -> None:
        if isinstance(request, ShowSample):
            self.sample.show_own(request.sample)

    def clear(self) -> None:
        self._latest = None
        self._show(False)
        if self.data is not None and not _is_sequence(self.data):
            self.explain_blank(NOT_HERE)
        else:
            self.await_picture(EMPTY)

    def _show(self, shown: bool) -> None:
        own = (*self._labels, self.sample, self.unit, self.caption, self.map, self.reading)
        for widget in own:
            widget.setVisible(shown)
        for widget in (self.memory, self.text, self.curve):
            if not shown:
                widget.hide()
        self.hint.setVisible(not shown)

    def show_result(self, result: HiddenState | NoState) -> None:
        if isinstance(result, NoState):
            self.clear()
            self.explain_blank(NO_LAYER)
            return
        self._latest = result
        self._show(True)
        self.memory.setVisible(result.has_cell)
        units, steps = result.values.shape
        with QSignalBlocker(self.unit):
            self.unit.setMaximum(units)
        self.image.setImage(painted(result.values, np.zeros(result.values.shape, bool)), levels=(0, 255))
        # The middle of a cell is its step and its unit, both counted from 1.
        self.image.setRect(0.5, 0.5, steps, units)
        self.map.setRange(xRange=(0.5, steps + 0.5), yRange=(0.5, units + 0.5), padding=0)
        self._tell(result)
        self._draw_unit()

    def _tell(self, result: HiddenState) -> None:
        name = self._names.get(result.node, result.node)
        finite = result.values[np.isfinite(result.values)]
        largest = in_digits(float(np.abs(finite).max(initial=0.0)), 3)
        self.caption.show_text(f"{name}, orange −{largest} to blue {largest}")
        self._read(None, None)

    def _draw_unit(self) -> None:
        """The chosen unit over the sequence."""
        result = self._latest
        if result is None:
            return
        values = result.values[self.unit.value() - 1]
        top, bottom = self.unit.value() - 0.5, self.unit.value() + 0.5
        left, right = 0.5, len(values) + 0.5
        self.chosen.setData([left, right, right, left, left], [top, top, bottom, bottom, top])
        is_text = not len(result.line)
        self.text.setVisible(is_text)
        self.curve.setVisible(not is_text)
        # Steps are counted below the lower of both.
        self.map.showAxis("bottom", is_text)
        if is_text:
            self.text.setText(_over_text(result, self.unit.value() - 1))
            return
        at, finite = np.arange(1, len(values) + 1), np.isfinite(values)
        # pyqtgraph crashes on points that all are no numbers.
        self.values.setData(at[finite], values[finite])
        self.entering.setData(at, _beside(result.line, values))
        self.curve.setLabel("left", f"unit {self.unit.value()}")

    def _cell(self, position: QPointF) -> tuple[int, int] | None:
        """The unit and the step at a position of the scene, from 0."""
        box = self.map.getPlotItem().vb
        if self._latest is None or not box.sceneBoundingRect().contains(position):
            return None
        at = box.mapSceneToView(position)
        unit, step = round(at.y()) - 1, round(at.x()) - 1
        units, steps = self._latest.values.shape
        return (unit, step) if 0 <= unit < units and 0 <= step < steps else None

    def _on_click(self, event: Any) -> None:
        cell = self._cell(QPointF(event.scenePos()))
        if cell is not None:
            self.unit.set_value(cell[0] + 1)

    def _on_mouse(self, position: QPointF) -> None:
        self._read(*(self._cell(position) or (None, None)))

    def leaveEvent(self, event: Any) -> None:
        self._read(None, None)
        super().leaveEvent(event)

    def _read(self, unit: int | None, step: int | None) -> None:
        """Say what entered at a step and what a unit held after it."""
        self.pointer.setVisible(step is not None)
        if unit is None or step is None or self._latest is None:
            result = self._latest
            true = f"True: {result.truth}. " if result is not None and result.truth else ""
            predicted = result and (in_one(result.told, self._names) or result.prediction)
            self.reading.setText(f"{true}Predicted: {predicted}." if result is not None else "")
            return
        self.pointer.setPos(step + 1)
        value = float(self._latest.values[unit, step])
        told = in_digits(value) if np.isfinite(value) else "not finite"
        self.reading.setText(
            f"After step {step + 1:,} of {self._latest.values.shape[1]:,} ({self._latest.inputs[step]}): "
            f"unit {unit + 1:,} holds {told}."
        )

    def showing(self) -> Showing | None:
        latest = self._latest
        if latest is None:
            return None
        layer = self._names.get(latest.node, latest.node)
        memory = self.memory.itemText(self.memory.findData(latest.memory))
        return self.shows(layer, memory, self.unit.value(), sample_told(latest.sample), step=latest.step)

    def csv_text(self) -> str:
        """A line for each step: what entered, and what each unit held after it."""
        result = self._latest
        if result is None:
            return ""
        return state_table(result, self._names.get(result.node, result.node))

    def repaint_theme(self) -> None:
        c = theme.colours
        for plot in (self.map, self.curve):
            paint_plot(plot)
        self.chosen.setPen(pg.mkPen(c.text, width=2))
        self.pointer.setPen(pg.mkPen(c.muted, width=1))
        self.entering.setPen(pg.mkPen(c.muted, width=1))
        self.values.setPen(pg.mkPen(c.accent, width=2))
        self.values.setSymbolBrush(QColor(c.accent))
        self.values.setSymbolPen(None)
        if self._latest is not None:
            self.show_result(self._latest)


def _is_sequence(data: Dataset) -> bool:
    return data.text is not None or len(data.input_shape) == 2


def _beside(line: np.ndarray, values: np.ndarray) -> np.ndarray:
    """What enters, on the scale of a unit's values: its shape alone matters beside them."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    span = float(np.ptp(line)) or 1.0
    scaled: np.ndarray = low + (line - line.min()) / span * ((high - low) or 1.0)
    return scaled


def _over_text(result: HiddenState, unit: int) -> str:
    """The text as HTML, behind each token the colour of what the unit held after it."""
    shape = result.values.shape
    colours = painted(result.values, np.zeros(shape, bool))[unit]
    are_words = any(len(name) > LONGEST_SIGN and name not in SIGNS for name in result.inputs)
    parts = []
    for name, (red, green, blue) in zip(result.inputs, colours, strict=True):
        back = QColor(int(red), int(green), int(blue))
        style = f"background-color:{back.name()}; color:{legible_on(back).name()}"
        parts.append(f'<span style="{style}">{escape(SIGNS.get(name, name))}</span>')
    text = " ".join(parts) if are_words else "".join(parts)
    return f'<span style="font-family:monospace; font-size:large">{text}</span>'
