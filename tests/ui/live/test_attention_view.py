"""What a step looks at is coloured in the text, underlined in the maps, told, and written as a table."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset, load
from nnstudio.explain.attention_maps import LOOKS_BACK
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session
from nnstudio.ui.live.attention import MEAN, NO_LAYER, AttentionView
from nnstudio.ui.live.token_strip import LINE_END, TokenStrip

LENGTH = 12
# Pixels that a panel has in a window of the usual size.
NARROW = 250


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "song.txt"
    path.write_text("".join(f"{n} green bottles\n" for n in range(60)), encoding="utf-8")
    data = load("text", {"path": str(path), "window": LENGTH, "samples": 60, "guess": "each"})
    return Session(network(len(data.classes)), data, TrainingSettings(loss="softmax_cross_entropy"))


def network(classes: int) -> NetworkSpec:
    return NetworkSpec(
        (
            NodeSpec("i", "input"),
            NodeSpec("e", "embedding", {"size": classes, "dimensions": 8}, ("i",)),
            NodeSpec("t", "transformerblock", {"heads": 2, "hidden": 8, "causal": True}, ("e",)),
            NodeSpec("u", "transformerblock", {"heads": 4, "hidden": 8, "causal": True}, ("t",)),
            NodeSpec("d", "dense", {"units": classes}, ("u",)),
            NodeSpec("o", "output", {}, ("d",)),
        )
    )


@pytest.fixture
def view(qtbot, session):
    view = AttentionView()
    qtbot.addWidget(view)
    view.resize(560, 320)
    view.show()
    view.set_data(session.data)
    view.set_names({"t": "First block", "u": "Second block"})
    draw(view, session)
    return view


def draw(view, session) -> None:
    (result,) = view.probe().run(session)
    view.show_result(result)
    view.grab()


def table(view) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(view.csv_text())))


def row(view, step: int) -> np.ndarray:
    """The shares of a step, by the table."""
    return np.array([float(line["share"]) for line in table(view) if int(line["step"]) == step + 1])


def test_the_last_step_is_told_first_and_the_mean_of_all_heads(view):
    assert [view.layer.itemText(i).partition(" ›")[0] for i in range(2)] == ["First block", "Second block"]
    assert view.head.currentData() == MEAN and "All heads" in view.caption.text()
    weights = view._latest.weights
    np.testing.assert_allclose(row(view, LENGTH - 1), weights[:, -1].mean(0), atol=1e-5)
    assert f"({LENGTH}) looks at" in view.caption.text() and "Next: " in view.caption.text()


def test_the_mouse_over_a_character_shows_what_it_looks_at(view):
    QTest.mouseMove(view.strip, view.strip.box_of(3).center().toPoint())
    assert "(4) looks at" in view.caption.text()
    np.testing.assert_allclose(view.strip._shares[:LENGTH], row(view, 3), atol=1e-5)
    # Nothing behind a step is seen by it.
    assert not view.strip._shares[4:].any()
    QTest.keyClick(view.strip, Qt.Key.Key_Right)
    assert "(5) looks at" in view.caption.text()
    QTest.keyClick(view.strip, Qt.Key.Key_Home)
    assert "(1) looks at" in view.caption.text() and "100%" in view.caption.text()
    assert view.strip.accessibleDescription() == view.caption.text()


def test_what_is_hidden_is_told_and_left_empty_in_the_maps_and_marked_in_the_table(view):
    assert LOOKS_BACK in view.caption.text()
    image = view.map.image.image
    for head in range(2):
        left, top = view.map._corner(head)
        drawn = image[top : top + LENGTH, left : left + LENGTH]
        assert (np.isnan(drawn) == [[key > step for key in range(LENGTH)] for step in range(LENGTH)]).all()
    for line in table(view):
        assert line["hidden"] == ("1" if int(line["looks_at"]) > int(line["step"]) else "0")


def test_a_single_layer_leaves_no_choice_and_a_narrow_panel_shows_all(view, session):
    assert view.layer.isVisible()
    assert view.minimumSizeHint().width() <= NARROW
    one = NetworkSpec(
        tuple(replace(n, inputs=("t",)) if n.id == "d" else n for n in session.network.nodes if n.id != "u")
    )
    draw(view, Session(one, session.data, session.settings))
    assert not view.layer.isVisible() and view.head.isVisible()


def on_map(view, head: int, step: int, key: int) -> QPoint:
    left, top = view.map._corner(head)
    scene = view.map.plot.getPlotItem().vb.mapViewToScene(QPointF(left + key + 0.5, top + step + 0.5))
    return view.map.plot.mapFromScene(scene)


def test_maps_choose_steps_and_heads(view):
    viewport = view.map.plot.viewport()
    QTest.mouseMove(viewport, on_map(view, 1, 6, 2))
    assert "(7) looks at" in view.caption.text()
    QTest.mouseClick(viewport, Qt.MouseButton.LeftButton, pos=on_map(view, 1, 6, 2))
    assert view.head.currentData() == 1 and view.caption.text().startswith("Head 2: ")
    np.testing.assert_allclose(row(view, 6), view._latest.weights[1, 6], atol=1e-5)
    assert {line["head"] for line in table(view)} == {"2"}
    assert view.map.frame.isVisible()


def test_a_block_that_is_selected_is_shown_and_another_choice_is_asked_for(view, session, qtbot):
    with qtbot.waitSignal(view.probe_changed):
        view.set_node("u", "Second block")
    assert view.hint.isVisible()
    draw(view, session)
    assert view._latest.weights.shape[0] == 4 and view.head.count() == 5
    view.set_node("d", "Dense")
    assert view._latest is not None and view._latest.node.startswith("u")


def test_a_network_without_attention_says_what_to_add(view, session):
    ends = (NodeSpec("f", "flatten", {}, ("e",)), NodeSpec("o", "output", {}, ("f",)))
    plain = NetworkSpec((*network(2).nodes[:2], *ends))
    other = Session(plain, load_like(session.data), TrainingSettings())
    draw(view, other)
    assert view.hint.text() == NO_LAYER and view.csv_text() == "" and not view.head.isVisible()


def load_like(data: Dataset) -> Dataset:
    """The same inputs, for a network that gives 12 x 8 numbers for each."""
    y = np.zeros((len(data.x_train), LENGTH * 8), np.float32)
    return Dataset("plain", data.x_train % 2, y, data.x_train[:0], y[:0])


def test_weights_that_are_no_numbers_are_told(view, session):
    broken = Session(network(len(session.data.classes)), session.data, session.settings)
    broken.parameters[:] = np.nan
    draw(view, broken)
    assert "no numbers" in view.hint.text() and view.hint.isVisible()


def test_tokens_stand_in_lines_and_a_line_end_begins_another(qtbot):
    strip = TokenStrip()
    qtbot.addWidget(strip)
    strip.resize(400, 100)
    strip.show_tokens(["a", "b", LINE_END, "c"])
    tops = [strip.box_of(i).top() for i in range(4)]
    assert tops[0] == tops[1] == tops[2] < tops[3] and strip.box_of(3).left() == 0
    strip.show_tokens(["word"] * 40)
    assert strip.box_of(39).right() <= 400 and strip.box_of(39).top() > 0
    assert strip.sizeHint().height() >= strip.box_of(39).bottom()
