"""The selected layer's weights: a table to write into, a map or pictures, and their distribution."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QHeaderView,
    QPushButton,
    QSizePolicy,
)

from nnkernels.spec import show_shape
from nnstudio.explain.directions import Pick
from nnstudio.explain.end_names import Names
from nnstudio.explain.unit_pictures import ClassMeans
from nnstudio.explain.weights import Array, Aspect, History, Weights, WeightsProbe
from nnstudio.lessons.showing import Showing
from nnstudio.model.quantity import counted
from nnstudio.training.messages import Snapshot
from nnstudio.training.probing import Probe
from nnstudio.ui.live.requests import PickWeight, ShowArray, ViewRequest
from nnstudio.ui.live.view import LiveView, Question, make_plot, paint_plot, position_image, register
from nnstudio.ui.live.weight_picture import left_out, painted, picture_of
from nnstudio.ui.live.weight_table import WeightTable, table_tip
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme

SELECT = "Select a layer with weights, such as Dense, to see what it has learned."
NONE = "“{}” has no weights, so it has nothing to learn. Click on a layer that has some, such as Dense."
NOT_LINKED = (
    "“{}” is not linked into the network that runs, so there is nothing to see of it yet. Drop it onto a "
    "link, or draw links to it and from it."
)
# Up to so many values are shown as numbers at first, and up to so many at all.
TABLE, MOST_NUMBERS = 400, 20_000
# A longer name of an input or a class is cut in its head; its tip tells it all.
WIDEST_NAME = 150
# Names in pictures, which they must not hide, against other text.
SMALLER = 0.8
# Letters that the list of what to show has room for at least.
LEAST_LETTERS = 10
# Of the height, what the histogram takes, and no more than so many pixels.
HISTOGRAM_SHARE, MOST_HISTOGRAM = 0.2, 90


@register
class WeightView(LiveView):
    """Follows the selection on the canvas."""

    id = "weights"
    title = "Weights"
    help = "What the selected layer has learned; you can edit the values of small arrays."
    question, order = Question.INSIDE, 10
    beside = "activations"
    follows_node = True
    chooses = ("layer", "array", "shown", "numbers")

    def __init__(self) -> None:
        super().__init__()
        self.choice = ChoiceBox()
        self.choice.setAccessibleName("Array")
        self.choice.currentIndexChanged.connect(lambda _i: self._show())
        self.caption = PlainLabel()
        self.caption.setObjectName("muted")
        self.caption.setWordWrap(True)
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.what = ChoiceBox()
        self.what.setAccessibleName("What to show of the array")
        for title, what in (
            ("Values", Aspect.VALUES),
            ("In units of the data", Aspect.DATA_UNITS),
            ("Gradient", Aspect.GRADIENT),
            ("Over time", Aspect.TIME),
            ("Beside the class means", Aspect.CLASS_MEANS),
        ):
            self.what.addItem(title, what)
        # As narrow as it must be beside other panels, where the longest would not fit.
        self.what.setMinimumWidth(LEAST_LETTERS * self.fontMetrics().averageCharWidth())
        self.what.setToolTip(
            "The values, also in the units of the data, their gradients, their distribution over the run, or "
            "each class's weights beside the mean picture of that class"
        )
        self.what.currentIndexChanged.connect(self._on_what)
        # Beside the choices or the buttons it would be a column of letters in a narrow panel.
        head, below = QHBoxLayout(), QHBoxLayout()
        head.addWidget(self.choice)
        head.addWidget(self.what)
        head.addStretch(1)
        self.numbers = QCheckBox("Numbers")
        self.numbers.setToolTip("Show the values as numbers that you can edit, instead of a picture")
        self.numbers.clicked.connect(lambda: self._show())
        self.axes = []
        for axis, (title, where) in enumerate((("x", "to the right"), ("y", "upwards"))):
            button = QPushButton(f"{title} axis")
            button.setToolTip(f"Make the selected weight an axis of the loss surface ({where})")
            button.setAccessibleName(f"Loss surface {title}")
            button.clicked.connect(partial(self._pick, axis))
            self.axes.append(button)
            below.addWidget(button)
        below.addWidget(self.numbers)
        below.addStretch(1)
        self.table = WeightTable("Weights")
        self.table.requested.connect(self.requested)
        self.model = self.table.weights
        self.table.horizontalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
        self.table.horizontalHeader().setMaximumSectionSize(WIDEST_NAME)
        self.table.verticalHeader().setMaximumWidth(WIDEST_NAME)
        for header in (self.table.horizontalHeader(), self.table.verticalHeader()):
            header.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        self.map, self.histogram = make_plot(aspect=True), make_plot()
        self.image = pg.ImageItem(axisOrder="row-major")
        self.map.addItem(self.image)
        self.titles: list[pg.TextItem] = []
        self.map.invertY(True)
        self.map.hideAxis("left")
        self.map.hideAxis("bottom")
        self.bars = pg.BarGraphItem(x=[0], height=[0], width=1)
        self.histogram.addItem(self.bars)
        self.histogram.hideAxis("left")
        self.rows.addLayout(head)
        self.rows.addWidget(self.caption)
        self.rows.addLayout(below)
        self.rows.addWidget(self.table, 2)
        self.rows.addWidget(self.map, 2)
        self.rows.addWidget(self.histogram, 1)
        self.rows.addWidget(self.hint, 1)
        self._latest: Weights | None = None
        self._axes: tuple[str, ...] = ()
        self._is_past = False
        # The array that is to be shown as soon as it is there.
        self._wanted = ""
        self._seen: tuple[str, str] = ("", "")
        self.repaint_theme()
        self.clear()

    def probe(self) -> Probe | None:
        return WeightsProbe(self.node, Aspect(self.what.currentData())) if self.node else None

    def _on_what(self, _index: int) -> None:
        self._latest = None
        self.probe_changed.emit()

    def clear(self) -> None:
        self._latest = None
        self._blank(SELECT)
        if self.node and self.is_chosen:
            self.await_picture(f"the weights of '{self.node_name}'")

    def rename(self) -> None:
        self._show()

    def _blank(self, hint: str) -> None:
        heads = (self.choice, self.what, self.caption, self.numbers, *self.axes)
        for widget in (*heads, self.table, self.map, self.histogram):
            widget.hide()
        self.explain_blank(hint)
        self.hint.show()

    def show_result(self, result: Weights) -> None:
        if result.node != self.node:
            return
        self._latest = result
        if not result.arrays:
            why = NONE if result.is_known else NOT_LINKED
            none = why.format(self.node_name) if self.is_chosen else SELECT
            self._blank(result.units or none)
            # What is shown can be chosen again.
            self.what.setVisible(bool(result.units))
            return
        names = list(result.arrays)
        if names != [self.choice.itemData(i) for i in range(self.choice.count())]:
            before = self._wanted if self._wanted in names else self.choice.currentData()
            self._wanted = "" if self._wanted in names else self._wanted
            self.choice.blockSignals(True)
            self.choice.clear()
            for name in names:
                self.choice.addItem(name, name)
            self.choice.setCurrentIndex(max(self.choice.findData(before), 0))
            self.choice.blockSignals(False)
        self._show()

    def _show(self) -> None:
        if self._latest is None or self.choice.currentData() not in self._latest.arrays:
            return
        array = self._latest.arrays[self.choice.currentData()]
        small, flat = array.values.size <= MOST_NUMBERS, array.values.ndim == 1
        small = small and self._latest.means is None
        if (self.node, self.choice.currentData()) != self._seen:
            # Filters are pictures at first, everything else numbers where there are few.
            self._seen = (self.node, self.choice.currentData())
            self.numbers.setChecked(array.values.ndim < 4 and array.values.size <= TABLE)
        self.numbers.setVisible(small and not flat)
        small = small and (flat or self.numbers.isChecked())
        self.hint.hide()
        for widget in (self.choice, self.what, self.caption):
            widget.show()
        self.table.setVisible(small)
        for button in self.axes:
            button.setVisible(small)
        self.map.setVisible(not small and not flat)
        # Pairs of pictures need the room.
        self.histogram.setVisible(array.values.size > 1 and self._latest.means is None)
        bad = f", {array.non_finite:,} are not finite" if array.non_finite else ""
        past = self._latest.history.get(self.choice.currentData())
        if past is not None:
            self._show_history(past)
            return
        axes = f" ({' × '.join(array.axes)})" if array.axes else ""
        if not small:
            axes += _told_pictures(array, self._latest.means)
        over = f" · gradient over {counted(self._latest.samples, 'sample')}" if self._latest.samples else ""
        units = f" · {self._latest.units}" if self._latest.units else ""
        self.caption.setText(f"{self.node_name} · {show_shape(array.values.shape)}{axes}{bad}{over}{units}")
        self._axes = array.axes
        self._allow_edits()
        self.map.setAspectLocked(True)
        self.map.hideAxis("left")
        self.map.hideAxis("bottom")
        self.map.invertY(True)
        self.image.resetTransform()
        if small:
            self.table.array = (self.node, self.choice.currentData())
            self.model.set_values(array.values, array.names)
        elif not flat:
            self._show_map(array)
        centres = (array.edges[:-1] + array.edges[1:]) / 2
        self.bars.setOpts(x=centres, height=array.counts, width=array.edges[1] - array.edges[0])

    def showing(self) -> Showing | None:
        latest, array = self._latest, self.choice.currentData()
        if latest is None or array not in latest.arrays:
            return None
        has_numbers = not self.table.isHidden()
        return self.shows(self.node_name, array, self.what.currentText(), has_numbers, step=latest.step)

    def on_request(self, request: ViewRequest) -> None:
        if isinstance(request, ShowArray):
            self.what.setCurrentIndex(self.what.findData(Aspect.VALUES))
            at = self.choice.findData(request.name)
            # Of another node the same names may stand there until this one's arrays come.
            self._wanted = request.name if at < 0 else ""
            self.choice.setCurrentIndex(max(at, 0))

    def set_snapshot(self, snapshot: Snapshot) -> None:
        self._is_past = snapshot.shown is not None
        self._allow_edits()

    def _allow_edits(self) -> None:
        """Values of the network as it is now can be written; all else can be read."""
        gradients = self._latest is not None and self._latest.samples > 0
        units = self._latest is not None and self._latest.units != ""
        self.model.editable = not (gradients or units or self._is_past)
        note = "Double-click a number to change it."
        if gradients:
            note = "Gradients cannot be changed."
        elif units:
            note = "Choose Values to change them."
        elif self._is_past:
            note = "Values of an earlier step cannot be changed; go back to now first."
        self.table.setToolTip(table_tip(self._axes) + note)

    def _show_history(self, past: History) -> None:
        """Steps to the right, values up; the brighter, the more weights have that value."""
        for widget in (self.table, self.histogram, self.numbers, *self.axes):
            widget.hide()
        self._name_units((), ())
        of = f" of {past.total:,}" if past.size < past.total else ""
        self.caption.setText(f"{self.node_name} · {past.size:,}{of} values at {len(past.steps)} steps")
        self.map.show()
        self.map.setAspectLocked(False)
        self.map.invertY(False)
        self.map.showAxis("left")
        self.map.showAxis("bottom")
        shares = np.sqrt(past.counts / max(past.size, 1)).T
        self.image.setImage(shares, levels=(-float(shares.max()), float(shares.max())))
        self.image.setColorMap(self._ramp)
        # Columns are as wide as the run is long, over their number.
        first, last = past.steps[0], max(past.steps[-1], past.steps[0] + 1)
        low, high = float(past.edges[0]), float(past.edges[-1])
        position_image(self.image, (first, low, last, high))
        self.map.setRange(xRange=(first, last), yRange=(low, high), padding=0.02)

    def _show_map(self, array: Array) -> None:
        means = self._latest.means if self._latest is not None else None
        room = self.map.width() / max(self.map.height(), 1)
        mosaic = picture_of(array.values, array.read, None if means is None else means.pictures, room)
        self.image.setImage(painted(mosaic.values, mosaic.gaps, mosaic.blank), levels=(0, 255))
        self.map.setRange(self.image.boundingRect(), padding=0.02)
        self._name_units(array.names[-1] if array.names else (), mosaic.corners)

    def _name_units(self, names: Names, corners: Sequence[tuple[int, int]]) -> None:
        """Names in the corners of the units' pictures, where these have any."""
        for title in self.titles:
            self.map.removeItem(title)
        self.titles = []
        font = self.font()
        font.setPointSizeF(font.pointSizeF() * SMALLER)
        # Of many units only the first are shown.
        for name, corner in zip(names, corners, strict=False):
            title = pg.TextItem(name, color=theme.colours.text, anchor=(0, 0))
            title.setFont(font)
            title.setPos(*corner)
            self.map.addItem(title)
            self.titles.append(title)

    def _pick(self, axis: int) -> None:
        """The number that is selected, or the first one."""
        index = self.table.currentIndex()
        across = self.model.columnCount()
        flat = index.row() * across + index.column() if index.isValid() else 0
        self.requested.emit(PickWeight(axis, Pick(self.node, self.choice.currentData(), flat)))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        # In a low panel the numbers need the room.
        self.histogram.setMaximumHeight(min(MOST_HISTOGRAM, round(HISTOGRAM_SHARE * self.height())))
        if not self.map.isHidden():
            self._show()

    def repaint_theme(self) -> None:
        c = theme.colours
        paint_plot(self.map)
        paint_plot(self.histogram)
        self.bars.setOpts(brush=QColor(c.training), pen=QColor(c.window))
        ends = [(e.red(), e.green(), e.blue()) for e in map(QColor, (c.second, c.node, c.first))]
        self._ramp = pg.ColorMap([0.0, 0.5, 1.0], ends)
        self._show()


def _told_pictures(array: Array, means: ClassMeans | None) -> str:
    """What the picture of an array is, and what it leaves out."""
    if array.read:
        told = f"as a picture of {show_shape(array.read[:2])}"
        if means is not None:
            told = f"beside the mean of its class over {counted(means.samples, 'training sample')}"
        return f" · each unit {told}{left_out(array.read[2], array.values.shape[-1], 'units')}"
    if array.values.ndim < 4:
        return ""
    inputs, filters = array.values.shape[-2:]
    return left_out(inputs, filters, "filters")
