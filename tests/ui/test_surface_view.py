"""The loss surface as a person uses it: directions, 3-D surface, cut, pin, picked weights."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from nnstudio.model.quantity import in_digits
from nnstudio.ui.canvas.context import context_menu
from nnstudio.ui.live.loss_surface import CUT, MAP, SURFACE_3D
from nnstudio.ui.live.weight_picker import WeightPick
from nnstudio.ui.widgets.surface_3d import HIGH, PATH, TURN


@pytest.fixture
def surface(hands, window):
    """The view on xor after a short training."""
    hands.train("xor", 20)
    view = window.live.views["loss_surface"]
    hands.wait(lambda: view._latest is not None and view._latest.step == window.runner.snapshot.steps)
    return view


def choose(view, hands, method: str, words: str):
    view.method.setCurrentIndex(view.method.findData(method))
    hands.wait(lambda: view._latest is not None and words in view._latest.plane.method)


def test_directions_are_chosen_and_named(surface, hands):
    assert "filter-normalised" in surface.details.toolTip() and surface.dice.isVisible()
    before = surface._latest.values
    QTest.mouseClick(surface.dice, Qt.MouseButton.LeftButton)
    hands.wait(lambda: surface._latest is not None and "seed 1" in surface._latest.plane.method)
    assert not np.array_equal(surface._latest.values, before)
    choose(surface, hands, "path", "PCA")
    assert "of the path's variance" in surface.details.toolTip() and not surface.dice.isVisible()
    assert surface.plot.getAxis("bottom").titles[0] == "1st component"
    # A busy machine shows coarser grids on the way, with "refining …".
    hands.wait(lambda: not surface.details.toolTip().startswith(("refining", "to be refined")))
    assert "samples" in surface.details.toolTip() and surface.details.toolTip().endswith(" s")


def test_the_caption_says_what_path_ring_and_colours_are(surface, hands):
    path, ring = (
        f"<span style='color:{PATH}'>━</span> how they came here",
        f"</span> the weights at step {surface._latest.step:,}",
    )
    told = surface.caption.text()
    assert path in told and ring in told and "Dark is low" in told
    assert f": loss {in_digits(surface._latest.loss, 3)} on 128 of 250 training samples." in told
    assert surface.path.opts["pen"].color().name() == surface.here.opts["pen"].color().name() == PATH
    surface.sight.setCurrentIndex(CUT)
    hands.wait(lambda: "after one gradient step" in surface.caption.text())
    assert path not in surface.caption.text()


def test_samples_and_points_are_chosen(surface, hands):
    for group, text in ((surface.samples, "128"), (surface.sizes, "17 × 17")):
        (action,) = [a for a in group.actions() if a.text() == text]
        action.trigger()
    hands.wait(lambda: surface._latest is not None and surface._latest.values.shape == (17, 17))
    assert "17 × 17 points · 128 samples" in surface.details.toolTip()


def test_two_picked_weights_become_the_axes(surface, hands, window):
    surface.method.setCurrentIndex(surface.method.findData("picked"))
    assert surface.probe() is None and "Weights" in surface.hint.text()
    window.docks["weights"].raise_()
    hands.click_node("dense_1")
    weights = window.live.views["weights"]
    hands.wait(lambda: weights._latest is not None and weights.axes[0].isVisible())
    weights.table.setCurrentIndex(weights.model.index(0, 1))
    QTest.mouseClick(weights.axes[0], Qt.MouseButton.LeftButton)
    weights.table.setCurrentIndex(weights.model.index(1, 1))
    QTest.mouseClick(weights.axes[1], Qt.MouseButton.LeftButton)
    hands.wait(lambda: surface._latest is not None and "picked" in surface._latest.plane.method)
    assert surface.plot.getAxis("bottom").titles[0] == "Dense: weight[1, 2]"
    assert surface.plot.getAxis("left").titles[0] == "Dense: weight[2, 2]"
    # The axes read the weights themselves.
    value = float(weights.model.values[0, 1])
    assert surface._latest.here[0] == pytest.approx(value, rel=1e-4)


def test_weights_are_picked_on_the_canvas(surface, hands, window):
    hands.click_node("dense_1")
    centre = hands.canvas.mapFromScene(hands.canvas.canvas.nodes["dense_1"].sceneBoundingRect().center())
    menu = context_menu(hands.canvas, centre)
    (action,) = [a for a in menu.actions() if a.text() == "Loss surface along…"]
    action.trigger()
    menu.deleteLater()
    popup = window.findChild(WeightPick)
    assert popup.isVisible() and [popup.array.itemText(i) for i in range(2)] == ["weight", "bias"]
    columns = popup.shape[1]
    assert [field.maximum() for field in popup.indices] == [2, columns]
    popup.indices[0].setValue(2)
    popup.indices[1].setValue(3)
    QTest.mouseClick(popup.buttons[0], Qt.MouseButton.LeftButton)
    assert popup.chosen[0].text() == "x: weight[2, 3]" and surface.probe() is None
    popup.array.setCurrentText("bias")
    assert len(popup.indices) == 1 and popup.indices[0].accessibleName() == "Unit"
    QTest.mouseClick(popup.buttons[1], Qt.MouseButton.LeftButton)
    hands.wait(lambda: surface._latest is not None and "picked" in surface._latest.plane.method)
    assert surface.plot.getAxis("bottom").titles[0] == "Dense: weight[2, 3]"
    assert surface.plot.getAxis("left").titles[0] == "Dense: bias[1]"
    QTest.keyClick(popup, Qt.Key.Key_Escape)
    hands.wait(lambda: window.findChild(WeightPick) is None)


def test_where_the_network_does_not_work_there_is_nothing_to_pick(surface, hands, window):
    hands.click_node("dense_1")
    window.runner.planner.loader.data = None
    window.canvas.pick_requested.emit(QPoint(0, 0))
    assert window.findChild(WeightPick) is None
    assert "needs a working network" in window.panels.message.text()


def test_the_surface_turns_with_mouse_and_keys(surface, hands):
    surface.sight.setCurrentIndex(SURFACE_3D)
    land = surface.surface_3d
    hands.wait(lambda: land.isVisible() and land._heights is not None)
    first = land.grab().toImage()
    turn = land.camera.turn
    QTest.mousePress(land, Qt.MouseButton.LeftButton, pos=QPoint(40, 40))
    QTest.mouseMove(land, QPoint(70, 40))
    QTest.mouseRelease(land, Qt.MouseButton.LeftButton, pos=QPoint(70, 40))
    assert land.camera.turn == pytest.approx((turn - 30 * TURN) % 360)
    assert land.grab().toImage() != first
    for _ in range(30):
        QTest.keyClick(land, Qt.Key.Key_Up)
    assert land.camera.tilt == HIGH
    surface.sight.setCurrentIndex(MAP)
    assert surface.plot.isVisible() and not land.isVisible()


def test_the_cut_says_where_one_step_would_land(surface, hands):
    surface.sight.setCurrentIndex(CUT)
    hands.wait(lambda: surface.cut.isVisible() and "gradient step" in surface.caption.text())
    steps, losses = surface.cut_line.getData()
    assert in_digits(np.interp(1.0, steps, losses)) in surface.caption.text()
    assert len(surface.cut_marks.getData()[0]) == 2
    surface.sight.setCurrentIndex(MAP)
    hands.wait(lambda: surface.plot.isVisible() and "filter-normalised" in surface.details.toolTip())


def test_a_pinned_picture_stays_while_the_weights_walk(surface, hands, window):
    surface.pin.click()
    hands.wait(lambda: surface._latest is not None and surface._latest.finished)
    values, here = surface._latest.values, surface._latest.here
    window.runner.orders.step()
    hands.wait(lambda: surface._latest.here != here)
    assert surface._latest.values is values
    surface.pin.click()
    hands.wait(lambda: surface._latest is not None and surface._latest.values is not values)


def test_the_map_tells_which_loss_has_which_colour_and_other_sights_do_not(surface, hands):
    values = surface._latest.values
    assert surface.scale.isVisible() and surface.scale.ends.high == pytest.approx(values.max(), rel=1e-3)
    assert in_digits(float(values.max()), 2) in surface.scale.accessibleName()
    surface.sight.setCurrentIndex(SURFACE_3D)
    hands.wait(lambda: not surface.scale.isVisible())
    surface.sight.setCurrentIndex(MAP)
    hands.wait(surface.scale.isVisible)
