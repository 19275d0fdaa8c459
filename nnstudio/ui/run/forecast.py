"""Before a run begins, has the worker try a little of it, and says how long it takes and how large it is.

While it runs, it says how long that still takes, from how it goes.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.training.estimate import Estimate, EstimateProbe, estimate
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.training.pace import Pace, show_left
from nnstudio.ui.run.runner import Runner

# No view may have this name.
PROBE = "time and memory"
# Milliseconds without an edit before anything is tried.
REST_MS = 700
TRYING = "Estimating …"


class Forecast(QObject):
    """Signals: said(sentence), of the run that Train would begin, or of the one that runs; empty while that
    is not known. told(sentence) where a person asked, also of a network that was trained. begun(seconds that
    were estimated for it at full speed) when it begins.
    """

    said = Signal(str)
    told = Signal(str)
    begun = Signal(float)

    def __init__(self, runner: Runner) -> None:
        super().__init__(runner)
        self.runner = runner
        # Number and start of what was said, or is being tried; None for nothing.
        self._of: tuple[int, int] | None = None
        self._is_tried = False
        # What was said, to say it again for another speed.
        self._cost: Estimate | None = None
        # Whether a person asked for it.
        self._is_asked = False
        self._pace, self.clock = Pace(), time.monotonic
        # What was said of what is left of the run that goes on; empty where it is not that which is said.
        self._rest_said = ""
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
        if snapshot.phase != Phase.RUNNING:
            self._pace.forget()
            self._say_rest("")
        if now != self._of:
            self._follow(snapshot, now)
        if snapshot.phase == Phase.RUNNING:
            self._look_at_pace(snapshot)

    def _follow(self, snapshot: Snapshot, now: tuple[int, int] | None) -> None:
        """Another start is to be told of; None where it runs, or there is nothing to tell."""
        if snapshot.phase == Phase.RUNNING and self._cost is not None and self._cost.seconds is not None:
            self.begun.emit(self._cost.seconds)
        self._withdraw()
        self._of = now
        if now is not None:
            self.said.emit(TRYING)
            self._rest.start()

    def _look_at_pace(self, snapshot: Snapshot) -> None:
        now = self.clock()
        if not self._pace.is_due(now):
            return
        left = self._pace.look(now, snapshot.epoch + snapshot.fraction, snapshot.goal)
        if left is None:
            self._say_rest(TRYING)
            return
        told = show_left(left)
        # It may stop earlier, once the loss that it watches falls no more.
        if self.runner.planner.project.document.settings.extra("patience"):
            told = f"at most {told}"
        self._say_rest(f"{told[0].upper()}{told[1:]} left.")

    def _say_rest(self, sentence: str) -> None:
        if sentence != self._rest_said:
            self._rest_said = sentence
            self.said.emit(sentence)

    def _try(self) -> None:
        self._is_tried = True
        self.runner.set_probe(PROBE, EstimateProbe())

    def _on_tick(self) -> None:
        cost = self.runner.take_result(PROBE) if self._is_tried else None
        if cost is not None:
            self._take(cost)

    def _take(self, cost: Estimate) -> None:
        self._end()
        self._cost = cost
        self.follow_speed()

    def estimate(self) -> None:
        """Let the worker try more of it than unasked: all who tell of it then tell the same."""
        self._is_asked = True
        self.told.emit(TRYING)
        self.runner.ask(estimate, self._take, lambda error: self.told.emit(str(error)))

    def follow_speed(self) -> None:
        """Say what is known for the speed that is chosen now."""
        if self._cost is None:
            return
        sentence = self._cost.told(self.runner.orders.is_full_speed)
        if self._of is not None:
            self.said.emit(sentence)
        if self._is_asked:
            self.told.emit(sentence)

    def _end(self) -> None:
        self._rest.stop()
        if self._is_tried:
            self._is_tried = False
            self.runner.set_probe(PROBE, None)

    def _withdraw(self) -> None:
        self._end()
        self._of = self._cost = None
        self._is_asked, self._rest_said = False, ""
        self.said.emit("")
