"""Below the canvas classes are named in their colours, as far as there is room."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetrics, QImage, QPainter

from nnstudio.explain.thumbnails import EDGE, Thumbnails, of_prediction, of_sample, over_plane
from nnstudio.training.messages import Phase
from nnstudio.ui.canvas.legend import Legend
from nnstudio.ui.canvas.legend_ends import Ends, ends_of, paint_classes, width_of_classes
from nnstudio.ui.canvas.painting import PREDICTED, Picture
from nnstudio.ui.widgets.theme import canvas_font, theme

NAMES = ("setosa", "versicolor", "virginica")
SHARES = of_sample(np.array([0.2, 0.7, 0.1], np.float32), True)


def seen(picture, names=NAMES):
    return Thumbnails(0, {"output_1": picture}, {}, class_names=names)


@pytest.mark.parametrize(
    ("picture", "names", "ends"),
    [
        (replace(SHARES, classes=(0, 1, 2)), NAMES, Ends(NAMES)),
        (SHARES, NAMES, Ends()),
        (of_prediction(np.zeros((4, 4))), NAMES, Ends(NAMES)),
        (of_prediction(np.zeros((4, 4))), (), Ends((), True)),
        (replace(SHARES, classes=(0, 1, 2)), tuple(map(str, range(11))), Ends()),
    ],
)
def test_what_is_told_follows_from_what_the_nodes_show(picture, names, ends):
    assert ends_of(seen(picture, names)) == ends
    assert ends_of(None) == Ends()


@pytest.mark.parametrize(("share", "dots"), [(1.0, {0, 1, 2}), (0.75, {0}), (0.3, set())])
def test_classes_without_room_are_counted(qapp, share, dots):
    image = QImage(400, 22, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.colours.window))
    painter = QPainter(image)
    painter.setFont(canvas_font(11))
    whole = width_of_classes(NAMES, QFontMetrics(canvas_font(11)), 400)
    paint_classes(painter, QRectF(0, 0, whole * share, 22), NAMES)
    painter.end()
    pixels = {image.pixelColor(x, 11).name() for x in range(400)}
    assert {n for n in range(3) if theme.class_colour(n) in pixels} == dots
    right = {image.pixelColor(x, y).name() for x in range(int(whole * share) + 4, 400) for y in range(22)}
    assert right == {theme.colours.window}


def test_bars_of_classes_have_their_colours_and_others_do_not(qapp):
    for classes, coloured in (((0, 1, 2), True), ((), False)):
        image = QImage(120, 36, QImage.Format.Format_RGB32)
        image.fill(QColor(theme.colours.node))
        painter = QPainter(image)
        Picture(replace(SHARES, classes=classes), False, 3).paint(painter, QRectF(0, 0, 120, 36))
        painter.end()
        pixels = {image.pixelColor(x, 18).name() for x in range(120)}
        assert (theme.class_colour(1) in pixels) == coloured


def test_over_the_plane_the_pointer_tells_where_the_same_is_to_be_seen(qapp):
    picture = Picture(of_prediction(np.zeros((8, 8))), False, 2)
    assert picture.told_at(QPointF(10, 10), QRectF(0, 0, 100, 40)) == PREDICTED
    assert picture.told_at(QPointF(90, 10), QRectF(0, 0, 100, 40)) == ""
    assert Picture(over_plane(np.zeros((EDGE * EDGE, 2))), True).told_at(QPointF(5, 5), QRectF(0, 0, 80, 40))


def test_the_strip_below_the_canvas_names_the_classes(window, hands):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    legend = window.canvas.findChild(Legend)
    hands.wait(lambda: legend._ends.classes == NAMES)
    assert all(name in legend.accessibleDescription() for name in NAMES)
    strip = legend.grab().toImage()
    pixels = {strip.pixelColor(x, strip.height() // 2).name() for x in range(strip.width())}
    assert {theme.class_colour(n) for n in range(3)} <= pixels
