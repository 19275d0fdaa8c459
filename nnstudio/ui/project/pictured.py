"""What a project is about, as a very small picture: its samples where they can be drawn, else its network.

Read from the project itself, as opening it reads it, and once in a run of the program.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPixmap, QPolygonF

from nnkernels.spec import SpecError
from nnstudio.data.dataset import DataError, Dataset, sources
from nnstudio.model.archive import read_members
from nnstudio.model.graph import Graph
from nnstudio.model.projectfile import LIMITS, PROJECT
from nnstudio.model.templates import templates
from nnstudio.project import Project, open_example
from nnstudio.ui.widgets.card_picture import Drawing
from nnstudio.ui.widgets.sketch import Sketch
from nnstudio.ui.widgets.theme import theme

# Points of a cloud at the most, pixels around all of them, and the radius of each: of few, and of many.
MOST_POINTS, EDGE, RADII, FEW = 300, 4.0, (2.0, 1.4), 60
# Pictures across and down.
ACROSS, DOWN = 3, 2
# A node's share of its column and of its row, and its size at the most.
SHARES, LARGEST = (0.66, 0.5), (14.0, 9.0)


@dataclass(frozen=True, eq=False)
class Cloud:
    """Points ``at`` (n, 2) from 0 to 1, y upwards, each of a class by its number; -1 where there are none."""

    at: np.ndarray
    classes: np.ndarray

    def drawn(self, size: QSize, scale: float) -> QPixmap:
        return _painted(size, scale, self._paint)

    def _paint(self, painter: QPainter, size: QSize) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        radius = RADII[len(self.at) > FEW]
        for (x, y), number in zip(_inside(self.at, size), self.classes, strict=True):
            painter.setBrush(QColor(theme.class_colour(number) if number >= 0 else theme.colours.training))
            painter.drawEllipse(QPointF(x, y), radius, radius)


@dataclass(frozen=True, eq=False)
class Line:
    """Values in the order of time, ``at`` (n, 2) from 0 to 1, y upwards."""

    at: np.ndarray

    def drawn(self, size: QSize, scale: float) -> QPixmap:
        return _painted(size, scale, self._paint)

    def _paint(self, painter: QPainter, size: QSize) -> None:
        painter.setPen(QPen(QColor(theme.colours.training), 1.2))
        painter.drawPolyline(QPolygonF([QPointF(x, y) for x, y in _inside(self.at, size)]))


@dataclass(frozen=True, eq=False)
class Mosaic:
    """Pictures (n, height, width, 3), uint8."""

    pictures: np.ndarray

    def drawn(self, size: QSize, scale: float) -> QPixmap:
        return _painted(size, scale, self._paint)

    def _paint(self, painter: QPainter, size: QSize) -> None:
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        across, down = (ACROSS, DOWN) if len(self.pictures) > 1 else (1, 1)
        edge = min(size.width() / across, size.height() / down)
        left, top = (size.width() - edge * across) / 2, (size.height() - edge * down) / 2
        for i, pixels in enumerate(self.pictures[: across * down]):
            height, width = pixels.shape[:2]
            image = QImage(pixels.tobytes(), width, height, 3 * width, QImage.Format.Format_RGB888)
            corner = QPointF(left + i % across * edge, top + i // across * edge)
            painter.drawImage(QRectF(corner.x(), corner.y(), edge - 1, edge - 1), image)


@dataclass(frozen=True)
class Network:
    """The nodes in the colours of their kinds, and the links between them, as they lie on the canvas, spread
    over all of the picture.
    """

    sketch: Sketch

    def drawn(self, size: QSize, scale: float) -> QPixmap:
        return _painted(size, scale, self._paint)

    def _paint(self, painter: QPainter, size: QSize) -> None:
        boxes = self._boxes(size)
        painter.setPen(QPen(QColor(theme.colours.link), 1))
        painter.drawLines([QLineF(boxes[a].center(), boxes[b].center()) for a, b in self.sketch.links])
        painter.setPen(Qt.PenStyle.NoPen)
        for box, (_x, _y, category) in zip(boxes, self.sketch.nodes, strict=True):
            painter.setBrush(theme.category(category))
            painter.drawRoundedRect(box, 2, 2)

    def _boxes(self, size: QSize) -> list[QRectF]:
        middles, sizes = [], []
        xs, ys = [x for x, _y, _kind in self.sketch.nodes], [y for _x, y, _kind in self.sketch.nodes]
        rooms = (size.width() - 2 * EDGE, size.height() - 2 * EDGE)
        for axis, (values, room) in enumerate(zip((xs, ys), rooms, strict=True)):
            low, span = min(values), max(values) - min(values)
            count = len({round(value) for value in values})
            length = min(SHARES[axis] * room / count, LARGEST[axis])
            first = EDGE + length / 2
            reach = room - length
            middles.append([first + (reach * (v - low) / span if span else reach / 2) for v in values])
            sizes.append(length)
        width, height = sizes
        pairs = zip(*middles, strict=True)
        return [QRectF(x - width / 2, y - height / 2, width, height) for x, y in pairs]


@cache
def picture_of_example(name: str) -> Drawing:
    """That of a shipped example. Raises as `open_example` and `Project.load_data`."""
    return picture_of(open_example(name))


@cache
def picture_of_template(name: str) -> Drawing:
    """The network of a template."""
    return _network(templates[name].graph(None))


def picture_of_lesson(start: Path) -> Drawing:
    """That of the project that a lesson begins with. Raises as `Project.open` and `Project.load_data`."""
    return _picture_of_file(start, start.stat().st_mtime_ns)


@cache
def _picture_of_file(path: Path, _changed: int) -> Drawing:
    return picture_of(Project.open(path))


def picture_of_recent(path: Path) -> Drawing:
    """That of a person's project: samples where the data is made or brought along. A file or folder of this
    machine is not read for a picture: it may be large, or slow to reach. Raises OSError, FileError,
    ProjectError, or KeyError where it is none.
    """
    return _picture_without_file(path, path.stat().st_mtime_ns)


@cache
def _picture_without_file(path: Path, _changed: int) -> Drawing:
    # Neither its weights nor its curve, which may be large.
    content = read_members(path, {PROJECT: LIMITS[PROJECT]}, frozenset())[PROJECT]
    project = Project.from_json(content, f"'{path.name}'")
    if not sources[project.document.data.kind].picks:
        with suppress(DataError, SpecError):
            return picture_of(project)
    return _network(project.document.graph)


def picture_of(project: Project) -> Drawing:
    """Its samples to learn from: pictures, points, or a series; its network where they are none of these."""
    return picture_of_data(project.load_data()) or _network(project.document.graph)


def picture_of_data(data: Dataset) -> Drawing | None:
    """Some of the samples to learn from, where they can be drawn."""
    x, y = data.x_train, data.y_train
    if not len(x) or data.text is not None or data.tokens:
        return None
    if x.ndim == 4 and x.shape[-1] in (1, 3):
        return Mosaic(_pictures(data))
    if data.series is not None:
        values = np.asarray(data.series.series.target[:, 0], float)
        values = values[np.isfinite(values)]
        return Line(_scaled(np.column_stack([np.arange(len(values)), values])))
    if x.ndim != 2:
        return None
    of_classes = bool(data.classes) and y.shape[1] == 1
    classes = y[:, 0].astype(int) if of_classes else np.full(len(x), -1)
    up = y if not of_classes and not data.classes else x
    first, second = _telling(x, y[:, 0]) if up is x else (_telling(x, y[:, 0])[0], 0)
    at = np.column_stack([x[:, first], up[:, second]])
    step = -(-len(at) // MOST_POINTS)
    return Cloud(_scaled(at)[::step], classes[::step])


def _telling(x: np.ndarray, y: np.ndarray) -> tuple[int, int]:
    """The numbers of the two inputs that change most with the target; of two, they are those in order."""
    width = x.shape[1]
    if width <= 2:
        return 0, width - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        strength = np.abs(np.nan_to_num(np.corrcoef(x.T, y)[-1, :-1]))
    first, second = np.argsort(-strength, kind="stable")[:2]
    return int(first), int(second)


def _pictures(data: Dataset) -> np.ndarray:
    """The first picture of each class in turn, or the first ones, (n, height, width, 3) uint8."""
    rows = np.arange(min(len(data.x_train), ACROSS * DOWN))
    if data.classes and data.target_width == 1 and len(data.classes) > 1:
        labels = data.y_train[:, 0].astype(int)
        each = [np.flatnonzero(labels == number)[: ACROSS * DOWN] for number in range(len(data.classes))]
        rows = np.array(
            [row for turn in range(ACROSS * DOWN) for part in each for row in part[turn : turn + 1]]
        )
    shares = data.shares_of_white(data.x_train[rows[: ACROSS * DOWN]])
    pixels = np.clip(shares * 255, 0, 255).astype(np.uint8)
    return np.repeat(pixels, 3, -1) if pixels.shape[-1] == 1 else pixels


def _network(graph: Graph) -> Network:
    return Network(Sketch.of({"graph": graph.to_dict()}))


def _scaled(at: np.ndarray) -> np.ndarray:
    low, high = at.min(0), at.max(0)
    scaled: np.ndarray = (at - low) / np.where(high > low, high - low, 1)
    return scaled


def _inside(at: np.ndarray, size: QSize) -> list[tuple[float, float]]:
    across, down = size.width() - 2 * EDGE, size.height() - 2 * EDGE
    return [(EDGE + x * across, size.height() - EDGE - y * down) for x, y in at.tolist()]


def _painted(size: QSize, scale: float, paint: Callable[[QPainter, QSize], None]) -> QPixmap:
    picture = QPixmap(size * scale)
    picture.setDevicePixelRatio(scale)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    paint(painter, size)
    painter.end()
    return picture
