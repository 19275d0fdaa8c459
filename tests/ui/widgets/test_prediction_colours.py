"""What is predicted looks alike wherever it is painted."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtGui import QColor

from nnstudio.ui.widgets.prediction_colours import class_table, prediction_colours
from nnstudio.ui.widgets.theme import theme


def rgb(colour: QColor | str) -> tuple[int, int, int]:
    return QColor(colour).getRgb()[:3]


def hues_agree(shade: np.ndarray, number: int) -> bool:
    return abs(QColor(*map(int, shade)).hue() - QColor(theme.class_colour(number)).hue()) < 12


def test_of_two_classes_each_has_its_colour_and_in_between_is_the_ground():
    first, undecided, second = prediction_colours(np.array([0.0, 0.5, 1.0]), 2)
    assert hues_agree(first, 0) and hues_agree(second, 1)
    assert tuple(undecided) == rgb(theme.colours.base)


def test_of_more_classes_the_surer_the_stronger():
    weak, strong = prediction_colours(np.array([2 + 0.4 / 2, 2 + 0.9 / 2]), 3)
    assert hues_agree(strong, 2)
    assert QColor(*map(int, strong)).saturation() > QColor(*map(int, weak)).saturation()
    flat = prediction_colours(np.array([2 + 0.4 / 2]), 3, flat=True)[0]
    assert QColor(*map(int, flat)).saturation() > QColor(*map(int, strong)).saturation()


@pytest.mark.parametrize("classes", [0, 2, 3])
def test_what_is_no_number_has_the_colour_of_an_error(classes):
    bad, good = prediction_colours(np.array([np.nan, 0.0]), classes)
    assert tuple(bad) == rgb(theme.colours.error) != tuple(good)


def test_numbers_run_from_dark_to_bright_over_their_own_range():
    colours = prediction_colours(np.array([-3.0, 0.0, 7.0]), 0).astype(int).sum(1)
    assert colours[0] < colours[1] < colours[2]
    assert list(prediction_colours(np.array([-3.0, 7.0]), 0, flat=True).astype(int).sum(1)) == [
        colours[0],
        colours[2],
    ]


def test_the_bytes_of_a_probability_have_the_colours_of_the_plane():
    table = class_table(1, is_one_of_two=True)
    for byte, share in ((128, 0.0), (255, 1.0)):
        assert rgb(QColor.fromRgb(table[byte])) == tuple(prediction_colours(np.array([share]), 2)[0])
    alone = class_table(2, is_one_of_two=False)
    assert rgb(QColor.fromRgb(alone[128])) == rgb(theme.colours.base)
    assert hues_agree(np.array(rgb(QColor.fromRgb(alone[255]))), 2)
    assert alone[0] == QColor(theme.colours.error).rgb()
