"""A lesson: a folder with `lesson.toml`, whose text is Markdown, and projects. Reading it finds its faults.

What may stand in the file is what the structures below and in `conditions.py`, `network_conditions.py` and
`actions.py` say; it is data only, so a lesson from elsewhere can do no harm.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator
from enum import StrEnum, auto
from importlib.resources import as_file, files
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta, Struct

from nnstudio.lessons.actions import AnyAction
from nnstudio.lessons.conditions import Answered, AnyCondition
from nnstudio.lessons.names import Names, PanelName
from nnstudio.lessons.panels import by_identifiers, panel_title, target_parts
from nnstudio.lessons.seen_conditions import Shown
from nnstudio.model.atomic_file import FileError, read_regular
from nnstudio.model.projectfile import SUFFIX

FILE = "lesson.toml"
MOST_BYTES = 2**20
Text = Annotated[str, Meta(min_length=1, max_length=20_000)]
Word = Annotated[str, Meta(min_length=1, max_length=200)]
Panel = Annotated[PanelName, Meta(min_length=1, max_length=200)]
Target = Annotated[Word, Meta(extra={"names": Names.TARGET})]


class StepPart(StrEnum):
    """Where in a step something is wrong."""

    ALL = auto()
    TEXT = auto()
    POINT_AT = auto()
    QUESTION = auto()
    CHECKS = auto()
    HINTS = auto()
    SOLUTION = auto()
    WRONG = auto()


class Fault(Struct, frozen=True):
    """What is wrong with a lesson, in a part of a step, counted from one; 0 where it is no step's."""

    step: int
    sentence: str
    part: StepPart = StepPart.ALL

    @property
    def told(self) -> str:
        """The sentence with where that is."""
        return f"In step {self.step}, {self.sentence}" if self.step else self.sentence


class LessonError(FileError):
    """A lesson that cannot be used; the text is a sentence that says where and why."""


class Question(Struct, frozen=True, forbid_unknown_fields=True):
    """Something to think about first: with choices to pick one of, or a number to type."""

    text: Text
    choices: tuple[Word, ...] = ()


class Step(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """One idea, and what to do about it.

    Attributes:
        text: Markdown.
        point_at: what lights up: "node Dense", "panel weights", "button train", or "array Dense bias": that
            array of the node, which is brought into the panel Weights.
        panels: what is shown for it besides, such as what a hint names.
        checks: all must hold before the step counts as done; none for one that is only read.
        hints: come one at a time, the first one the vaguest.
        praise: what is said once it is done.
        solution: a way to do it; wrong: ways that the checks must refuse, tried first and in
            this order.
    """

    title: Word
    text: Text
    point_at: tuple[Target, ...] = ()
    panels: tuple[Panel, ...] = ()
    question: Question | None = None
    checks: tuple[AnyCondition, ...] = ()
    hints: tuple[Text, ...] = ()
    praise: str = ""
    solution: tuple[AnyAction, ...] = ()
    wrong: tuple[tuple[AnyAction, ...], ...] = ()


class Lesson(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A lesson, as its file says.

    Attributes:
        chapter: the part of the path it belongs to; order: its place on the path.
        minutes: what it takes a learner.
        needs: lessons that come before.
        panels: what is put forward for it.
        tags: words that it is found by, and that do not stand in it.
        project: the file in its folder that it begins with.
    """

    title: Word
    summary: Text
    chapter: Word
    order: int
    minutes: Annotated[int, Meta(ge=1, le=600)]
    steps: Annotated[tuple[Step, ...], Meta(min_length=1, max_length=100)]
    needs: tuple[Word, ...] = ()
    panels: tuple[Panel, ...] = ()
    tags: tuple[Word, ...] = ()
    project: Word = f"start{SUFFIX}"

    @property
    def parts(self) -> tuple[str, ...]:
        """What it is found by: all that it is called, and what each of its steps says."""
        head = " ".join((self.title, self.summary, self.chapter, *self.tags))
        return (head, *(f"{step.title} {step.text}" for step in self.steps))


class LessonFolder(Struct, frozen=True):
    """A lesson and where it lies; ``id`` is the name of the folder."""

    id: str
    folder: Path
    lesson: Lesson

    @property
    def project(self) -> Path:
        """The project that it begins with."""
        return self.folder / self.lesson.project


def read_lesson(folder: Path) -> LessonFolder:
    """Read a lesson and look whether it hangs together. Raises LessonError."""
    name, path = folder.name, folder / FILE
    try:
        content = tomllib.loads(read_regular(path, MOST_BYTES).decode("utf-8"))
    except (OSError, ValueError) as error:
        raise LessonError(f"The lesson '{name}' cannot be read: {FILE}: {error}") from error
    try:
        lesson = msgspec.convert(by_identifiers(content), Lesson)
    except msgspec.ValidationError as error:
        raise LessonError(f"The lesson '{name}' has a fault in {FILE}: {_at_step(str(error))}") from error
    read = LessonFolder(name, folder, lesson)
    fault = next(faults_of(read), None)
    if fault is not None:
        raise LessonError(f"The lesson '{name}' does not hang together: {fault.told}")
    return read


def _at_step(error: str) -> str:
    """A message of the check of types, with steps counted from one, as people do."""
    head, sign, rest = error.partition("$.steps[")
    number, _, tail = rest.partition("]")
    return f"{head}step {int(number) + 1}{tail}" if sign and number.isdigit() else error


def faults_of(folder: LessonFolder) -> Iterator[Fault]:
    """Where it does not hang together, as far as that can be seen without playing it."""
    if not folder.project.is_file() or folder.project.resolve().parent != folder.folder.resolve():
        yield Fault(0, f"there is no file '{folder.lesson.project}' in its folder.")
    for number, step in enumerate(folder.lesson.steps, 1):
        for part, sentence in _faults(step, folder.lesson):
            yield Fault(number, sentence, part)


def _faults(step: Step, lesson: Lesson) -> Iterator[tuple[StepPart, str]]:
    asks = any(isinstance(check, Answered) for check in step.checks)
    if asks != (step.question is not None):
        told = "there is a question without a check of the answer, or the other way round."
        yield StepPart.QUESTION, told
    if step.checks and not step.solution:
        yield StepPart.SOLUTION, "there are checks, but no solution that proves them."
    for check in step.checks:
        if isinstance(check, Shown) and check.panel in lesson.panels:
            title = panel_title(check.panel)
            told = f"a check asks for the panel “{title}”, which the lesson shows by itself."
            yield StepPart.CHECKS, told
    for what in step.point_at:
        if target_parts(what)[0] not in ("node", "panel", "button", "array"):
            told = f"'{what}' is to light up: say node, panel, button or array, and which."
            yield StepPart.POINT_AT, told


def is_about(parts: Iterable[str], search: str) -> bool:
    """Whether all words of a search begin words of one of these parts."""
    begins = [rf"(?<!\w){re.escape(word)}" for word in search.casefold().split()]
    return any(all(re.search(word, part.casefold()) for word in begins) for part in parts)


def lessons_folder() -> Path:
    """Where the lessons lie that come with the program."""
    with as_file(files("nnstudio.resources").joinpath("lessons")) as root:
        return root


def readable_lessons(root: Path) -> tuple[list[LessonFolder], list[LessonError]]:
    """All lessons in a folder, in the order of the path, and what is wrong with those that cannot be read."""
    lessons, errors = [], []
    for folder in sorted(path for path in root.iterdir() if (path / FILE).is_file()):
        try:
            lessons.append(read_lesson(folder))
        except LessonError as error:
            errors.append(error)
    return sorted(lessons, key=lambda one: (one.lesson.order, one.id)), errors


def shipped_lessons() -> list[LessonFolder]:
    """All lessons that come with the program, in the order of the path. Raises LessonError."""
    lessons, errors = readable_lessons(lessons_folder())
    if errors:
        raise errors[0]
    return lessons


def shipped_lesson(name: str) -> LessonFolder | None:
    """The lesson in this folder; None where the program has none. Raises LessonError."""
    folder = lessons_folder() / name
    return read_lesson(folder) if (folder / FILE).is_file() else None
