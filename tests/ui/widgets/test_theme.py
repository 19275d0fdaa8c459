"""The theme's colours can be read: text has a contrast of 4.5 on all that it stands on."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QColor

from nnstudio.ui.live.gradient_flow import behind_text
from nnstudio.ui.live.probability_bars import behind_share
from nnstudio.ui.widgets.theme import CLASSES, DARK, LIGHT, contrast, legible_on, mixed, theme

NEEDED = 4.5
TEXTS = ("text", "muted", "accent", "error", "good", "warning", "training", "validation")
BACKS = ("window", "base", "raised", "canvas", "node")


@pytest.fixture(params=[LIGHT, DARK], ids=["light", "dark"])
def colours(request, monkeypatch):
    monkeypatch.setattr(theme, "colours", request.param)
    return request.param


def between(one: str, other: str) -> float:
    return contrast(QColor(one), QColor(other))


def test_contrast_is_that_of_the_standard():
    assert between("#000000", "#ffffff") == pytest.approx(21)
    assert between("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert mixed(QColor("#000000"), QColor("#ffffff"), 0.2).name() == "#333333"


def test_text_can_be_read_on_everything_that_it_stands_on(colours):
    faint = {
        (text, back): round(between(getattr(colours, text), getattr(colours, back)), 2)
        for text in TEXTS
        for back in BACKS
        if between(getattr(colours, text), getattr(colours, back)) < NEEDED
    }
    assert not faint
    assert between(colours.on_accent, colours.accent) >= NEEDED
    assert between(colours.error, colours.error_back) >= NEEDED


def test_numbers_on_bars_can_be_read(colours):
    of_classes = [behind_share(is_best, i) for i in range(len(CLASSES)) for is_best in (True, False)]
    for back in (behind_text(), behind_share(True), behind_share(False), *of_classes):
        assert contrast(QColor(colours.text), back) >= NEEDED


def test_there_is_an_ink_for_every_cell():
    for back in ("#000000", "#767676", "#777777", "#c62f3b", "#22784a", "#5fca93", "#ffffff"):
        assert contrast(legible_on(QColor(back)), QColor(back)) >= NEEDED
