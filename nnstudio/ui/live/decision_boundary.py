"""Where a network with two inputs changes its mind, under the points it learns from."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Any

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel

from nnkernels.spec import Option
from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.own_points import PointChange
from nnstudio.data.own_unit import in_own_unit
from nnstudio.explain.boundary import Boundary, BoundaryProbe
from nnstudio.explain.layer_names import called
from nnstudio.model.quantity import in_digits
from nnstudio.training.probing import Probe
from nnstudio.ui.live.output_choice import TargetChoice
from nnstudio.ui.live.point_brush import SPACING, PointBrush
from nnstudio.ui.live.requests import Say, SetPoints
from nnstudio.ui.live.target_colours import target_colours
from nnstudio.ui.live.view import LiveView, Question, make_plot, paint_plot, position_image, register
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.number_fields import NumberEdit
from nnstudio.ui.widgets.options_button import OptionsButton
from nnstudio.ui.widgets.plain_text import PlainLabel, coloured, unbroken
from nnstudio.ui.widgets.prediction_colours import prediction_colours
from nnstudio.ui.widgets.theme import theme

NOT_HERE = "A decision boundary can be drawn for data with two inputs, such as Spiral or Circle."
NO_DATA = "You will see the decision boundary here as soon as there is data with two inputs."
LAST_POINT = "One point has to stay for the network to learn from. Set another one before you remove it."
MAX_DOTS = 2000
# Points of the picture to a side, in a panel and where it is this many pixels large.
COARSE, FINE, LARGE = 64, 160, 450
# Pixels of a dot, and how many times that it has at the most in a large picture.
DOT, MOST_GROWTH = 5, 1.8
# Classes that the legend names.
MOST_NAMED = 10
SHADES_TIP = (
    "Show how sure or how large a prediction is; without shades, only which class is predicted, or whether a "
    "number is in the lower or the upper half"
)
VALUE = Option("value_of_the_next_point", 0.0, "What the network is to predict there.", -1e6, 1e6)


@register
class DecisionBoundary(LiveView):
    """The prediction over the plane as colour; dots are samples, hollow ones are for testing."""

    id = "decision_boundary"
    title = "Decision boundary"
    help = "What the network predicts at every point of the plane."
    question, order = Question.ANSWERS, 0
    # Pixels of a dot in a panel and of its rim, and how many dots a part of the data has at the most.
    dot, rim, most_dots = DOT, 1.0, MAX_DOTS
    needs = "This view is for data with two inputs."

    def __init__(self) -> None:
        super().__init__()
        self.plot = make_plot(aspect=True)
        self.plot.setAccessibleName("Decision boundary")
        self.image = pg.ImageItem(axisOrder="row-major")
        self.dots = pg.ScatterPlotItem(size=self.dot, pxMode=True)
        self.plot.addItem(self.image)
        self.plot.addItem(self.dots)
        self.pending = pg.ScatterPlotItem(size=9, pxMode=True)
        self.plot.addItem(self.pending)
        self.which = ChoiceBox()
        self.which.setAccessibleName("Class of the next point")
        self.which.setToolTip("Click or drag to add points of this class; the right button removes them")
        self.value = NumberEdit(VALUE)
        self.value.set_value(VALUE.default)
        self.value.setAccessibleName(VALUE.title)
        self.value.setToolTip("Click or drag to add points of this value; the right button removes them")
        self.counts = PlainLabel()
        self.counts.setObjectName("muted")
        choice = QHBoxLayout()
        choice.addWidget(self.which)
        choice.addWidget(self.value)
        choice.addWidget(self.counts, 1)
        self.target = TargetChoice()
        self.target.chosen.connect(self._on_target)
        choice.addWidget(self.target)
        self.rows.addLayout(choice)
        self.rows.addWidget(self.plot, 1)
        self.legend = QLabel()
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setObjectName("small")
        self.legend.setWordWrap(True)
        self.options = OptionsButton(
            "Boundary options", "Which points are shown, and whether there are shades"
        )
        self.held_out = self.options.add_switch(
            "Held-out points", True, "Show the points that are not learned from; they are hollow"
        )
        self.shades = self.options.add_switch("Shades", True, SHADES_TIP)
        for switch in (self.held_out, self.shades):
            switch.toggled.connect(self._show_again)
        below = QHBoxLayout()
        below.addWidget(self.legend, 1)
        below.addWidget(self.options, 0, Qt.AlignmentFlag.AlignTop)
        self.rows.addLayout(below)
        self.rows.addWidget(self.hint, 1)
        self.brush = PointBrush(self.plot)
        self.brush.moved.connect(self._on_moved)
        self.brush.ended.connect(self._on_ended)
        self._last: Boundary | None = None
        self._names: dict[str, str] = {}
        self._size = COARSE
        self.clear()

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return data.is_plane

    def probe(self) -> Probe | None:
        is_plane = self.data is not None and self.data.is_plane
        return BoundaryProbe(self._size, self.target.target) if is_plane else None

    def set_data(self, data: Dataset | None) -> None:
        self.target.set_data(data if data is not None and data.is_plane else None)
        super().set_data(data)

    def set_names(self, names: dict[str, str]) -> None:
        self._names = names

    def _on_target(self) -> None:
        self.clear()
        self.probe_changed.emit()

    def clear(self) -> None:
        plane = self.data is not None and self.data.is_plane
        self.plot.setVisible(plane)
        self._offer_classes()
        self.hint.setVisible(not plane)
        self.legend.setVisible(plane)
        self.options.setVisible(plane)
        self.explain_blank(NOT_HERE if self.data is not None else NO_DATA)
        self.image.clear()
        self._last = None
        self.dots.clear()
        if plane:
            self._name_axes()
            self._draw_dots()

    def _name_axes(self) -> None:
        """The two inputs, with the names and numbers that they have in the data."""
        assert self.data is not None
        shifts, units = (np.broadcast_to(part, 2) for part in (self.data.x_shift, self.data.x_scale))
        names = self.data.features if len(self.data.features) == 2 else ("x1", "x2")
        for side, name, shift, unit in zip(("bottom", "left"), names, shifts, units, strict=True):
            self.plot.getAxis(side).reading = (float(shift), float(unit))
            # pyqtgraph puts it into HTML as it is.
            self.plot.setLabel(side, escape(name))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Ask for more points where the picture is large: blocks would be seen."""
        super().resizeEvent(event)
        side = min(self.width(), self.height())
        self.dots.setSize(self.dot * min(max(side / LARGE, 1.0), MOST_GROWTH))
        size = FINE if side >= LARGE else COARSE
        if size != self._size:
            self._size = size
            self.probe_changed.emit()

    def _offer_classes(self) -> None:
        """A choice of the class, where points are set by hand."""
        own = self.data is not None and self.data.set_by_hand
        self.brush.enabled = own
        has_classes = self.data is not None and bool(self.data.classes)
        self.which.setVisible(own and has_classes)
        self.value.setVisible(own and not has_classes)
        self.counts.setVisible(own)
        names = list(self.data.classes) if self.data is not None and own else []
        if names and names != [self.which.itemText(i) for i in range(self.which.count())]:
            self.which.clear()
            self.which.addItems(names)
        if self.data is not None and own:
            self.counts.setText(_counts(self.data))

    def _on_moved(self, points: np.ndarray, erases: bool) -> None:
        """Show what a stroke of the mouse will do."""
        if self.data is None:
            return
        shown = self._shown()[0][self._touched(points)] if erases else points
        pen = pg.mkPen(theme.colours.error if erases else theme.colours.text, width=1.5)
        symbol = "x" if erases else "o"
        self.pending.setData(shown[:, 0], shown[:, 1], symbol=symbol, pen=pen, brush=None)

    def _on_ended(self, points: np.ndarray, erases: bool) -> None:
        """Set or take away the points of a stroke."""
        self.pending.clear()
        if self.data is None:
            return
        if not erases:
            third = self.which.currentIndex() + 1 if self.data.classes else self.value.value() or 0.0
            change = PointChange(added=tuple((float(a), float(b), third) for a, b in points))
        else:
            x = self._shown()[0]
            touched = self._touched(points)
            if len(touched) == len(x):
                self.requested.emit(Say(LAST_POINT))
                return
            change = PointChange(removed=tuple((float(a), float(b)) for a, b in x[touched]))
        if change != PointChange():
            self.requested.emit(SetPoints(change))

    def _touched(self, points: np.ndarray) -> np.ndarray:
        """Indices of the samples with a dot under a stroke; of a click, of the nearest."""
        x = self._shown()[0]
        pixel = np.array(self.plot.getPlotItem().vb.viewPixelSize())
        distances: np.ndarray = np.hypot(*np.moveaxis((x[:, None] - points[None]) / pixel, -1, 0))
        if len(points) == 1:
            return np.array([distances[:, 0].argmin()])
        return np.flatnonzero(distances.min(1) <= SPACING)

    @property
    def _parts(self) -> tuple[Split, ...]:
        """Those whose samples have dots."""
        assert self.data is not None
        return self.data.parts if self.held_out.isChecked() else self.data.parts[:1]

    def _shown(self) -> tuple[np.ndarray, np.ndarray]:
        """Inputs (n, 2) and targets (n, t) of these parts."""
        assert self.data is not None
        x, y = zip(*(self.data.part(split) for split in self._parts), strict=True)
        return np.concatenate(x), np.concatenate(y)

    def show_result(self, result: Boundary) -> None:
        self._last = result
        self._tell_what()
        colours = prediction_colours(result.values, result.classes, not self.shades.isChecked())
        self.image.setImage(colours, autoLevels=False, levels=(0, 255))
        position_image(self.image, result.extent)
        left, bottom, right, top = result.extent
        self.plot.setRange(xRange=(left, right), yRange=(bottom, top), padding=0, disableAutoRange=True)

    def repaint_theme(self) -> None:
        paint_plot(self.plot)
        self._show_again()

    def _show_again(self) -> None:
        """What was shown last, in other colours or without some of its dots."""
        if self.data is not None and self.data.is_plane:
            self._draw_dots()
            if self._last is not None:
                self.show_result(self._last)

    def _draw_dots(self) -> None:
        assert self.data is not None
        d = self.data
        self._tell_what()
        # Those that are learned from lie on top.
        parts, most = self._parts[::-1], self.most_dots
        x = np.concatenate([d.part(split)[0][:most] for split in parts])
        y = np.concatenate([d.part(split)[1][:most] for split in parts])
        y = y[:, self.target.target]
        tests = np.arange(len(x)) < len(x) - min(len(d.x_train), most)
        pens, brushes = [], []
        edge = QColor(theme.colours.base)
        # One pen and brush for all dots of a look: pyqtgraph paints a picture for each pair.
        looks: dict[tuple[int, bool], tuple[Any, Any]] = {}
        for colour, test in zip(target_colours(d, y, self.target.target), tests, strict=True):
            key = (colour.rgb(), bool(test))
            if key not in looks:
                pen, brush = (colour, edge) if test else (edge, colour)
                looks[key] = (pg.mkPen(pen, width=self.rim), pg.mkBrush(brush))
            pens.append(looks[key][0])
            brushes.append(looks[key][1])
        self.dots.setData(x[:, 0], x[:, 1], pen=pens, brush=brushes)

    def _tell_what(self) -> None:
        """Write the legend, with the target and the Output that colours are of where there are several."""
        assert self.data is not None
        told = [_legend(self.data, self._parts, not self.shades.isChecked(), self.most_dots)]
        last = self._last
        if last is not None and last.target != self.target.target:
            shown = self.data.targets[last.target]
            told.append(f"No Output predicts this target: the colours behind the dots are of {escape(shown)}")
        elif len(self.data.targets) > 1 and not self.data.classes:
            told.append(escape(self.data.targets[self.target.target]))
        if last is not None and last.output:
            told.append(f"by {escape(called(last.output, self._names))}")
        # No sign that would be left alone at the end of a line.
        self.legend.setText(", ".join(told))


def _left_out(data: Dataset, parts: Sequence[Split], most: int) -> str:
    """How many of the samples of some parts have a dot, where not all have."""
    sizes = [len(data.part(split)[0]) for split in parts]
    shown = sum(min(size, most) for size in sizes)
    return f"dots: {shown:,} of {sum(sizes):,} samples" if shown < sum(sizes) else ""


def _legend(data: Dataset, parts: Sequence[Split], flat: bool, most: int) -> str:
    """What the colours and the dots of some parts are, as HTML; ``flat``: there are no shades."""
    if data.classes:
        named = [
            f"{coloured('●', theme.class_colour(i))}&nbsp;{escape(name)}"
            for i, name in enumerate(data.classes[:MOST_NAMED])
        ]
        more = len(data.classes) - len(named)
        named += [f"and {more:,} more classes"] if more else []
    elif flat:
        named = ["dark: in the lower half of the predictions, bright: in the upper half"]
    else:
        named = ["dark: low value, bright: high"]
    hollow = [unbroken("○ hollow: not learned from")] if len(parts) > 1 else []
    return "&nbsp; ".join([*named, *hollow, *filter(None, [_left_out(data, parts, most)])])


def _counts(data: Dataset) -> str:
    """How many points there are of each class, or of which values."""
    targets = data.all_targets()[:, 0]
    if data.classes:
        numbers = np.bincount(targets.astype(int), minlength=len(data.classes))
        return ", ".join(f"{name}: {n}" for name, n in zip(data.classes, numbers, strict=True))
    values = in_own_unit(targets, data.y_shift, data.y_scale)
    return f"{len(values):,} points, values {in_digits(values.min())} to {in_digits(values.max())}"
