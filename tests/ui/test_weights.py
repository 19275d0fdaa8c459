"""The weights of the selected layer: equal to the engine's, written by hand, undone, saved."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QWidget

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.program import Layout
from nnstudio.explain.weights import Weights, describe
from nnstudio.training.messages import Phase
from nnstudio.training.weights import slots_in
from nnstudio.ui.live.view import live_views
from nnstudio.ui.live.weight_picker import WeightPick


@pytest.fixture
def view(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.docks["weights"].raise_()
    dense = next(n.id for n in window.editor.graph.nodes if n.kind == "dense")
    window.canvas.canvas.select([dense])
    view = window.live.views["weights"]
    hands.wait(lambda: view._latest is not None and view._latest.node == dense)
    return view


def engine(window, view) -> np.ndarray:
    def read(session):
        slot = next(s for s in session.layout.parameters if s.node == view.node)
        return session.parameters[slot.offset : slot.offset + slot.size].reshape(slot.shape).copy()

    return window.runner.worker.compute(read).result(60)


def test_the_table_holds_the_engine_s_numbers(window, view):
    np.testing.assert_array_equal(view.model.values, engine(window, view))
    assert int(view._latest.arrays[view.choice.currentData()].counts.sum()) == view.model.values.size


def test_a_neuron_is_set_by_hand_and_undone(hands, window, view):
    before = engine(window, view)
    index = view.model.index(1, 2)
    assert view.model.setData(index, "-3,5", Qt.ItemDataRole.EditRole)
    hands.wait(lambda: engine(window, view)[1, 2] == -3.5)
    hands.wait(lambda: view.model.values[1, 2] == -3.5)
    assert window.workspace.is_modified
    hands.trigger("undo")
    hands.wait(lambda: engine(window, view)[1, 2] == before[1, 2])
    np.testing.assert_array_equal(engine(window, view), before)
    for text, why in (("much", "a number, not 'much'"), ("1e99", "at most 3.402823466e+38")):
        assert not view.model.setData(index, text, Qt.ItemDataRole.EditRole)
        stays = view.model.data(index)
        assert window.panels.message.text() == f"The weight must be {why}; it stays {stays}."


def test_a_layer_without_weights_says_so(hands, window, view):
    tanh = next(
        n.id
        for n in window.editor.graph.nodes
        if window.editor.graph.registry[n.kind].category == "Activations"
    )
    window.canvas.canvas.select([tanh])
    hands.wait(lambda: "has no weights" in view.hint.text())


def test_a_dense_that_hangs_loose_is_not_said_to_be_without_weights(hands, window, view):
    window.editor.add("dense", QPointF(0, 600))
    window.canvas.canvas.select([window.editor.graph.nodes[-1].id])
    hands.wait(lambda: "is not linked into the network" in view.hint.text())
    assert "no weights" not in view.hint.text()


def test_values_of_an_earlier_step_are_not_written_and_undo_knows_none_of_them(hands, window, view):
    window.runner.orders.train()
    hands.wait(lambda: len(window.runner.snapshot.kept.steps) > 2)
    window.runner.orders.pause()
    hands.wait_phase(Phase.PAUSED)
    now = engine(window, view)
    first = window.runner.snapshot.kept.steps[0]
    window.runner.orders.travel(first)
    hands.wait(lambda: window.runner.snapshot.shown == first and view._latest.step == first)
    index = view.model.index(1, 2)
    assert not view.model.flags(index) & Qt.ItemFlag.ItemIsEditable and "earlier step" in view.table.toolTip()
    assert not view.model.setData(index, "3", Qt.ItemDataRole.EditRole)
    # Whatever is shown, undo brings back what was written over.
    window.run_steps.write(view.node, "weight", 6, 3.0)
    hands.wait(lambda: (engine(window, view) == 3.0).sum() == 1)
    hands.trigger("undo")
    hands.wait(lambda: np.array_equal(engine(window, view), now))
    hands.trigger("redo")
    hands.wait(lambda: (engine(window, view) == 3.0).sum() == 1)
    hands.wait(lambda: bool(view.model.flags(index) & Qt.ItemFlag.ItemIsEditable))
    assert window.runner.snapshot.shown is None


def test_the_histogram_counts_all_and_names_what_is_no_number():
    values = np.array([1.0, 1.0, np.nan, 2.0, np.inf], np.float32)
    array = describe(values)
    assert array.counts.sum() == 3 and array.non_finite == 2
    assert describe(np.full((4, 4), 0.25, np.float32)).counts.sum() == 16
    assert describe(np.full(3, np.nan, np.float32)).counts.sum() == 0


def test_axes_are_called_what_their_layer_declares(qtbot):
    parent = QWidget()
    qtbot.addWidget(parent)
    nodes = (NodeSpec("i", "input"), NodeSpec("e", "embedding", {"size": 5, "dimensions": 3}, ("i",)))
    network = NetworkSpec((*nodes, NodeSpec("f", "flatten", {}, ("e",)), NodeSpec("o", "output", {}, ("f",))))
    layout = Layout.of(network, (4,), "mse")
    slots = slots_in(layout, "e")
    pick = WeightPick("Embedding", slots, parent)
    assert [field.accessibleName() for field in pick.indices] == ["Number", "Dimension"]
    view = live_views["weights"].make()
    qtbot.addWidget(view)
    view.set_node("e", "Embedding")
    view.show_result(
        Weights(0, "e", {"weight": describe(np.zeros((5, 3), np.float32), slots["weight"].axes)})
    )
    assert "5×3 (Number × Dimension)" in view.caption.text()
    assert view.table.toolTip().startswith("Down: number. Across: dimension.")
    # All that stands above the numbers fits into a panel of the default width.
    assert not view.numbers.isHidden() and view.minimumSizeHint().width() <= 256


def test_weights_in_the_units_of_the_data_can_be_read_not_written(hands, window):
    window.files.open_example("celsius")
    hands.wait_phase(Phase.READY)
    window.docks["weights"].raise_()
    dense = next(n.id for n in window.editor.graph.nodes if n.kind == "dense")
    window.canvas.canvas.select([dense])
    view = window.live.views["weights"]
    view.what.setCurrentIndex(1)
    hands.wait(lambda: view._latest is not None and view._latest.units != "")
    assert "in the unit of Fahrenheit" in view.caption.text() and not view.model.editable
    view.what.setCurrentIndex(0)
    hands.wait(lambda: view._latest is not None and view._latest.units == "" and view.model.editable)


def test_rows_and_columns_at_the_ends_have_the_names_of_the_data(hands, window, view):
    inputs, across = Qt.Orientation.Vertical, Qt.Orientation.Horizontal
    data = window.runner.data
    assert [view.model.headerData(i, inputs) for i in range(2)] == list(data.features)
    assert view.model.headerData(0, across) == "1"
    long = "a name that is far too long for the head of a table, as exports of surveys have them"
    view.model.set_values(np.ones((1, 2), np.float32), ((long,), ()))
    assert view.model.headerData(0, inputs, Qt.ItemDataRole.ToolTipRole) == long
    assert view.table.verticalHeader().width() <= 150
