"""Before a run begins, has the worker try a little of it, and says how long it takes and how large it is.

While it runs, it says how long that still takes, from how it goes.
"""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, QTimer, Signal

from nnstudio.training.estimate import Estimate, EstimateProbe, estimate, show_seconds
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.ui.run.runner import Runner

# No view may have this name.
PROBE = "time and memory"
# Milliseconds without an edit before anything is tried.
REST_MS = 700
TRYING = "Estimating …"
# While it runs, what is left is told anew this often, in seconds, from how it went over the last so many.
TELL, OVER = 1.0, 10.0


class Pace:
    """How fast a run goes, from looks at it."""

    def __init__(self) -> None:
        self.clock = time.monotonic
        self.forget()

    def forget(self) -> None:
        """It goes on, or another one begins."""
        # When it was looked at, and how many epochs were done then.
        self._looks: list[tuple[float, float]] = []

    def look(self, epochs: float, goal: int) -> float | None:
        """Seconds until so many epochs are done; None where that is not known yet, or was told just now."""
        now = self.clock()
        if self._looks and now < self._looks[-1][0] + TELL:
            return None
        self._looks = [(at, done) for at, done in self._looks if at > now - OVER] + [(now, epochs)]
        (began, first), (ended, last) = self._looks[0], self._looks[-1]
        return (goal - last) * (ended - began) / (last - first) if last > first else None


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
        self._pace = Pace()
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
        if snapshot.phase == Phase.RUNNING:
            self._say_rest(snapshot)
        else:
            self._pace.forget()
            self._say_no_rest()
        if now == self._of:
            return
        if snapshot.phase == Phase.RUNNING and self._cost is not None and self._cost.seconds is not None:
            self.begun.emit(self._cost.seconds)
        self._withdraw()
        self._of = now
        if begins:
            self.said.emit(TRYING)
            self._rest.start()

    def _say_rest(self, snapshot: Snapshot) -> None:
        left = self._pace.look(snapshot.epoch + snapshot.fraction, snapshot.goal)
        if left is not None and left > 0 and self._of is None:
            self._tells_rest = True
            self.said.emit(f"About {show_seconds(left)} left.")

    def _say_no_rest(self) -> None:
        if self._tells_rest:
            self._tells_rest = False
            self.said.emit("")

    _tells_rest = False

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
        self._tells_rest = self._is_asked = False
        self.said.emit("")
