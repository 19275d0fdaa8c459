"""Numbers in nodes are short, and never cut off at the front."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRect, QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from nnstudio.explain.thumbnails import EDGE, ZERO, of_sample, over_plane
from nnstudio.ui.canvas import painting
from nnstudio.ui.canvas.painting import LONGEST, Picture, bar_colour, short_number
from nnstudio.ui.widgets.theme import DARK, LIGHT, contrast, theme


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (0.993, "0.993"), (-1.887, "-1.89"), (0.000166, "0.0002"), (-0.000166, "-2e-04"),
        (126_000.0, "126000"), (-126_000.0, "-1e+05"), (3.2e30, "3e+30"), (-0.0072, "-0.007"),
        (1e-40, "1e-40"), (float("nan"), "nan"), (float("-inf"), "-inf"),
    ],
)  # fmt: skip
def test_a_number_fits_beside_its_bar(value, text):
    assert short_number(value) == text and len(text) <= LONGEST


def test_under_the_pointer_lies_a_unit_by_its_name():
    values = np.array([0.2, 0.7, 0.1], np.float32)
    bars = replace(of_sample(values), names=("setosa", "versicolor", "virginica"))
    box = QRectF(0, 0, 120, 30)
    told = Picture(bars, False).told_at
    assert told(QPointF(60, 15), box) == "versicolor: 0.7 for one sample"
    assert told(QPointF(60, 45), box) == ""
    scaled = Picture(replace(bars, told=(5.8, 3.0, 4.2)), False).told_at
    assert scaled(QPointF(60, 15), box) == "versicolor: 3, scaled 0.7, for one sample"
    many = of_sample(np.arange(6, dtype=np.float32))
    assert Picture(many, False).told_at(QPointF(25, 15), QRectF(0, 0, 60, 30)) == "Unit 3: 2 for one sample"
    plane = replace(over_plane(np.zeros((EDGE * EDGE, 2))), names=("x1", "x2"))
    assert Picture(plane, True).told_at(QPointF(45, 15), QRectF(0, 0, 62, 30)) == "x2"


def test_few_bars_carry_the_names_of_their_units(qapp):
    values = np.array([0.2, 0.7, 0.1], np.float32)
    pictures = []
    for names in ((), ("setosa", "versicolor", "virginica")):
        image = QImage(120, 36, QImage.Format.Format_RGB32)
        image.fill(0)
        painter = QPainter(image)
        Picture(replace(of_sample(values), names=names), False).paint(painter, QRectF(0, 0, 120, 36))
        painter.end()
        pictures.append(image)
    plain, named = pictures
    # Left of the numbers there is nothing without names.
    left = QRect(0, 0, 10, 36)
    assert plain.copy(left) != named.copy(left)


@pytest.mark.parametrize("is_signed", [True, False])
@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_bars_of_many_units_stand_out_from_the_node_whatever_they_are(qapp, monkeypatch, colours, is_signed):
    monkeypatch.setattr(theme, "colours", colours)
    values = np.linspace(0.02, 1.0, 64, dtype=np.float32)
    values[::2] *= -1 if is_signed else 1
    node, image = QColor(colours.node), QImage(102, 30, QImage.Format.Format_RGB32)
    image.fill(node)
    painter = QPainter(image)
    Picture(of_sample(values), is_signed).paint(painter, QRectF(0, 0, 102, 30))
    painter.end()
    # The line that the bars stand on is not theirs.
    ground = {14, 15} if is_signed else {29, 30}
    plain = {node.rgb(), QColor(colours.border).rgb()}
    largest = [image.pixelColor(x, y) for x in range(80, 100) for y in range(30) if y not in ground]
    bars = [c for c in largest if c.rgb() not in plain]
    assert len(bars) > len(largest) / 6, "their own colour, not that of an outline, fills them"
    for byte in [*range(1, ZERO), *range(ZERO + 1, 256)] if is_signed else range(ZERO + 1, 256):
        assert contrast(bar_colour(byte, is_signed), node) >= 2.4


@pytest.mark.parametrize(("height", "is_whole"), [(40, True), (20, False)])
def test_a_name_that_is_too_long_beside_its_bar_stands_above_it_where_there_is_room(
    qapp, monkeypatch, height, is_whole
):
    drawn, name = [], "change of log of sales"
    monkeypatch.setattr(painting, "_write_name", lambda _painter, box, text: drawn.append((box, text)))
    picture = Picture(replace(of_sample(np.array([0.7], np.float32)), names=(name,)), False)
    image = QImage(130, 40, QImage.Format.Format_RGB32)
    painter = QPainter(image)
    picture.paint(painter, QRectF(0, 0, 130, height))
    painter.end()
    ((box, text),) = drawn
    assert text == name and (box.width() == 130) == is_whole and box.bottom() <= height
    assert picture.told_at(QPointF(60, box.bottom() - 1), QRectF(0, 0, 130, height)).startswith(name)
