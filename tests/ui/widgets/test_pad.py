"""What an empty pad says."""

from __future__ import annotations

import numpy as np

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
