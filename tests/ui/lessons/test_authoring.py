"""A teacher makes a lesson beside the studio: writes, records, checks, tries and gives it away."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from nnstudio.data.dataset import sources
from nnstudio.lessons.actions import AddLayer, RemoveLayer
from nnstudio.lessons.draft import copied, kept_drafts
from nnstudio.lessons.lesson import Fault, StepPart, shipped_lesson
from nnstudio.lessons.names import Names
from nnstudio.lessons.package import unpack
from nnstudio.model.document import DataReference
from nnstudio.model.graph import Link
from nnstudio.training.messages import Phase
from nnstudio.ui.widgets.card import Card

LESSON = "celsius"


def test_a_lesson_begins_with_the_open_project_and_nothing_typed_is_lost(hands, window, teacher):
    hands.trigger("make lesson")
    assert "Open a project first" in window.panels.message.text()
    window.files.open_example(LESSON)
    hands.wait_phase(Phase.READY)
    hands.trigger("make lesson")
    editor = teacher.opened()
    folder = editor.draft.folder
    assert [node.name for node in teacher.authoring.names.start.graph.nodes] == ["Input", "Dense", "Output"]
    QTest.keyClicks(editor.details.editors["title"].line, "Ice")
    editor.steps.choose(1)
    QTest.keyClicks(editor.step.text, "It is **cold**.")
    assert editor.step.preview.toPlainText() == "It is cold."
    QTest.keyClick(editor, Qt.Key.Key_Escape)
    content = teacher.kept(folder)
    assert content["title"] == "Ice" and content["steps"][0]["text"] == "It is **cold**."
    hands.trigger("lessons")
    make = window.lessons_page.make
    hands.wait(lambda: [action.text() for action in make.drafts.actions()] == ["Ice"])
    make.drafts.actions()[0].trigger()
    assert teacher.opened().details.editors["title"].line.text() == "Ice"


def test_a_lesson_can_be_edited_as_a_copy(hands, window, teacher):
    hands.trigger("lessons")
    page = window.lessons_page
    hands.wait(lambda: LESSON in page.cards)
    page.make.copies.actions()[0].trigger()
    editor = teacher.opened()
    assert editor.steps.list.count() == 6 and "(copy)" in editor.windowTitle()


def test_all_that_can_light_up_is_offered(hands, window, teacher):
    editor = teacher.edit_copy()

    def offered(names, item):
        return dict(teacher.authoring.names.offered(names, item, {}))

    used = {target for step in editor.draft.content["steps"] for target in step.get("point_at", ())}
    targets = offered(Names.TARGET, {})
    assert used <= targets.keys() and targets["array Dense bias"] == "Array: Dense bias"
    # A layer of the project that is open may be one that the learner adds.
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    assert {"array Dense 2 weight", "array Dense bias"} <= offered(Names.TARGET, {}).keys()
    assert not {"array Tanh weight", "array Input weight"} & offered(Names.TARGET, {}).keys()


def test_steps_come_go_move_and_come_back(teacher):
    editor = teacher.edit_copy()
    steps, titles = editor.steps, [step["title"] for step in editor.draft.content["steps"]]

    def now():
        return [step["title"] for step in editor.draft.content["steps"]]

    steps.choose(2)
    teacher.click(steps.up)
    assert now() == [titles[1], titles[0], *titles[2:]] and steps.number == 1
    teacher.click(steps.down)
    teacher.click(steps.copy)
    assert now() == [*titles[:2], titles[1], *titles[2:]] and steps.number == 3
    QTest.keyClicks(editor.step.head.editors["title"].line, "X")
    assert now()[1] == titles[1] != now()[2], "a duplicate is a step of its own"
    teacher.click(steps.remove)
    assert now() == titles and editor.gone.text() == "Step 3 was removed."
    teacher.click(editor.back)
    assert now()[2].startswith("X") or now()[2].endswith("X")
    assert steps.number == 3
    teacher.click(steps.remove)
    teacher.click(steps.add)
    assert len(now()) == 6 and not editor.step.text.toPlainText()


def test_a_removed_check_and_a_removed_way_come_back(teacher):
    editor = teacher.edit_copy()
    editor.steps.choose(3)
    step = editor.draft.content["steps"][2]
    checks, ways = list(step["checks"]), list(step["wrong"])
    editor.step.checks.rows[0].removal_requested.emit()
    assert step["checks"] == checks[1:]
    teacher.click(editor.back)
    assert step["checks"] == checks and len(editor.step.checks.rows) == 2
    editor.step.wrong._remove(0)
    assert step["wrong"] == ways[1:]
    teacher.click(editor.back)
    assert step["wrong"] == ways and len(editor.step.wrong.lists) == 2


def test_a_good_lesson_is_proved_and_a_fault_leads_to_its_step(teacher):
    editor = teacher.edit_copy()
    del editor.draft.content["steps"][3:]
    editor.steps.refresh(0)
    assert teacher.checked() == "3 steps can be done, and refuse what is not."
    editor.steps.choose(1)
    line = editor.step.checks.rows[0].form.editors["node"].line
    line.selectAll()
    QTest.keyClicks(line, "Output")
    assert "Not checked" in editor.said.text()
    editor.steps.choose(0)
    assert "fault" in teacher.checked()
    assert editor.faults.isVisible() and "⚠" in editor.steps.list.item(1).text()
    editor.faults.setCurrentRow(0)
    editor.faults.itemActivated.emit(editor.faults.item(0))
    assert editor.steps.number == 1


def test_what_is_missing_is_told_before_anything_is_played(teacher):
    editor = teacher.edit_copy()
    editor.steps.choose(1)
    editor.step.checks.append("weight")
    assert "Some things are missing" in teacher.checked()
    assert "check 2 (weight)" in editor.faults.item(0).text()


def test_a_check_can_be_cancelled(hands, teacher):
    editor = teacher.edit_copy()
    teacher.click(editor.check)
    hands.wait(lambda: editor.check.text() == "Cancel")
    teacher.click(editor.check)
    assert editor.said.text() == "The check was cancelled." and editor.progress.isHidden()
    assert not teacher.authoring.proof.is_on


def test_it_is_given_away_and_can_be_unpacked(hands, teacher, tmp_path):
    editor = teacher.edit_copy()
    teacher.authoring.give_to(tmp_path / "ice.nnlesson")
    hands.wait(lambda: editor.said.text().startswith("Written to"))
    again = unpack(tmp_path / "ice.nnlesson", tmp_path / "lessons")
    assert again.lesson.steps == shipped_lesson(LESSON).lesson.steps


def test_another_project_takes_the_part_of_the_first_and_can_be_taken_back(hands, window, teacher):
    editor = teacher.edit_copy()
    before = editor.draft.start.read_bytes()
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    teacher.click(editor.start)
    hands.wait(lambda: editor.back.isVisible())
    hands.wait(lambda: len(teacher.authoring.names.start.graph.nodes) > 3)
    assert editor.draft.start.read_bytes() != before
    teacher.click(editor.back)
    hands.wait(lambda: len(teacher.authoring.names.start.graph.nodes) == 3)
    assert editor.draft.start.read_bytes() == before


def test_a_draft_goes_only_once_a_person_agreed(hands, teacher, asked):
    editor = teacher.edit_copy()
    folder = editor.draft.folder
    teacher.click(editor.delete)
    hands.wait(lambda: not hands.window.runner.inquiries.are_open)
    assert "for good" in asked[0] and not folder.exists() and teacher.editor is None


def test_two_drafts_are_not_open_at_once(hands, teacher):
    first = teacher.edit_copy()
    folder = first.draft.folder
    second = copied(shipped_lesson("festival"))
    teacher.authoring.edit(second.folder)
    assert teacher.opened(first).draft.folder == second.folder
    assert {path for path, _title in kept_drafts()} == {folder, second.folder}


class TestRecording:
    """What is done in the studio becomes actions, and nothing else does."""

    @pytest.fixture
    def solution(self, hands, window, teacher):
        window.files.open_example(LESSON)
        hands.wait(lambda: window.runner.has_network)
        editor = teacher.edit_copy()
        del editor.draft.content["steps"][0]["solution"][:]
        editor.steps.choose(1)
        teacher.click(editor.step.solution.record)
        return editor.step.solution

    def test_settings_layers_and_options(self, hands, window, solution):
        window.editor.change_setting("epochs", 3)
        window.editor.change_setting("epochs", 30)
        window.editor.change_setting("optimizer", "sgd")
        graph = hands.graph
        dense = next(node for node in graph.nodes if node.name == "Dense")
        window.editor.change_nodes([dense.id], "units", 4)
        assert solution.items == [
            {"do": "set setting", "setting": "epochs", "value": 30},
            {"do": "set setting", "setting": "optimizer", "value": "sgd"},
            {"do": "set option", "node": "Dense", "option": "units", "value": 4},
        ]
        assert len(solution.rows) == 3

    def test_weights_training_and_clicks(self, hands, window, teacher, solution):
        node = next(node for node in hands.graph.nodes if node.name == "Dense")
        hands.click_node(node.id)
        window.live.weight_edited.emit(node.id, "bias", 0, 32.0)
        hands.wait(lambda: any(item.get("value") == 32.0 for item in solution.items))
        window.panels.run_bar.speed.setCurrentIndex(1)
        teacher.click(window.panels.run_bar.train_button)
        hands.wait(lambda: {"do": "train"} in solution.items)
        hands.trigger("reset")
        # A view that follows the selected node is told of once it is drawn, which may be at any time.
        done = [item for item in solution.items if item["do"] != "choose in view"]
        assert done == [
            {"do": "select", "node": "Dense"},
            {"do": "set weight", "node": "Dense", "parameter": "bias", "at": [0], "value": 32.0},
            {"do": "train"},
            {"do": "reset"},
        ]

    def test_a_layer_that_comes_and_goes(self, hands, learner, solution):
        added = AddLayer(kind="relu", behind="Dense")
        learner.do(added)
        hands.trigger("undo")
        learner.do(added)
        learner.do(RemoveLayer(node="ReLU"))
        edits = [item for item in solution.items if item["do"] != "select"]
        add, remove = (
            {"do": "add layer", "kind": "relu", "behind": "Dense"},
            {"do": "remove layer", "node": "ReLU"},
        )
        assert edits == [add, remove, add, remove]

    @pytest.fixture
    def unconnected(self, hands, window, solution):
        """A layer that leads nowhere yet."""
        dense = next(node.id for node in hands.graph.nodes if node.name == "Dense")
        window.canvas.canvas.select([dense])
        window.editor.add("relu", QPointF(300, 400), dense)
        assert solution.items == [{"do": "select", "node": "Dense"}]
        return next(node.id for node in hands.graph.nodes if node.name == "ReLU")

    def test_a_layer_counts_once_it_is_connected(self, hands, window, teacher, solution, unconnected):
        output = next(node.id for node in hands.graph.nodes if node.name == "Output")
        window.editor.connect_nodes(Link(unconnected, output), None)
        assert solution.items[1:] == [{"do": "add layer", "kind": "relu", "behind": "Dense"}]
        teacher.click(solution.record)
        assert "not connected" not in solution.window().said.text()

    def test_a_layer_that_leads_nowhere_is_told(self, teacher, solution, unconnected):
        teacher.click(solution.record)
        assert "not connected" in teacher.editor.said.text() and len(solution.items) == 1

    def test_data_and_its_options(self, hands, window, solution):
        reference = window.workspace.document.data
        window.editor.choose_data(DataReference(reference.kind, {**reference.options, "noise": 2.0}))
        window.editor.choose_data(DataReference("plane", sources["plane"].complete({"noise": 0.5})))
        done = [item for item in solution.items if "data" in item["do"]]
        assert done == [
            {"do": "set data", "option": "noise", "value": 2.0},
            {"do": "choose data", "kind": "plane", "options": {"noise": 0.5}},
        ]

    def test_what_is_no_action_is_said(self, hands, window, teacher, solution):
        link = hands.graph.links[-1]
        window.editor.remove([], [link])
        assert "no action" in teacher.editor.said.text() and solution.items == []

    def test_it_ends_with_the_step_and_records_no_more(self, window, teacher, solution):
        assert solution.record.isChecked()
        teacher.editor.steps.choose(2)
        assert not solution.record.isChecked() and not teacher.authoring.recorder.is_on
        window.editor.change_setting("epochs", 7)
        assert teacher.editor.draft.content["steps"][0]["solution"] == []


def test_enter_in_a_field_closes_nothing(teacher):
    editor = teacher.edit_copy()
    QTest.keyClick(editor.details.editors["title"].line, Qt.Key.Key_Return)
    assert editor.isVisible() and teacher.editor is editor


def test_a_fault_leads_to_its_part_and_a_new_step_begins_at_its_top(hands, teacher):
    editor = teacher.edit_copy()
    bar = editor.step.verticalScrollBar()

    def top(widget):
        return widget.mapTo(editor.step, QPoint()).y()

    editor.show_faults([Fault(4, "it is so", StepPart.WRONG), Fault(3, "it is so", StepPart.POINT_AT)])
    for row, part in enumerate((editor.step.wrong, editor.step.point_at)):
        editor.faults.setCurrentRow(row)
        editor.faults.itemActivated.emit(editor.faults.item(row))
        hands.wait(lambda part=part: 0 < top(part) < editor.step.height() / 2)
    editor.steps.choose(4)
    hands.wait(lambda: bar.maximum() > 0)
    bar.setValue(bar.maximum())
    teacher.click(editor.steps.add)
    assert bar.value() == 0


def test_what_was_removed_is_offered_in_its_step_only_and_nothing_moves(hands, teacher):
    editor = teacher.edit_copy()
    editor.steps.choose(3)
    QApplication.processEvents()
    before = editor.steps.add.mapTo(editor, QPoint())
    editor.step.checks.rows[0].removal_requested.emit()
    QApplication.processEvents()
    assert editor.back.isVisible() and editor.steps.add.mapTo(editor, QPoint()) == before
    editor.steps.choose(4)
    assert not editor.back.isVisible()


def test_a_second_lesson_is_not_begun_beside_one_that_is_being_written(hands, window, teacher):
    editor = teacher.edit_copy()
    window.files.open_example(LESSON)
    hands.trigger("make lesson")
    hands.wait(lambda: not window.runner.inquiries.are_open)
    assert "close it first" in editor.said.text() and len(kept_drafts()) == 1 and teacher.editor is editor


def test_every_check_is_in_a_group_with_a_line_on_it(teacher):
    actions = teacher.edit_copy().step.checks.add.menu().actions()
    headings = [action.text() for action in actions if not action.isEnabled()]
    assert headings == ["The network, its data and its settings", "A number", "What was done", "What is seen"]
    weight = next(action.text() for action in actions if action.text().startswith("Weight"))
    assert weight == "Weight – A weight or a bias is near a number."


def test_the_button_that_stops_stays_where_it_is_while_actions_come(hands, window, teacher):
    window.files.open_example(LESSON)
    hands.wait(lambda: window.runner.has_network)
    editor = teacher.edit_copy()
    editor.steps.choose(1)
    record = editor.step.solution.record
    teacher.click(record)
    before, count = record.mapTo(editor.step.solution, QPoint()), len(editor.step.solution.rows)
    window.editor.change_setting("epochs", 3)
    QApplication.processEvents()
    assert len(editor.step.solution.rows) == count + 1
    assert record.mapTo(editor.step.solution, QPoint()) == before


def test_a_check_shows_its_usual_sentence_where_others_can_be_written(hands, teacher):
    editor = teacher.edit_copy()
    editor.steps.choose(1)
    line = editor.step.checks.rows[0].form.editors["otherwise"].line
    hands.wait(lambda: line.placeholderText() == "Click on Dense on the canvas.")
    assert "{now}" in line.toolTip()


def test_a_number_is_picked_by_what_it_leads_from_and_to(teacher):
    editor = teacher.edit_copy()
    editor.steps.choose(3)
    form = editor.step.checks.rows[0].form
    assert form.editors["at"].line.placeholderText() == "Celsius → Fahrenheit"
    form.editors["at"]._on_picked("0, 0")
    assert editor.draft.content["steps"][2]["checks"][0]["at"] == [0, 0]
    assert form.editors["at"].line.text() == "Celsius → Fahrenheit"


def test_a_draft_stands_on_the_page_and_is_searched_like_the_others(hands, window, teacher):
    draft = copied(shipped_lesson(LESSON))
    hands.trigger("lessons")
    page = window.lessons_page
    hands.wait(lambda: LESSON in page.cards)
    (card,) = (card for card in page.findChildren(Card) if card.accessibleName() == draft.title)
    hands.wait(card.isVisible)
    page.search.setText("fahrenheit copy")
    assert card.isVisible()
    page.search.setText("festival")
    assert not card.isVisible() and page.cards["festival"].isVisible()
    page.search.clear()
    teacher.click(card)
    assert teacher.opened().draft.folder == draft.folder
