"""The loss around the current weights: as a map, in three dimensions, or cut along the gradient."""

from __future__ import annotations

import time

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QActionGroup
from PySide6.QtWidgets import QHBoxLayout, QLabel, QMenu, QSizePolicy, QStackedWidget, QToolButton

from nnkernels.graph.network import outer_name
from nnstudio.data.dataset import Dataset
from nnstudio.explain.directions import METHODS, Method, Pick, Plane
from nnstudio.explain.interpolation import between_points, log_heights
from nnstudio.explain.surface import Slice, SliceProbe, Surface, SurfaceProbe
from nnstudio.training.probing import Probe
from nnstudio.training.underway import Standing
from nnstudio.ui.live.requests import PickWeight, ViewRequest
from nnstudio.ui.live.staleness import LATE
from nnstudio.ui.live.surface_words import (
    OTHER_LOSS,
    computed_as,
    cut_computed_as,
    ends_of,
    scale_ends,
    seen_on,
    seen_on_cut,
    titles_of,
)  # fmt: skip
from nnstudio.ui.live.view import LiveView, Question, make_plot, paint_plot, position_image, register
from nnstudio.ui.widgets.choice_box import ChoiceBox
from nnstudio.ui.widgets.icons import icon
from nnstudio.ui.widgets.loss_scale import LossScale
from nnstudio.ui.widgets.options_button import OptionsButton
from nnstudio.ui.widgets.short_label import ShortLabel, beginnings
from nnstudio.ui.widgets.surface_3d import PATH, Surface3D
from nnstudio.ui.widgets.theme import theme

LEVELS = 9
# How the loss can be shown: title and what the person reads about it.
SIGHTS = (
    ("Map", "Seen from above; dark is low"),
    ("3-D", "In three dimensions; drag to rotate"),
    ("Gradient", "A cut along the gradient: where would one step land?"),
)
MAP, SURFACE_3D, CUT = range(3)
# What the directions are called where the network has no others.
EXACT = "All weights"
# How many samples the loss is of, and points of the map to a side; the first of each at first.
SAMPLES = (512, 128, 2048, 8192)
SIZES = (33, 17, 65)
# So many steps of the picture for one between two points that were computed.
FINER = 4
PICK = (
    "To choose two weights, use Loss surface along… in a layer's menu on the canvas, or select a number in "
    "Weights and press x axis or y axis."
)


@register
class LossSurface(LiveView):
    """Log loss over two directions. The ring is where the weights are, the red line how they came there."""

    id = "loss_surface"
    title = "Loss surface"
    help = "The loss for weights around the current ones: what it would be if the weights were different."
    question, order = Question.LEARNING, 10
    seconds = 0.1

    def __init__(self) -> None:
        super().__init__()
        self.method, self.sight = ChoiceBox(), ChoiceBox()
        self.method.setAccessibleName("Directions")
        self.sight.setAccessibleName("How to see the loss")
        for name, title in METHODS.items():
            self.method.addItem(title, name)
        for title, tip in SIGHTS:
            self.sight.addItem(title)
            self.sight.setItemData(self.sight.count() - 1, tip, pg.QtCore.Qt.ItemDataRole.ToolTipRole)
        self.method.setToolTip(
            "The two directions of the weights along which the loss is shown: random, the principal ones of "
            "the path of training, or two numbers that you pick"
        )
        # In a narrow panel both become narrow, none vanishes.
        for choice in (self.method, self.sight):
            choice.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.sight.setToolTip("A map, a 3-D surface, or a cut along the gradient")
        self.pin, self.dice = QToolButton(), QToolButton()
        self.pin.setCheckable(True)
        self.pin.setAccessibleName("Keep in place")
        self.pin.setToolTip("Keep the surface in place while the weights move over it")
        self.dice.setAccessibleName("Other directions")
        self.dice.setToolTip("Other random directions")
        self.options = OptionsButton(
            "Surface options",
            "More samples and points give a finer surface and take longer; large networks use fewer",
        )
        self.samples = self._choices(self.options.options, "Samples", SAMPLES, "{:,}")
        self.sizes = self._choices(self.options.options, "Points", SIZES, "{0} × {0}")
        self.plot, self.surface_3d, self.cut = make_plot(aspect=False), Surface3D(), make_plot()
        self.plot.setAccessibleName("Loss surface")
        self.surface_3d.setAccessibleName("3-D loss surface")
        from nnstudio.ui.widgets.plot_items import SmoothImage

        self.image = SmoothImage(axisOrder="row-major")
        self.image.setColorMap(pg.colormap.get("viridis"))
        self.contours = pg.PlotCurveItem(connect="finite")
        self.path = pg.PlotCurveItem()
        self.here = pg.ScatterPlotItem([0], [0], size=9, brush=None)
        self.line = pg.PlotCurveItem()
        for item in (self.image, self.contours, self.path, self.line, self.here):
            self.plot.addItem(item)
        self.cut_line, self.cut_marks = pg.PlotCurveItem(), pg.ScatterPlotItem(size=9, brush=None)
        self.cut.addItem(self.cut_line)
        self.cut.addItem(self.cut_marks)
        self.cut.setLabel("bottom", "gradient steps")
        self.cut.setLabel("left", "loss")
        self.sights = QStackedWidget()
        for widget in (self.plot, self.surface_3d, self.cut):
            self.sights.addWidget(widget)
        self.caption, self.scale = QLabel(), LossScale()
        self.caption.setTextFormat(Qt.TextFormat.RichText)
        self.caption.setWordWrap(True)
        self.caption.setToolTip(OTHER_LOSS)
        self.details = ShortLabel()
        self.details.setContentsMargins(0, 0, 0, 0)
        self.details.setObjectName("muted")
        head = QHBoxLayout()
        head.setSpacing(2)
        head.addWidget(self.method, 1)
        head.addWidget(self.sight, 1)
        for button in (self.dice, self.pin, self.options):
            button.setObjectName("tight")
            head.addWidget(button)
        self.rows.addLayout(head)
        self.rows.addWidget(self.sights, 1)
        self.rows.addWidget(self.scale)
        self.rows.addWidget(self.caption)
        self.rows.addWidget(self.details)
        self.rows.addWidget(self.hint, 1)
        self._picks: dict[int, Pick] = {}
        self._names: dict[str, str] = {}
        self._seed, self._waits = 0, True
        self._probe: SurfaceProbe | None = None
        self._latest: Surface | None = None
        self.method.currentIndexChanged.connect(lambda _i: self._renew())
        self.sight.currentIndexChanged.connect(self._on_sight)
        self.pin.toggled.connect(lambda _on: self._renew())
        self.dice.clicked.connect(self._throw)
        self.repaint_theme()
        self.clear()

    def _choices(self, menu: QMenu, title: str, values: tuple[int, ...], words: str) -> QActionGroup:
        """A submenu of numbers to choose from, in rising order; the first given is chosen."""
        group = QActionGroup(self)
        inner = menu.addMenu(title)
        for value in sorted(values):
            action = inner.addAction(words.format(value))
            action.setCheckable(True)
            action.setChecked(value == values[0])
            action.setData(value)
            group.addAction(action)
        group.triggered.connect(lambda _action: self._renew())
        return group

    def probe(self) -> Probe | None:
        if self._probe is not None and self.sight.currentIndex() == CUT:
            return SliceProbe()
        return self._probe

    def set_data(self, data: Dataset | None) -> None:
        self.data = data
        self._renew()
        super().set_data(data)

    def set_names(self, names: dict[str, str]) -> None:
        self._names = names
        if self._latest is not None:
            self.show_result(self._latest)

    def _called(self, pick: Pick) -> str:
        """What people call the node of a weight."""
        return self._names.get(pick.node, outer_name(pick.node))

    def _axes(self, plane: Plane) -> tuple[str, str]:
        """What runs right and up; single weights as "Dense: weight[2, 3]"."""
        names = list(plane.axes)
        for i, pick in enumerate(plane.picks):
            names[i] = f"{self._called(pick)}: {names[i].removeprefix(f'{outer_name(pick.node)}.')}"
        return names[0], names[1]

    def on_request(self, request: ViewRequest) -> None:
        if isinstance(request, PickWeight):
            self._picks[request.axis] = request.pick
            self.method.setCurrentIndex(self.method.findData(Method.PICKED))
            self._renew()

    def _renew(self) -> None:
        """Ask for another picture."""
        method = Method(self.method.currentData())
        picks = tuple(self._picks[axis] for axis in sorted(self._picks))
        self._latest = None
        self._offer_directions()
        if self.data is None:
            self._probe = None
        elif method == Method.PICKED and len(picks) < 2:
            self._probe = None
            first = (
                f"Number {picks[0].index + 1} of {self._called(picks[0])}'s {picks[0].array} is one axis. "
                if picks
                else ""
            )
            self._blank(first + PICK)
        else:
            self._probe = SurfaceProbe(
                method, self._seed, self.samples.checkedAction().data(), self.sizes.checkedAction().data(),
                picks, not self.pin.isChecked(),
            )  # fmt: skip
        self.probe_changed.emit()

    def _throw(self) -> None:
        self._seed += 1
        self._renew()

    def _offer_directions(self) -> None:
        """A choice of directions, where there is one: a network of two weights has no others."""
        is_exact = self._latest is not None and self._latest.plane.is_exact
        self.method.setEnabled(self.sight.currentIndex() != CUT and not is_exact)
        for i in range(self.method.count()):
            method = Method(self.method.itemData(i))
            self.method.setItemText(i, EXACT if is_exact else METHODS[method])
        self.dice.setVisible(self.method.currentData() == Method.RANDOM and not is_exact)

    def _on_sight(self, index: int) -> None:
        self.sights.setCurrentIndex(index)
        self.pin.setEnabled(index != CUT)
        self._offer_directions()
        if self._latest is not None and index != CUT:
            self.show_result(self._latest)
        self.probe_changed.emit()

    def follow_work(self, standing: Standing) -> None:
        super().follow_work(standing)
        waits = time.perf_counter() > standing.served + LATE
        if waits != self._waits:
            self._waits = waits
            if self._latest is not None and not self._latest.finished and self.sight.currentIndex() != CUT:
                self._tell(self.caption.text(), computed_as(self._latest, waits))

    def clear(self) -> None:
        self._latest = None
        self._offer_directions()
        self._blank("")
        self.await_picture("the loss around the weights")

    def _blank(self, hint: str) -> None:
        self.image.clear()
        self.surface_3d.clear()
        for item in (self.contours, self.path, self.line, self.cut_line):
            item.setData([], [])
        self.explain_blank(hint)
        self._show_picture(False)

    def show_result(self, result: Surface | Slice) -> None:
        if isinstance(result, Slice):
            if self.sight.currentIndex() == CUT:
                self._show_picture(True)
                self._show_cut(result)
            return
        self._latest = result
        self._offer_directions()
        values = np.where(np.isfinite(result.values), result.values, np.nan)
        self._show_picture(True)
        if not np.isfinite(values).any():
            self._blank("The loss around these weights is not finite.")
            return
        if self.sight.currentIndex() == CUT:
            return
        # Loss spans powers of ten: its logarithm shows valley and rim alike.
        heights = log_heights(values)
        if len(heights) == 1:
            self._show_line(result, values[0])
        elif self.sight.currentIndex() == MAP:
            self._show_map(result, heights)
        else:
            self._show_surface_3d(result, heights)
        self._tell(
            seen_on(result, self._names, self._samples_of_training()), computed_as(result, self._waits)
        )

    def _show_map(self, result: Surface, heights: np.ndarray) -> None:
        left, bottom, right, top = result.extent
        self.scale.show_ends(scale_ends(result, heights))
        # Blocks while it is being refined: that it is rough then is to be seen.
        self.image.is_smooth = result.finished
        pixels = between_points(heights, FINER) if result.finished else heights
        across, up = np.array([right - left, top - bottom]) / (len(pixels) - 1) / 2
        self.image.setImage(pixels, autoLevels=True)
        position_image(self.image, (left - across, bottom - up, right + across, top + up))
        if result.finished:
            self._draw_contours(result, pixels)
        else:
            # Lines over a few blocks would say more than was computed.
            self.contours.setData([], [])
        self.line.setData([], [])
        self.path.setData(result.path[:, 0], result.path[:, 1])
        self.here.setData([result.here[0]], [result.here[1]])
        self._name_axes(result.plane)
        self.plot.setRange(xRange=(left, right), yRange=(bottom, top), padding=0.02, disableAutoRange=True)

    def _show_line(self, result: Surface, losses: np.ndarray) -> None:
        """The loss of a network with one weight."""
        self.sights.setCurrentWidget(self.plot)
        left, _, right, _ = result.extent
        self.image.clear()
        self.contours.setData([], [])
        self.path.setData([], [])
        self.line.setData(np.linspace(left, right, len(losses)), losses)
        self.here.setData([result.here[0]], [result.loss])
        self._name_axes(result.plane)
        self.plot.setRange(
            xRange=(left, right), yRange=(0, float(np.nanmax(losses))), padding=0.04, disableAutoRange=True
        )

    def _show_surface_3d(self, result: Surface, heights: np.ndarray) -> None:
        self.sights.setCurrentWidget(self.surface_3d)
        heights = between_points(heights, FINER) if result.finished else heights
        low, span = heights.min(), max(float(np.ptp(heights)), 1e-12)
        scaled = (heights - low) / span
        origin, unit = np.array(result.plane.origin), np.array(result.plane.unit)
        path = (result.path - origin) / unit
        path = path[(np.abs(path) <= 1).all(1)]
        # The path lies on the ground that is drawn.
        at = (path + 1) / 2 * (len(heights) - 1)
        i, j = np.rint(at).astype(int).T if len(at) else (np.zeros(0, int),) * 2
        path = np.column_stack([path, scaled[j, i]])
        self.surface_3d.show_heights(scaled, path, scale_ends(result, heights), self._axes(result.plane))

    def _show_cut(self, cut: Slice) -> None:
        self.sights.setCurrentWidget(self.cut)
        if not len(cut.steps):
            self.cut_line.setData([], [])
            self.cut_marks.setData([], [])
            self._tell(seen_on_cut(cut, 0), "")
            return
        finite = np.isfinite(cut.losses)
        self.cut_line.setData(cut.steps[finite], cut.losses[finite])
        self.cut_marks.setData([0.0, 1.0], ends_of(cut))
        self._tell(seen_on_cut(cut, self._samples_of_training()), cut_computed_as(cut))

    def _samples_of_training(self) -> int:
        return 0 if self.data is None else len(self.data.x_train)

    def _tell(self, sentence: str, details: str) -> None:
        self.caption.setText(sentence)
        self.details.show_text(details, beginnings(details))

    def _name_axes(self, plane: Plane) -> None:
        for side, title in zip(("bottom", "left"), self._axes(plane), strict=True):
            self.plot.getAxis(side).call(titles_of(title))

    def _show_picture(self, shown: bool) -> None:
        self.sights.setVisible(shown)
        self.scale.hide()
        self.caption.setVisible(shown)
        self.details.setVisible(shown)
        self.hint.setVisible(not shown)

    def _draw_contours(self, result: Surface, heights: np.ndarray) -> None:
        import contourpy

        left, bottom, right, top = result.extent
        size = len(heights)
        lines = contourpy.contour_generator(
            np.linspace(left, right, size), np.linspace(bottom, top, size), heights
        )
        gap, pieces = np.array([[np.nan, np.nan]]), []
        for level in np.linspace(heights.min(), heights.max(), LEVELS + 2)[1:-1]:
            for line in lines.lines(level):
                pieces += [np.asarray(line), gap]
        joined = np.concatenate(pieces) if pieces else np.empty((0, 2))
        self.contours.setData(joined[:, 0], joined[:, 1])

    def repaint_theme(self) -> None:
        c = theme.colours
        for plot in (self.plot, self.cut):
            paint_plot(plot)
        self.pin.setIcon(icon("pin", c.text))
        self.dice.setIcon(icon("dice", c.text))
        # These lie on the heat map, not on the theme's background.
        self.contours.setPen(pg.mkPen("#ffffff55", width=1))
        # It has few points: a broader line costs nothing here.
        self.path.setPen(pg.mkPen(PATH, width=2))
        self.here.setPen(pg.mkPen(PATH, width=2))
        for line in (self.line, self.cut_line):
            line.setPen(pg.mkPen(c.training, width=1))
        self.cut_marks.setPen(pg.mkPen(c.validation, width=2))
