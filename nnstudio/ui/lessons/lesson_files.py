"""What a person does with lessons as files: adds and removes them, prints them, saves their work in one."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtWidgets import QInputDialog, QWidget

from nnstudio.lessons.handed_in import ZIP, handed_in
from nnstudio.lessons.lesson import LessonFolder
from nnstudio.lessons.own import Added, add, remove
from nnstudio.lessons.package import SUFFIX, LessonExists
from nnstudio.lessons.progress import learner, note_learner
from nnstudio.project import Project
from nnstudio.ui.lessons import papers
from nnstudio.ui.lessons.lesson_run import LessonRun
from nnstudio.ui.lessons.lessons_page import LessonsPage
from nnstudio.ui.project.file_names import completed
from nnstudio.ui.widgets.file_dialogs import ask_open, ask_save
from nnstudio.ui.widgets.question import agrees

# What no system lets stand in the name of a file; and letters of one.
NO_NAME, LONGEST = re.compile(r"[\\/:*?\"<>|.\x00-\x1f]"), 100
OPENED = "This is the project from the work in “{}”. That file stays as it is; a save asks for a new one."


class LessonFiles:
    """Follows the page of lessons and the panel of the one that is open."""

    def __init__(
        self, parent: QWidget, run: LessonRun, page: LessonsPage, show_lessons: Callable[[], None]
    ) -> None:
        self.parent, self.run, self.page, self.show_lessons = parent, run, page, show_lessons
        self.files, self.messages = run.files, run.messages
        page.add_requested.connect(self.ask_add)
        page.remove_requested.connect(self.remove)
        page.print_requested.connect(self.ask_handout)
        run.panel.print_requested.connect(self._print_open)
        run.panel.work_requested.connect(self._save_open)

    def _in_background(self, work: Callable[[], object], then: Callable[..., None]) -> None:
        self.run.runner.inquiries.in_background(work, then, self.messages.fail)

    # Coming and going

    def take(self, path: Path) -> None:
        """Add a lesson, or open a learner's work in one."""
        (self.open_work if path.suffix.lower() == ZIP else self.add)(path)

    def ask_add(self) -> None:
        """Choose the file of a lesson and add it."""
        path = ask_open(self.parent, "Add a lesson", f"nnstudio lessons (*{SUFFIX});;All files (*)")
        if path:
            self.add(Path(path))

    def open_work(self, path: Path) -> None:
        """Show the project in a learner's work; their file stays as it is."""

        def show(project: Project) -> None:
            self.files.show(project, f"Open {path.name}")
            self.messages.say(" ".join(project.warnings))
            self.messages.note(OPENED.format(path.name))

        def read() -> None:
            self.files.in_background(f"Opening {path.name}", lambda: handed_in(path), show)

        self.files.leave(read)

    def add(self, path: Path, is_replacing: bool = False) -> None:
        """Add a lesson from a file and show it among the others; another one of its name only once agreed."""
        self.messages.say("")

        def show(added: Added) -> None:
            folder = added.folder
            self._leave(folder)
            self.page.show_next(folder.id)
            self.show_lessons()
            told = f"Added “{folder.lesson.title}”. {added.note}"
            self.messages.tell_written(told.strip(), folder.folder)

        def fail(error: Exception) -> None:
            if isinstance(error, LessonExists):
                self._ask_replace(path, error)
            else:
                self.messages.fail(error)

        self.run.runner.inquiries.in_background(lambda: add(path, is_replacing), show, fail)

    def _ask_replace(self, path: Path, error: LessonExists) -> None:
        text = f"{error} Replace takes the one in '{path.name}' instead."
        if agrees(self.parent, "Replace the lesson?", text, "Replace"):
            self.add(path, is_replacing=True)

    def remove(self, folder: LessonFolder) -> None:
        """Take an added lesson away, once a person agreed; their work in it stays."""
        text = (
            f"“{folder.lesson.title}” is taken off this page. Your work in it stays: to go on with it, add "
            "the file of the lesson again."
        )
        if agrees(self.parent, "Remove the lesson?", text, "Remove"):
            self._leave(folder)
            self._in_background(lambda: remove(folder), lambda _none: self.show_lessons())

    def _leave(self, folder: LessonFolder) -> None:
        """What the panel shows is no longer what there is."""
        if self.run.open is not None and self.run.open.folder.id == folder.id:
            self.run.leave()

    # Paper

    def ask_handout(self, folder: LessonFolder, is_for_teacher: bool) -> None:
        """Choose a file for a handout and write it."""
        name = f"{folder.id}{'-teacher' * is_for_teacher}{papers.PDF}"
        path, chosen = ask_save(
            self.parent, "Save the handout", name, f"PDF (*{papers.PDF});;Markdown (*{papers.MARKDOWN})"
        )
        suffix = papers.MARKDOWN if papers.MARKDOWN in chosen else papers.PDF
        target = completed(self.parent, path, suffix, (papers.PDF, papers.MARKDOWN))
        if target is not None:
            tell = partial(self._tell, f"Wrote {target.name}.", target)

            def write(network: papers.Network) -> None:
                picture = papers.network_picture(network)
                work = partial(papers.write_handout, folder, target, is_for_teacher, picture)
                self._in_background(work, tell)

            self._in_background(lambda: papers.network_of(folder), write)

    def _print_open(self) -> None:
        if self.run.open is not None:
            self.ask_handout(self.run.open.folder, is_for_teacher=False)

    def _save_open(self) -> None:
        if self.run.open is not None:
            self.ask_work(self.run.open.folder)

    def ask_work(self, folder: LessonFolder) -> None:
        """Ask for the learner's name and a file, and write their work as it is now."""
        who, is_given = QInputDialog.getText(
            self.parent, "Save your work", "Your name, for the report and the file:", text=learner()
        )
        if not is_given:
            return
        who = " ".join(who.split())
        path, _ = ask_save(
            self.parent, "Save your work", f"{file_name(folder.id, who)}{ZIP}", f"Your work (*{ZIP})"
        )
        target = completed(self.parent, path, ZIP)
        if target is None:
            return
        if self.run.is_shown(folder) and self.run.workspace.is_modified:
            self.files.save(lambda: self._write_work(folder, target, who))
        else:
            self._write_work(folder, target, who)

    def _write_work(self, folder: LessonFolder, target: Path, who: str) -> None:
        title = folder.lesson.title
        sentence = f"Wrote {target.name}: your project in “{title}”, and a report on what you did."

        def write() -> None:
            papers.write_work(folder, target, who)
            note_learner(who)

        self._in_background(write, partial(self._tell, sentence, target))

    def _tell(self, sentence: str, path: Path, _none: None) -> None:
        self.messages.say("")
        self.messages.tell_written(sentence, path)


def file_name(lesson: str, who: str) -> str:
    """What the file of a learner's work is called, without its suffix: no two of a class are the same."""
    return " ".join([lesson, *NO_NAME.sub(" ", who).split()])[:LONGEST].strip()
