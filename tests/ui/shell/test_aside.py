"""Panels go aside for the start page, and come back exactly as they stood."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, QRect

from nnstudio.data.dataset import Dataset


def positions(window) -> dict[str, tuple[QRect | None, bool]]:
    """Where each panel is, None for one that floats; and whether it is closed."""
    # The tab bar of a panel that was closed goes with the next layout.
    QCoreApplication.processEvents()
    docks = [window.docks[name] for name in window.docks]
    return {d.windowTitle(): (None if d.isFloating() else d.geometry(), d.isHidden()) for d in docks}


def plain_data(inputs: int) -> Dataset:
    x, y = np.zeros((4, inputs), np.float32), np.zeros((4, 1), np.float32)
    return Dataset("some", x, y, x, y)


def test_the_start_page_stands_alone_and_gives_every_panel_back(hands, window):
    docks = window.docks
    docks["history"].hide()
    docks["results"].setFloating(True)
    docks.raise_("weights")
    before, shown = positions(window), [name for name in docks if docks.is_seen(name)]
    hands.trigger("start")
    assert all(docks[name].isHidden() for name in docks)
    hands.trigger("go canvas")
    assert positions(window) == before
    assert [name for name in docks if docks.is_seen(name)] == shown


@pytest.mark.parametrize(
    "ask",
    [
        lambda window: window.menus.actions["go inspector"].trigger(),
        lambda window: window.docks["inspector"].toggleViewAction().trigger(),
        lambda window: window.menus.actions["reset layout"].trigger(),
    ],
)
def test_a_panel_that_is_asked_for_ends_the_start_page(hands, window, ask):
    window.files.open_example("xor")
    hands.trigger("start")
    ask(window)
    assert window.canvas.isVisible() and window.docks.is_seen("inspector")
    assert window.docks.is_seen("loss_curve"), "the others come with it"


def test_data_that_came_meanwhile_decides_which_views_come_back(hands, window):
    docks = window.docks
    hands.trigger("start")
    docks.offer(plain_data(5))
    assert docks["results"].isHidden() and not docks["decision_boundary"].toggleViewAction().isEnabled()
    hands.trigger("go canvas")
    assert docks["decision_boundary"].isHidden() and not docks["results"].isHidden()


def test_a_window_that_closes_on_the_start_page_keeps_its_panels(hands, window):
    window.docks["history"].hide()
    hands.trigger("start")
    window.layouts.save()
    assert window.docks["inspector"].isHidden(), "nothing flickers"
    hands.trigger("go canvas")
    window.layouts.reset()
    window.layouts.restore()
    assert window.docks["history"].isHidden() and not window.docks["inspector"].isHidden()
