"""A lesson goes on where it stood: after a crash, and after the program was closed and opened again."""

from __future__ import annotations

import os

import pytest
from PySide6.QtWidgets import QMessageBox

from nnstudio.lessons import actions as act
from nnstudio.lessons.lesson import shipped_lesson
from nnstudio.lessons.progress import read_progress, work_file
from nnstudio.ui.project.autosave import Autosave
from nnstudio.ui.project.new_projects import empty_project
from nnstudio.ui.project.recovery import described, lesson_work

LESSON = "celsius"


@pytest.fixture
def crashed(hands, learner):
    """A lesson in whose second step a learner trained and saved nothing, and what a kill leaves of it."""
    learner.open(LESSON)
    for step in shipped_lesson(LESSON).lesson.steps[:2]:
        learner.play(step.solution)
        hands.wait(learner.panel.next.isEnabled)
        learner.panel.next.click()
    learner.do(act.SetSetting(setting="epochs", value=33))
    learner.do(act.Train(epochs=2))
    project, copy = learner.window.workspace.project, Autosave()
    project.state = hands.state()
    copy.save(project)
    copy.wait()
    # The lock goes with its process.
    copy._owned.unlock()
    hands.wait(lambda: read_progress(LESSON).step == 2)
    yield copy, project.state
    copy.discard()
    copy.close()


def leave(hands, learner) -> None:
    """As another start of the program would: nothing of the lesson is open."""
    learner.run.leave()
    learner.window.keeper.autosave.discard()
    learner.window.workspace.show(empty_project())
    hands.wait(lambda: learner.run.open is None)


def test_a_crash_in_a_lesson_leaves_the_lesson_and_what_was_learned(hands, learner, crashed, monkeypatch):
    copy, state = crashed
    leave(hands, learner)
    asked = []

    def exec_(box):
        asked.append(box.text() + box.informativeText())
        return QMessageBox.StandardButton.Open

    monkeypatch.setattr(QMessageBox, "exec", exec_)
    learner.window.files.offer_recovery()
    hands.wait(lambda: learner.run.open is not None)
    assert "your work in the lesson “" in asked[0] and "goes on with the lesson" in asked[0]
    assert (learner.run.open.folder.id, learner.panel.at) == (LESSON, 2)
    assert set(learner.run.open.progress.done) == {0, 1}
    # Its file was never saved, but nothing is lost.
    assert learner.panel.note.text() == ""
    hands.wait(lambda: learner.window.runner.has_network)
    assert (hands.state().params == state.params).all() and hands.state().epoch == state.epoch
    project = learner.window.workspace.project
    assert project.path == work_file(LESSON) and project.is_modified
    assert project.document.settings.epochs == 33
    hands.wait(lambda: not copy.path.exists())


def test_a_lesson_that_was_saved_since_is_not_written_over_by_an_older_copy(hands, learner, crashed):
    copy, _state = crashed
    assert lesson_work(copy.path) == work_file(LESSON)
    newer = copy.path.stat().st_mtime + 10
    os.utime(work_file(LESSON), (newer, newer))
    assert lesson_work(copy.path) is None
    assert "your work in the lesson" in described(copy.path)


def test_a_lesson_goes_on_where_it_was_left_after_a_restart(hands, learner, crashed):
    _copy, state = crashed
    saved = []
    learner.window.files.save(lambda: saved.append(True))
    hands.wait(lambda: saved)
    leave(hands, learner)
    learner.open_from_page(LESSON)
    assert learner.panel.at == 2 and set(learner.run.open.progress.done) == {0, 1}
    assert (hands.state().params == state.params).all() and hands.state().epoch == state.epoch
    assert learner.window.workspace.document.settings.epochs == 33
