"""Progress and the network that it was reached with belong together: where that is gone, it is known."""

from __future__ import annotations

import pytest

from nnstudio.lessons.begun import read_begun
from nnstudio.lessons.lesson import shipped_lesson
from nnstudio.lessons.progress import Progress, prepare, work_file, write_progress
from nnstudio.model.commands import ChangeSettings
from nnstudio.project import Project

LESSON = "festival"


@pytest.fixture
def untouched():
    prepare(shipped_lesson(LESSON))
    return work_file(LESSON)


def test_steps_that_are_done_by_thinking_need_no_network(untouched):
    write_progress(LESSON, Progress(1, (0, 3)))
    assert not read_begun("nowhere")
    write_progress(LESSON, Progress(1, (0,)))
    begun = read_begun(LESSON)
    assert begun.progress.done == (0,) and not begun.is_lost and not begun.problem


def test_a_network_that_was_set_and_is_as_at_the_start_is_lost(untouched):
    write_progress(LESSON, Progress(2, (0, 1)))
    assert read_begun(LESSON).is_lost
    project = Project.open(untouched)
    ChangeSettings(project.document, "epochs", 77).redo()
    project.save(untouched)
    assert not read_begun(LESSON).is_lost


def test_what_it_goes_on_from_is_told_until_it_is_done(untouched):
    assert read_begun(LESSON).undone == ("From Celsius to Fahrenheit",)
    prepare(shipped_lesson("celsius"))
    write_progress("celsius", Progress(4, (0, 1, 2, 3)))
    assert read_begun(LESSON).undone == ("From Celsius to Fahrenheit",)
    write_progress("celsius", Progress(4, (0, 1, 2, 3, 4)))
    assert read_begun(LESSON).undone == () and read_begun("celsius").undone == ()


def test_damaged_progress_is_told(untouched):
    (untouched.parent / "progress.json").write_text("{", encoding="utf-8")
    begun = read_begun(LESSON)
    assert "begins anew" in begun.problem and begun.progress == Progress() and not begun.is_lost
