"""The doctor in the window: what it sees is listed and marked, remedies are tried and are one undo step."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.doctor.remedies import insertion
from nnstudio.model.graph import Link
from nnstudio.training.messages import Phase
from nnstudio.ui.panels.diagnosis_row import STOP
from nnstudio.ui.widgets.wrapping_button import WrappingButton


@pytest.fixture
def section(window):
    return window.panels.problems.doctor


@pytest.fixture
def linear(hands, window, section):
    """The example without its first activation."""
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.editor.remove(["tanh_1"], [], bridge=True)
    hands.wait(lambda: ("no_nonlinearity", "dense_1") in section.rows)
    return hands


def click(button):
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_what_it_sees_is_listed_counted_and_marked(linear, window, section):
    row = section.rows["no_nonlinearity", "dense_1"]
    assert row.where.text() == "Dense" and "weighted sum" in row.text.text()
    assert window.docks["problems"].windowTitle() == "Problems (1)"
    assert not window.panels.problems.note.isVisibleTo(window.panels.problems)
    marks = window.canvas.canvas.nodes["dense_1"].problems
    assert [mark.serious for mark in marks] == [False] and "could be one" in marks[0].text
    window.docks["problems"].raise_()
    click(row.where)
    assert linear.canvas.canvas.selected_nodes() == ["dense_1"]


def test_a_remedy_is_tried_before_it_is_offered_and_is_one_step(linear, window, section):
    window.docks["problems"].raise_()
    row = section.rows["no_nonlinearity", "dense_1"]
    assert row.buttons == []
    before = window.workspace.document.to_dict()
    click(row.ask)
    assert row.ask.text() == STOP
    linear.wait(lambda: bool(row.buttons))
    assert window.workspace.document.to_dict() == before
    assert "Tried on a copy" in row.told[0].text()
    click(row.buttons[0])
    assert [link.source for link in linear.graph.links].count("dense_1") == 1
    assert window.menus.actions["undo"].text().startswith("Undo Insert")
    linear.wait(lambda: not section.rows)
    assert window.canvas.canvas.nodes["dense_1"].problems == []
    linear.trigger("undo")
    assert window.workspace.document.to_dict() == before


def test_after_a_remedy_of_a_trained_network_reset_is_one_press_away(linear, window, section):
    window.docks["problems"].raise_()
    window.runner.orders.step()
    linear.wait(lambda: window.runner.snapshot.steps == 1)
    row = section.rows["no_nonlinearity", "dense_1"]
    click(row.ask)
    linear.wait(lambda: bool(row.buttons))
    title = row.buttons[0].text()
    click(row.buttons[0])
    linear.wait(lambda: window.runner.is_planned and section.anew.reset.isVisible())
    assert section.anew.text.text().startswith(f"{title}: done.")
    assert "still those of step 1" in section.anew.text.text()
    # Another step than the remedy takes the hint away, and so does a new start.
    linear.trigger("undo")
    linear.wait(lambda: section.anew.isHidden())
    linear.wait(lambda: window.runner.is_planned and window.runner.snapshot.steps == 1)
    window.presenter.doctor._choose(row.diagnosis.remedies[0])
    linear.wait(lambda: window.runner.is_planned and section.anew.reset.isVisible())
    click(section.anew.reset)
    linear.wait(lambda: window.runner.snapshot.steps == 0 and section.anew.isHidden())
    assert window.menus.actions["undo"].text() == "Undo Reset"


def test_trying_can_be_stopped(linear, window, section):
    window.docks["problems"].raise_()
    row = section.rows["no_nonlinearity", "dense_1"]
    click(row.ask)
    click(row.ask)
    assert row.ask.text() != STOP and window.presenter.doctor.consultation._tried is None


def test_looking_closer_sees_where_the_network_is_heading(hands, window, section):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.editor.change_setting("learning_rate", 300.0)
    hands.wait(lambda: section.isVisibleTo(window.panels.problems))
    assert ("learning_rate_high", "") not in section.rows
    window.docks["problems"].raise_()
    click(section.closer)
    hands.wait(lambda: ("learning_rate_high", "") in section.rows)
    row = section.rows["learning_rate_high", ""]
    assert "copy" in row.text.text() and not row.where.isEnabled()
    click(row.test)
    hands.wait(lambda: row.rates is not None)
    assert row.rates.chart.is_log


def test_another_project_leaves_nothing_of_the_one_before(linear, window, section):
    linear.trigger("undo")
    window.files.open_example("celsius")
    linear.wait(lambda: not section.rows and window.runner.is_planned)
    assert window.docks["problems"].windowTitle() == "Problems"


def test_a_network_that_cannot_run_has_no_report(linear, window, section):
    link = next(link for link in linear.graph.links if link.source == "input_1")
    window.editor.remove([], [Link(link.source, link.target)])
    linear.wait(lambda: bool(window.panels.problems.rows))
    linear.wait(lambda: not section.rows)


def test_where_numbers_ended_is_told_though_the_step_was_looked_at_before(hands, window, section):
    window.files.open_example("celsius")
    hands.wait_phase(Phase.READY)
    hands.wait(lambda: section.isVisibleTo(window.panels.problems))
    window.editor.change_setting("optimizer", "sgd")
    window.editor.change_setting("learning_rate", 500.0)
    window.panels.run_bar.speed.setCurrentIndex(1)
    hands.wait(lambda: window.runner.is_planned)
    window.runner.orders.train()
    hands.wait_phase(Phase.DIVERGED)
    hands.wait(lambda: any(finding == "not_a_number" for finding, _node in section.rows))


def test_a_column_of_row_numbers_is_left_out_with_one_click_and_one_undo(hands, window, section, tmp_path):
    path = tmp_path / "t.csv"
    lines = [f"{i % 13},{500 + i},{i % 7},{i % 13 * 2 - i % 7}\n" for i in range(120)]
    path.write_text("a,customer,b,y\n" + "".join(lines))
    hands.create_from(path)
    window.show_canvas()
    window.docks["problems"].raise_()
    hands.wait(lambda: any(finding == "row_numbers" for finding, _ in section.rows))
    (row,) = [row for (finding, _), row in section.rows.items() if finding == "row_numbers"]
    before = window.workspace.document.to_dict()
    (button,) = [b for b in row.findChildren(WrappingButton) if "customer" in b.text()]
    hands.wait(lambda: not button.visibleRegion().isEmpty())
    click(button)
    assert "customer: left out" in window.workspace.document.data.options["columns"]
    assert window.menus.actions["undo"].text() == "Undo Leave the column 'customer' out"
    hands.wait(lambda: not any(finding == "row_numbers" for finding, _ in section.rows))
    hands.trigger("undo")
    assert window.workspace.document.to_dict() == before


def test_a_batch_that_does_not_suit_a_layer_is_counted_marked_and_mended_like_any_fault(hands, window):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    window.editor.repair(insertion("Insert BatchNorm", "dense_1", "batchnorm"))
    window.editor.change_setting("batch_size", 1)
    hands.wait(lambda: window.runner.snapshot.phase == Phase.FAILED and window.runner.is_planned)
    title, bar = window.docks["problems"].windowTitle, window.panels.message
    hands.wait(lambda: title() == "Problems (1)")
    assert window.panels.status.summary.text().endswith(", 1 fault")
    (node,) = [node for node in window.canvas.canvas.nodes.values() if node.problems]
    assert node.node.kind == "batchnorm" and "The batch size is 1" in node.problems[0].text
    (row,) = window.panels.problems.rows
    assert [button.text() for button in row.buttons] == ["Set the batch size to 16"] == [bar.offered.text()]
    # Shown, and laid out.
    hands.wait(lambda: not bar.offered.visibleRegion().isEmpty())
    click(bar.offered)
    assert window.workspace.document.settings.batch_size == 16
    hands.wait(lambda: title() == "Problems" and bar.offered.isHidden() and not node.problems)


def test_a_hint_is_not_called_a_fault(linear, window):
    assert window.panels.status.summary.text().endswith(", 1 warning")


def test_a_smaller_learning_rate_is_not_blamed_and_reset_is_one_press_away(hands, window, section):
    window.files.open_example("spiral")
    hands.wait_phase(Phase.READY)
    window.editor.change_setting("learning_rate", 10.0)
    window.editor.change_setting("epochs", 12)
    window.runner.orders.set_full_speed(True)
    window.runner.orders.train()
    hands.wait(lambda: ("learning_rate_high", "") in section.rows)
    hands.wait_phase(Phase.FINISHED)
    window.editor.change_setting("learning_rate", 0.01)
    hands.wait(lambda: ("learning_rate_high", "") not in section.rows and section.rows)
    row = next(row for row in section.rows.values() if row.reset is not None)
    assert "Reset starts anew" in row.text.text()
    window.docks["problems"].raise_()
    click(row.reset)
    hands.wait(lambda: window.runner.snapshot.steps == 0 and not section.rows)
