"""A teacher tries a lesson as a learner would; their own project is back afterwards, as it was left."""

from __future__ import annotations

import numpy as np
import pytest
from PySide6.QtTest import QTest

from nnstudio.lessons.progress import home, work_file
from nnstudio.training.messages import Phase
from nnstudio.ui.lessons.authoring import TRIED


@pytest.fixture
def tried(hands, window, teacher):
    """Tries a draft; the editor, once the lesson can be seen."""
    editor = teacher.edit_copy()

    def begin():
        before = window.workspace.project
        teacher.click(editor.try_it)
        assert editor.said.text() != TRIED, "it is not open yet"
        hands.wait(lambda: window.workspace.project is not before and editor.said.text() == TRIED)
        hands.wait_phase(Phase.READY)
        return editor

    return begin


def weights(window):
    return np.array(window.runner.worker.state().result(5).params)


def test_it_is_tried_as_a_learner_would_and_tried_anew(hands, window, tried, asked):
    editor, run = tried(), window.lessons
    assert run.open.folder.id == editor.draft.folder.name and run.panel.at == 0
    assert window.panels.making.back.isVisible() and "as a learner" in window.panels.making.text.text()
    run.go(1)
    window.editor.change_setting("epochs", 3)
    editor.steps.choose(1)
    line = editor.step.head.editors["title"].line
    line.selectAll()
    QTest.keyClicks(line, "Another title")
    tried()
    assert run.panel.at == 0 and run.panel.heading.text() == "Another title"
    # The second one took the place of the first, and nobody was asked about it.
    name = editor.draft.folder.name
    assert [path.name for path in home(name).glob("*.nns")] == [work_file(name).name]
    assert asked == [] and window.workspace.document.history.done == 0


def test_the_own_project_comes_back_as_it_was_left(hands, window, teacher, tried, asked):
    hands.train("celsius", 2)
    own, state = window.workspace.project, window.runner.snapshot.steps
    moves, copy = own.document.history.moves, window.keeper.autosave
    before = weights(window)
    tried()
    kept = copy.path.read_bytes()
    window.editor.change_setting("epochs", 3)
    window.runner.orders.train()
    hands.wait_phase(Phase.FINISHED)
    tried()
    window.editor.change_setting("epochs", 4)
    hands.wait(lambda: not window.keeper._edit.isActive())
    copy.wait()
    assert copy.path.read_bytes() == kept, "after a crash, the own project is offered"
    teacher.click(window.panels.making.back)
    hands.wait(lambda: window.runner.has_network)
    assert window.workspace.project is own and own.document.settings.epochs == 2
    assert own.document.history.moves == moves and window.runner.snapshot.steps == state
    assert np.array_equal(weights(window), before) and window.workspace.is_modified
    assert window.lessons.open is None and not window.panels.making.isVisible() and asked == []


def test_where_nothing_was_open_the_lessons_are_shown_again(hands, window, teacher, tried):
    tried()
    teacher.click(window.panels.making.back)
    assert not window.workspace.has_project and window.pages.currentWidget() is window.lessons_page
    hands.wait(lambda: window.runner.data is not None)
    assert not window.workspace.is_modified, "nobody is asked to save nothing"


@pytest.mark.parametrize("way", ["leave", "close"])
def test_it_ends_with_the_lesson_and_with_the_editor(hands, window, teacher, tried, way):
    window.files.open_example("celsius")
    own = window.workspace.project
    editor = tried()
    if way == "leave":
        teacher.click(window.lessons.panel.leave)
    else:
        editor.close()
    assert window.workspace.project is own and not teacher.authoring.trial.is_on


def test_what_is_opened_meanwhile_follows_the_own_project(hands, window, tried, asked):
    window.files.open_example("celsius")
    own = window.workspace.project
    window.editor.change_setting("epochs", 7)
    tried()
    window.editor.change_setting("epochs", 3)
    window.files.open_example("xor")
    assert len(asked) == 1, "about the own project"
    hands.trigger("undo")
    assert window.workspace.project is own and own.document.settings.epochs == 7


def test_a_reset_of_the_lesson_begins_the_trial_anew(hands, window, teacher, tried):
    window.files.open_example("celsius")
    own = window.workspace.project
    editor = tried()
    window.lessons.go(2)
    before = window.workspace.project
    window.lessons.begin_anew(window.lessons.open.folder)
    hands.wait(lambda: window.workspace.project is not before and window.lessons.open is not None)
    assert window.lessons.panel.at == 0 and len(list(home(editor.draft.folder.name).glob("*.nns"))) == 1
    teacher.click(window.panels.making.back)
    assert window.workspace.project is own


def test_an_answer_in_a_trial_is_recorded(hands, window, teacher, tried):
    editor = tried()
    steps = editor.draft.content["steps"]
    asks = next(at for at, step in enumerate(steps, 1) if step.get("question"))
    editor.steps.choose(asks)
    steps[asks - 1]["solution"].clear()
    editor.step.refresh()
    teacher.click(editor.step.solution.record)
    assert f"the solution of step {asks}" in window.panels.making.text.text()
    window.lessons.go(asks - 1)
    window.lessons.panel.question.answered.emit("32")
    assert steps[asks - 1]["solution"] == [{"do": "answer", "text": "32"}]
    teacher.click(window.panels.making.stop)
    assert not editor.step.solution.record.isChecked() and window.panels.making.back.isVisible()
