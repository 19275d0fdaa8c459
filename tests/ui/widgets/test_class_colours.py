"""Colours of classes are told apart by everybody, and from those of values below and above 0."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from PySide6.QtGui import QColor

from nnstudio.data.own_points import NAMES
from nnstudio.ui.widgets.theme import CLASSES, DARK, LIGHT, contrast

# Of linear RGB, as people see it without red, green and blue cones (Machado, Oliveira and Fernandes 2009).
SIGHTS = np.array([
    np.eye(3),
    [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
])  # fmt: skip
TO_XYZ = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])


def lab(name: str) -> np.ndarray:
    """CIELAB of a colour for each of the sights, (sights, 3)."""
    c = QColor(name)
    rgb = np.array([c.redF(), c.greenF(), c.blueF()])
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    xyz = np.clip(SIGHTS @ linear, 0, 1) @ TO_XYZ.T / [0.9505, 1.0, 1.089]
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], 1)


def apart(one: str, other: str) -> np.ndarray:
    """How far two colours are apart for each of the sights, (sights,); 2 is just seen."""
    difference: np.ndarray = np.linalg.norm(lab(one) - lab(other), axis=1)
    return difference


@pytest.mark.parametrize("colours", [LIGHT, DARK], ids=["light", "dark"])
def test_classes_are_told_apart_and_clash_with_no_signed_value(colours):
    names = [pair[colours.dark] for pair in CLASSES]
    assert len(names) == len(NAMES)
    for (i, one), (j, other) in itertools.combinations(enumerate(names), 2):
        least = apart(one, other).min()
        # The first ones are met the most often.
        assert least > (30 if max(i, j) < 2 else 15 if max(i, j) < 4 else 6), (NAMES[i], NAMES[j], least)
    for name, one in zip(NAMES, names, strict=True):
        assert contrast(QColor(one), QColor(colours.base)) >= 3, name
        for signed in (colours.first, colours.second):
            assert apart(one, signed)[0] > 35, name


def test_4_and_9_are_told_apart_as_small_dots():
    for colours in (LIGHT, DARK):
        assert apart(CLASSES[4][colours.dark], CLASSES[9][colours.dark]).min() > 45
