"""What a person does, from an empty canvas to exported weights, with the mouse and with keys."""

from __future__ import annotations

import itertools

import numpy as np
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSpinBox

from nnstudio.model.graph import Link
from nnstudio.training.messages import Phase


def test_draw_train_pause_save_reopen_export(hands, window, tmp_path):
    window.files.new()
    hands.wait(lambda: window.runner.data is not None)
    graph = hands.graph

    # Drag layers from the palette onto the canvas, and connect their ports with the mouse.
    for i, kind in enumerate(["dense", "tanh", "dense", "softmax"]):
        hands.drop_layer(kind, QPointF(100 + 10 * (i % 2), 160 + 110 * i))
    assert [n.kind for n in graph.nodes] == ["input", "output", "dense", "tanh", "dense", "softmax"]
    window.canvas.fit()
    order = ["input_1", "dense_1", "tanh_1", "dense_2", "softmax_1", "output_1"]
    for source, target in itertools.pairwise(order):
        hands.link(source, target)
    assert [Link(a, b) in graph.links for a, b in itertools.pairwise(order)] == [True] * 5

    # The output does not fit the data yet, and says so; type the right number of units.
    hands.wait(lambda: "2 units" in hands.facts["output_1"].error)
    hands.click_node("dense_2")
    units = window.panels.inspector.findChild(QSpinBox, "units")
    units.setFocus()
    units.selectAll()
    QTest.keyClicks(units, "2\r")
    assert graph["dense_2"].options["units"] == 2
    hands.wait(lambda: not hands.facts["output_1"].error)
    assert hands.facts["dense_2"].shape == (2,) and hands.facts["dense_2"].parameters == 16 * 2 + 2

    # Train until the loss falls, then pause. On a busy machine a hundred epochs would be over before.
    window.editor.change_setting("epochs", 100_000)
    hands.wait_phase(Phase.READY)
    QTest.mouseClick(window.panels.run_bar.train_button, Qt.MouseButton.LeftButton)
    hands.wait(lambda: len(window.runner.rows) > 3)
    first = window.runner.rows[0].loss
    hands.wait(lambda: window.runner.rows[-1].loss < 0.5 * first)
    assert window.panels.run_bar.train_action.text() == "Pause"
    QTest.mouseClick(window.panels.run_bar.train_button, Qt.MouseButton.LeftButton)
    hands.wait_phase(Phase.PAUSED)

    # Save, open again: the same network, weights and curve.
    path = tmp_path / "mine.nns"
    assert hands.save(path)
    assert not window.workspace.is_modified and window.windowTitle().startswith("mine.nns")
    drawn, state = graph.to_dict(), window.workspace.project.state
    window.files.new()
    hands.wait(lambda: len(window.runner.rows) == 0)
    assert hands.open(path)
    hands.wait_phase(Phase.PAUSED)
    assert hands.graph.to_dict() == drawn
    assert [r.loss for r in window.runner.rows] == [r.loss for r in state.history]
    assert np.array_equal(hands.state().params, state.params)

    # Take the weights away.
    assert hands.export(tmp_path / "w.safetensors") and hands.export(tmp_path / "w.npz")
    with np.load(tmp_path / "w.npz") as file:
        assert file["dense_1.weight"].shape == (2, 16)
        exported = np.concatenate(
            [file[f"{n}.{p}"].ravel() for n in ("dense_1", "dense_2") for p in ("weight", "bias")]
        )
    assert np.array_equal(exported, state.params[: exported.size])


def test_a_node_is_added_and_undone_with_the_keyboard_alone(hands, window):
    window.files.new()
    hands.wait(lambda: window.runner.data is not None)
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_Tab)
    assert window.canvas.canvas.selected_nodes() == ["input_1"]
    QTest.keyClick(window.canvas, Qt.Key.Key_Space)
    search = window.canvas.search
    hands.wait(search.isVisible)
    QTest.keyClicks(search.field, "fully connected")
    assert search.list.currentItem().text() == "Dense"
    QTest.keyClick(search.field, Qt.Key.Key_Return)
    assert "dense_1" in hands.graph and not search.isVisible()
    QTest.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert "dense_1" not in hands.graph
    QTest.keyClick(
        window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
    )
    assert "dense_1" in hands.graph


def test_training_from_the_keyboard_and_back_to_the_same_start(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    control = Qt.KeyboardModifier.ControlModifier
    QTest.keyClick(window, Qt.Key.Key_Return, control | Qt.KeyboardModifier.ShiftModifier)
    hands.wait(lambda: window.runner.snapshot.steps == 1)
    QTest.keyClick(window, Qt.Key.Key_R, control)
    hands.wait(lambda: window.runner.snapshot.steps == 0)
    curves = []
    for _ in range(2):
        QTest.keyClick(window, Qt.Key.Key_Return, control)
        hands.wait(lambda: len(window.runner.rows) >= 5)
        curves.append([r.loss for r in window.runner.rows[:5]])
        QTest.keyClick(window, Qt.Key.Key_Period, control)
        hands.wait_phase(Phase.FINISHED)
        QTest.keyClick(window, Qt.Key.Key_R, control)
        hands.wait_phase(Phase.READY)
    assert curves[0] == curves[1]


def test_the_learning_rate_changes_while_it_runs(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.runner.orders.train()
    hands.wait(lambda: len(window.runner.rows) > 2)
    rate = window.panels.run_bar.rate
    rate.setFocus()
    rate.selectAll()
    QTest.keyClicks(rate, "0\r")
    assert window.workspace.project.document.settings.hyperparameters()["learning_rate"] == 0.0
    hands.wait(lambda: any("rate is 0" in p.text for p in window.presenter.state.findings.problems))
    at = len(window.runner.rows)
    hands.wait(lambda: len(window.runner.rows) > at + 5)
    assert window.runner.snapshot.phase == Phase.RUNNING, "the run goes on"
    assert window.runner.rows[-1].val_loss == window.runner.rows[-2].val_loss, "nothing is learned any more"


def test_an_edit_in_training_goes_on_and_undo_brings_the_weights_back(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.runner.orders.train()
    hands.wait(lambda: len(window.runner.rows) > 10)
    window.runner.orders.pause()
    hands.wait_phase(Phase.PAUSED)
    weights, rows, run = hands.state().params, len(window.runner.rows), window.runner.snapshot.run_id
    window.editor.change_node("dense_1", "units", 7)
    hands.wait(lambda: window.runner.snapshot.run_id > run and window.runner.has_network)
    assert len(window.runner.rows) == rows and len(hands.state().params) > len(weights)
    hands.trigger("undo")
    hands.wait(lambda: len(hands.state().params) == len(weights))
    assert len(window.runner.rows) == rows
    assert np.array_equal(hands.state().params, weights)


def test_divergence_is_shown_and_named_and_keeps_the_weights(hands, window):
    window.files.open_example("celsius")
    hands.wait_phase(Phase.READY)
    window.editor.change_setting("optimizer", "sgd")
    window.editor.change_setting("learning_rate", 900.0)
    window.runner.orders.train()
    hands.wait_phase(Phase.DIVERGED)
    hands.wait(lambda: "diverged" in window.panels.message.text() and window.panels.message.isVisible())
    assert "NaN" in window.panels.run_bar.figures.text()
    assert np.isfinite(hands.state().params).all()


def test_a_step_right_after_an_edit_is_made_with_the_new_network(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    dense = next(n.id for n in window.editor.graph.nodes if n.kind == "dense")
    window.editor.change_node(dense, "units", 5)
    window.runner.orders.step()
    hands.wait(lambda: window.runner.snapshot.steps == 1)
    assert hands.compute(lambda s: s.layout.nodes[dense].shape) == (5,)


def test_what_a_run_will_cost_is_said_before_it(hands, window):
    window.files.open_example("mnist-dense")
    hands.wait_phase(Phase.READY)
    panel = window.panels.training
    window.docks["training"].raise_()
    QTest.mouseClick(panel.estimate, Qt.MouseButton.LeftButton)
    hands.wait(lambda: panel.estimated.text().startswith("About "))
    assert panel.estimated.isVisible()
    assert panel.estimated.text().endswith(" MB of memory, beside 21 MB of data.")
    assert window.runner.snapshot.steps == 0
    window.editor.change_setting("epochs", 3)
    assert not panel.estimated.isVisible()
    window.editor.remove([window.editor.graph.nodes[1].id], [])
    hands.wait_phase(Phase.FAILED)
    panel.estimate.click()
    hands.wait(lambda: "not connected" in panel.estimated.text())
