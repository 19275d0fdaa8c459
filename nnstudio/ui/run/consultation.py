"""Asks the worker for reports of the doctor, trials of remedies and tests of learning rates."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from PySide6.QtCore import QObject, Signal

from nnstudio.doctor.examination import Report
from nnstudio.doctor.finding import Diagnosis
from nnstudio.doctor.probe import DoctorProbe, RemedyProbe
from nnstudio.doctor.rates import RangeProbe
from nnstudio.doctor.trying import Trying
from nnstudio.model.document import Document
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.ui.run.runner import Runner

# Names of the probes.
REPORT, REMEDIES, RATES = "doctor", "doctor remedies", "doctor rates"


class Consultation(QObject):
    """Signals: reported(Report or None where there is none any more), trying(Diagnosis, what) while remedies
    are tried, then tried(Diagnosis, trials); tested(RangeTest).
    """

    reported = Signal(object)
    trying = Signal(object, str)
    tried = Signal(object, object)
    tested = Signal(object)

    def __init__(self, runner: Runner, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.runner = runner
        self.report: Report | None = None
        self._probe: DoctorProbe | None = None
        self._names: tuple[tuple[str, str], ...] = ()
        self._troubled: frozenset[str] = frozenset()
        self._settings = TrainingSettings()
        self._phase = Phase.EMPTY
        # Whether the training that goes on was looked at soon after its start.
        self._is_begun = False
        self._is_closer = False
        self._tried: Diagnosis | None = None
        runner.snapshot_changed.connect(self._on_snapshot)
        runner.ticked.connect(self._tick)
        runner.restarted.connect(self._forget)

    def look_at(self, names: Mapping[str, str], troubled: frozenset[str], settings: TrainingSettings) -> None:
        """The nodes of the main graph with their names, those that have a problem of their own, and how the
        network is trained.
        """
        self._names, self._troubled, self._settings = tuple(names.items()), troubled, settings
        self._ask()

    def look_closer(self) -> None:
        """Examine anew, and train a copy for a moment."""
        self._is_closer = True
        # The same again is asked for again.
        self._probe = None
        self._ask()

    def try_remedies(self, diagnosis: Diagnosis, copying: Callable[[], Document]) -> None:
        """Try all remedies of a diagnosis, in the place of whatever is being tried."""
        self._tried = diagnosis
        self.runner.set_probe(REMEDIES, RemedyProbe(diagnosis, copying))

    def stop_trying(self) -> None:
        """Nobody wants to know any more."""
        self._tried = None
        self.runner.set_probe(REMEDIES, None)

    def test_rates(self) -> None:
        """Train a copy with a learning rate that rises."""
        self.runner.set_probe(RATES, RangeProbe())

    def _ask(self) -> None:
        wanted = DoctorProbe(self._names, self._troubled, self._is_closer, self._settings)
        if wanted != self._probe:
            self._probe = wanted
            self.runner.set_probe(REPORT, wanted, aside=True)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        """Where numbers ended the weights are back at a step that may have been looked at before. Where
        training ends, somebody reads what it came to.
        """
        if snapshot.phase == Phase.DIVERGED != self._phase:
            self._probe = None
            self._ask()
        elif self._phase == Phase.RUNNING != snapshot.phase and self.runner.has_network:
            self._look_at_once()
        if snapshot.phase != Phase.RUNNING:
            self._is_begun = False
        elif not self._is_begun and (self.report is None or self.report.step < snapshot.steps):
            self._is_begun = True
            self._look_at_once()
        self._phase = snapshot.phase

    def _look_at_once(self) -> None:
        """Training began or ended: this look is a first picture, which comes before those of views."""
        self._is_closer, self._probe = False, None
        self.runner.set_probe(REPORT, None)
        self._ask()

    def _forget(self) -> None:
        """Another network, or the same from its start: what was seen of the one before holds no more."""
        self._is_closer = False
        if self._tried is not None:
            self.stop_trying()
        self.runner.set_probe(RATES, None)
        self._ask()
        self._show(None)

    def _show(self, report: Report | None) -> None:
        if report is not None or self.report is not None:
            self.report = report
            self.reported.emit(report)

    def _tick(self) -> None:
        runner = self.runner
        if not runner.has_network:
            return
        if self._is_closer and runner.snapshot.phase == Phase.RUNNING:
            self._is_closer = False
            self._ask()
        report = runner.take_result(REPORT)
        if report is not None:
            self._show(report)
        self._take_trials()
        if (test := self._once(RATES)) is not None:
            self.tested.emit(test)

    def _take_trials(self) -> None:
        result = self.runner.take_result(REMEDIES)
        if result is None or self._tried is None:
            return
        if isinstance(result, Trying):
            self.trying.emit(self._tried, result.text)
            return
        diagnosis, self._tried = self._tried, None
        self.runner.set_probe(REMEDIES, None)
        self.tried.emit(diagnosis, result)

    def _once(self, name: str) -> Any:
        """The result of what is computed once."""
        result = self.runner.take_result(name)
        if result is not None:
            self.runner.set_probe(name, None)
        return result
