"""Before a run begins, has the worker try a little of it, and says how long it takes and how large it is."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.training.estimate import Estimate, EstimateProbe
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.ui.run.runner import Runner

PROBE = "forecast"
# Milliseconds without an edit before anything is tried.
REST_MS = 700
TRYING = "Estimating …"


class Forecast(QObject):
    """Signals: said(sentence), of the run that Train would begin; empty while that is not known.
    begun(seconds that were estimated for it at full speed) when it begins.
    """

    said = Signal(str)
    begun = Signal(float)

    def __init__(self, runner: Runner) -> None:
        super().__init__(runner)
        self.runner = runner
        # Number and start of what was said, or is being tried; None for nothing.
        self._of: tuple[int, int] | None = None
        self._is_tried = False
        # What was said, to say it again for another speed.
        self._cost: Estimate | None = None
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._try)
        runner.snapshot_changed.connect(self._on_snapshot)
        runner.ticked.connect(self._on_tick)

    def look_again(self) -> None:
        """Forget what is known: settings that need no other plan changed, such as the epochs."""
        self._withdraw()
        self._on_snapshot(self.runner.snapshot)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        begins = snapshot.phase == Phase.READY and not snapshot.steps and self.runner.is_planned
        now = (snapshot.run_id, snapshot.start) if begins else None
        if now == self._of:
            return
        if snapshot.phase == Phase.RUNNING and self._cost is not None and self._cost.seconds is not None:
            self.begun.emit(self._cost.seconds)
        self._withdraw()
        self._of = now
        if begins:
            self.said.emit(TRYING)
            self._rest.start()

    def _try(self) -> None:
        self._is_tried = True
        self.runner.set_probe(PROBE, EstimateProbe())

    def _on_tick(self) -> None:
        cost = self.runner.take_result(PROBE) if self._is_tried else None
        if cost is not None:
            self._end()
            self._cost = cost
            self.follow_speed()

    def follow_speed(self) -> None:
        """Say what is known for the speed that is chosen now."""
        if self._cost is not None:
            self.said.emit(self._cost.told(self.runner.orders.is_full_speed))

    def _end(self) -> None:
        self._rest.stop()
        if self._is_tried:
            self._is_tried = False
            self.runner.set_probe(PROBE, None)

    def _withdraw(self) -> None:
        self._end()
        self._of = self._cost = None
        self.said.emit("")
