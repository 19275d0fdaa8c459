"""Compiles operators ahead in a child process, so that the window stays usable."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from PySide6.QtCore import QObject, QProcess, QProcessEnvironment, Signal


class Warming(QObject):
    """One child process at a time, which compiles every operator, some first.

    Signals: progressed(done, total) for each operator; ended() when it is through, or failed: what it left is
    then compiled where it is needed.
    """

    progressed = Signal(int, int)
    ended = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self.first: set[str] = set()
        self._process: QProcess | None = None
        self._killed: list[QProcess] = []

    @property
    def is_running(self) -> bool:
        """Whether a child compiles."""
        return self._process is not None

    def start(self, first: Sequence[str]) -> None:
        """Compile these before the others; a child that has other orders ends."""
        self.stop()
        self.first = set(first)
        self._process = process = QProcess(self)
        environment = QProcessEnvironment.systemEnvironment()
        environment.insert("PYTHONUNBUFFERED", "1")
        process.setProcessEnvironment(environment)
        process.readyReadStandardOutput.connect(self._on_output)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)
        self.progressed.emit(0, 1)
        process.start(sys.executable, ["-m", "nnkernels.warm", *first])

    def stop(self) -> None:
        """End the child; its end is no news any more."""
        if self._process is not None:
            # Disconnecting would warn where it has ended meanwhile.
            self._process.blockSignals(True)
            self._process.kill()
            self._killed.append(self._process)
            self._process = None

    def close(self) -> None:
        """End the child and wait until it is gone: there is no event loop any more."""
        self.stop()
        for process in self._killed:
            process.waitForFinished(3000)

    def _on_output(self) -> None:
        # Whole lines only: what a pipe delivers may end in the middle of a number.
        while self._process is not None and self._process.canReadLine():
            line = bytes(self._process.readLine().data()).decode()
            done, slash, rest = line.partition("/")
            if slash:
                self.progressed.emit(int(done), int(rest.split()[0]))

    def _on_finished(self) -> None:
        self._process = None
        self.progressed.emit(1, 1)
        self.ended.emit()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        # A child that never started does not finish either.
        if error == QProcess.ProcessError.FailedToStart:
            self._on_finished()
