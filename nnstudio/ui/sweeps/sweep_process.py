"""The process that carries out a sweep, as the window sees it: a job goes in, events come out."""

from __future__ import annotations

import sys

import msgspec
from PySide6.QtCore import QObject, QProcess, Signal

from nnstudio.sweep.messages import Event, Finished

MODULE = "nnstudio.sweep.process"
# Of what it writes about a fault, the end tells the most.
MOST_LETTERS = 2000
# When the window closes it has so long to end its workers.
LAST_MS = 10_000
NOT_STARTED = "The process that carries out the sweep could not be started ({}). Nothing was trained."
BROKEN = "The process that carries out the sweep ended unexpectedly{}. What was done until then is kept."


class SweepProcess(QObject):
    """Of one sweep. Signals: came(Event) for each that it tells; the last is `Finished`, however it ends.
    gone() when nothing is left of it.
    """

    came = Signal(object)
    gone = Signal()

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._faults, self._has_ended = "", False
        self._process = process = QProcess(self)
        process.readyReadStandardOutput.connect(self._read)
        process.readyReadStandardError.connect(self._read_faults)
        process.finished.connect(self._on_finished)
        process.errorOccurred.connect(self._on_error)

    def begin(self, job: bytes) -> None:
        """Start it with this `Job`, as a line of JSON."""
        self._process.start(sys.executable, ["-m", MODULE])
        self._process.write(job)

    def stop(self) -> None:
        """Ask it to end: it keeps what is done, ends its workers and says that it is through."""
        self._process.closeWriteChannel()

    def close(self) -> None:
        """End it and wait until it is gone: there is no event loop any more."""
        process = self._process
        process.blockSignals(True)
        process.closeWriteChannel()
        if process.state() != QProcess.ProcessState.NotRunning and not process.waitForFinished(LAST_MS):
            process.kill()
            process.waitForFinished(LAST_MS)

    def _read(self) -> None:
        # Whole lines only: what a pipe delivers may end in the middle of one.
        while self._process.canReadLine():
            self._tell(msgspec.json.decode(bytes(self._process.readLine().data()), type=Event))

    def _read_faults(self) -> None:
        text = bytes(self._process.readAllStandardError().data()).decode(errors="replace")
        self._faults = (self._faults + text)[-MOST_LETTERS:]

    def _on_finished(self) -> None:
        self._read()
        self._read_faults()
        last = self._faults.strip().rpartition("\n")[2]
        self._tell(Finished(BROKEN.format(f": {last}" if last else "")))
        self.gone.emit()

    def _on_error(self, error: QProcess.ProcessError) -> None:
        # A process that never started does not finish either.
        if error == QProcess.ProcessError.FailedToStart:
            self._tell(Finished(NOT_STARTED.format(self._process.errorString())))
            self.gone.emit()

    def _tell(self, event: Event) -> None:
        # Its end is told once.
        if not self._has_ended:
            self._has_ended = isinstance(event, Finished)
            self.came.emit(event)
