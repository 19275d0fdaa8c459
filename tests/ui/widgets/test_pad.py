"""What an empty pad says, and what is drawn on pictures in colour."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.ui.widgets.pad import Pad


def test_an_empty_pad_says_what_it_is_for_until_something_is_drawn(qtbot):
    pad = Pad()
    qtbot.addWidget(pad)
    pad.resize(160, 160)

    def is_plain() -> bool:
        image = pad.grab().toImage()
        middle = {image.pixel(x, y) for x in range(20, 140) for y in range(60, 100)}
        return len(middle) == 1

    assert not is_plain()
    pixels = np.zeros((28, 28), np.float32)
    pixels[0, 0] = 1
    pad.set_pixels(pixels)
    assert is_plain()


@pytest.mark.parametrize("channels", [3, 4])
def test_a_photo_keeps_its_colours_round_what_is_drawn_on_it(qtbot, channels):
    pad = Pad()
    qtbot.addWidget(pad)
    pad.resize(160, 160)
    photo = np.ones((32, 32, channels), np.float32)
    photo[..., :3] = 0.2, 0.4, 0.6
    pad.set_size(*photo.shape)
    pad.set_pixels(photo)
    assert pad.grab().toImage().pixelColor(100, 100).getRgb()[:3] == (51, 102, 153)
    QTest.mouseClick(pad, Qt.MouseButton.LeftButton, pos=pad.rect().center())
    drawn = np.argwhere((pad.pixels != photo).any(2))
    assert (pad.pixels[16, 16] == 1).all() and 2 < len(drawn) < 40 and np.ptp(drawn, axis=0).max() < 7
