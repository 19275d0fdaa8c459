"""Follows a run to its end, and has the worker find out then how well it predicts the validation part."""

from __future__ import annotations

from bisect import bisect_left

from PySide6.QtCore import QObject, Signal

from nnstudio.data.dataset import Split
from nnstudio.doctor.examination import Report
from nnstudio.doctor.findings.nothing_learned import NothingLearned
from nnstudio.doctor.findings.overfitting import Overfitting
from nnstudio.doctor.findings.sorted_target import TargetSortedAlone
from nnstudio.doctor.findings.unseen_targets import UnseenTargets
from nnstudio.doctor.findings.was_better import WasBetter
from nnstudio.explain.outcome import (
    LOST,
    SORTED,
    UNSEEN,
    OutcomeProbe,
    beside_training,
    chosen_by,
    no_help,
    of_imitation,
    overfitted,
    shown_in,
    was_best,
    without_validation,
)
from nnstudio.training.ending import ending
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.ui.run.runner import Runner

PROBE = "outcome"


class Outcome(QObject):
    """Signals: said(sentence), of a run that has ended; empty as soon as it is no longer true. leads(name,
    title) before it, of the view that shows what came out. tells_fault(whether the sentence tells of what
    the doctor found).
    """

    said, tells_fault = Signal(str), Signal(bool)
    leads = Signal(str, str)

    def __init__(self, runner: Runner) -> None:
        super().__init__(runner)
        self.runner = runner
        self._is_by_hand = False
        # Number, start and steps of the run whose end was told.
        self._told: tuple[int, int, int] | None = None
        # What was said of the run alone, and what the doctor saw last.
        self._text = ""
        self._report: Report | None = None
        # How the run ended whose score is awaited.
        self._ending = ""
        # Whether it is told, of an only Output, and the first snapshot with figures of these very weights on
        # the training samples: they come before the score or after it.
        self._is_scored = False
        self._judged: Snapshot | None = None
        runner.snapshot_changed.connect(self._on_snapshot)
        runner.ticked.connect(self._on_tick)

    def note_stop(self) -> None:
        """A person asked to stop."""
        self._is_by_hand = True

    def dismiss(self) -> None:
        """A person has read what was said: neither a score nor the doctor brings it back."""
        self._text = ""
        self._await_no_score()

    def note_report(self, report: Report | None) -> None:
        """The doctor looked at the network; None where what was seen holds no more."""
        self._report = report
        if self._text:
            self._say(self._text)

    def _say(self, text: str) -> None:
        """Tell of the run, and of what the doctor sees in its last weights that makes its score poor."""
        self._text = text
        fault = self._fault() if text else ""
        self.tells_fault.emit(bool(fault))
        more = fault or (self._beside_training() if text else "")
        self.said.emit(f"{text} {more}".rstrip())

    def _beside_training(self) -> str:
        """That the same weights know the training samples far better, beside the score of an only Output."""
        now, data, rows = self._judged, self.runner.data, self.runner.rows
        if now is None or now.training_now is None or data is None or not self._is_scored:
            return ""
        at = bisect_left(rows, now.step_shown, key=lambda row: row.steps)
        if at == len(rows) or rows[at].steps != now.step_shown:
            return ""
        samples = len(data.x_train), len(data.part(Split.VALIDATION)[0])
        return beside_training(now.training_now, rows[at], rows[0].watched, samples)

    def _fault(self) -> str:
        """The first of what the doctor tells that says why new samples are not predicted; or nothing."""
        report, data = self._report, self.runner.data
        if report is None or data is None or report.step != self.runner.snapshot.step_shown:
            return ""
        told = {
            TargetSortedAlone.id: SORTED, UnseenTargets.id: UNSEEN, Overfitting.id: overfitted(data.watched),
            NothingLearned.id: no_help(data.watched), WasBetter.id: LOST,
        }  # fmt: skip
        return next((told[d.finding] for d in report.diagnoses if d.finding in told), "")

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        if snapshot.phase != Phase.FINISHED:
            self._withdraw()
            if snapshot.phase == Phase.RUNNING:
                self._is_by_hand = False
            return
        run = (snapshot.run_id, snapshot.start, snapshot.steps)
        data = self.runner.data
        self._note_judged(snapshot, run)
        if run == self._told or data is None or not self.runner.is_planned:
            return
        self._told = run
        settings = self.runner.planner.project.document.settings
        early = bool(settings.extra("patience")) and snapshot.epoch < (snapshot.goal or settings.epochs)
        why = data.watched if early else None
        best = 0 if snapshot.returned_to is None else snapshot.returned_to.epoch
        ended = ending(snapshot.epoch, snapshot.steps, self._is_by_hand, why, best)
        self._is_by_hand = False
        told = of_imitation(data)
        if not best and not told:
            ended = f"{ended} {was_best(self.runner.rows, snapshot.judged_from, data.watched)}".rstrip()
        self.leads.emit(*shown_in(data))
        if told:
            self._say(f"{ended} {told}")
        elif Split.VALIDATION in data.parts:
            self._ending = ended
            self.runner.set_probe(PROBE, OutcomeProbe(Split.VALIDATION))
            self._say(ended)
        else:
            self._say(f"{ended} {without_validation(data)}")

    def _note_judged(self, snapshot: Snapshot, run: tuple[int, int, int]) -> None:
        """Tell what the training samples say as soon as they are judged."""
        if snapshot.training_now is None or snapshot.shown is not None:
            return
        if self._judged is None or snapshot.training_now != self._judged.training_now:
            self._judged = snapshot
            if run == self._told and self._text:
                self._say(self._text)

    def _on_tick(self) -> None:
        if not self._ending:
            return
        scored = self.runner.take_result(PROBE)
        # An earlier step that is looked at meanwhile is not the outcome.
        if scored is None or self.runner.data is None or self._told is None:
            return
        if self.runner.snapshot.shown is not None or scored.step != self.runner.snapshot.step_shown:
            return
        names = self.runner.planner.project.document.graph.names()
        chosen = "" if self.runner.snapshot.returned_to is None else f" {chosen_by(self.runner.data)}"
        self._is_scored = len(scored.told) == 1
        self._say(f"{self._ending} {scored.sentence(names)}{chosen}")
        self._ending = ""
        self.runner.set_probe(PROBE, None)

    def _withdraw(self) -> None:
        """What is trained on, or is another network, has another outcome."""
        self._await_no_score()
        self._is_scored, self._judged = False, None
        if self._told is not None:
            self._told = None
            self._say("")

    def _await_no_score(self) -> None:
        if self._ending:
            self._ending = ""
            self.runner.set_probe(PROBE, None)
