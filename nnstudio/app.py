"""Starts the window: looks first at what would make Qt abort, and says it in a sentence."""

from __future__ import annotations

import builtins
import ctypes.util
import gc
import os
import signal
import sys
from functools import partial
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from nnstudio.allocator import give_back_memory
from nnstudio.exit_codes import ExitCode

if TYPE_CHECKING:
    from nnstudio.ui.shell.main_window import MainWindow

# Exit code of a program that was ended by Ctrl+C.
INTERRUPTED = 130
# After so many milliseconds the start page is seen.
PAINTED_MS = 200
# Libraries without which Qt's X11 plug-in aborts the process with a misleading message.
XCB_LIBRARIES = ("xcb-cursor", "xkbcommon-x11", "xcb-icccm", "xcb-keysyms", "xcb-shape")


def why_no_window() -> str:
    """A sentence on what the window lacks, or "". Must not import Qt: it could abort."""
    pyside = tuple(int(n) for n in version("PySide6-Essentials").split(".")[:2])
    if sys.version_info < (3, 12) and pyside >= (6, 12):
        return (
            f"PySide6 {version('PySide6-Essentials')} aborts on Python {sys.version_info[0]}."
            f'{sys.version_info[1]}. Install an older one: pip install "PySide6-Essentials<6.12".'
        )
    if sys.platform != "linux" or os.environ.get("QT_QPA_PLATFORM"):
        return ""
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        return (
            "There is no screen here: neither DISPLAY nor WAYLAND_DISPLAY is set. On a desktop, start "
            "nnstudio in its terminal; over ssh use ssh -X; without a screen use the command line, "
            "for example: nnstudio example spiral spiral.nns && nnstudio train spiral.nns"
        )
    if os.environ.get("WAYLAND_DISPLAY"):
        return ""
    missing = [name for name in XCB_LIBRARIES if ctypes.util.find_library(name) is None]
    if missing:
        return (
            f"The window needs libraries that are missing: {', '.join('lib' + m for m in missing)}. "
            "On Debian or Ubuntu: sudo apt-get install libxcb-cursor0 libxkbcommon-x11-0 libxcb-icccm4 "
            "libxcb-keysyms1 libxcb-shape0"
        )
    return ""


def run_window(arguments: list[str]) -> int:
    """Open the window on a project, or on the first example; returns the exit code."""
    why = why_no_window()
    if why:
        print(f"nnstudio: {why}", file=sys.stderr)
        return ExitCode.REFUSED
    # Hardly anything that a start makes is garbage, and looking for it takes a tenth of the time.
    gc.disable()
    # The worker must be able to interrupt and be interrupted: Python's default of 5 ms is too long.
    sys.setswitchinterval(0.001)
    give_back_memory()
    load_qt()
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from nnstudio.ui.shell.crash import Reporter
    from nnstudio.ui.shell.main_window import MainWindow
    from nnstudio.ui.widgets.icons import application_icon
    from nnstudio.ui.widgets.theme import Scheme, theme

    application = QApplication.instance() or QApplication(sys.argv[:1])
    assert isinstance(application, QApplication)
    application.setApplicationName("nnstudio")
    application.setStyle("Fusion")
    application.setWindowIcon(application_icon())
    theme.follow_system(application)
    reporter = Reporter()
    reporter.install()
    window = MainWindow(is_at_start=not arguments)
    wanted = os.environ.get("NNSTUDIO_THEME")
    if wanted in ("light", "dark"):
        theme.choose(Scheme(wanted))
    reporter.attach(window, window.keep_work)
    interrupted: list[int] = []

    def interrupt(number: int, _frame: object) -> None:
        # Whoever presses again and again is heard once.
        if not interrupted:
            QTimer.singleShot(0, window, window.interrupt)
        interrupted.append(number)

    # They arrive when Python runs, and the window's timer lets it run 30 times a second.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, interrupt)

    def begin() -> None:
        from nnstudio.ui.shell.garbage import GarbageCollector

        # Before what may fail, or ask for minutes.
        GarbageCollector(window)
        open_first(window, arguments)

    window.show()
    if window.is_at_start:
        # What a person did to have it furnished comes first.
        window.furnished.connect(lambda: QTimer.singleShot(0, window, begin))
    else:
        begin()
    code = application.exec()
    reporter.close()
    return INTERRUPTED if interrupted else code


def load_qt() -> None:
    """Load Qt's binding without its way of importing: it reads the source of all that is imported later, for
    an option of names that nnstudio does not use. That took a seventh of a start, and 18 MB of memory.
    """
    plain = builtins.__import__
    import_module("PySide6.QtCore")
    builtins.__import__ = plain


def open_first(window: MainWindow, arguments: list[str]) -> None:
    """What a crashed session left is offered; then the file that was named, or the start page."""
    from PySide6.QtCore import QTimer

    studio = window.furnish()
    files = studio.files

    def begin() -> None:
        if arguments:
            files.open(Path(arguments[0]), failed=partial(files.open_example, "spiral"))
        elif not studio.workspace.has_project:
            # While the last question was going away, a person may have opened something.
            studio.show_start()
            studio.menus.show_project(False)
            # Looking for what is compiled takes a tenth of a second: the page is seen before.
            QTimer.singleShot(PAINTED_MS, studio.runner.planner.compile_ahead)

    def recovered() -> None:
        # Opening the file is then a step that can be undone.
        if arguments:
            begin()

    files.offer_recovery(then=recovered, otherwise=begin)
    if studio.keeper.autosave.problem:
        studio.messages.say(studio.keeper.autosave.problem)
