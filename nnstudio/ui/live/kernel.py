"""One filter of a convolution at work: what enters, its kernel to write into, and what comes out."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QResizeEvent, QStandardItemModel
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from nnkernels.spec import Option
from nnstudio.data.dataset import Dataset
from nnstudio.data.known_kernels import KNOWN_KERNELS, KnownKernel, can_hold_known, in_middle
from nnstudio.explain.filtering import Filtering, FilteringProbe, NoFilter, known_values
from nnstudio.lessons.showing import Showing
from nnstudio.training.messages import Snapshot
from nnstudio.training.probing import Probe
from nnstudio.ui.live.kernel_arithmetic import KernelArithmetic, told_window
from nnstudio.ui.live.kernel_pictures import KernelPictures
from nnstudio.ui.live.requests import EditWeight, EditWeights
from nnstudio.ui.live.view import LiveView, Question, register
from nnstudio.ui.live.weight_table import LARGEST
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.number_fields import NumberEdit, WholeEdit
from nnstudio.ui.widgets.short_label import ShortLabel

NONE = "This network has no Conv2D, so no kernel passes over its pictures. Put one behind the Input."
EMPTY = "a kernel and what it makes of a picture"
OWN = "Own numbers"
COLOURS = ("red", "green", "blue")
BIAS = Option("bias", 0.0, "Added to every position of the output.", -LARGEST, LARGEST)
# So many times as wide as high, and so many pixels wide, the view has its numbers beside the pictures.
SHALLOW, LEAST_BESIDE = 1.8, 760
PAST = "Values of an earlier step cannot be changed; go back to now first."


@register
class KernelView(LiveView):
    """Follows the selection on the canvas; shows the first Conv2D where none is selected."""

    id = "kernel"
    title = "Kernel"
    help = "How a kernel of a Conv2D passes over a picture: the arithmetic of every position."
    question, order = Question.INSIDE, 20
    beside = "activations"
    needs = "A kernel passes over pictures."
    seconds = 0.15
    chooses = ("layer", "filter", "channel", "sample", "kernel", "row", "column")

    def __init__(self) -> None:
        super().__init__()
        self.filter, self.sample = WholeEdit("Filter", 1), WholeEdit("Sample of the kernel")
        self.filter.setToolTip("Which filter of the layer")
        self.sample.setToolTip("Which sample")
        self.channel = ChoiceBox()
        self.channel.setAccessibleName("Input channel")
        self.channel.setToolTip("Which channel of the input; every filter has a kernel for each")
        self.known = ChoiceBox()
        self.known.setAccessibleName("Known kernels")
        self.known.addItems([OWN, *(kernel.title for kernel in KNOWN_KERNELS)])
        self.known.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        items = self.known.model()
        assert isinstance(items, QStandardItemModel)
        # It says what the kernel is, and cannot be chosen.
        items.item(0).setEnabled(False)
        self.bias = NumberEdit(BIAS)
        self.bias.setMinimumWidth(self.bias.fontMetrics().horizontalAdvance("-0.000000"))
        self.bias.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.bias.setAccessibleName("Bias")
        self.row, self.column = WholeEdit("Row of the output", 1), WholeEdit("Column of the output", 1)
        self.labels: dict[QWidget, QLabel] = {}
        self.layer_name = ShortLabel()
        self.layer_name.setContentsMargins(0, 0, 0, 0)
        head = self._line((self.filter, "Filter"), (self.sample, "Sample"))
        # It says itself what it is.
        head.insertWidget(2, self.channel)
        head.addStretch(1)
        self.rows.addWidget(self.layer_name)
        self.rows.addLayout(head)
        kernel = self._line((self.bias, "Bias"))
        kernel.insertWidget(0, self.known, 3)
        kernel.setStretchFactor(self.bias, 1)
        self.rows.addLayout(kernel)
        self.pictures, self.arithmetic = KernelPictures(), KernelArithmetic()
        position = self._line((self.row, "Row"), (self.column, "Column"))
        self.covered = ShortLabel()
        self.covered.setObjectName("muted")
        self.covered.setContentsMargins(0, 0, 0, 0)
        position.addWidget(self.covered, 1)
        numbers = QVBoxLayout()
        numbers.setSpacing(2)
        numbers.addWidget(self.arithmetic)
        numbers.addLayout(position)
        numbers.addStretch(0)
        # Numbers below the pictures, and beside them where that gives the pictures more room.
        self.body = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self.body.addWidget(self.pictures, 1)
        self.body.addLayout(numbers, 0)
        self.rows.addLayout(self.body, 1)
        self.rows.addWidget(self.hint, 1)
        self._names: dict[str, str] = {}
        self._latest: Filtering | None = None
        # The position that is kept, row and column from 0; None for the middle, until one is chosen.
        self._kept: tuple[int, int] | None = None
        self._is_past = False
        for field in (self.filter, self.sample):
            field.valueChanged.connect(lambda _v: self.probe_changed.emit())
        for field in (self.row, self.column):
            field.valueChanged.connect(lambda _v: self._keep(self.row.value() - 1, self.column.value() - 1))
        self.channel.currentIndexChanged.connect(lambda _i: self._show())
        self.known.activated.connect(self._write_known)
        self.bias.value_edited.connect(self._write_bias)
        self.arithmetic.requested.connect(self.requested)
        self.pictures.pointed.connect(self._show_position)
        self.pictures.chosen.connect(self._keep)
        self.pictures.left.connect(self._show_kept)
        self.clear()

    def resizeEvent(self, event: QResizeEvent) -> None:
        beside = self.width() > SHALLOW * self.height() and self.width() > LEAST_BESIDE
        direction = QBoxLayout.Direction
        self.body.setDirection(direction.LeftToRight if beside else direction.TopToBottom)
        self.body.setStretch(1, int(beside))
        super().resizeEvent(event)

    def _line(self, *fields: tuple[QWidget, str]) -> QHBoxLayout:
        line = QHBoxLayout()
        for field, title in fields:
            self.labels[field] = QLabel(title)
            line.addWidget(self.labels[field])
            line.addWidget(field)
        return line

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return len(data.input_shape) == 3

    def probe(self) -> Probe | None:
        if self.data is None or not self.fits(self.data):
            return None
        return FilteringProbe(self.node, self.filter.value() - 1, self.sample.value())

    def set_data(self, data: Dataset | None) -> None:
        if data is not None:
            with QSignalBlocker(self.sample):
                self.sample.setMaximum(len(data.part(data.watched)[0]) - 1)
        self._kept = None
        super().set_data(data)

    def set_node(self, node: str, name: str = "") -> None:
        is_other = node != self.node
        super().set_node(node, name)
        if is_other:
            self.probe_changed.emit()

    def set_names(self, names: dict[str, str]) -> None:
        self._names = names

    def set_snapshot(self, snapshot: Snapshot) -> None:
        self._is_past = snapshot.shown is not None
        self._allow_edits()

    def clear(self) -> None:
        self._latest = None
        self._blank()
        if self.data is not None and not self.fits(self.data):
            self.explain_blank(self.needs)
        else:
            self.await_picture(EMPTY)

    def _blank(self) -> None:
        """Show a hint where there is no filter."""
        fields = (*self.labels, *self.labels.values(), self.channel, self.known)
        for widget in (*fields, self.layer_name, self.pictures, self.arithmetic, self.covered):
            widget.hide()
        self.hint.show()

    def show_result(self, result: Filtering | NoFilter) -> None:
        if isinstance(result, NoFilter):
            self._latest = None
            self._blank()
            self.explain_blank(NONE)
            return
        self._latest = result
        self.hint.hide()
        for widget in (self.known, self.pictures, self.arithmetic, self.covered):
            widget.show()
        self.layer_name.show_text(self._names.get(result.node, result.node))
        # The canvas shows which one it is where one is selected.
        self.layer_name.setVisible(result.node != self.node)
        with QSignalBlocker(self.filter):
            self.filter.setMaximum(result.filters)
            self.filter.set_value(result.filter + 1)
        self._offer_channels(result)
        self._show_fields(result)
        self._allow_edits()
        self._show()

    def _offer_channels(self, result: Filtering) -> None:
        names = self._channel_names(result)
        if names != [self.channel.itemText(i) for i in range(self.channel.count())]:
            with QSignalBlocker(self.channel):
                self.channel.clear()
                self.channel.addItems(names)

    def _show_fields(self, result: Filtering) -> None:
        """Only those where there is something to choose."""
        chosen = {
            self.filter: result.filters > 1,
            self.sample: result.samples > 1,
            self.bias: result.bias is not None,
            self.row: True,
            self.column: True,
        }
        self.channel.setVisible(self.channel.count() > 1)
        for field, is_shown in chosen.items():
            field.setVisible(is_shown)
            self.labels[field].setVisible(is_shown)
        if result.bias is not None:
            # As short as float32 has it: 0.1 and not 0.1000000015.
            self.bias.set_value(float(str(np.float32(result.bias))))

    def _colours(self, result: Filtering) -> np.ndarray | None:
        """The source from 0, black, to 1, white, where its channels are red, green and blue."""
        if self.data is None or not result.is_input or result.source.shape[2] != len(COLOURS):
            return None
        return self.data.shares_of_white(result.source)

    def _channel_names(self, result: Filtering) -> list[str]:
        if self._colours(result) is not None:
            return list(COLOURS)
        return [f"channel {result.first + i + 1}" for i in range(result.source.shape[2])]

    def _allow_edits(self) -> None:
        """The network as it is now can be written, an earlier one only read."""
        sides = () if self._latest is None else self._latest.weight.shape[:2]
        can_be_known = can_hold_known(sides)
        self.arithmetic.kernel.weights.editable = not self._is_past
        self.bias.setEnabled(not self._is_past)
        self.known.setEnabled(can_be_known and not self._is_past)
        note = "Double-click a number to change it."
        self.arithmetic.kernel.setToolTip(PAST if self._is_past else note)
        self.bias.setToolTip(PAST if self._is_past else BIAS.help)
        why = "Write a known kernel into this channel, and 0 into the bias."
        if not can_be_known:
            why = "The known kernels are 3 × 3: they need a kernel with odd sides, of 3 at the least."
        self.known.setToolTip(PAST if self._is_past else why)

    def _show(self) -> None:
        result = self._latest
        if result is None:
            return
        channel = max(self.channel.currentIndex(), 0)
        self.pictures.show_filtering(result, channel, self._colours(result))
        titles = [k.title for k in KNOWN_KERNELS if is_known(result.weight[..., channel], k)]
        self.known.setCurrentText(titles[0] if titles else OWN)
        for field, count in zip((self.row, self.column), result.output.shape, strict=True):
            with QSignalBlocker(field):
                field.setMaximum(count)
        self._show_kept()

    def showing(self) -> Showing | None:
        latest = self._latest
        if latest is None:
            return None
        return self.shows(
            self._names.get(latest.node, latest.node), latest.filter + 1, self.channel.currentText(),
            latest.sample, self.known.currentText(), self.row.value(), self.column.value(), step=latest.step,
        )  # fmt: skip

    def _keep(self, row: int, column: int) -> None:
        """A position that stays once the mouse has left the picture."""
        self._kept = (row, column)
        self._show_position(row, column)

    def _show_kept(self) -> None:
        if self._latest is not None:
            height, width = self._latest.output.shape
            row, column = self._kept or (height // 2, width // 2)
            self._show_position(min(row, height - 1), min(column, width - 1))

    def _show_position(self, row: int, column: int) -> None:
        result = self._latest
        if result is None:
            return
        for field, at in ((self.row, row), (self.column, column)):
            with QSignalBlocker(field):
                field.set_value(at + 1)
        window, channel = result.window(row, column), max(self.channel.currentIndex(), 0)
        self.pictures.mark(window, row, column)
        names = self._channel_names(result)
        self.arithmetic.show_position(result, window, (row, column), channel, names)
        self.covered.show_text(told_window(window))

    def _write_known(self, index: int) -> None:
        """A known kernel in the middle of this one, and zeros around it."""
        result = self._latest
        if result is None:
            return
        channel = max(self.channel.currentIndex(), 0)
        kernel, has_bias = KNOWN_KERNELS[index - 1], result.bias is not None
        values = known_values(kernel, result.shape, channel, result.filter, has_bias)
        self.requested.emit(EditWeights(result.node, values))

    def _write_bias(self, value: float) -> None:
        if self._latest is not None:
            self.requested.emit(EditWeight(self._latest.node, "bias", self._latest.filter, value))

    def repaint_theme(self) -> None:
        self.pictures.repaint_theme()
        self._show()


def is_known(weight: np.ndarray, kernel: KnownKernel) -> bool:
    """Whether a kernel (rows, columns) is a known one, to the precision of float32."""
    if not can_hold_known(weight.shape):
        return False
    return bool(np.allclose(weight, in_middle(kernel, weight.shape), rtol=1e-6, atol=1e-7))
