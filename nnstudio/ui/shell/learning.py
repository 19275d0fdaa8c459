"""All that has to do with lessons: their page, the panel that leads through one, files, and the editor of own
ones. Puts them together, and decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QMainWindow, QWidget

from nnstudio.lessons.library import read_library
from nnstudio.ui.lessons.authoring import Authoring
from nnstudio.ui.lessons.lesson_files import LessonFiles
from nnstudio.ui.lessons.lesson_panel import LessonPanel
from nnstudio.ui.lessons.lesson_run import LessonRun
from nnstudio.ui.lessons.lessons_page import LessonsPage
from nnstudio.ui.live.host import LiveHost
from nnstudio.ui.project.files import Files
from nnstudio.ui.project.keeper import Keeper
from nnstudio.ui.project.messages import Messages
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.shell.docks import Docks
from nnstudio.ui.shell.lesson_layout import LessonLayout
from nnstudio.ui.shell.panels import Panels


class Learning:
    """``show_page(page)`` puts a page in front, ``show_canvas()`` the network."""

    def __init__(
        self, window: QMainWindow, workspace: Workspace, runner: Runner, files: Files, messages: Messages,
        docks: Docks, live: LiveHost, keeper: Keeper, panels: Panels, show_page: Callable[[QWidget], None],
        show_canvas: Callable[[], None],
    ) -> None:  # fmt: skip
        self.runner, self._show_page = runner, show_page
        self.page, panel, run_bar = LessonsPage(), LessonPanel(), panels.run_bar
        self.run = LessonRun(
            window, workspace, runner, files, messages, docks, LessonLayout(docks, panel), panel, run_bar,
            live.showing,
        )  # fmt: skip
        self.authoring = Authoring(
            window, workspace, runner, messages, docks, self.run, run_bar, keeper, self.page, panels.making
        )
        self.authoring.left_empty.connect(self.show)
        self.files = LessonFiles(window, self.run, self.page, self.show)
        self.page.pictures.begin(runner.inquiries.look_up)
        self.page.lesson_requested.connect(self.run.begin)
        self.page.reset_requested.connect(self.run.reset)
        self.run.wanted.connect(show_canvas)
        self.run.lessons_wanted.connect(self.show)
        # A search in another lesson would hide what this one asks for.
        self.run.begun.connect(panels.palette.search.clear)
        self.run.array_wanted.connect(live.show_array)
        live.weight_edited.connect(self.authoring.recorder.note_weight)

    def show(self) -> None:
        """Show all lessons, read anew, until one is opened."""
        self.page.search.clear()
        self.runner.inquiries.in_background(read_library, self.page.show_library, self.page.show_error)
        self._show_page(self.page)
        self.page.search.setFocus()

    def leave(self) -> None:
        """The window closes."""
        self.authoring.leave()
        # The panels are kept as they stood before it.
        self.run.leave()
