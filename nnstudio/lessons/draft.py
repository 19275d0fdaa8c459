"""A lesson that a teacher is writing: kept as it is, complete or not, in their own data folder.

A draft is a folder as a lesson's is, but its file may lack things. In memory it is plain dictionaries and
lists, since no structure can hold what is not complete.
"""

from __future__ import annotations

import contextlib
import shutil
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from nnstudio.data.dataset import sources
from nnstudio.lessons.fields import Verb, actions, conditions, faults_in
from nnstudio.lessons.lesson import (
    FILE,
    MOST_BYTES,
    Fault,
    Lesson,
    LessonError,
    LessonFolder,
    StepPart,
    faults_of,
    read_lesson,
)
from nnstudio.lessons.panels import by_identifiers
from nnstudio.lessons.progress import MOST_PROJECT_BYTES
from nnstudio.lessons.suffix import DRAFT
from nnstudio.lessons.unknown import Titles, unknown_names
from nnstudio.lessons.writing import as_toml, content_of
from nnstudio.model import disk_faults
from nnstudio.model.atomic_file import FileError, read_regular, write_atomically, write_together
from nnstudio.model.document import Document
from nnstudio.model.own_folder import own_data
from nnstudio.model.projectfile import SUFFIX, read

START = f"start{SUFFIX}"
CHAPTER = "More lessons"
# Behind all that come with the program.
ORDER = 1000
# In which part of a step some of its words stand; the others are at its top.
PARTS = {
    "text": StepPart.TEXT,
    "point_at": StepPart.POINT_AT,
    "panels": StepPart.POINT_AT,
    "hints": StepPart.HINTS,
    "praise": StepPart.HINTS,
}
# Fields of a condition that say what a value should be.
WAYS = ("one_of", "within", "about")
Content = dict[str, Any]


class _Step(msgspec.Struct):
    """What must be right of a step for a form to show it."""

    question: Content = {}
    checks: list[Content] = []
    solution: list[Content] = []
    wrong: list[list[Content]] = []


class _Shape(msgspec.Struct):
    steps: list[_Step]


@dataclass
class Draft:
    """A lesson that is being written, and where it lies.

    Attributes:
        content: as `lesson.toml` has it; what is missing is missing.
    """

    folder: Path
    content: Content

    @property
    def start(self) -> Path:
        """The project that it begins with."""
        return self.folder / START

    @property
    def title(self) -> str:
        """What it is called, or that it has no title yet."""
        return str(self.content.get("title") or "A lesson without a title")

    def text(self) -> bytes:
        """Its file as it would be written now."""
        return as_toml(without_empty(self.content))

    def lesson(self) -> LessonFolder:
        """The lesson, read from what was kept. Raises LessonError."""
        return read_lesson(self.folder)


def drafts_folder() -> Path:
    """Where drafts are kept."""
    return own_data() / "drafts"


def new_step(number: int) -> Content:
    """A step with nothing in it."""
    return {"title": f"Step {number}"}


def new_draft(project: bytes | memoryview) -> Draft:
    """A draft with one step, which begins with a project; kept at once. Raises FileError."""
    content = {"chapter": CHAPTER, "order": ORDER, "minutes": 10, "steps": [new_step(1)]}
    return _kept("lesson", content, project)


def copied(folder: LessonFolder) -> Draft:
    """A draft that is as a lesson is, but for its title; kept at once. Raises FileError."""
    content = content_of(folder.lesson) | {"title": f"{folder.lesson.title} (copy)", "order": ORDER}
    # What it begins with is called as in every draft; what it needs, its author says anew.
    for name in ("project", "needs"):
        content.pop(name, None)
    return _kept(folder.id, content, read_regular(folder.project, MOST_PROJECT_BYTES))


def _kept(name: str, content: Content, project: bytes | memoryview) -> Draft:
    folder = _free_folder(f"{DRAFT}{name}")
    draft = Draft(folder, content)
    try:
        write_together([(draft.start, project), (folder / FILE, draft.text())])
    except FileError:
        with contextlib.suppress(OSError):
            folder.rmdir()
        raise
    return draft


def _free_folder(name: str) -> Path:
    """A new folder."""
    root, number = drafts_folder(), 1
    try:
        root.mkdir(parents=True, exist_ok=True)
        while True:
            folder = root / (name if number == 1 else f"{name}-{number}")
            try:
                folder.mkdir()
                return folder
            except FileExistsError:
                number += 1
    except OSError as error:
        raise FileError(
            f"No draft can be kept in '{root}': {disk_faults.reason(error)}. {disk_faults.advice(error)}"
        ) from error


def keep(draft: Draft, text: bytes) -> None:
    """Write its file; ``text`` is what `Draft.text` gave. Raises FileError."""
    write_atomically(draft.folder / FILE, text)


def delete(draft: Draft) -> None:
    """Take a draft away for good. Raises FileError."""
    try:
        shutil.rmtree(draft.folder)
    except OSError as error:
        raise FileError(
            f"The draft in '{draft.folder}' cannot be deleted: {error.strerror or error}."
        ) from error


def read_draft(folder: Path) -> Draft:
    """What was kept. Raises LessonError for a file that no form can show."""
    try:
        content = tomllib.loads(read_regular(folder / FILE, MOST_BYTES).decode("utf-8"))
        shape = msgspec.convert(content, _Shape)
    except (OSError, ValueError) as error:
        raise LessonError(f"The draft in '{folder}' cannot be read: {FILE}: {error}") from error
    for number, step in enumerate(shape.steps, 1):
        ways = (step.solution, *step.wrong)
        unknown = [item.get("verb") for item in step.checks if item.get("verb") not in conditions()]
        unknown += [item.get("do") for way in ways for item in way if item.get("do") not in actions()]
        if unknown:
            raise LessonError(
                f"The draft in '{folder}' cannot be shown: step {number} has “{unknown[0]}”, which this "
                "version does not know. A newer one may."
            )
    content.pop("project", None)
    return Draft(folder, content)


def drafted_lesson(name: str) -> LessonFolder | None:
    """The draft in this folder, as a lesson; None where there is none. Raises LessonError."""
    folder = drafts_folder() / name
    return read_lesson(folder) if (folder / FILE).is_file() else None


def kept_drafts() -> list[tuple[Path, str]]:
    """Folders and titles of all drafts, by title; one that cannot be read is called by its folder."""
    root, drafts = drafts_folder(), []
    for folder in sorted(root.iterdir()) if root.is_dir() else ():
        if (folder / FILE).is_file():
            try:
                drafts.append((folder, read_draft(folder).title))
            except LessonError:
                drafts.append((folder, folder.name))
    return sorted(drafts, key=lambda one: one[1].casefold())


def without_empty(value: Any) -> Any:
    """A copy without lists and dictionaries that hold nothing: a form leaves them behind."""
    if isinstance(value, Mapping):
        pairs = ((key, without_empty(item)) for key, item in value.items())
        return {key: item for key, item in pairs if item not in ([], {})}
    if isinstance(value, list):
        items = (without_empty(item) for item in value)
        return [item for item in items if item not in ([], {})]
    return value


def faults_of_draft(draft: Draft, panels: Titles) -> list[Fault]:
    """What a draft lacks before it can be played in a window with these panels; reads its project."""
    content = by_identifiers(without_empty(draft.content))
    faults = list(_lacks(draft.content))
    if not faults:
        try:
            lesson = msgspec.convert(content, Lesson)
        except msgspec.ValidationError as error:
            return [Fault(0, f"{error}.")]
        faults = list(faults_of(LessonFolder(draft.folder.name, draft.folder, lesson)))
        faults += unknown_names(lesson, panels)
    return faults or list(_faults_of_project(draft))


def _lacks(content: Content) -> Iterator[Fault]:
    from nnstudio.lessons.draft_fields import DETAILS

    for sentence in faults_in(content, DETAILS):
        yield Fault(0, sentence)
    if not content.get("steps"):
        yield Fault(0, "The lesson has no steps yet.")
    for number, step in enumerate(content.get("steps", ()), 1):
        for part, sentence in _lacks_of_step(step):
            yield Fault(number, sentence, part)


def _lacks_of_step(step: Content) -> Iterator[tuple[StepPart, str]]:
    from nnstudio.lessons.draft_fields import QUESTION, WORDS

    for field in WORDS:
        for told in faults_in(step, (field,)):
            yield PARTS.get(field.name, StepPart.ALL), told
    question = without_empty(step.get("question", {}))
    for told in faults_in(question, QUESTION) if question else ():
        yield StepPart.QUESTION, f"in the question, {told}"
    for told in _lacks_of_verbs("check", step.get("checks", []), conditions()):
        yield StepPart.CHECKS, told
    for told in _lacks_of_verbs("solution, action", step.get("solution", []), actions()):
        yield StepPart.SOLUTION, told
    for at, way in enumerate(step.get("wrong", []), 1):
        if not way:
            yield StepPart.WRONG, f"wrong way {at} has no actions: add one, or remove the way."
        for told in _lacks_of_verbs(f"wrong way {at}, action", way, actions()):
            yield StepPart.WRONG, told


def _lacks_of_verbs(what: str, items: list[Content], verbs: Mapping[str, Verb]) -> Iterator[str]:
    for number, item in enumerate(items, 1):
        verb = next(verb for verb in verbs.values() if item.get(verb.key) == verb.word)
        for sentence in (*faults_in(item, verb.fields), *_without_any(item, verb)):
            yield f"{what} {number} ({verb.word}): {sentence}"


def _without_any(item: Content, verb: Verb) -> Iterator[str]:
    """Of several ways to say what a value should be, one is needed."""
    ways = [field for field in verb.fields if field.name in WAYS and not field.is_required]
    if len(ways) > 1 and not any(without_empty(item).get(field.name) is not None for field in ways):
        yield f"say what it should be, in {' or '.join(f'“{field.title}”' for field in ways)}."


def _faults_of_project(draft: Draft) -> Iterator[Fault]:
    document = Document()
    try:
        opened = read(draft.start, document)
    except FileError as error:
        yield Fault(0, str(error))
        return
    picks = document.data.kind in sources and sources[document.data.kind].picks
    if picks and opened.data.table is None:
        yield Fault(
            0,
            f"The project learns from '{opened.data.name}', which is too large to be inside of it, so a "
            "learner would not have it. Choose smaller data, or data that comes with nnstudio.",
        )
