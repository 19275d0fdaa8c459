"""A lesson on paper: for pupils with room to write and no answers; for teachers with the solutions behind."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nnstudio.lessons.conditions import Answered
from nnstudio.lessons.lesson import Lesson, LessonError, LessonFolder, Step, lessons_folder
from nnstudio.lessons.own import lesson_called
from nnstudio.lessons.sheet import (
    Blanks,
    Boxes,
    Heading,
    Lines,
    Numbered,
    Part,
    Picture,
    Plain,
    Prose,
    Sheet,
    Title,
)
from nnstudio.lessons.shown_values import in_words
from nnstudio.lessons.suffix import SUFFIX
from nnstudio.lessons.wording import Words
from nnstudio.model.quantity import counted

# Room for an answer; one of some choices is ticked.
LINES = 2
DONE = "Done in nnstudio"
READ_ONLY = "There is nothing to do in this step: it is read."


def handout(folder: LessonFolder, is_for_teacher: bool = False, picture: Picture | None = None) -> Sheet:
    """The sheet for pupils; or for the teacher, with solutions, hints and praise from a page of their own on.

    ``picture`` is of the network that the lesson begins with.
    """
    lesson = folder.lesson
    parts: list[Part] = [
        Title(lesson.title, _note(lesson, is_for_teacher)), Plain(lesson.summary), Plain(_where(folder))
    ]  # fmt: skip
    if not is_for_teacher:
        parts.insert(1, Blanks(("Name", "Date")))
    if picture is not None:
        parts.append(picture)
    # Those since the last page that had to begin.
    asking: list[Step] = []
    for number, step in enumerate(lesson.steps, 1):
        is_apart = not is_for_teacher and any(_answers(step, one) for one in asking)
        asking = [step] if is_apart else [*asking, step]
        parts += _step(number, step, is_for_teacher, is_apart)
    if is_for_teacher:
        parts += _solutions(lesson)
    return Sheet(f"{lesson.title}{' – for the teacher' if is_for_teacher else ''}", tuple(parts))


def _note(lesson: Lesson, is_for_teacher: bool) -> str:
    told = [lesson.chapter, f"about {counted(lesson.minutes, 'minute')}"]
    if lesson.needs:
        told.append(f"after {', '.join(f'“{_title(need)}”' for need in lesson.needs)}")
    return "  ·  ".join([*told, *(["for the teacher"] if is_for_teacher else [])])


def _title(name: str) -> str:
    """What a lesson is called; one that is not here has only its name."""
    try:
        lesson = lesson_called(name)
    except LessonError:
        lesson = None
    return lesson.lesson.title if lesson is not None else name


def _where(folder: LessonFolder) -> str:
    """How to get there: a lesson that was given away is opened from its file first."""
    title = folder.lesson.title
    way = (
        f"You need a computer with nnstudio, and the file of this lesson, which ends in {SUFFIX}. Drop it on "
        "the window of nnstudio, or choose File > Open there, and then begin the lesson. Later, "
        f"“{title}” stands under File > Lessons."
    )
    if folder.folder == lessons_folder() / folder.id:
        way = f"You need a computer with nnstudio. Choose File > Lessons there, and then “{title}”."
    return f"{way} It says in each step what is still missing, and has hints."


def _answers(step: Step, asking: Step) -> bool:
    """Whether a step tells the answer to the question of another one."""
    for check in asking.checks:
        if isinstance(check, Answered):
            numbers = [in_words(check.about)] if check.about is not None else []
            text = step.text.replace("−", "-").casefold()
            rights = [right.replace("−", "-").casefold() for right in (*check.one_of, *numbers)]
            if any(re.search(rf"(?<![\w.]){re.escape(right)}(?![\w]|\.\d)", text) for right in rights):
                return True
    return False


def _step(number: int, step: Step, is_for_teacher: bool, is_apart: bool) -> Iterator[Part]:
    """A step; ``is_apart`` from those before, on the next page, as it tells what they ask."""
    yield Heading(f"{number}. {step.title}", is_new_page=is_apart)
    yield Prose(step.text)
    if step.question is not None:
        yield Plain(step.question.text, is_strong=True)
        if step.question.choices:
            yield Boxes(step.question.choices)
        elif not is_for_teacher:
            yield Lines(LINES)
    if step.checks and not is_for_teacher:
        yield Boxes((DONE,))


def _solutions(lesson: Lesson) -> Iterator[Part]:
    words = Words(lesson)
    yield Heading("Solutions", is_new_page=True, is_large=True)
    yield Plain("One way through each step; the program accepts others as well.")
    for number, step in enumerate(lesson.steps, 1):
        yield Heading(f"{number}. {step.title}")
        if not step.solution:
            yield Plain(READ_ONLY)
            continue
        yield Numbered(tuple(words.sentence(action) for action in step.solution))
        for at, hint in enumerate(step.hints, 1):
            yield Plain(f"Hint {at}: {hint}")
        if step.praise:
            yield Plain(f"nnstudio then says: {step.praise}")
