"""Numbers as charts, drawn with Pillow: curves, bars and dots, as pictures (height, width, 3) from 0 to 1.

The command line draws with it, where there is no window. Letters that Pillow's own font lacks are boxes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nnstudio.model.quantity import in_digits

if TYPE_CHECKING:
    from PIL.ImageDraw import ImageDraw

# Pixels of a chart, of its letters, and around what is drawn: left, top, right, bottom.
WIDTH, HEIGHT, LETTER = 1000, 620, 19
LEFT, TOP, RIGHT, BOTTOM = 120, 26, 30, 78
# Pixels of a row of bars, and of the names beside them; letters that a name has at the most.
ROW, NAMES, LONGEST = 32, 250, 24
# Height of a line of the legend.
LEGEND = 28
TEXT, FAINT, GROUND = (40, 44, 52), (222, 225, 230), (255, 255, 255)
# Colours of lines, one after the other; the first two are the window's for above and below 0.
COLOURS = (
    (47, 111, 222), (232, 134, 46), (58, 150, 92), (178, 72, 140), (120, 124, 132), (150, 110, 60),
    (0, 140, 160), (200, 60, 60),
)  # fmt: skip
GREY = COLOURS[4]
# How strongly a band between two lines is filled; ticks of an axis, about.
BAND, TICKS = 0.25, 6
Colour = tuple[int, int, int]


@dataclass(frozen=True, eq=False)
class Line:
    """A curve.

    Attributes:
        x, y: (n,); where a number is none, the line is torn.
        low, high: (n,) a band around it, if any.
        has_dots: whether its points are marked.
    """

    name: str
    x: np.ndarray
    y: np.ndarray
    colour: Colour
    low: np.ndarray | None = None
    high: np.ndarray | None = None
    has_dots: bool = False


@dataclass(frozen=True, eq=False)
class Arrows:
    """From points (n, 2) by moves (n, 2), in the units of the chart."""

    points: np.ndarray
    moves: np.ndarray
    colour: Colour = TEXT


@dataclass(frozen=True, eq=False)
class _Axes:
    """Where numbers lie: x and y from low to high, in a frame of pixels."""

    x: tuple[float, float]
    y: tuple[float, float]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT

    def across(self, value: float) -> float:
        low, high = self.x
        return self.left + (value - low) / (high - low) * (self.width - self.left - RIGHT)

    def up(self, value: float) -> float:
        low, high = self.y
        return self.height - BOTTOM - (value - low) / (high - low) * (self.height - TOP - BOTTOM)


def line_chart(
    lines: Sequence[Line], across: str, up: str, names: Sequence[tuple[float, str]] = (),
    within: tuple[float, float] | None = None,
) -> np.ndarray:  # fmt: skip
    """Curves over one axis; ``across`` and ``up`` are what the axes are called.

    ``names`` are what positions on the lower axis are called, else they are numbers. ``within``: the ends of
    the upward axis, at least.
    """
    x = np.concatenate([line.x for line in lines])
    bands = [band for line in lines for band in (line.low, line.high) if band is not None]
    y = np.concatenate([*(line.y for line in lines), *bands, np.array(within or ())])
    axes = _Axes(_ends(x), _ends(y, 0.05))
    picture = _Picture(axes)
    picture.frame(across, up, names)
    for line in lines:
        picture.band(line)
    for line in lines:
        picture.line(line)
    picture.legend([(line.name, line.colour) for line in lines if line.name])
    return picture.done()


def bar_chart(
    names: Sequence[str], values: np.ndarray, what: str, within: tuple[float, float] | None = None
) -> np.ndarray:
    """Bars (n,) below each other under their names: blue from 0 to the right, orange to the left.

    ``within``: the ends of the axis, at least.
    """
    finite = np.append(values[np.isfinite(values)], [0.0, *(within or ())])
    axes = _Axes(_ends(finite, 0.02), (0.0, 1.0), WIDTH, TOP + BOTTOM + ROW * len(names), NAMES)
    picture = _Picture(axes)
    picture.across_ticks(_ticks(axes.x), what)
    for row, (name, value) in enumerate(zip(names, values, strict=True)):
        picture.bar(row, name, float(value))
    return picture.done()


def dot_chart(
    groups: Sequence[tuple[str, np.ndarray, Colour]], across: str, up: str, arrows: Arrows | None = None,
    field: tuple[np.ndarray, tuple[float, float, float, float]] | None = None,
) -> np.ndarray:  # fmt: skip
    """Points (n, 2) of several groups by name and colour, on a square plane.

    ``field``: colours (rows, columns, 3) from 0 to 1 behind them, the lowest row first, over (left, bottom,
    right, top).
    """
    points = np.concatenate([points for _, points, _ in groups])
    points = points[np.isfinite(points).all(1)]
    if field is None:
        x, y = _ends(points[:, 0], 0.05), _ends(points[:, 1], 0.05)
    else:
        left, bottom, right, top = field[1]
        x, y = (left, right), (bottom, top)
    picture = _Picture(_Axes(x, y, LEFT + RIGHT + HEIGHT, TOP + BOTTOM + HEIGHT))
    if field is not None:
        picture.field(field[0])
    picture.frame(across, up)
    if arrows is not None:
        picture.arrows(arrows)
    for _, some, colour in groups:
        picture.dots(some, colour)
    picture.legend([(name, colour) for name, _, colour in groups])
    return picture.done()


class _Picture:
    """A chart that is being drawn."""

    def __init__(self, axes: _Axes) -> None:
        from PIL import Image, ImageDraw, ImageFont

        self.axes = axes
        self._image = Image.new("RGB", (axes.width, axes.height), GROUND)
        self._draw: ImageDraw.ImageDraw = ImageDraw.Draw(self._image)
        self._font = ImageFont.load_default(LETTER)

    def done(self) -> np.ndarray:
        return np.asarray(self._image, np.float64) / 255

    def _write(self, at: tuple[float, float], text: str, anchor: str, colour: Colour = TEXT) -> None:
        self._draw.text(at, text, colour, self._font, anchor)

    def frame(self, across: str, up: str, names: Sequence[tuple[float, str]] = ()) -> None:
        """Ticks with thin lines through the chart, and what the axes are called."""
        self.across_ticks(names or _ticks(self.axes.x), across)
        for value, text in _ticks(self.axes.y):
            y = self.axes.up(value)
            self._draw.line([(self.axes.left, y), (self.axes.width - RIGHT, y)], FAINT)
            self._write((self.axes.left - 8, y), text, "rm")
        self._write((6, 4), up, "la")

    def across_ticks(self, ticks: Sequence[tuple[float, str]], across: str) -> None:
        bottom = self.axes.height - BOTTOM
        for value, text in ticks:
            x = self.axes.across(value)
            self._draw.line([(x, TOP), (x, bottom)], FAINT)
            self._write((x, bottom + 8), text, "ma")
        self._write(((self.axes.left + self.axes.width - RIGHT) / 2, self.axes.height - 6), across, "md")

    def _points(self, x: np.ndarray, y: np.ndarray) -> list[tuple[float, float]]:
        return [(self.axes.across(float(a)), self.axes.up(float(b))) for a, b in zip(x, y, strict=True)]

    def line(self, line: Line) -> None:
        known = np.isfinite(line.x) & np.isfinite(line.y)
        for part in _runs(known):
            points = self._points(line.x[part], line.y[part])
            self._draw.line(points, line.colour, 2, "curve")
        if line.has_dots:
            for x, y in self._points(line.x[known], line.y[known]):
                self._draw.ellipse((x - 4, y - 4, x + 4, y + 4), line.colour)

    def band(self, line: Line) -> None:
        if line.low is None or line.high is None:
            return
        colour = tuple(round(255 + BAND * (part - 255)) for part in line.colour)
        for part in _runs(np.isfinite(line.low) & np.isfinite(line.high)):
            lower, upper = (self._points(line.x[part], ends[part]) for ends in (line.low, line.high))
            if len(lower) > 1:
                self._draw.polygon([*lower, *upper[::-1]], colour)

    def bar(self, row: int, name: str, value: float) -> None:
        top = TOP + row * ROW
        short = name if len(name) <= LONGEST else f"{name[: LONGEST - 1]}…"
        self._write((self.axes.left - 10, top + ROW / 2), short, "rm")
        if not math.isfinite(value):
            self._write((self.axes.across(0.0) + 6, top + ROW / 2), "no number", "lm")
            return
        ends = sorted((self.axes.across(0.0), self.axes.across(value)))
        self._draw.rectangle((ends[0], top + 5, ends[1], top + ROW - 5), COLOURS[int(value < 0)])

    def dots(self, points: np.ndarray, colour: Colour) -> None:
        points = points[np.isfinite(points).all(1)]
        for x, y in self._points(points[:, 0], points[:, 1]):
            self._draw.ellipse((x - 4, y - 4, x + 4, y + 4), colour, GROUND)

    def arrows(self, arrows: Arrows) -> None:
        known = np.isfinite(arrows.points).all(1) & np.isfinite(arrows.moves).all(1)
        starts, ends = arrows.points[known], (arrows.points + arrows.moves)[known]
        for one, other in zip(self._points(*starts.T), self._points(*ends.T), strict=True):
            self._draw.line([one, other], arrows.colour)

    def field(self, colours: np.ndarray) -> None:
        from PIL import Image

        left, top = round(self.axes.left), TOP
        size = self.axes.width - RIGHT - left, self.axes.height - BOTTOM - TOP
        pixels = Image.fromarray(np.uint8(np.clip(np.rint(colours[::-1] * 255), 0, 255)))
        self._image.paste(pixels.resize(size, Image.Resampling.BILINEAR), (left, top))

    def legend(self, entries: Sequence[tuple[str, Colour]]) -> None:
        """Below the chart, in as many lines as it takes."""
        from PIL import Image, ImageDraw

        at, x, line = [], 6.0, 0
        for name, _ in entries:
            long = 24 + self._draw.textlength(name, self._font)
            if x > 6 and x + long > self.axes.width:
                x, line = 6.0, line + 1
            at.append((x, line))
            x += long + 18
        height = self.axes.height + (line + 1) * LEGEND if entries else self.axes.height
        larger = Image.new("RGB", (self.axes.width, height), GROUND)
        larger.paste(self._image)
        self._image, self._draw = larger, ImageDraw.Draw(larger)
        for (name, colour), (left, number) in zip(entries, at, strict=True):
            y = self.axes.height + (number + 0.5) * LEGEND
            self._draw.line([(left, y), (left + 18, y)], colour, 4)
            self._write((left + 24, y), name, "lm")


def _runs(known: np.ndarray) -> list[slice]:
    """Where values (n,) are known without a gap."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], known, [False]]).astype(int)))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _ends(values: np.ndarray, margin: float = 0.0) -> tuple[float, float]:
    """The least and the largest that is finite, with a share of the way between as a margin."""
    finite = values[np.isfinite(values)]
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    room = (high - low) * margin if high > low else abs(high) * 0.1 or 0.5
    return low - room, high + room


def _ticks(ends: tuple[float, float]) -> list[tuple[float, str]]:
    """Round numbers between two ends, and how they are written."""
    rough = (ends[1] - ends[0]) / TICKS
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * times for times in (1, 2, 5, 10) if power * times >= rough)
    first, last = math.ceil(ends[0] / step), math.floor(ends[1] / step)
    return [(at * step, in_digits(at * step, 4)) for at in range(first, last + 1)]
