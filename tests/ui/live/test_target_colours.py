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


def test_numbers_run_from_dark_to_bright(qapp):
    data = Dataset("d", X, X[:, :1], X[:0], X[:0, :1])
    brightness = [colour.lightness() for colour in target_colours(data, np.array([-5.0, 1, 20, 100]))]
    assert brightness == sorted(brightness) and brightness[0] < 80 < 120 < brightness[-1]
    same = target_colours(data, np.array([7.0, 7]))
    assert same[0] == same[1]
