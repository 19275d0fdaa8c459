"""The inspector with one node and with several: mixed values, resets, ranges, formulas."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QLabel, QSpinBox, QToolButton

from nnkernels.spec import Option, layers
from nnstudio.training.messages import Phase
from nnstudio.ui.widgets.forms import MIXED_TEXT, Form, explain


@pytest.fixture
def shows_views() -> bool:
    return False


@pytest.fixture
def spiral(hands, window):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    return window


def select(window, *nodes):
    window.canvas.canvas.select(list(nodes))


def dense_of(window):
    return [n.id for n in window.editor.graph.nodes if n.kind == "dense"]


def test_it_shows_formula_and_shapes(spiral):
    first = dense_of(spiral)[0]
    select(spiral, first)
    assert "y = x · W + b" in spiral.panels.inspector.help.text()
    assert "2 → <b>" in spiral.panels.inspector.facts.text()


def test_several_nodes_show_what_they_share_and_change_together(hands, spiral):
    nodes = dense_of(spiral)
    before = {n: spiral.editor.graph[n].options["units"] for n in nodes}
    assert len(set(before.values())) > 1
    select(spiral, *nodes)
    units = spiral.panels.inspector.findChild(QSpinBox, "units")
    assert units.text() == MIXED_TEXT
    assert f"{len(nodes)} Dense" in spiral.panels.inspector.empty.text()
    units.setValue(7)
    assert {spiral.editor.graph[n].options["units"] for n in nodes} == {7}
    assert units.text() == "7"
    hands.trigger("undo")
    assert {n: spiral.editor.graph[n].options["units"] for n in nodes} == before
    assert units.text() == MIXED_TEXT


def test_nodes_of_different_kinds_share_only_what_both_declare(spiral):
    other = next(n.id for n in spiral.editor.graph.nodes if n.kind == "tanh")
    select(spiral, dense_of(spiral)[0], other)
    assert spiral.panels.inspector.form is None
    assert "1 Dense, 1 Tanh" in spiral.panels.inspector.empty.text()


def test_a_changed_option_can_be_reset(hands, spiral):
    node = dense_of(spiral)[0]
    select(spiral, node)
    default = layers["dense"].defaults()["init"]
    box = spiral.panels.inspector.findChild(QComboBox, "init")
    button = next(
        b for b in spiral.panels.inspector.findChildren(QToolButton) if b.accessibleName().startswith("Init:")
    )
    spiral.editor.change_node(node, "init", "zeros")
    spiral.presenter.look_again()
    hands.wait(lambda: box.currentData() == "zeros" and button.isVisibleTo(spiral.panels.inspector))
    button.click()
    spiral.presenter.look_again()
    assert spiral.editor.graph[node].options["init"] == default
    assert not button.isVisibleTo(spiral.panels.inspector)


@pytest.mark.parametrize("field", ["units", "name"])
def test_undo_from_a_field_that_keeps_the_focus_takes_its_edit_back(hands, spiral, field):
    node = dense_of(spiral)[0]
    select(spiral, node)
    inspector = spiral.panels.inspector
    editor = inspector.name if field == "name" else inspector.findChild(QSpinBox, "units")

    def now():
        there = spiral.editor.graph[node]
        return there.name if field == "name" else there.options["units"]

    before, typed = now(), "First" if field == "name" else "12"
    editor.setFocus()
    editor.selectAll()
    QTest.keyClicks(editor, typed)
    QTest.keyClick(editor, Qt.Key.Key_Return)
    assert str(now()) == typed and editor.hasFocus()
    while now() != before:
        there = now()
        QTest.keyClick(editor, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
        assert now() != there
    spiral.presenter.look_again()
    assert editor.text() == str(before) if field == "name" else editor.value() == before


def test_every_option_says_its_range_and_default():
    for layer in layers:
        for option in layer.options:
            text = explain(option)
            assert option.help in text
            if isinstance(option.default, int | float) and not isinstance(option.default, bool):
                assert "default" in text


def test_units_stand_behind_numbers_and_in_tips(qtbot, hands, spiral):
    position = spiral.canvas.mapToScene(spiral.canvas.viewport().rect().center())
    hands.drop_layer("conv2d", position + QPointF(0, 100))
    form = spiral.panels.inspector.form
    assert form.editors["kernel_size"].text() == "3 px"
    assert form.editors["kernel_size"].toolTip().endswith("1 to 31 px; default 3 px")
    assert {o.unit for o in layers["conv1d"].options} == {"", "steps"}
    # A float has no room for it in its field.
    form = Form([Option("noise", 0.5, "Error.", unit="°F")])
    qtbot.addWidget(form)
    assert [label.text() for label in form.findChildren(QLabel)] == ["Noise (°F)"]
