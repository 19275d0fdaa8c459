"""Where there is little room, captions go before the figures that a person trains for."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel

from nnstudio.ui.widgets.theme import theme


@pytest.fixture
def normal_text():
    yield
    theme.set_text_scale(1.0)


def captions(bar) -> list[str]:
    wanted = ("Learning rate", "Speed")
    return [label.text().strip() for label in bar.findChildren(QLabel)
            if label.text().strip() in wanted and label.isVisible()]  # fmt: skip


def test_captions_make_room_for_the_figures_and_come_back(window, hands, normal_text):
    bar = window.panels.run_bar
    # Without a project there are no figures.
    window.files.open_example("xor")
    window.resize(1024, 700)
    hands.bot.waitUntil(lambda: captions(bar) == ["Learning rate", "Speed"], timeout=15000)
    theme.set_text_scale(2.0)
    hands.wait(lambda: "Speed" not in captions(bar))
    assert bar.figures.isVisible() and bar.figures.width() >= bar.figures.sizeHint().width()
    assert bar.speed.accessibleName() == "Speed", "it is named all the same"
    theme.set_text_scale(1.0)
    hands.bot.waitUntil(lambda: captions(bar) == ["Learning rate", "Speed"], timeout=15000)
