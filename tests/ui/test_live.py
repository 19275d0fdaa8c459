"""Live views: the window goes on handling events, and every view survives what it is given."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import QLabel, QToolButton

from nnstudio.model.graph import Node
from nnstudio.training.messages import Phase
from nnstudio.ui.live.view import live_views


def test_mnist_convnet_reaches_97_percent_with_all_views_open_and_the_window_alive(hands, window):
    window.runner.planner.threads = 2
    window.files.open_example("mnist-convnet")
    hands.wait_phase(Phase.READY, Phase.PAUSED)
    window.editor.change_setting("epochs", 7)
    shown, data = [], window.runner.data
    for name, view in window.live.views.items():
        show = view.show_result
        view.show_result = lambda r, n=name, s=show: (shown.append(n), s(r))
        # In front, or as a tab behind another view.
        assert window.docks[name].isHidden() != view.fits(data), name
    ticks, slices = [], []
    timer = QTimer(interval=2)
    timer.timeout.connect(lambda: ticks.append(window.runner.worker.turns_done))
    timer.start()
    window.panels.run_bar.speed.setCurrentIndex(1)
    primary = window.panels.run_bar.findChild(QToolButton, "primary")
    hands.bot.mouseClick(primary, Qt.MouseButton.LeftButton)
    hands.wait_phase(Phase.FINISHED)
    timer.stop()
    assert window.runner.rows[-1].val_accuracy >= 0.97
    slices = sorted(set(ticks))
    # Events were handled between the slices, not only before and after: the timer saw them pass.
    assert len(slices) > 0.5 * slices[-1] > 10
    assert {"activations", "loss_surface"} <= set(shown)
    assert len(window.runner.rows) == 7


def test_the_views_of_spiral_show_the_network_as_it_learns(hands, window):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY, Phase.PAUSED)
    boundary, surface = window.live.views["decision_boundary"], window.live.views["loss_surface"]
    hands.wait(lambda: boundary._last is not None and bool(surface.caption.text()))
    first = boundary._last
    window.runner.orders.train()
    hands.wait(lambda: boundary._last.step > 500)
    assert (boundary._last.values != first.values).any()
    hands.wait(lambda: surface.mark.text() and not surface.mark.text().startswith("step 0"))
    assert "filter-normalised" in surface.details.toolTip()
    curve = window.live.views["loss_curve"].lines["loss"][1]
    hands.wait(lambda: curve.xData is not None and len(curve.xData) > 5)


def test_a_view_that_cannot_show_the_data_takes_no_room_and_the_menu_says_why(hands, window):
    window.files.open_example("celsius")
    hands.wait_phase(Phase.READY, Phase.PAUSED)
    assert window.docks["decision_boundary"].isHidden()
    assert "two inputs" in window.docks["decision_boundary"].toggleViewAction().toolTip()


def test_the_activations_follow_the_selection_and_the_sample(hands, window):
    window.files.open_example("mnist-convnet")
    hands.wait_phase(Phase.READY, Phase.PAUSED)
    view = window.live.views["activations"]
    hands.click_node("maxpool2d_1")
    hands.wait(lambda: view._last is not None and view._last.node == "maxpool2d_1")
    assert view._last.values.shape == (14, 14, 16) and view.maps.isVisible()
    view.sample.setValue(5)
    hands.wait(lambda: view._last is not None and view._last.sample == 5)
    hands.click_node("dense_1")
    hands.wait(lambda: view._last is not None and view._last.node == "dense_1")
    assert view.bars.isVisible() and not view.maps.isVisible()


def test_a_layer_without_an_output_does_not_show_that_of_another(hands, window):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY, Phase.PAUSED)
    view = window.live.views["activations"]
    hands.click_node("dense_1")
    hands.wait(lambda: view._last is not None and view._last.node == "dense_1" and view.bars.isVisible())
    late = view._last
    hands.graph.insert_node(Node("gru_1", "gru", "GRU", 300.0, 400.0))
    window.canvas.canvas.select(["gru_1"])
    assert not view.bars.isVisible() and "the output of 'GRU'" in view.hint.text()
    hands.wait(lambda: "'GRU' has no output yet" in view.hint.text())
    # Neither a change of theme nor a late result brings the other layer's back.
    view.repaint_theme()
    view.show_result(late)
    assert not view.bars.isVisible() and view.hint.isVisible()
    window.canvas.canvas.select(["dense_1"])
    hands.wait(lambda: view.bars.isVisible())
    assert view.layer_name.text() == "Dense"


def test_views_say_the_truth_of_the_node_that_is_selected_renamed_or_not_there(hands, window):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY, Phase.PAUSED)
    weights, activations = window.live.views["weights"], window.live.views["activations"]
    window.docks.raise_("weights")
    hands.wait(lambda: weights.hint.text().startswith("Select a layer with weights"))
    window.canvas.canvas.select(["tanh_1"])
    hands.wait(lambda: weights.hint.text().startswith("“Tanh” has no weights, so it has nothing to learn."))
    window.canvas.canvas.select(["dense_1"])
    hands.wait(lambda: weights.hint.isHidden())
    window.editor.change_nodes(["dense_1"], "name", "First")
    hands.wait(lambda: weights.caption.text().startswith("First "))
    window.docks.raise_("activations")
    hands.wait(lambda: activations.layer_name.text() == "First")
    window.editor.change_nodes(["dense_1"], "name", "Second")
    hands.wait(lambda: activations.layer_name.text() == "Second")


def test_views_survive_a_network_edited_under_them(hands, window):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY, Phase.PAUSED)
    window.runner.orders.train()
    hands.wait(lambda: len(window.runner.rows) > 3)
    hands.click_node("tanh_1")
    before = window.runner.snapshot.run_id
    hands.trigger("bridge")
    hands.wait(lambda: window.runner.snapshot.run_id > before)
    hands.wait_phase(Phase.READY, Phase.PAUSED, Phase.RUNNING)
    window.editor.change_node("dense_1", "units", 1)
    hands.trigger("select all")
    hands.trigger("delete")
    hands.wait_phase(Phase.FAILED)
    assert "Output" in window.panels.message.text()
    hands.trigger("undo")
    hands.wait_phase(Phase.READY, Phase.PAUSED)


def test_a_hidden_view_costs_nothing(hands, window):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY, Phase.PAUSED)
    assert "results" not in window.runner.worker._probes, "it lies behind another tab"
    action = window.docks["loss_surface"].toggleViewAction()
    action.trigger()
    hands.wait(lambda: "loss_surface" not in window.runner.worker._probes)
    action.trigger()
    hands.wait(lambda: "loss_surface" in window.runner.worker._probes)
    window.docks["results"].raise_()
    hands.wait(lambda: "results" in window.runner.worker._probes)
    hands.wait(lambda: "loss_surface" not in window.runner.worker._probes)


def test_every_view_is_documented_and_named():
    # In this order, whatever stands between them.
    known = ["loss_curve", "loss_surface", "decision_boundary", "activations"]
    assert [f.id for f in live_views if f.id in known] == known
    assert all(f.title and f.help.endswith(".") for f in live_views)
    assert live_views.broken == {}


def test_every_button_and_field_has_an_accessible_name(window):
    from PySide6.QtWidgets import QComboBox, QLineEdit, QSpinBox

    nameless = [
        w.objectName() or type(w).__name__
        for kind in (QComboBox, QSpinBox, QLineEdit)
        for w in window.findChildren(kind)
        if not w.accessibleName()
        and not w.objectName().startswith("qt_")
        and not isinstance(w.parent(), QLabel)
    ]
    assert nameless == []


def test_nodes_carry_live_thumbnails_that_can_be_turned_off(hands, window):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY, Phase.PAUSED)
    nodes = hands.canvas.canvas.nodes
    hands.wait(lambda: all(item.thumbnail is not None for item in nodes.values()))
    before = nodes["dense_1"].thumbnail.thumbnail.tiles
    window.runner.orders.train()
    hands.wait(lambda: not np.array_equal(nodes["dense_1"].thumbnail.thumbnail.tiles, before))
    window.runner.orders.stop()
    hands.trigger("thumbnails")
    hands.wait(lambda: all(item.thumbnail is None for item in nodes.values()))
