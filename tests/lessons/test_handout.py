"""What pupils get on paper holds no answer, what teachers get holds all of them; both are whole."""

from __future__ import annotations

from dataclasses import fields
from datetime import datetime
from pathlib import Path

import pytest
from lessons.shipped import LESSONS

from nnstudio.lessons.actions import Answer
from nnstudio.lessons.conditions import Answered
from nnstudio.lessons.handout import handout
from nnstudio.lessons.lesson import Lesson, LessonFolder, Question, Step, shipped_lesson
from nnstudio.lessons.progress import Progress
from nnstudio.lessons.report import report
from nnstudio.lessons.sheet import Blanks, Boxes, Heading, Lines, Numbered, Sheet, as_markdown, literal
from nnstudio.project import Project


def texts(sheet: Sheet) -> str:
    """All words of a sheet."""
    return "\n".join(str(getattr(part, f.name)) for part in sheet.parts for f in fields(part))


@pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.id)
def test_pupils_read_each_step_and_question_and_nothing_of_the_solution(folder):
    text = as_markdown(handout(folder))
    for step in folder.lesson.steps:
        assert step.text.strip() in text and literal(step.title) in text
        assert not step.praise or literal(step.praise) not in text
        assert not any(literal(hint) in text for hint in step.hints)
        for action in step.solution:
            assert not isinstance(action, Answer) or f"“{literal(action.text)}”" not in text
    asked = [step.question for step in folder.lesson.steps if step.question is not None]
    parts = handout(folder).parts
    assert sum(isinstance(part, Lines) for part in parts) == sum(not one.choices for one in asked)
    assert all(Boxes(question.choices) in parts for question in asked if question.choices)
    assert not any(isinstance(part, Numbered) for part in parts) and Blanks(("Name", "Date")) in parts


@pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.id)
def test_teachers_read_solutions_and_praise_behind_all_steps(folder):
    parts = handout(folder, is_for_teacher=True).parts
    (at,) = (at for at, part in enumerate(parts) if isinstance(part, Heading) and part.is_new_page)
    # They write nothing on it.
    assert not any(isinstance(part, Lines) for part in parts)
    steps, solutions = Sheet("", parts[:at]), Sheet("", parts[at:])
    for step in folder.lesson.steps:
        assert step.text in texts(steps)
        assert step.praise in texts(solutions) and all(hint in texts(solutions) for hint in step.hints)
        assert not step.praise or step.praise not in texts(steps)
    numbered = [len(part.texts) for part in parts if isinstance(part, Numbered)]
    assert numbered == [len(step.solution) for step in folder.lesson.steps if step.solution]


def test_a_lesson_that_comes_before_is_called_by_its_title():
    assert "after “From Celsius to Fahrenheit”" in texts(handout(shipped_lesson("vending-1")))


def test_signs_of_markdown_in_plain_words_are_letters():
    assert literal("a_b *c* <d>\n[e](f) | `g`") == r"a\_b \*c\* \<d\> \[e\](f) \| \`g\`"


@pytest.fixture
def project():
    return Project.open(shipped_lesson("vending-1").project)


def test_a_report_tells_steps_answers_and_that_nothing_was_trained(project):
    folder = shipped_lesson("vending-1")
    progress = Progress(step=0, done=(0,)).answered("60").answered("52.5").told(2).told(1)
    text = as_markdown(report(folder, progress, project, ("A note.",)))
    assert "1 of 7 steps done" in text and "A note." in text
    assert (
        "| 1. A guess to begin with | Bottles for 105 visitors, with w = 0.5 | 52.5 | 2 | 2 | yes |" in text
    )
    assert "| 2. How wrong is it? | The squared error of the first row | – | – | – | not yet |" in text
    assert "Name: " in text and "Jonas" not in text
    assert "has not been trained" in text and "Training loss" not in text


def test_a_report_of_somebody_says_who_and_when(project):
    text = as_markdown(report(shipped_lesson("vending-1"), Progress(), project, who="Jonas K"))
    today = datetime.now()
    assert f"**Jonas K, {today.day} {today:%B %Y}**" in text and "Name: " not in text


def test_a_report_tells_how_the_network_learned(project):
    session = project.session()
    for _ in session.slices(3):
        pass
    project.state = session.state()
    text = as_markdown(report(shipped_lesson("vending-1"), Progress(), project))
    assert "| Epochs | 3 |" in text and "| Optimizer | Hill climber |" in text
    # Of w = 0.47, three steps of 0.01 down, on mean x² 9850, mean xy 2367.25 and mean y² 576.33.
    after = 9850 * 0.47**2 - 2 * 2367.25 * 0.47 + 576.3333
    (row,) = (line for line in text.splitlines() if "Training loss" in line)
    assert float(row.split("|")[2]) == pytest.approx(after, rel=0.2)
    assert "| Bottles | Dense | Units 1" in text


def test_a_lesson_that_was_given_away_is_opened_from_its_file_first(tmp_path):
    shipped = shipped_lesson("celsius")
    assert ".nnlesson" not in texts(handout(shipped))
    given = LessonFolder("celsius", tmp_path / "celsius", shipped.lesson)
    assert "the file of this lesson, which ends in .nnlesson" in texts(handout(given))


def asking(text, answer, **question):
    """Two steps, the second of which has a text."""
    ask = Step(
        title="A", text="Think.", question=Question("How much?", **question), checks=(answer,),
        solution=(Answer(text="x"),),
    )  # fmt: skip
    steps = (ask, Step(title="B", text=text))
    lesson = Lesson(title="L", summary="S", chapter="C", order=1, minutes=1, steps=steps)
    return handout(LessonFolder("l", Path("l"), lesson)).parts


@pytest.mark.parametrize(
    ("text", "is_apart"),
    [("Set it to **1.8**.", True), ("Set it to 1.85.", False), ("Set it to 31.8.", False), ("1.8", True)],
)
def test_what_tells_an_answer_is_on_the_next_page(text, is_apart):
    parts = asking(text, Answered(about=1.8))
    (heading,) = (part for part in parts if isinstance(part, Heading) and part.text == "2. B")
    assert heading.is_new_page == is_apart and not heading.is_large


def test_a_choice_that_a_later_step_names_is_on_the_page_before():
    parts = asking("It is the Sigmoid.", Answered(one_of=("sigmoid",)), choices=("sigmoid", "step"))
    assert [part.is_new_page for part in parts if isinstance(part, Heading)] == [False, True]
