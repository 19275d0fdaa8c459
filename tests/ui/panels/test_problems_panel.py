"""The problems panel names what is wrong and mends it in one undo step."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QEnterEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from nnstudio.model.graph import Link
from nnstudio.model.problems import Problem, Repair
from nnstudio.training.messages import Phase
from nnstudio.ui.panels import problems_panel
from nnstudio.ui.panels.problems_panel import ProblemsPanel, Row, told_of


@pytest.fixture
def digits(hands, window):
    window.files.open_example("mnist-dense")
    hands.wait_phase(Phase.READY)
    return hands


def test_a_fault_is_listed_shown_and_mended_by_a_click(digits, window):
    panel = window.panels.problems
    assert not panel.rows and "No problems" in panel.note.text()
    window.editor.remove(["flatten_1"], [], bridge=True)
    digits.wait(lambda: bool(panel.rows))
    window.docks["problems"].raise_()
    assert window.docks["problems"].windowTitle() == "Problems (1)"
    row = panel.rows[0]
    QTest.mouseClick(row.where, Qt.MouseButton.LeftButton)
    assert digits.canvas.canvas.selected_nodes() == [row.problem.node]
    button = next(b for b in row.buttons if b.text() == "Insert Flatten")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    digits.wait(lambda: not panel.rows)
    assert window.menus.actions["undo"].text() == "Undo Insert Flatten"
    digits.trigger("undo")
    digits.wait(lambda: bool(panel.rows))


def test_a_repair_of_a_network_edited_meanwhile_is_refused_in_a_sentence(digits, window):
    panel = window.panels.problems
    window.editor.remove([], [Link("flatten_1", "dense_1")])
    digits.wait(lambda: bool(panel.rows))
    button = next(b for b in panel.rows[0].buttons if b.text() == "Connect Flatten to Dense")
    window.editor.remove(["flatten_1"], [])
    before = window.workspace.project.document.to_dict()
    # At once, before the list follows the edit.
    button.click()
    assert window.workspace.project.document.to_dict() == before
    assert "no longer fits" in window.panels.message.text()


def test_nothing_moves_under_the_pointer(qtbot):
    panel = ProblemsPanel()
    qtbot.addWidget(panel)
    first, second, third = (Problem(name, f"{name} is not connected.") for name in "abc")

    def show(*problems):
        panel.show_problems(list(problems), {}, lambda _problem: [])
        return [(row.problem, row.isEnabled()) for row in panel.rows]

    show(first, second)
    at = QPointF(5, 5)
    QApplication.sendEvent(panel, QEnterEvent(at, at, at))
    assert show(third, second) == [(first, False), (second, True), (third, True)]
    QApplication.sendEvent(panel, QEvent(QEvent.Type.Leave))
    assert [row.problem for row in panel.rows] == [third, second]
    assert show(first) == [(first, True)]


def test_a_problem_that_stops_other_nodes_now_stays_where_it_is(qtbot):
    panel = ProblemsPanel()
    qtbot.addWidget(panel)
    names = {n: n for n in "abc"}
    panel.show_problems([Problem("a", "It is loose.", follows=("b",))], names, lambda _problem: [])
    at = QPointF(5, 5)
    QApplication.sendEvent(panel, QEnterEvent(at, at, at))
    row = panel.rows[0]
    panel.show_problems([Problem("a", "It is loose.", follows=("b", "c"))], names, lambda _problem: [])
    assert panel.rows == [row] and row.isEnabled() and panel.note.isHidden()
    QApplication.sendEvent(panel, QEvent(QEvent.Type.Leave))
    assert panel.rows[0].problem.follows == ("b", "c")


def _rows_in(panel):
    """Every row that the panel's column holds, known or not."""
    widgets = [panel.widget().layout().itemAt(i).widget() for i in range(panel.widget().layout().count())]
    return [widget for widget in widgets if isinstance(widget, Row)]


@pytest.mark.parametrize("by", ["the pointer leaves", "the panel is hidden"])
def test_no_row_outlives_its_problem_and_none_is_there_twice(qtbot, by):
    window, panel, other = QWidget(), ProblemsPanel(), QWidget()
    qtbot.addWidget(window)
    column = QVBoxLayout(window)
    column.addWidget(other, 1)
    column.addWidget(panel, 4)
    window.resize(300, 500)
    with qtbot.waitExposed(window):
        window.show()
    # Qt may still think of a button as pressed, or of a pointer as elsewhere, from other windows.
    QTest.mouseClick(window.windowHandle(), Qt.MouseButton.LeftButton, pos=other.geometry().center())
    first, second = Problem("a", "It is loose."), Problem("b", "It does not fit.")

    def show(*problems):
        panel.show_problems(list(problems), {}, lambda _problem: [Repair("Mend it", lambda _d, _g: None)])

    def point_at(widget):
        at = widget.mapTo(window, widget.rect().center())
        # Where the pointer was there before, in another window, Qt says nothing.
        for spot in (at - QPoint(3, 0), at):
            QTest.mouseMove(window.windowHandle(), spot)

    show(first)
    qtbot.waitUntil(lambda: panel.rows[0].buttons[0].isVisible() and panel.rows[0].width() < window.width())
    # Real moves of the pointer: Qt looks what lies below it when the row there is hidden.
    point_at(panel.rows[0].buttons[0])
    qtbot.waitUntil(panel.underMouse)
    show(first, second)
    show(second)
    if by == "the pointer leaves":
        point_at(other)
        qtbot.waitUntil(lambda: not panel.underMouse())
    else:
        panel.hide()
    assert [row.problem for row in _rows_in(panel)] == [second]
    show()
    assert _rows_in(panel) == [] and not panel.note.isHidden()


def test_under_the_pointer_what_is_mended_cannot_be_pressed_and_the_last_goes(qtbot):
    panel = ProblemsPanel()
    qtbot.addWidget(panel)
    first, second = Problem("a", "It is loose."), Problem("b", "It does not fit.")

    def show(*problems):
        panel.show_problems(list(problems), {}, lambda _problem: [Repair("Mend it", lambda _d, _g: None)])

    show(first, second)
    at = QPointF(5, 5)
    QApplication.sendEvent(panel, QEnterEvent(at, at, at))
    show(second)
    assert [row.buttons[0].isEnabled() for row in panel.rows] == [False, True]
    show()
    assert panel.rows == [] and not panel.note.isHidden()


def test_a_long_repair_makes_no_row_broader_than_the_panel(qtbot):
    panel = ProblemsPanel()
    qtbot.addWidget(panel)
    title = "Make the end fit: Dense 2 to 10 units, without Softmax and Dropout, softmax cross-entropy"
    panel.show_problems(
        [Problem("a", "It does not fit.")],
        {"a": "A node " * 20},
        lambda _p: [Repair(title, lambda _d, _g: None)],
    )
    panel.resize(220, 500)
    with qtbot.waitExposed(panel):
        panel.show()
    qtbot.waitUntil(lambda: panel.rows[0].isVisible() and panel.rows[0].x() > 0)
    assert panel.widget().width() == panel.viewport().width()
    assert panel.rows[0].geometry().right() < panel.viewport().width()


@pytest.mark.parametrize("count", [0, 2])
def test_repairs_that_are_looked_for_come_below_the_button(qtbot, monkeypatch, count):
    monkeypatch.setattr(problems_panel, "BUDGET", -1.0)
    panel = ProblemsPanel()
    qtbot.addWidget(panel)
    panel.resize(300, 300)
    with qtbot.waitExposed(panel):
        panel.show()
    asked, repairs = [], [Repair(f"Mend it {i}", lambda _document, _graph: None) for i in range(count)]
    panel.repair_requested.connect(asked.append)
    panel.show_problems([Problem("a", "It is loose.")], {"a": "a"}, lambda _problem: repairs)
    (look,) = panel.rows[0].buttons
    stood, width = look.pos(), look.width()
    for _ in range(2):
        # The second of a double click lands where the first did.
        QTest.mouseClick(look, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: all(b.height() > 5 for b in panel.rows[0].buttons))
    assert asked == [] and len(panel.rows[0].buttons) == 1 + count
    assert look.pos() == stood and look.width() == width and not look.isEnabled()
    assert (look.text() == "No repair was found") == (count == 0)


def test_what_a_problem_stops_is_told_in_a_line():
    assert told_of(["ReLU"]) == "Until then, ReLU takes no part in the network."
    assert told_of(list("abcdef")) == "Until then, a, b, c, d and 2 more take no part in the network."
