"""The window: its first screen at once, all else when that was seen or when somebody asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from PySide6.QtCore import QSettings, Signal
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QMainWindow, QVBoxLayout, QWidget

from nnstudio.ui.project.recent import RecentProjects
from nnstudio.ui.run.run_bar import RunBar
from nnstudio.ui.shell.furnishing import Furnishing
from nnstudio.ui.shell.menu_bar import add_titles
from nnstudio.ui.shell.start_page import StartPage
from nnstudio.ui.shell.status_bar import Status
from nnstudio.ui.shell.window_size import keep_size, restore_size
from nnstudio.ui.widgets.pages import Pages
from nnstudio.ui.widgets.theme import SCHEME, TEXT_SIZE, theme

if TYPE_CHECKING:
    from nnstudio.ui.shell.studio import Studio


class MainWindow(QMainWindow):
    """The studio's window on one project at a time. What its first screen shows is made here; all other parts
    belong to `Studio`, and are the window's attributes, too: whoever asks for one before they are made has
    them made.

    Signal: furnished() when all of it is there.

    Attributes:
        is_at_start: whether it begins with the start page.
        studio: the other parts; None before they are made, and in part as they are.
        column: the middle of the window, from top to bottom, with the ``pages`` among it.
    """

    furnished = Signal()

    def __init__(self, settings: QSettings | None = None, *, is_at_start: bool = False) -> None:
        """With ``is_at_start`` it shows the start page, and makes all else when that was seen."""
        super().__init__()
        self.settings = settings or QSettings("nnstudio", "nnstudio")
        self.is_at_start = is_at_start
        self.studio: Studio | None = None
        self._furnishing: Furnishing | None = None
        theme.restore(str(self.settings.value(SCHEME, "")))
        theme.set_text_scale(float(str(self.settings.value(TEXT_SIZE, 1.0, float))))
        self.run_bar, self.status = RunBar(), Status()
        self.start_page, self.pages = StartPage(), Pages()
        self._put_together()
        restore_size(self, self.settings)
        self.start_page.lead_to(self.furnish)
        if is_at_start:
            self.start_page.show_files(RecentProjects(self.settings).paths(), None)
            self._furnishing = Furnishing(self, self.furnish)
        else:
            self.furnish()

    def _put_together(self) -> None:
        add_titles(self.menuBar())
        # From the outside in: what gets another parent has its style worked out anew, with all that is in it.
        middle = QWidget()
        self.setCentralWidget(middle)
        self.column = QVBoxLayout(middle)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(0)
        self.column.addWidget(self.pages, 1)
        self.pages.addWidget(self.start_page)
        self.addToolBar(self.run_bar)
        self.setStatusBar(self.status)
        self.setAcceptDrops(True)

    def furnish(self) -> Studio:
        """Make what is not made yet."""
        if self.studio is None:
            from nnstudio.ui.shell.studio import Studio

            if self._furnishing is not None:
                self._furnishing.end()
            self.setUpdatesEnabled(False)
            try:
                Studio(self)
            finally:
                self.setUpdatesEnabled(True)
            self.furnished.emit()
        assert self.studio is not None
        return self.studio

    def __getattr__(self, name: str) -> Any:
        # Before there is a place for the studio, and for what Python and Qt look for in any object.
        if "studio" not in self.__dict__ or name.startswith("__"):
            raise AttributeError(name)
        return getattr(self.furnish(), name)

    def keep_work(self) -> None:
        """Keep a recovery copy, if there is anything to keep."""
        if self.studio is not None:
            self.studio.keeper.keep_copy()

    def interrupt(self) -> None:
        """Somebody ends the program from outside: keep a recovery copy, then close without a question."""
        if self.studio is None:
            self.close()
        else:
            self.studio.closing.interrupt()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        # What is dropped beside the pages, such as on a panel.
        if event.mimeData().hasUrls():
            self.furnish().files.await_data()
            event.acceptProposedAction()

    def dropEvent(self, event: QDropEvent) -> None:
        self.furnish().drop(event)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self._furnishing is not None:
            self._furnishing.end()
        if self.studio is None:
            keep_size(self, self.settings)
            event.accept()
        else:
            event.setAccepted(self.studio.closing.close())
