"""A picture as its numbers, and as the row of numbers that Flatten makes of it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QModelIndex, QSignalBlocker, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QLabel, QTableView

from nnstudio.data.dataset import Dataset
from nnstudio.data.own_unit import in_own_unit
from nnstudio.data.true_class import true_class
from nnstudio.lessons.showing import Showing
from nnstudio.model.quantity import in_digits
from nnstudio.ui.live.map_colours import scaled
from nnstudio.ui.live.pixel_cells import CellModel, FramedCells, MarkedPicture, told
from nnstudio.ui.live.requests import ShowSample, ViewRequest
from nnstudio.ui.live.sample_choice import SampleChoice, sample_told
from nnstudio.ui.live.view import LiveView, Question, register
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.layer_pictures import image_of
from nnstudio.ui.widgets.plain_text import PlainLabel, plain_tip
from nnstudio.ui.widgets.short_label import ShortLabel

EMPTY = "As soon as there are pictures, you will see one here as its numbers."
NEEDS = "The numbers of pixels are shown where the inputs are pictures. This data is something else."
# What the channels are called where there are three or four of them.
COLOURS = ("red", "green", "blue", "alpha")
# Pixels beside and above the number in a cell.
BESIDE, ABOVE = 10, 4
DIGITS = 3
NO_BREAK = "\N{NO-BREAK SPACE}"


@register
class PixelView(LiveView):
    """One pixel is chosen: in the picture, in the numbers or in the row, and shown in the other two.

    Nothing here depends on the network, so there is no probe.
    """

    id = "pixels"
    title = "Pixels"
    help = "A picture as its numbers, and as the row of numbers that Flatten makes of it."
    question, order = Question.DATA, 0
    beside = "activations"
    needs = NEEDS
    chooses = ("sample", "row", "column", "channel")

    def __init__(self) -> None:
        super().__init__()
        self.sample, self.channel = SampleChoice(), ChoiceBox()
        self.channel.setAccessibleName("Channel")
        self.channel.setToolTip("Which number of each pixel stands in the table")
        self.true = ShortLabel()
        self.picture = MarkedPicture()
        self.numbers, self.line = _Cells("Pixels"), _Cells("The row of numbers")
        self.caption = PlainLabel()
        self.caption.setWordWrap(True)
        self.line.verticalHeader().hide()
        self.line.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.line.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        self.sample_label = QLabel("Sample")
        head, body = QHBoxLayout(), QHBoxLayout()
        for widget in (self.sample_label, self.sample, self.channel):
            head.addWidget(widget)
        head.addWidget(self.true, 1)
        body.addWidget(self.picture, 2)
        body.addWidget(self.numbers, 3)
        self.rows.addLayout(head)
        self.rows.addLayout(body, 1)
        self.rows.addWidget(self.caption)
        self.rows.addWidget(self.line)
        self.rows.addWidget(self.hint, 1)
        # Row, column and channel of the pixel that is chosen.
        self.at = (0, 0, 0)
        self._one: np.ndarray | None = None
        self.sample.chosen.connect(self._show)
        self.channel.currentIndexChanged.connect(lambda k: self._choose(*self.at[:2], k))
        self.picture.chosen.connect(lambda i, j: self._choose(i, j, self.at[2]))
        self.numbers.selectionModel().currentChanged.connect(self._on_number)
        self.line.selectionModel().currentChanged.connect(self._on_line)
        self._show()

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return len(data.input_shape) == 3

    def set_data(self, data: Dataset | None) -> None:
        super().set_data(data)
        shape = data.input_shape if data is not None and self.fits(data) else (1, 1, 1)
        self.at = (shape[0] // 2, shape[1] // 2, 0)
        with QSignalBlocker(self.channel):
            self.channel.clear()
            few = shape[2] in (len(COLOURS) - 1, len(COLOURS))
            self.channel.addItems([COLOURS[k] if few else f"channel {k + 1}" for k in range(shape[2])])
        with QSignalBlocker(self.sample):
            self.sample.set_data(data)
        self._show()

    def on_request(self, request: ViewRequest) -> None:
        if isinstance(request, ShowSample):
            self.sample.show_own(request.sample)

    def _chosen(self, data: Dataset) -> np.ndarray:
        """The sample that is looked at, as the network gets it."""
        if self.sample.own is not None:
            return np.array(self.sample.own, np.float32).reshape(data.input_shape)
        one: np.ndarray = data.part(data.watched)[0][self.sample.index]
        return one

    def _show(self) -> None:
        """Another sample."""
        data = self.data
        has_pictures = data is not None and self.fits(data)
        for widget in (
            self.sample_label, self.sample, self.true, self.picture, self.numbers, self.caption, self.line
        ):  # fmt: skip
            widget.setVisible(has_pictures)
        self.channel.setVisible(has_pictures and self.channel.count() > 1)
        self.hint.setVisible(not has_pictures)
        if data is None or not has_pictures:
            self._one = None
            self.explain_blank(EMPTY if data is None else NEEDS)
            return
        self._one = self._chosen(data)
        is_own = self.sample.own is not None
        true = "" if is_own else true_class(data, data.watched, self.sample.index)
        self.true.show_text("your own sample" if is_own else f"true: {true}" if true else "")
        shares = data.shares_of_white(self._one)
        if not np.all((shares >= 0) & (shares <= 1)):
            shares = np.nan_to_num(scaled(shares))
        self.picture.show_picture(image_of(shares, (0.0, 1.0)))
        self._values = in_own_unit(self._one, data.x_shift, data.x_scale)
        self._colours = _colours(shares)
        self.line.cells.show_numbers(self._values.reshape(1, -1), self._colours.reshape(1, -1, 3))
        self._fit_cells()
        self._show_at()

    def _fit_cells(self) -> None:
        """Cells as large as the largest number needs."""
        metrics = self.fontMetrics()
        ends = {told(float(v)) for v in (self._values.min(), self._values.max())}
        # Between whole ends there may be fractions.
        fractions = "" if np.allclose(self._values, np.round(self._values), atol=1e-3) else "−0.0123"
        across = max(metrics.horizontalAdvance(text) for text in (*ends, fractions)) + BESIDE
        height = metrics.height() + ABOVE
        counted = metrics.horizontalAdvance(f"{self._values.size:,}") + BESIDE
        for table, least in ((self.numbers, across), (self.line, max(across, counted))):
            table.horizontalHeader().setDefaultSectionSize(least)
            table.verticalHeader().setDefaultSectionSize(height)
        heads = self.line.horizontalHeader().sizeHint().height()
        bar = self.line.horizontalScrollBar().sizeHint().height()
        self.line.setFixedHeight(heads + height + bar + 2 * self.line.frameWidth())

    def _on_number(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid():
            self._choose(index.row(), index.column(), self.at[2])

    def _on_line(self, index: QModelIndex, _before: QModelIndex) -> None:
        if index.isValid() and self._one is not None:
            row, column, channel = np.unravel_index(index.column(), self._one.shape)
            self._choose(int(row), int(column), int(channel))

    def _choose(self, row: int, column: int, channel: int) -> None:
        # What is chosen here is chosen in the others, which say so again.
        if (row, column, channel) != self.at:
            self.at = row, column, channel
            self._show_at()

    def _show_at(self) -> None:
        """The chosen pixel in the picture, in the numbers, in the row and in words."""
        if self._one is None:
            return
        row, column, channel = self.at
        with QSignalBlocker(self.channel):
            self.channel.setCurrentIndex(channel)
        self.numbers.cells.show_numbers(self._values[..., channel], self._colours[:, :, channel])
        self.picture.mark(row, column)
        number = int(np.ravel_multi_index(self.at, self._one.shape))
        self.numbers.choose(row, column)
        self.line.choose(0, number)
        sentence = self._told(self._one, number + 1)
        self.caption.setText(sentence)
        # In a low panel not all of its lines are seen.
        self.caption.setToolTip(plain_tip(sentence))

    def showing(self) -> Showing | None:
        """Of no step: the network has no part in it."""
        if self._one is None:
            return None
        row, column, _channel = self.at
        sample, channel = sample_told(self.sample.value()), self.channel.currentText()
        return self.shows(sample, row + 1, column + 1, channel, step=0)

    def _told(self, one: np.ndarray, number: int) -> str:
        (row, column, channel), (_, across, channels) = self.at, one.shape
        value, entered = float(self._values[self.at]), float(one[self.at])
        which = f", {self.channel.currentText()}" if channels > 1 else ""
        network = "" if told(entered) == told(value) else f"; the network gets {in_digits(entered, DIGITS)}"
        total = f"{row} × {across} + {column + 1}"
        if channels > 1:
            total = f"({row} × {across} + {column}) × {channels} + {channel + 1}"
        # A sum is not broken at the end of a line.
        return (
            f"Row {row + 1}, column {column + 1}{which}: {told(value)}{network}. Flattened, it is number "
            f"{number:,} of {one.size:,}: {total.replace(' ', NO_BREAK)}."
        )


class _Cells(QTableView):
    """Cells of numbers to choose one of."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.cells = CellModel()
        self.setModel(self.cells)
        self.setItemDelegate(FramedCells(self))
        self.setAccessibleName(name)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        for header in (self.horizontalHeader(), self.verticalHeader()):
            header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
            header.setMinimumSectionSize(1)
        self.verticalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignCenter)

    def choose(self, row: int, column: int) -> None:
        """Choose a cell; one that was not chosen here comes to the middle."""
        index = self.cells.index(row, column)
        if self.currentIndex() != index:
            self.setCurrentIndex(index)
            self._centre()

    def _centre(self) -> None:
        self.scrollTo(self.currentIndex(), QAbstractItemView.ScrollHint.PositionAtCenter)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._centre()


def _colours(shares: np.ndarray) -> np.ndarray:
    """Of each number (height, width, channels) from 0 to 1 its colour, (.., 3) uint8: grey, or that of its
    channel.
    """
    levels = np.rint(shares * 255).astype(np.uint8)
    colours: np.ndarray = levels[..., None].repeat(3, -1)
    if shares.shape[2] in (len(COLOURS) - 1, len(COLOURS)):
        colours[:, :, :3] *= np.eye(3, dtype=np.uint8)
    return colours
