"""Before a training is recorded, a person chooses its size and reads how large the file will be."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PySide6.QtGui import QImage

from nnstudio.ui.project.record_dialog import RecordDialog
from nnstudio.ui.project.recorder import bytes_of, sized
from nnstudio.ui.run.inquiries import Inquiries


@pytest.fixture
def inquiries():
    inquiries = Inquiries()
    yield inquiries
    inquiries.close()


def noise(width: int, height: int) -> QImage:
    """A picture that no format makes small."""
    pixels = np.random.default_rng(0).integers(0, 255, (height, width, 4), np.uint8)
    return QImage(pixels.data, width, height, QImage.Format.Format_RGB32).copy()


def opened(qtbot, inquiries, picture, chosen):
    dialog = RecordDialog(None, picture, 40, inquiries, chosen.append)
    qtbot.addWidget(dialog)
    return dialog


def test_sizes_up_to_that_on_the_screen_are_offered(qtbot, inquiries):
    dialog = opened(qtbot, inquiries, noise(1200, 600), [])
    choice = dialog.size_choice
    texts = [choice.itemText(i) for i in range(choice.count())]
    assert texts == [
        "480 × 240 pixels", "720 × 360 pixels", "1,000 × 500 pixels", "1,200 × 600 pixels, as on the screen",
    ]  # fmt: skip
    assert choice.currentData() == 1000
    small = opened(qtbot, inquiries, noise(300, 200), [])
    assert [small.size_choice.itemData(i) for i in range(small.size_choice.count())] == [300]


def test_the_size_of_the_file_is_told_for_the_size_that_is_chosen(qtbot, inquiries):
    chosen = []
    dialog = opened(qtbot, inquiries, noise(800, 300), chosen)
    told = []
    for width in (480, 800):
        dialog.size_choice.setCurrentIndex(dialog.size_choice.findData(width))
        assert "measuring" in dialog.told.text()
        qtbot.waitUntil(lambda: inquiries.poll() or "at most about" in dialog.told.text(), timeout=20_000)
        number, unit = re.search(r"about ([\d.,]+) (kB|MB)", dialog.told.text()).groups()
        told.append(float(number.replace(",", "")) * {"kB": 2**10, "MB": 2**20}[unit])
        assert told[-1] == pytest.approx(40 * bytes_of(noise(800, 300), width), rel=0.1)
    assert told[1] > 2 * told[0]
    dialog.record_button.click()
    assert chosen == [800]


def test_no_picture_is_made_larger():
    assert sized(noise(30, 20), 100).size() == noise(30, 20).size()
    assert sized(noise(30, 20), 15).width() == 15
