"""Every lesson that comes with the program can be done, and refuses what is not; its file is in order."""

from __future__ import annotations

import re

import pytest
from lessons.shipped import LESSONS

from nnstudio.lessons.actions import Reset, Train
from nnstudio.lessons.conditions import Trained
from nnstudio.lessons.lesson import LessonError, read_lesson
from nnstudio.lessons.player import prove


@pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.id)
def test_a_lesson_can_be_done_and_refuses_what_is_not(folder):
    assert [fault for fault in prove(folder) if fault is not None] == []


@pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.id)
def test_each_step_that_asks_for_something_can_be_done_wrongly_and_has_a_hint(folder):
    for step in folder.lesson.steps:
        assert not step.checks or (step.wrong and step.hints and step.praise), step.title


@pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.id)
def test_only_the_text_of_a_step_has_markup(folder):
    """All else is drawn as it is written."""
    for step in folder.lesson.steps:
        question = (step.question.text, *step.question.choices) if step.question else ()
        plain = (step.title, step.praise, *step.hints, *question, *(check.otherwise for check in step.checks))
        assert [text for text in plain if re.search(r"\*|`|\]\(", text)] == [], step.title


@pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.id)
def test_a_step_that_trains_anew_checks_that_this_was_done(folder):
    for step in folder.lesson.steps:
        is_anew = {Reset, Train} <= {type(action) for action in step.solution}
        asks = any(isinstance(check, Trained) and check.throughout for check in step.checks)
        assert asks or not is_anew, step.title


def test_lessons_need_only_what_comes_before_them():
    before = set()
    for folder in LESSONS:
        assert set(folder.lesson.needs) <= before, folder.id
        before.add(folder.id)


LESSON = """
title = "T"
summary = "S"
chapter = "C"
order = 1
minutes = 1
panels = ["fit"]
[[steps]]
title = "Step"
text = "Do it."
"""


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "start.nns").write_bytes(LESSONS[0].project.read_bytes())
    return tmp_path


def written(folder, text):
    (folder / "lesson.toml").write_text(LESSON + text, encoding="utf-8")
    return folder


def test_a_check_that_holds_from_the_start_and_one_that_cannot_fail_are_faults(folder):
    written(
        folder,
        """
checks = [{ verb = "layers", kind = "dense", count = { at_least = 1 } }]
solution = [{ do = "train", epochs = 1 }]
""",
    )
    told = [fault.sentence for fault in prove(read_lesson(folder)) if fault is not None]
    assert any("before anything was done" in sentence for sentence in told)
    assert any("never refused" in sentence for sentence in told)


def test_an_accepted_wrong_way_and_a_refused_solution_are_faults(folder):
    written(
        folder,
        """
checks = [{ verb = "trained", epochs = 2 }]
solution = [{ do = "reset" }]
wrong = [[{ do = "train", epochs = 2 }]]
""",
    )
    told = [fault.sentence for fault in prove(read_lesson(folder)) if fault is not None]
    assert told == [
        "its wrong way 1 is accepted after 1 of 1 actions.",
        "its solution is refused: Nothing was trained yet: press Train.",
    ]


def test_a_moment_at_which_all_holds_counts_on_a_wrong_way(folder):
    written(
        folder,
        """
checks = [{ verb = "selected", node = "Dense" }]
solution = [{ do = "select", node = "Dense" }]
wrong = [[{ do = "select", node = "Dense" }, { do = "select", node = "Output" }]]
""",
    )
    told = [fault.sentence for fault in prove(read_lesson(folder)) if fault is not None]
    assert told == ["its wrong way 1 is accepted after 1 of 2 actions."]


def test_a_solution_that_needs_a_wrong_way_first_is_a_fault(folder):
    written(
        folder,
        """
checks = [{ verb = "trained" }]
solution = [{ do = "remove layer", node = "ReLU" }, { do = "train", epochs = 1 }]
wrong = [[{ do = "add layer", kind = "relu", behind = "Dense" }]]
[[steps]]
title = "Two"
text = "Do it, too."
checks = [{ verb = "option", node = "Dense", option = "init", one_of = ["zeros"] }]
solution = [{ do = "add layer", kind = "relu", behind = "Dense" }]
wrong = [[{ do = "set option", node = "Dense", option = "init", value = "he" }]]
""",
    )
    told = [(fault.step, fault.sentence) for fault in prove(read_lesson(folder)) if fault is not None]
    assert told[0] == (1, "its solution needs its wrong ways first: There is no node called “ReLU”.")
    # What is refused even so is told once.
    assert [step for step, _sentence in told] == [1, 2] and "is refused" in told[1][1]


def test_a_layer_that_cannot_be_put_anywhere_is_a_fault(folder):
    written(
        folder,
        """
checks = [{ verb = "trained" }]
solution = [{ do = "add layer", kind = "relu", behind = "Output" }]
""",
    )
    (fault,) = (fault for fault in prove(read_lesson(folder)) if fault is not None)
    assert "Nothing is linked behind Output" in fault.sentence


def test_a_check_may_refuse_where_the_network_cannot_run(folder):
    written(
        folder,
        """
checks = [{ verb = "data kind", one_of = ["celsius"] }, { verb = "trained" }]
solution = [{ do = "choose data", kind = "celsius" }, { do = "train", epochs = 1 }]
wrong = [[{ do = "choose data", kind = "mnist" }]]
""",
    )
    assert [fault.sentence for fault in prove(read_lesson(folder)) if fault is not None] == []


def test_what_cannot_be_done_is_a_fault_of_its_step(folder):
    written(folder, 'checks = [{ verb = "trained" }]\nsolution = [{ do = "select", node = "Nowhere" }]')
    (fault,) = (fault for fault in prove(read_lesson(folder)) if fault is not None)
    assert fault.step == 1 and "“Nowhere”" in fault.sentence


@pytest.mark.parametrize(
    "text, words",
    [
        ('checks = [{ verb = "no verb" }]', "step 1"),
        ('checks = [{ verb = "trained", loudly = true }]', "step 1"),
        ('checks = [{ verb = "trained" }]', "no solution"),
        ('checks = [{ verb = "shown", panel = "fit" }]\nsolution = [{ do = "reset" }]', "shows by itself"),
        ('question = { text = "?" }', "without a check of the answer"),
        ('point_at = ["everything"]', "'everything'"),
        ("solution = [{ do = ", "lesson.toml"),
    ],
)
def test_a_file_that_is_not_in_order_is_refused_with_a_sentence(folder, text, words):
    with pytest.raises(LessonError, match=words):
        read_lesson(written(folder, text))


def test_a_project_outside_of_the_folder_is_refused(folder):
    (folder / "lesson.toml").write_text('project = "../start.nns"\n' + LESSON, encoding="utf-8")
    with pytest.raises(LessonError, match="no file"):
        read_lesson(folder)
