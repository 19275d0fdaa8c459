"""The code of an autoencoder as a map: every sample is a dot, and the mouse walks where there may be none."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QEvent, QObject, QPointF, Qt
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from nnkernels.graph.network import Resolved
from nnstudio.data.dataset import Dataset
from nnstudio.explain.code_map import CodeMap, CodeMapProbe
from nnstudio.lessons.showing import Showing
from nnstudio.model.quantity import in_digits
from nnstudio.training.probing import Probe
from nnstudio.ui.live.view import LiveView, Question, make_plot, paint_plot, register
from nnstudio.ui.widgets.picture_box import PictureBox
from nnstudio.ui.widgets.plain_text import PlainLabel, coloured
from nnstudio.ui.widgets.theme import theme

NOT_HERE = "A code map can be drawn where a network draws its own pictures again, as an autoencoder does."
NO_CODE = (
    "This network has no code of two numbers. Give it a layer of two units that everything passes through, "
    "with layers behind it that draw the picture again."
)
EMPTY = "the code of each picture"
# What lessons are told where the network has no such code.
NO_MAP = "no map"
WALK = "Move the mouse over the map, or click on it and use the arrow keys."
# A press on an arrow key goes this share of the map.
STRIDE = 1 / 40
STRIDES = {
    Qt.Key.Key_Left: (-1, 0), Qt.Key.Key_Right: (1, 0), Qt.Key.Key_Down: (0, -1), Qt.Key.Key_Up: (0, 1),
}  # fmt: skip


@register
class CodeMapView(LiveView):
    """Dots have the colours of the first column that parts the samples; the cross is what is drawn."""

    id = "code_map"
    title = "Code map"
    help = "The two numbers that an autoencoder keeps of each picture, as a map that you can walk on."
    question, order = Question.INSIDE, 100
    beside = "decision_boundary"
    needs = NOT_HERE
    needs_layer = NO_CODE
    chooses = ("nearest_dot",)

    def __init__(self) -> None:
        super().__init__()
        self.plot = make_plot()
        self.plot.setAccessibleName("Code map")
        self.plot.setAccessibleDescription(WALK)
        self.plot.setMouseEnabled(False, False)
        self.plot.setLabel("bottom", "first number")
        self.plot.setLabel("left", "second number")
        self.dots, self.here = pg.ScatterPlotItem(size=6), pg.ScatterPlotItem(size=17, symbol="+")
        self.plot.addItem(self.dots)
        self.plot.addItem(self.here)
        self.drawn, self.where = PictureBox(), PlainLabel()
        self.drawn.setAccessibleName("What is drawn from the code at the cross")
        self.where.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self.where.setWordWrap(True)
        self.drawn.setToolTip(WALK)
        beside = QVBoxLayout()
        beside.addStretch(1)
        beside.addWidget(self.drawn)
        beside.addWidget(self.where)
        beside.addStretch(1)
        self.map = QWidget()
        both = QHBoxLayout(self.map)
        both.setContentsMargins(0, 0, 0, 0)
        both.addWidget(self.plot, 3)
        both.addLayout(beside, 1)
        self.legend = QLabel()
        self.legend.setTextFormat(Qt.TextFormat.RichText)
        self.legend.setObjectName("small")
        self.legend.setWordWrap(True)
        self.rows.addWidget(self.map, 1)
        self.rows.addWidget(self.legend)
        self.rows.addWidget(self.hint, 1)
        self._points: CodeMap | None = None
        self._code: tuple[float, float] | None = None
        # The last picture, and whether somebody chose where.
        self._drawn: CodeMap | None = None
        self._has_walked = False
        # What told that there is no map.
        self._told_none: CodeMap | None = None
        self.repaint_theme()
        self.clear()
        for watched in (self.plot, self.plot.viewport()):
            watched.installEventFilter(self)

    @classmethod
    def fits(cls, data: Dataset) -> bool:
        return data.draws_pictures

    @classmethod
    def fits_network(cls, nodes: Mapping[str, Resolved]) -> bool:
        # Whether everything passes through it, the worker finds out, and the view says so.
        return any(node.shape == (2,) for node in nodes.values())

    def probe(self) -> Probe | None:
        return CodeMapProbe(self._code) if self.data is not None and self.data.draws_pictures else None

    def clear(self) -> None:
        self._points = self._code = self._drawn = self._told_none = None
        self._has_walked = False
        self.dots.clear()
        self.here.clear()
        self.drawn.show_picture(None)
        self.where.setText("")
        self._show(False)
        if self.data is not None and not self.data.draws_pictures:
            self.explain_blank(NOT_HERE)
        else:
            self.await_picture(EMPTY)

    def _show(self, shown: bool) -> None:
        self.map.setVisible(shown)
        self.legend.setVisible(shown)
        self.hint.setVisible(not shown)

    def show_result(self, result: CodeMap) -> None:
        if not result.node:
            self.clear()
            self.explain_blank(NO_CODE)
            self._told_none = result
            return
        self._told_none = None
        self._show(True)
        if result.points is not None:
            self._points = result
            self._draw_dots(result.points)
        if result.picture is not None and result.code is not None:
            self._drawn = result
            self._draw_picture(result.code, result.picture)

    def _draw_picture(self, code: tuple[float, float], picture: np.ndarray) -> None:
        """With its own code: the mouse may be further on."""
        is_finite = bool(np.isfinite(picture).all())
        self.drawn.show_picture(picture if is_finite else None)
        near = self._nearest(code)
        told = [", ".join(in_digits(value, 3) for value in code), f"nearest dot: {near}" if near else ""]
        self.where.setText("\n".join(filter(None, told)) if is_finite else "not finite")

    def _nearest(self, code: tuple[float, float]) -> str:
        """What the nearest dot on the screen is, as colours may be much alike; "" where that is not known."""
        points = self._points.points if self._points is not None else None
        if points is None or self.data is None or not self.data.groupings:
            return ""
        numbers, names = self._groups(len(points))
        off = (points - np.array(code)) / self.plot.getPlotItem().vb.viewPixelSize()
        distances = np.where(np.isfinite(off).all(1), np.hypot(off[:, 0], off[:, 1]), np.inf)
        at = int(distances.argmin())
        return names[numbers[at]] if np.isfinite(distances[at]) else ""

    def _draw_dots(self, points: np.ndarray) -> None:
        numbers, names = self._groups(len(points))
        good = np.isfinite(points).all(1)
        edge = pg.mkPen(QColor(theme.colours.window), width=0.5)
        # One brush for all dots of a group: pyqtgraph paints a picture for each.
        brushes = [pg.mkBrush(QColor(self._colour(at, names))) for at in range(max(len(names), 1))]
        # In float32, pyqtgraph's limits would be infinite.
        shown = points[good].astype(np.float64)
        self.dots.setData(shown[:, 0], shown[:, 1], brush=[brushes[n] for n in numbers[good]], pen=edge)
        self.legend.setText(self._told(names, int((~good).sum())))
        if not len(shown):
            return
        low, high = shown.min(0), shown.max(0)
        self.plot.setRange(xRange=(low[0], high[0]), yRange=(low[1], high[1]), padding=0.06)
        if self._code is None:
            # Something is to be seen before anybody walks.
            self._go(*(float(v) for v in np.median(shown, 0)))

    def _groups(self, count: int) -> tuple[np.ndarray, tuple[str, ...]]:
        """The group of each of the first samples, and the names of all; none where nothing parts them."""
        if self.data is None or not self.data.groupings:
            return np.zeros(count, int), ()
        grouping = self.data.groupings[0]
        return grouping.parts[self.data.watched][:count], grouping.groups

    @staticmethod
    def _colour(group: int, names: tuple[str, ...]) -> str:
        return theme.class_colour(group) if names else theme.colours.training

    def _told(self, names: tuple[str, ...], broken: int) -> str:
        """What the colours are, and which samples there are, as HTML."""
        assert self._points is not None and self._points.points is not None and self.data is not None
        count, total = len(self._points.points), self._points.total
        of = f"the first {count:,} of {total:,}" if count < total else f"{count:,}"
        told = [f"{of} {self.data.watched} samples"]
        if names:
            dots = (f"{coloured('●', self._colour(i, names))}&nbsp;{escape(n)}" for i, n in enumerate(names))
            told.insert(0, f"{escape(self.data.groupings[0].column)}: {'&nbsp; '.join(dots)}")
        if broken:
            told.append(f"codes that are not finite: {broken:,}")
        return " · ".join(told)

    def showing(self) -> Showing | None:
        """Near is what somebody walked to: it begins near any dot. That there is no map is seen, too."""
        if self._told_none is not None:
            return self.shows(NO_MAP, step=self._told_none.step)
        drawn = self._drawn
        if drawn is None or drawn.code is None:
            return None
        is_there = drawn.code == self._code
        near = self._nearest(drawn.code) if self._has_walked else ""
        return self.shows(near, step=drawn.step, is_whole=is_there)

    # Walking

    def _go(self, across: float, up: float) -> None:
        """Let the network draw from another code."""
        self._code = across, up
        self.here.setData([across], [up])
        self.probe_changed.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._points is not None:
            if isinstance(event, QMouseEvent) and event.type() == QEvent.Type.MouseMove:
                self._follow(event.position())
            elif isinstance(event, QKeyEvent) and event.type() == QEvent.Type.KeyPress:
                return self._step(event)
        return super().eventFilter(watched, event)

    def _follow(self, position: QPointF) -> None:
        box, at = self.plot.getPlotItem().vb, self.plot.mapToScene(position.toPoint())
        if box.sceneBoundingRect().contains(at):
            to, self._has_walked = box.mapSceneToView(at), True
            self._go(to.x(), to.y())

    def _step(self, event: QKeyEvent) -> bool:
        """Whether it was an arrow key."""
        stride = STRIDES.get(Qt.Key(event.key()))
        if stride is None or self._code is None:
            return False
        spans = (high - low for low, high in self.plot.getPlotItem().vb.viewRange())
        moved = (at + way * span * STRIDE for at, way, span in zip(self._code, stride, spans, strict=True))
        self._has_walked = True
        self._go(*moved)
        return True

    def repaint_theme(self) -> None:
        paint_plot(self.plot)
        self.here.setPen(pg.mkPen(theme.colours.text, width=2))
        self.here.setBrush(QColor(theme.colours.window))
        if self._points is not None and self._points.points is not None:
            self._draw_dots(self._points.points)
