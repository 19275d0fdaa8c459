"""The plane of two inputs as one layer after the other moves it, to be gone through by hand or played."""

from __future__ import annotations

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt, QTimer
from PySide6.QtGui import QBrush, QColor, QHideEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSlider, QToolButton

from nnstudio.data.dataset import Dataset
from nnstudio.explain.boundary import plane_extent
from nnstudio.explain.plane import Plane, PlaneProbe, PlaneStage
from nnstudio.lessons.showing import Showing
from nnstudio.model.quantity import in_digits
from nnstudio.training.probing import Probe
from nnstudio.ui.live.requests import ShowSample, ViewRequest
from nnstudio.ui.live.sample_choice import SampleChoice, sample_told
from nnstudio.ui.live.target_colours import target_colours
from nnstudio.ui.live.view import LiveView, Question, make_plot, paint_plot, register
from nnstudio.ui.widgets.icons import icon
from nnstudio.ui.widgets.jumping_slider import JumpingSlider
from nnstudio.ui.widgets.number_fields import WholeEdit
from nnstudio.ui.widgets.plain_text import PlainLabel
from nnstudio.ui.widgets.theme import theme

NOT_HERE = "The plane can be drawn for data with two inputs, such as Spiral or Circle."
EMPTY = "how each layer moves the plane"
# From one layer to the next the slider has so many positions; played, each is shown for so many milliseconds.
POSITIONS, PLAY_MS = 30, 40
SUBSCRIPTS = "₁₂"


@register
class PlaneView(LiveView):
    """Between two layers every point is on a straight way from where it was to where it will be."""

    id = "plane"
    title = "Plane"
    help = "A grid and the samples, before and after each layer: how the network moves and bends the plane."
    question, order = Question.ANSWERS, 10
    beside = "decision_boundary"
    needs = "This view is for data with two inputs."
    seconds = 0.15
    chooses = ("layer", "sample", "to_the_right", "upwards")

    def __init__(self) -> None:
        super().__init__()
        self._make_controls()
        self.plot = make_plot(aspect=True)
        self.plot.setAccessibleName("The plane behind the chosen layer")
        self.axes = [pg.InfiniteLine(0, angle) for angle in (0, 90)]
        self.before, self.upright, self.level = (pg.PlotCurveItem() for _ in range(3))
        self.dots = pg.ScatterPlotItem(size=6)
        self.chosen = pg.ScatterPlotItem(size=12)
        for item in (*self.axes, self.before, self.upright, self.level, self.dots, self.chosen):
            self.plot.addItem(item, ignoreBounds=True)
        self.caption, self.notes = PlainLabel(), PlainLabel()
        self.notes.setObjectName("small")
        for label in (self.caption, self.notes):
            label.setWordWrap(True)
        self.rows.addWidget(self.plot, 1)
        self.rows.addWidget(self.caption)
        self.rows.addWidget(self.notes)
        self.rows.addWidget(self.hint, 1)
        self._names: dict[str, str] = {}
        self._latest: Plane | None = None
        self._brushes: list[QBrush] = []
        self._timer = QTimer(self, interval=PLAY_MS)
        self._timer.timeout.connect(self._play_on)
        self.repaint_theme()
        self.clear()

    def _make_controls(self) -> None:
        self.play, self.slider = QToolButton(), JumpingSlider()
        self.play.setAccessibleName("Play")
        self.play.setToolTip("Go through the layers one after the other")
        self.play.setAutoRaise(True)
        self.slider.setAccessibleName("Position between the layers")
        self.slider.setToolTip("From the input on the left to the last layer on the right")
        self.slider.setPageStep(POSITIONS)
        self.slider.setTickInterval(POSITIONS)
        self.slider.setTickPosition(QSlider.TickPosition.TicksBelow)
        self.sample = SampleChoice()
        self.units = [WholeEdit(name, 1) for name in ("Unit to the right", "Unit upwards")]
        for field, value in zip(self.units, (1, 2), strict=True):
            field.setToolTip("Of layers with more than two units, two can be drawn")
            field.setValue(value)
            field.valueChanged.connect(lambda _v: self.probe_changed.emit())
        self.labels = [QLabel("Sample"), QLabel("Units")]
        way, choice = QHBoxLayout(), QHBoxLayout()
        way.addWidget(self.play)
        way.addWidget(self.slider, 1)
        for widget in (self.labels[0], self.sample, self.labels[1], *self.units):
            choice.addWidget(widget)
        choice.addStretch(1)
        self.rows.addLayout(way)
        self.rows.addLayout(choice)
        self.play.clicked.connect(self._on_play)
        self.slider.sliderPressed.connect(self._stop)
        self.slider.valueChanged.connect(lambda _v: self._draw())
        self.sample.chosen.connect(self.probe_changed)

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return data.is_plane

    def probe(self) -> Probe | None:
        if self.data is None or not self.data.is_plane:
            return None
        right, up = (field.value() - 1 for field in self.units)
        return PlaneProbe((right, up), self.sample.index, self.sample.own)

    def on_request(self, request: ViewRequest) -> None:
        if isinstance(request, ShowSample):
            self.sample.show_own(request.sample)

    def set_data(self, data: Dataset | None) -> None:
        self.sample.set_data(data)
        super().set_data(data)

    def set_names(self, names: dict[str, str]) -> None:
        self._names = names
        self._draw()

    def set_node(self, node: str, name: str = "") -> None:
        is_other = node != self.node
        super().set_node(node, name)
        if is_other:
            self._go_to_node()

    def clear(self) -> None:
        self._stop()
        self._latest = None
        self._show(False)
        if self.data is not None and not self.data.is_plane:
            self.explain_blank(NOT_HERE)
        else:
            self.await_picture(EMPTY)

    def _show(self, shown: bool) -> None:
        plane = self._latest
        has_more = plane is not None and any(stage.units > 2 for stage in plane.stages)
        for widget in (
            self.plot, self.play, self.slider, self.sample, self.labels[0], self.caption, self.notes,
        ):  # fmt: skip
            widget.setVisible(shown)
        for widget in (*self.units, self.labels[1]):
            widget.setVisible(shown and has_more)
        self.hint.setVisible(not shown)

    def show_result(self, result: Plane) -> None:
        if self.data is None:
            # It comes too late.
            return
        before, self._latest = self._latest, result
        self._show(True)
        most = max(stage.units for stage in result.stages)
        with QSignalBlocker(self.slider):
            self.slider.setMaximum((len(result.stages) - 1) * POSITIONS)
        for field in self.units:
            with QSignalBlocker(field):
                field.setMaximum(max(most, 2))
        self._colour_dots(result)
        if before is None or _nodes(before) != _nodes(result):
            self._go_to_node()
        self._draw()

    # Going from layer to layer

    def _go_to_node(self) -> None:
        """Show the plane behind the selected layer, where it is on the path."""
        if self._latest is not None and self.node in (nodes := _nodes(self._latest)):
            self._stop()
            self.slider.setValue(nodes.index(self.node) * POSITIONS)

    def _on_play(self) -> None:
        if self._timer.isActive():
            self._stop()
            return
        if self.slider.value() == self.slider.maximum():
            self.slider.setValue(0)
        self._timer.start()
        self._paint_play()

    def _play_on(self) -> None:
        self.slider.setValue(self.slider.value() + 1)
        if self.slider.value() == self.slider.maximum():
            self._stop()

    def _stop(self) -> None:
        self._timer.stop()
        self._paint_play()

    def hideEvent(self, event: QHideEvent) -> None:
        # Nobody looks, and drawing would cost the training its core.
        self._stop()
        super().hideEvent(event)

    # Drawing

    def _draw(self) -> None:
        """All points where the slider stands."""
        plane = self._latest
        if plane is None:
            return
        at, after, share = self._position()
        start, end = plane.stages[at], plane.stages[after]
        points = (1 - share) * start.points + share * end.points if share else end.points
        self._draw_grid(plane, points, plane.stages[max(after - 1, 0)].points if after else None)
        samples = points[plane.lines * plane.along : -1]
        good = np.asarray(np.isfinite(samples).all(1))
        self.dots.setData(pos=samples[good], brush=[b for b, g in zip(self._brushes, good, strict=True) if g])
        one = points[-1:]
        self.chosen.setData(pos=one[np.isfinite(one).all(1)])
        self._set_range(start, end, share)
        self._tell(plane, after, int((~np.isfinite(points)).any(1).sum()))

    def _position(self) -> tuple[int, int, float]:
        """The layers that the slider stands between, and the share of the way; right at one, twice that."""
        at, share = divmod(self.slider.value() / POSITIONS, 1)
        return int(at), int(at) + (share > 0), share

    def _draw_grid(self, plane: Plane, points: np.ndarray, before: np.ndarray | None) -> None:
        half, all_lines = plane.lines // 2 * plane.along, plane.lines * plane.along
        _draw_lines(self.upright, points[:half], plane.along)
        _draw_lines(self.level, points[half:all_lines], plane.along)
        _draw_lines(self.before, np.empty((0, 2)) if before is None else before[:all_lines], plane.along)

    def _set_range(self, start: PlaneStage, end: PlaneStage, share: float) -> None:
        first, second = _extent(start.points), _extent(end.points)
        left, bottom, right, top = (1 - share) * first + share * second
        self.plot.setRange(xRange=(left, right), yRange=(bottom, top), padding=0, disableAutoRange=True)

    def _called(self, stage: PlaneStage) -> str:
        return self._names.get(stage.node, stage.node)

    def _where(self, plane: Plane) -> str:
        """The layer that the plane is shown behind, or the two that it is on its way between."""
        at, after, _share = self._position()
        return " → ".join(self._called(plane.stages[i]) for i in dict.fromkeys((at, after)))

    def _tell(self, plane: Plane, after: int, not_finite: int) -> None:
        name = self._called(plane.stages[after])
        told = [self._where(plane), *self._told(plane, after)]
        # Behind all layers as many lines: the picture above them must not jump while it is played.
        most = 2 + max(0 if stage.weights is None else len(stage.shown) for stage in plane.stages)
        self.caption.setText("\n".join([*told, *[""] * (most - len(told))]))
        self.notes.setText(" ".join(self._noted(plane, after, name, not_finite)))

    def showing(self) -> Showing | None:
        plane = self._latest
        if plane is None:
            return None
        return self.shows(
            self._where(plane), sample_told(plane.sample), *(field.value() for field in self.units),
            step=plane.step, is_whole=not self._timer.isActive(),
        )  # fmt: skip

    def _inputs(self) -> list[str]:
        """What the two inputs are called."""
        names = self.data.features if self.data is not None else ()
        return list(names) if len(names) == len(SUBSCRIPTS) else [f"x{i}" for i in SUBSCRIPTS]

    def _told(self, plane: Plane, after: int) -> list[str]:
        """What the layer does, in numbers, and to the chosen sample."""
        told, stage = [], plane.stages[after]
        if stage.weights is not None and stage.bias is not None:
            for column, bias, unit in zip(stage.weights.T, stage.bias, stage.shown, strict=True):
                told.append(f"unit {unit + 1:,} = {_sum(column, bias)}")
        who = "Your own sample" if plane.sample < 0 else f"Sample {plane.sample:,}"
        ends = plane.stages[max(after - 1, 0) : after + 1]
        told.append(f"{who}: {' → '.join(map(_numbers, ends))}")
        return told

    def _noted(self, plane: Plane, after: int, name: str, not_finite: int) -> list[str]:
        """What has to be known of the picture."""
        stage = plane.stages[after]
        right, up = self._inputs() if not after else [f"unit {unit + 1:,}" for unit in (*stage.shown, 0)[:2]]
        if stage.units == 1:
            notes = [f"“{name}” has a single unit: all points lie on a line."]
        elif stage.units > 2:
            notes = [f"“{name}” has {stage.units:,} units; drawn are {right} (to the right) and {up} (up)."]
        else:
            notes = [f"Right: {right}, up: {up}."]
        notes.append(f"Grid lines: every {in_digits(plane.spacing)} of the input.")
        if self.data is not None and (np.any(self.data.x_shift != 0) or np.any(self.data.x_scale != 1)):
            notes.append("The inputs are scaled, as the network gets them.")
        shown = len(plane.targets)
        if shown < plane.total:
            notes.append(f"Dots: {shown:,} of {plane.total:,} training samples.")
        if not_finite:
            notes.append(f"Points that are no finite numbers, and are not drawn: {not_finite:,}.")
        if plane.left_out:
            notes.append(f"Left out: {', '.join(self._names.get(n, n) for n in plane.left_out)}.")
        if not plane.is_all:
            notes.append("The network has other branches, which are not drawn.")
        return notes

    def _colour_dots(self, plane: Plane) -> None:
        assert self.data is not None
        colours = target_colours(self.data, plane.targets[:, 0])
        # One brush for all dots of a colour: pyqtgraph paints a picture for each.
        brushes = {colour.rgb(): pg.mkBrush(colour) for colour in colours}
        self._brushes = [brushes[colour.rgb()] for colour in colours]

    def _paint_play(self) -> None:
        self.play.setIcon(icon("pause" if self._timer.isActive() else "play", theme.colours.text))

    def repaint_theme(self) -> None:
        c = theme.colours
        paint_plot(self.plot)
        for line in self.axes:
            line.setPen(pg.mkPen(c.muted, width=1))
        self.before.setPen(pg.mkPen(c.border, width=1, style=Qt.PenStyle.DotLine))
        for lines, colour in ((self.upright, c.training), (self.level, c.validation)):
            faint = QColor(colour)
            faint.setAlpha(130)
            lines.setPen(pg.mkPen(faint, width=1))
        self.dots.setPen(pg.mkPen(c.base, width=1))
        self.chosen.setPen(pg.mkPen(c.text, width=2))
        self.chosen.setBrush(None)
        self._paint_play()
        if self._latest is not None:
            self._colour_dots(self._latest)
            self._draw()


def _nodes(plane: Plane) -> list[str]:
    return [stage.node for stage in plane.stages]


def _numbers(stage: PlaneStage) -> str:
    """The chosen sample behind a layer, such as (1, −0.5)."""
    return f"({', '.join(in_digits(v, 3) for v in stage.points[-1, : len(stage.shown)])})"


def _sum(weights: np.ndarray, bias: float) -> str:
    """A weighted sum of the two inputs, such as 0.5 · x₁ − 2 · x₂ + 1."""
    terms = [(w, f" · x{SUBSCRIPTS[i]}") for i, w in enumerate(weights)] + [(bias, "")]
    told = "".join(f" {'−' if n < 0 else '+'} {in_digits(abs(n), 3)}{what}" for n, what in terms)
    return told[3:] if told.startswith(" + ") else f"-{told[3:]}"


def _extent(points: np.ndarray) -> np.ndarray:
    """What has to be in the picture: left, bottom, right, top."""
    good = points[np.isfinite(points).all(1)]
    return np.array(plane_extent(good) if len(good) else (-1.0, -1.0, 1.0, 1.0))


def _draw_lines(curve: pg.PlotCurveItem, points: np.ndarray, along: int) -> None:
    """Lines of so many points each, broken at their ends and where there is no finite number."""
    good = np.isfinite(points).all(1)
    goes_on = good & np.append(good[1:], False)
    goes_on[along - 1 :: along] = False
    points = np.where(good[:, None], points, 0.0)
    curve.setData(points[:, 0], points[:, 1], connect=goes_on.astype(np.int32))
