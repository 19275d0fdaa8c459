"""The view Kernel: pictures, arithmetic of the position under the mouse, numbers that are written, undone."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.training.session import Session
from nnstudio.training.weights import weights_of
from nnstudio.ui.live.kernel_pictures import ends_of
from nnstudio.ui.live.requests import EditWeight, EditWeights, MoveWeight
from nnstudio.ui.live.view import live_views

ALL = "Edges, all (Laplacian)"


def session_of(channels: int = 1, **options) -> Session:
    rng = np.random.default_rng(1)
    x = rng.uniform(size=(3, 8, 10, channels)).astype(np.float32)
    data = Dataset("pictures", x[:1], np.ones((1, 1), np.float32), x[1:], np.ones((2, 1), np.float32))
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("c", "conv2d", {"filters": 2, **options}, ("i",)),
        NodeSpec("f", "flatten", {}, ("c",)),
        NodeSpec("d", "dense", {"units": 1}, ("f",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    return Session(NetworkSpec(nodes), data, TrainingSettings())


@pytest.fixture
def make(qtbot):
    def view_of(session: Session):
        view = live_views["kernel"].make()
        qtbot.addWidget(view)
        view.resize(560, 520)
        view.show()
        view.set_names({"c": "Convolution"})
        view.set_data(session.data)
        show(view, session)
        return view

    return view_of


def show(view, session) -> None:
    for result in view.probe().run(session):
        view.show_result(result)
    QApplication.processEvents()


def point_at(view, row: int, column: int, click: bool = False) -> None:
    """Move the mouse to a position of the output."""
    plot = view.pictures.output
    scene = view.pictures.images[1].mapToScene(QPointF(column + 0.5, row + 0.5))
    at = plot.mapFromScene(scene)
    if click:
        QTest.mouseClick(plot.viewport(), Qt.MouseButton.LeftButton, pos=at)
    else:
        QTest.mouseMove(plot.viewport(), at)


def numbers(grid) -> list[list[float]]:
    cells = [[grid.item(r, c).text() for c in range(grid.columnCount())] for r in range(grid.rowCount())]
    return [[float(text) for text in row] for row in cells]


def test_the_position_under_the_mouse_is_worked_out_and_the_kept_one_comes_back(make):
    session = session_of()
    view = make(session)
    picture, weight = session.data.x_test[0][..., 0], session.arrays()["c.weight"][..., 0, 0]
    output = session.predict(session.data.x_test[:1], "c")[0, ..., 0]
    point_at(view, 3, 6)
    pixels = picture[2:5, 5:8]
    np.testing.assert_allclose(numbers(view.arithmetic.pixels), pixels, rtol=0.01)
    np.testing.assert_allclose(numbers(view.arithmetic.products), pixels * weight, rtol=0.01)
    np.testing.assert_array_equal(view.arithmetic.kernel.weights.values, weight)
    total = f"{float((pixels * weight).sum()):.4g}"
    assert view.arithmetic.sum.text().startswith(f"Sum of the products {total} + bias 0 = {total} · engine: ")
    assert float(view.arithmetic.sum.text().rpartition(" ")[2]) == pytest.approx(output[3, 6], rel=1e-3)
    assert (view.row.value(), view.column.value()) == (4, 7)
    assert view.covered.text() == "← input rows 3 to 5, columns 6 to 8"
    frame, position = (mark.rect().getRect() for mark in view.pictures.marks)
    assert frame == (5, 2, 3, 3) and position == (6, 3, 1, 1)
    QApplication.sendEvent(view.pictures.output.viewport(), QEvent(QEvent.Type.Leave))
    assert (view.row.value(), view.column.value()) == (5, 6), "the middle, as none was chosen"
    point_at(view, 0, 9, click=True)
    point_at(view, 2, 2)
    QApplication.sendEvent(view.pictures.output.viewport(), QEvent(QEvent.Type.Leave))
    assert (view.row.value(), view.column.value()) == (1, 10)
    assert "beyond the border" in view.covered.text()
    assert numbers(view.arithmetic.products)[0] == [0, 0, 0] and "-0" not in {
        view.arithmetic.products.item(0, c).text() for c in range(3)
    }


def test_the_keys_choose_a_position_too(make):
    view = make(session_of())
    view.row.setValue(8)
    view.column.setValue(1)
    assert view.covered.text().startswith("← beyond") and view._kept == (7, 0)
    assert view.row.maximum() == 8 and view.column.maximum() == 10


def test_colour_channels_are_added_up_and_called_by_their_colours(make):
    session = session_of(3)
    view = make(session)
    assert [view.channel.itemText(i) for i in range(3)] == ["red", "green", "blue"]
    view.channel.setCurrentIndex(2)
    weight = session.arrays()["c.weight"][..., 2, 0]
    np.testing.assert_array_equal(view.arithmetic.kernel.weights.values, weight)
    shown = view.pictures.images[0].image
    np.testing.assert_array_equal(shown[..., 2], session.data.x_test[0][..., 2])
    assert not shown[..., :2].any()
    words = view.arithmetic.sum.text().split()
    red, green, blue, total, engine = (float(words[i]) for i in (1, 4, 7, 12, 15))
    assert words[::3][:3] == ["Red", "green", "blue"]
    assert red + green + blue == pytest.approx(total, abs=2e-3) and total == pytest.approx(engine, rel=1e-3)


def test_of_many_channels_the_others_are_told_as_one(make):
    view = make(session_of(6))
    view.channel.setCurrentIndex(4)
    assert view.channel.currentText() == "channel 5"
    assert view.arithmetic.sum.text().startswith("Channel 5 ")
    assert " + 5 other channels " in view.arithmetic.sum.text()


def test_a_number_is_typed_into_the_weight_that_is_shown(make):
    session, asked = session_of(2), []
    view = make(session)
    view.requested.connect(asked.append)
    view.filter.setValue(2)
    show(view, session)
    view.channel.setCurrentIndex(1)
    model = view.arithmetic.kernel.weights
    assert model.setData(model.index(2, 0), "1,5", Qt.ItemDataRole.EditRole)
    index = int(np.ravel_multi_index((2, 0, 1, 1), (3, 3, 2, 2)))
    assert asked == [EditWeight("c", "weight", index, 1.5)]
    view.bias.selectAll()
    QTest.keyClicks(view.bias, "0.25")
    QTest.keyClick(view.bias, Qt.Key.Key_Return)
    assert asked[1:] == [EditWeight("c", "bias", 1, 0.25)]


def test_a_known_kernel_is_one_request_and_named_once_it_is_there(make):
    session, asked = session_of(2), []
    view = make(session)
    view.requested.connect(asked.append)
    assert view.known.currentText() == "Own numbers" and view.known.isEnabled()
    view.channel.setCurrentIndex(1)
    at = view.known.findText(ALL)
    view.known.setCurrentIndex(at)
    view.known.activated.emit(at)
    (request,) = asked
    assert isinstance(request, EditWeights) and len(request.values) == 10
    values = session.arrays()["c.weight"]
    for array, index, value in request.values:
        if array == "weight":
            values.flat[index] = value
    assert values[..., 1, 0].tolist() == [[0, 1, 0], [1, -4, 1], [0, 1, 0]]
    slot = next(s for s in session.layout.parameters if s.node == "c" and s.name == "weight")
    session.parameters[slot.offset : slot.offset + slot.size] = values.ravel()
    show(view, session)
    assert view.known.currentText() == ALL
    view.channel.setCurrentIndex(0)
    assert view.known.currentText() == "Own numbers"


@pytest.mark.parametrize("size", [1, 2])
def test_a_kernel_that_has_no_middle_cannot_be_a_known_one(make, size):
    view = make(session_of(kernel_size=size))
    assert not view.known.isEnabled() and "odd sides" in view.known.toolTip()
    assert view.arithmetic.kernel.weights.rowCount() == size


def test_values_of_an_earlier_step_can_only_be_read(make):
    view = make(session_of())
    view.set_snapshot(replace(Snapshot(), shown=3))
    model = view.arithmetic.kernel.weights
    assert not model.setData(model.index(0, 0), "1", Qt.ItemDataRole.EditRole)
    assert not view.bias.isEnabled() and not view.known.isEnabled()
    assert all("earlier step" in w.toolTip() for w in (view.bias, view.known, view.arithmetic.kernel))


def test_a_network_without_a_convolution_says_so(make):
    view = make(session_of())
    nodes = (NodeSpec("i", "input"), NodeSpec("f", "flatten", {}, ("i",)))
    nodes += (NodeSpec("d", "dense", {"units": 1}, ("f",)), NodeSpec("o", "output", {}, ("d",)))
    session = session_of()
    show(view, Session(NetworkSpec(nodes), session.data, TrainingSettings()))
    assert "no Conv2D" in view.hint.text() and not view.pictures.isVisible()
    show(view, session)
    assert view.pictures.isVisible() and view.layer_name.text() == "Convolution"


def test_black_and_white_are_0_and_1_or_what_lies_beyond():
    assert ends_of(np.array([0.2, 0.9])) == (0, 1)
    assert ends_of(np.array([-2.0, 0.9, np.nan, np.inf])) == (-2, 1)
    assert ends_of(np.array([3.0])) == (0, 3)


def test_in_the_window_a_known_kernel_is_one_step_and_typing_is_followed(hands, window):
    window.files.open_example("mnist-convnet")
    hands.wait_phase(Phase.READY, Phase.PAUSED)
    window.docks.show("kernel")
    view = window.live.views["kernel"]
    hands.click_node("conv2d_2")
    hands.wait(lambda: view._latest is not None and view._latest.node == "conv2d_2")

    def engine():
        return hands.compute(lambda session: weights_of(session, "conv2d_2"))

    before, done = engine(), window.workspace.project.document.history.done
    at = view.known.findText("Blur")
    view.known.activated.emit(at)
    hands.wait(lambda: view.known.currentText() == "Blur")
    now = engine()
    assert now["weight"][..., 0, 0] == pytest.approx(np.pad(np.full((3, 3), 1 / 9), 1))
    assert np.array_equal(now["weight"][..., 1:, :], before["weight"][..., 1:, :])
    assert window.workspace.project.document.history.done == done + 1
    view.requested.emit(MoveWeight("conv2d_2", "weight", view._latest.index(2, 2, 0), 4.0))
    hands.wait(lambda: view.arithmetic.kernel.weights.values[2, 2] == 4)
    view.requested.emit(EditWeights("conv2d_2", (("bias", 0, 0.5),)))
    hands.wait(lambda: view._latest.bias == 0.5)
    assert view.arithmetic.kernel.weights.values[2, 2] == pytest.approx(1 / 9), "it was given up"
    hands.trigger("undo")
    hands.trigger("undo")
    hands.wait(lambda: np.array_equal(engine()["weight"], before["weight"]))
    assert np.array_equal(engine()["bias"], before["bias"])
