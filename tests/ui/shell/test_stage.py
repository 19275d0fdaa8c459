"""One view large with the others as live pictures, by mouse and keyboard, and everything back as it stood."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QPixmap
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.data.dataset import Dataset
from nnstudio.training.messages import Phase
from nnstudio.ui.live.view import live_views
from nnstudio.ui.shell.stage import Thumbnail


def positions(window) -> dict[str, tuple]:
    for _ in range(5):
        QCoreApplication.processEvents()
    docks = window.docks
    return {name: docks[name].geometry().getRect() for name in docks if docks.is_seen(name)}


@pytest.fixture
def spiral(window, hands):
    window.files.open_example("spiral")
    hands.wait(lambda: window.runner.has_network)
    window.activateWindow()
    hands.wait(window.isActiveWindow)
    return window


def make_large(window, name: str) -> None:
    window.docks[name].titleBarWidget().large.click()


def test_a_view_is_large_the_others_are_pictures_and_escape_gives_all_back(spiral, hands):
    before, stage = positions(spiral), spiral.stage
    make_large(spiral, "decision_boundary")
    assert stage.isVisible() and all(spiral.docks[name].isHidden() for name in spiral.docks)
    assert stage.isAncestorOf(spiral.live.views["decision_boundary"])
    fitting = [name for name, view in spiral.live.views.factories.items() if view.fits(spiral.runner.data)]
    assert list(stage.thumbnails) == [name for name in fitting if name != "decision_boundary"]
    assert "fit" not in stage.thumbnails, "classes have no fit"
    QTest.keyClick(stage.back, Qt.Key.Key_Escape)
    assert positions(spiral) == before and spiral.canvas.isVisible()
    for name, view in spiral.live.views.existing.items():
        assert spiral.docks[name].isAncestorOf(view), name


def test_each_other_view_is_pictured_also_those_that_were_never_seen(spiral, hands):
    assert "arithmetic" not in spiral.live.views.existing
    make_large(spiral, "loss_curve")
    pictures = spiral.live.wings.pictures
    hands.wait(lambda: set(spiral.stage.thumbnails) <= set(pictures))
    first = pictures["loss_surface"].toImage()
    spiral.runner.orders.train()
    hands.wait(lambda: pictures["loss_surface"].toImage() != first)
    hands.wait(lambda: "step" in spiral.stage.thumbnails["loss_surface"].accessibleDescription())
    hands.wait(lambda: spiral.live.views["loss_curve"].lines["loss"][0].xData is not None)


@pytest.mark.parametrize("key", [None, Qt.Key.Key_Return, Qt.Key.Key_Space])
def test_a_picture_puts_its_view_on_the_stage_instead(spiral, key):
    before, stage = positions(spiral), spiral.stage
    make_large(spiral, "loss_curve")
    thumbnail = stage.thumbnails["weights"]
    assert thumbnail.accessibleName() == "Weights: show it large" and thumbnail.toolTip()
    if key is None:
        QTest.mouseClick(thumbnail, Qt.MouseButton.LeftButton)
    else:
        thumbnail.setFocus()
        QTest.keyClick(thumbnail, key)
    assert stage.shows("weights") and stage.title.text() == "Weights"
    assert "loss_curve" in stage.thumbnails and "weights" not in stage.thumbnails
    assert QApplication.focusWidget() is stage.back
    stage.back.click()
    assert positions(spiral) == before


def test_tab_goes_through_what_is_seen_only(spiral):
    make_large(spiral, "loss_curve")
    names = set()
    for _ in range(60):
        focus = QApplication.focusWidget()
        assert focus.window() is spiral and focus.isVisible()
        names.add(focus.accessibleName())
        QTest.keyClick(focus, Qt.Key.Key_Tab)
    assert "Loss surface: show it large" in names


def test_a_key_makes_the_view_with_the_focus_large_and_ends_it(spiral, hands):
    spiral.docks.focus("activations")
    hands.trigger("large")
    assert spiral.stage.shows("activations")
    hands.trigger("large")
    assert spiral.canvas.isVisible() and spiral.docks.is_seen("activations")


def test_other_pages_panels_and_layouts_end_it(spiral, hands):
    for command, seen in (("go inspector", "inspector"), ("reset layout", "loss_curve"), ("go data", "data")):
        make_large(spiral, "loss_curve")
        hands.trigger(command)
        assert not spiral.stage.isVisible() and spiral.docks.is_seen(seen), command
    make_large(spiral, "loss_curve")
    hands.trigger("start")
    assert spiral.start_page.isVisible() and spiral.docks["loss_curve"].isHidden()
    hands.trigger("go canvas")
    assert spiral.docks.is_seen("loss_curve")


def test_it_goes_back_to_the_page_it_came_from(spiral, hands):
    hands.trigger("go table")
    make_large(spiral, "loss_curve")
    spiral.stage.back.click()
    assert spiral.panels.data_page.isVisible()


def test_data_that_the_large_view_does_not_fit_ends_it(spiral):
    make_large(spiral, "decision_boundary")
    y = np.zeros((4, 1), np.float32)
    for inputs, stays in ((2, True), (5, False)):
        x = np.zeros((4, inputs), np.float32)
        spiral.runner.planner.data_loaded.emit(Dataset("some", x, y, x, y), "")
        assert spiral.stage.isVisible() == stays
    assert spiral.docks["decision_boundary"].isHidden()


def test_a_view_that_another_one_brings_forward_comes_on_the_stage(spiral):
    spiral.large.show("weights")
    spiral.live.shown.emit("loss_surface")
    assert spiral.stage.shows("loss_surface")


def test_a_window_that_closes_there_keeps_its_layout(spiral, hands):
    spiral.docks["map"].hide()
    spiral.large.show("weights")
    spiral.layouts.save()
    spiral.leave_stage()
    spiral.layouts.reset()
    spiral.layouts.restore()
    assert spiral.docks["map"].isHidden() and not spiral.docks["weights"].isHidden()


def test_a_picture_that_is_behind_is_pale_and_says_so(qtbot):
    thumbnail = Thumbnail(next(iter(live_views)))
    qtbot.addWidget(thumbnail)
    thumbnail.resize(thumbnail.sizeHint())
    picture = QPixmap(200, 100)
    picture.fill(Qt.GlobalColor.black)
    seen = []
    for is_late in (False, True):
        thumbnail.show_picture(picture, "step 30", is_late)
        seen.append(thumbnail.grab().toImage().pixelColor(thumbnail.width() // 2, 50).lightness())
    assert seen[1] > seen[0] + 50 and thumbnail.accessibleDescription() == "step 30, behind"


def test_the_tip_of_a_thumbnail_holds_what_has_no_room_below_it(window, hands):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    window.docks.large_requested.emit("loss_curve")
    thumbnail = window.stage.thumbnails["activations"]
    thumbnail.show_picture(thumbnail._picture, "step 1,234,567 · 12 s ago", False)
    tip = thumbnail.toolTip()
    assert thumbnail.text() in tip and "step 1,234,567 · 12 s ago" in tip and len(tip.split("\n")) == 3
