"""The start page and the keys: every entry does what it says, keys are kept and never collide."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QKeySequence
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from nnstudio.examples import examples
from nnstudio.model.arrange import GRID
from nnstudio.project import Project, example_names, open_example
from nnstudio.training.messages import Phase
from nnstudio.ui.canvas.key_command import KeyCommand
from nnstudio.ui.canvas.rename import NameField
from nnstudio.ui.shell.keys_dialog import Keys, KeysDialog
from nnstudio.ui.shell.window_state import NOT_BEGUN, WELCOME
from nnstudio.ui.widgets.theme import SMALLEST_TEXT, TEXT_SIZE, canvas_font, theme


def card(window, title) -> QPushButton:
    return next(b for b in window.start_page.findChildren(QPushButton) if b.accessibleName() == title)


def press(button) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(20, 12))


def test_every_example_is_told_of():
    assert set(examples()) == set(example_names())
    assert all(title and text for title, text in examples().values())


def test_cards_stay_where_they_are_once_a_project_is_open(hands, window):
    hands.trigger("start")
    page = window.start_page

    def at():
        return {name: card(window, name).mapTo(page, QPoint()) for name in ("Lessons", "XOR", "New")}

    page.show_open(None)
    for _ in range(5):
        QApplication.processEvents()
    before = at()
    page.show_open(Project())
    for _ in range(5):
        QApplication.processEvents()
    assert page.back.isVisible() and at() == before


def test_it_covers_the_canvas_until_something_is_opened(hands, window):
    hands.trigger("start")
    assert window.start_page.isVisible() and not window.canvas.isVisible()
    press(card(window, "XOR"))
    assert window.canvas.isVisible() and not window.start_page.isVisible()
    hands.wait_phase(Phase.READY)
    assert any(n.kind == "dense" for n in window.editor.graph.nodes)


def test_new_and_templates(hands, window):
    hands.trigger("start")
    press(card(window, "New"))
    graph = window.editor.graph
    assert [n.kind for n in graph.nodes] == ["input", "output"]
    hands.wait(lambda: window.presenter.state.findings.data is not None)
    assert window.panels.message.text() == WELCOME and window.panels.message.label.objectName() == "note"
    assert [f.error for f in hands.facts.values()] == ["", ""]
    assert window.panels.problems.note.text() == NOT_BEGUN
    # A template that is dropped between them is joined to both.
    window.editor.add_template("dense_classifier", QPointF(0, 200))
    (first,) = graph.targets("input_1")
    (last,) = graph.sources("output_1")
    assert [graph[n].kind for n in (first, last)] == ["flatten", "softmax"]
    hands.wait(lambda: window.panels.message.text() != WELCOME)
    hands.trigger("undo")
    hands.trigger("start")
    press(card(window, "Dense classifier"))
    hands.wait(lambda: len(window.editor.graph.nodes) > 2)
    hands.wait_phase(Phase.READY)
    assert [f.error for f in hands.facts.values() if f.error] == []


def test_recent_projects_are_listed(hands, window, tmp_path):
    path = tmp_path / "mine.nns"
    open_example("xor").save(path)
    assert hands.open(path)
    hands.trigger("start")
    press(card(window, "mine"))
    hands.wait(window.canvas.isVisible)
    assert window.workspace.project.path == path


def test_keys_are_changed_kept_and_reset(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    assert window.keys.set("fit", QKeySequence("Ctrl+J")) == ""
    QTest.keyClick(window, Qt.Key.Key_J, Qt.KeyboardModifier.ControlModifier)
    again = Keys(window.menus.actions, window.settings)
    assert again.actions["fit"].shortcut() == QKeySequence("Ctrl+J")
    window.keys.reset()
    assert window.menus.actions["fit"].shortcut() == QKeySequence("Ctrl+Home")
    assert window.settings.value("keys/fit") is None


def test_keys_that_another_command_has_are_refused_with_its_name(window):
    before = window.menus.actions["fit"].shortcut()
    assert "belongs to “Save”" in window.keys.set("fit", QKeySequence("Ctrl+S"))
    assert window.menus.actions["fit"].shortcut() == before


def test_keys_of_the_canvas_can_be_changed_too(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    canvas = window.canvas
    node = hands.graph.nodes[1]
    position = (node.x, node.y)
    assert window.keys.set("canvas left", QKeySequence("A")) == ""
    assert "belongs to “Fit the selection”" in window.keys.set("canvas rename", QKeySequence("F"))
    assert window.keys.set("canvas rename", QKeySequence("R")) == ""
    canvas.setFocus()
    canvas.canvas.select([node.id])
    QTest.keyClick(canvas, Qt.Key.Key_Left)
    assert (hands.graph[node.id].x, hands.graph[node.id].y) == position
    QTest.keyClick(canvas, Qt.Key.Key_A)
    assert (hands.graph[node.id].x, hands.graph[node.id].y) == (position[0] - GRID, position[1])
    QTest.keyClick(canvas, Qt.Key.Key_R)
    field = canvas.findChild(NameField)
    assert field is not None and field.text() == node.name
    QTest.keyClick(field, Qt.Key.Key_Escape)
    again = Keys(window.keys.actions, window.settings)
    assert again.actions["canvas rename"].shortcut() == QKeySequence("R")
    window.keys.reset()
    assert canvas.keys.shown(KeyCommand.RENAME) == "F2"


def test_no_two_commands_have_the_same_keys(window):
    seen: dict[str, str] = {}
    for name, action in window.keys.actions.items():
        for keys in action.shortcuts():
            assert keys.toString() not in seen, (name, seen[keys.toString()])
            seen[keys.toString()] = name


@pytest.fixture
def dialog(qtbot, window):
    dialog = KeysDialog(window.keys, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
    qtbot.addWidget(dialog)
    dialog.show()
    return dialog


def test_the_dialog_edits_filters_and_says_why_not(window, dialog):
    editor = dialog.editors["fit"]
    editor.setKeySequence(QKeySequence("Ctrl+S"))
    editor.editingFinished.emit()
    assert dialog.message.isVisible() and "Save" in dialog.message.text()
    assert editor.keySequence() == QKeySequence("Ctrl+Home")
    editor.setKeySequence(QKeySequence("Ctrl+J"))
    editor.editingFinished.emit()
    assert window.menus.actions["fit"].shortcut() == QKeySequence("Ctrl+J")
    dialog.search.setText("marquee")
    assert all(dialog.table.isRowHidden(r) for r in range(dialog.table.rowCount()))
    dialog.search.setText("pinch")
    assert sum(not dialog.table.isRowHidden(r) for r in range(dialog.table.rowCount())) == 1


def test_text_grows_is_kept_and_shrinks_again(window, qapp):
    before = qapp.font().pointSizeF()
    try:
        for _ in range(3):
            window.menus.actions["larger text"].trigger()
        assert qapp.font().pointSizeF() == pytest.approx(1.3 * before)
        assert window.panels.inspector.fontInfo().pointSizeF() == pytest.approx(1.3 * before, rel=0.1)
        assert canvas_font(12).pixelSize() == 12
        assert window.settings.value(TEXT_SIZE, 1.0, float) == pytest.approx(1.3)
        for _ in range(30):
            window.menus.actions["smaller text"].trigger()
        assert theme.text_scale == SMALLEST_TEXT
        window.menus.actions["normal text"].trigger()
        assert theme.text_scale == window.settings.value(TEXT_SIZE, 0.0, float) == 1.0
    finally:
        theme.set_text_scale(1.0)
    assert qapp.font().pointSizeF() == pytest.approx(before)
