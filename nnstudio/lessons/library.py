"""All lessons that there are, how far the learner came in each, and which one comes next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from nnstudio.lessons.draft import kept_drafts
from nnstudio.lessons.lesson import LessonFolder, lessons_folder, readable_lessons
from nnstudio.lessons.own import own_lessons
from nnstudio.lessons.progress import Progress, read_progress
from nnstudio.model.atomic_file import FileError

# The chapter of lessons that were added, where they say none that there is.
OWN = "More lessons"


@dataclass(frozen=True)
class Library:
    """All lessons, how far the learner came in each, and sentences on those that are broken.

    Attributes:
        lessons: in the order of the path, those that the learner added behind it.
        own: identifiers of those that the learner added.
        drafts: the person's own, by folder and title.
    """

    lessons: Sequence[LessonFolder] = ()
    progress: Mapping[str, Progress] = field(default_factory=dict)
    problems: Sequence[str] = ()
    own: frozenset[str] = frozenset()
    drafts: Sequence[tuple[Path, str]] = ()

    def chapters(self) -> dict[str, list[LessonFolder]]:
        """Those of each chapter; OWN for what was added and belongs to no chapter of the program."""
        chapters: dict[str, list[LessonFolder]] = {}
        for folder in self.lessons:
            chapter = folder.lesson.chapter
            if folder.id in self.own and chapter not in chapters:
                chapter = OWN
            chapters.setdefault(chapter, []).append(folder)
        return chapters

    def progress_in(self, folder: LessonFolder) -> Progress:
        """How far the learner came in a lesson."""
        return self.progress.get(folder.id, Progress())

    def share(self, folder: LessonFolder) -> float:
        """What of a lesson is done, 0 .. 1; a little where it was begun."""
        progress, steps = self.progress_in(folder), len(folder.lesson.steps)
        done = len(progress.within(steps).done)
        return done / steps if done or progress == Progress() else 0.01

    @property
    def is_begun(self) -> bool:
        """Whether the learner did anything in any of them."""
        return any(progress != Progress() for progress in self.progress.values())

    def after(self, name: str) -> LessonFolder | None:
        """The lesson to go on with after the one that is called so; None where nothing is left.

        It is the first behind it that is not done, chapter by chapter; behind the last one it is the `next`.
        """
        shown = [folder for chapter in self.chapters().values() for folder in chapter]
        at = next((at for at, folder in enumerate(shown) if folder.id == name), len(shown))
        behind = (folder for folder in shown[at + 1 :] if self.share(folder) < 1)
        left = next(behind, self.next)
        return None if left is None or left.id == name else left

    @property
    def next(self) -> LessonFolder | None:
        """The first lesson on the path that is not done and needs none that is not; None without any."""
        done = {folder.id for folder in self.lessons if self.share(folder) >= 1}
        left = [folder for folder in self.lessons if folder.id not in done and folder.id not in self.own]
        return next((folder for folder in left if set(folder.lesson.needs) <= done), None)

    @property
    def going_on(self) -> LessonFolder | None:
        """The first lesson that was begun and is not done, else the `next`."""
        begun = (one for one in self.lessons if 0 < self.share(one) < 1)
        return next(begun, self.next)


def read_library() -> Library:
    """Everything that the page shows; reads many small files."""
    lessons, errors = readable_lessons(lessons_folder())
    own, own_errors = own_lessons()
    progress, problems = {}, [str(error) for error in (*errors, *own_errors)]
    lessons += own
    for folder in lessons:
        try:
            progress[folder.id] = read_progress(folder.id)
        except FileError as error:
            problems.append(f"“{folder.lesson.title}”: {error}")
    added = frozenset(folder.id for folder in own)
    return Library(lessons, progress, problems, added, kept_drafts())
