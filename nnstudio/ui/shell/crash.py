"""Errors that nobody expected: written to a log file, the work kept first, and said once in plain English."""

from __future__ import annotations

import logging
import os
import sys
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from types import TracebackType

import platformdirs
from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QMessageBox, QWidget

# The file of the session before is kept beside this one's.
LOG_NAME, OLD_NAME = "nnstudio.log", "nnstudio.old.log"
# Tracebacks that the dialog shows and copies; all of them are in the file.
MOST_DETAILS = 20


def log_file() -> Path:
    """Where errors are written; NNSTUDIO_DATA moves it, for tests."""
    base = os.environ.get("NNSTUDIO_DATA")
    return (Path(base) if base else Path(platformdirs.user_log_dir("nnstudio", False))) / LOG_NAME


class LogFile(logging.FileHandler):
    """A log that cannot be opened, as on a full disk, must not stop who wanted to write into it."""

    def emit(self, record: logging.LogRecord) -> None:
        try:
            super().emit(record)
        except OSError:
            self.handleError(record)


class Reporter(QObject):
    """Tells a person of errors in slots and threads: one dialog at a time, repeated errors counted."""

    _came = Signal(str, str)

    def __init__(self) -> None:
        super().__init__()
        self._window: QWidget | None = None
        self._keep_work: Callable[[], None] = lambda: None
        self._counts: dict[str, int] = {}
        # Tracebacks of all errors, the newest last.
        self._details: list[str] = []
        self._box: QMessageBox | None = None
        self._handler: logging.Handler | None = None
        # Errors of other threads are told on the window's.
        self._came.connect(self._tell)

    def install(self) -> None:
        """From now on, everything that nobody catches comes here, also what threads log as an error."""
        path = log_file()
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            if path.exists():
                os.replace(path, path.with_name(OLD_NAME))
            self._handler = LogFile(path, encoding="utf-8", delay=True)
        except OSError:
            # The dialog still tells; only the file is missing.
            self._handler = logging.StreamHandler()
        self._handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
        logging.getLogger().addHandler(self._handler)
        # Slots of Qt and the interpreter itself both end here.
        sys.excepthook = self.report
        threading.excepthook = lambda hook: self.report(
            hook.exc_type, hook.exc_value or hook.exc_type(), hook.exc_traceback
        )

    def attach(self, window: QWidget, keep_work: Callable[[], None]) -> None:
        """There is a window now: ``keep_work`` is called before anything is shown, and must not raise."""
        self._window, self._keep_work = window, keep_work

    def report(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        """Write an error down, and tell of it on the window's thread."""
        details = "".join(traceback.format_exception(kind, error, trace))
        logging.getLogger(__name__).error("Unexpected error:\n%s", details)
        self._came.emit(f"{kind.__name__}: {error}" if str(error) else kind.__name__, details)

    def _tell(self, what: str, details: str) -> None:
        self._counts[what] = self._counts.get(what, 0) + 1
        if self._counts[what] == 1:
            self._details = [*self._details, details][-MOST_DETAILS:]
            self._keep_work()
        if self._box is not None:
            self._box.setInformativeText(self._text())
            self._box.setDetailedText(self._all_details())
            return
        if self._counts[what] > 1:
            return
        box = QMessageBox(QMessageBox.Icon.Warning, "nnstudio", "", parent=self._window)
        box.setTextFormat(Qt.TextFormat.PlainText)
        box.setText("Something unexpected went wrong. A recovery copy of your work is being written.")
        box.setInformativeText(self._text())
        box.setDetailedText(self._all_details())
        copy = box.addButton("Copy details", QMessageBox.ButtonRole.ActionRole)
        # It copies and closes nothing.
        copy.clicked.disconnect()
        copy.clicked.connect(lambda: QApplication.clipboard().setText(self._all_details()))
        box.addButton(QMessageBox.StandardButton.Close)
        box.setWindowModality(Qt.WindowModality.NonModal)
        box.finished.connect(self._on_closed)
        self._box = box
        box.open()

    def _text(self) -> str:
        lines = [f"{what} ({count} times)" if count > 1 else what for what, count in self._counts.items()]
        return "\n".join([*lines[-3:], f"The log file is {log_file()}."])

    def _all_details(self) -> str:
        return "\n".join(self._details)

    def _on_closed(self) -> None:
        if self._box is not None:
            self._box.deleteLater()
            self._box = None

    def close(self) -> None:
        """Give the hooks back."""
        sys.excepthook, threading.excepthook = sys.__excepthook__, threading.__excepthook__
        if self._handler is not None:
            logging.getLogger().removeHandler(self._handler)
            self._handler.close()
