"""The check of a lesson while it goes on: the worker plays it between its slices, and tells what is wrong."""

from __future__ import annotations

from PySide6.QtCore import QObject, Signal

from nnstudio.lessons.lesson import Fault, LessonFolder
from nnstudio.lessons.player import proving
from nnstudio.training.beside import Beside
from nnstudio.training.messages import Phase
from nnstudio.ui.run.runner import Runner


class Proof(QObject):
    """One at a time. Signals: advanced(steps that were played, of how many); finished(faults, steps played);
    ended() in any case.
    """

    advanced = Signal(int, int)
    finished = Signal(object, int)
    ended = Signal()

    def __init__(self, runner: Runner, parent: QObject) -> None:
        super().__init__(parent)
        self.runner = runner
        self._beside: Beside | None = None
        self._done, self._steps, self._faults = 0, 0, list[Fault]()
        runner.ticked.connect(self._look)

    @property
    def is_on(self) -> bool:
        """Whether one goes on."""
        return self._beside is not None

    def begin(self, lesson: LessonFolder) -> None:
        """Play a lesson wrongly and rightly; what trains is paused."""
        # Both would wait for each other's slices.
        if self.runner.snapshot.phase == Phase.RUNNING:
            self.runner.orders.pause()
        self._done, self._steps, self._faults = 0, len(lesson.lesson.steps), []
        self._beside = Beside(proving(lesson))
        self.runner.worker.work_beside(self._beside)
        self.advanced.emit(0, self._steps)

    def end(self) -> None:
        """Play no more."""
        if self._beside is not None:
            self._beside.cancel()
            self._beside = None
            self.ended.emit()

    def _look(self) -> None:
        """Take what was proved since the last look."""
        beside = self._beside
        if beside is None:
            return
        is_over = beside.is_over
        for piece in beside.take():
            if isinstance(piece, Fault):
                self._faults.append(piece)
            elif piece is not None:
                self._done = piece
                self.advanced.emit(piece, self._steps)
        if is_over:
            self.end()
            if beside.error is not None:
                self._faults.append(Fault(self._done + 1, f"it cannot be played: {beside.error}"))
            self.finished.emit(self._faults, self._done)
