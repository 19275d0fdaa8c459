"""Dots have the colour of their class, or one from dark to bright."""

from __future__ import annotations

import numpy as np

from nnstudio.data.dataset import Dataset
from nnstudio.ui.live.target_colours import target_colours
from nnstudio.ui.widgets.theme import theme

X = np.zeros((3, 2), np.float32)


def test_classes_have_their_own_colours(qapp):
    data = Dataset("d", X, X[:, :1], X[:0], X[:0, :1], classes=("a", "b", "c"))
    colours = target_colours(data, np.array([2.0, 0, 2]))
    assert [colour.name() for colour in colours] == [theme.class_colour(i) for i in (2, 0, 2)]


def test_numbers_run_from_dark_to_bright_over_all_that_can_be_shown(qapp):
    y = np.array([[-5.0], [1.0], [20.0]], np.float32)
    data = Dataset("d", X, y, X[:1], np.array([[100.0]], np.float32))
    targets = np.array([-5.0, 1, 20, 100])
    colours = target_colours(data, targets)
    brightness = [colour.lightness() for colour in colours]
    assert brightness == sorted(brightness) and brightness[0] < 80 < 120 < brightness[-1]
    # A dot keeps its colour where others are hidden.
    assert target_colours(data, targets[1:3]) == colours[1:3]


def test_numbers_that_are_all_the_same_have_one_colour(qapp):
    data = Dataset("d", X, np.full((3, 1), 7, np.float32), X[:0], X[:0, :1])
    assert len({colour.rgb() for colour in target_colours(data, np.array([7.0, 7]))}) == 1
