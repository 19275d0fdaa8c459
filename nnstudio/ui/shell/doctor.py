"""The doctor in the window: rows below the problems, marks on the nodes, remedies as undo steps."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QObject, Qt

from nnstudio.doctor.examination import Report
from nnstudio.doctor.finding import Diagnosis
from nnstudio.model.history import Command
from nnstudio.model.problems import Problem, Repair
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.ui.data.chosen_samples import ChosenSamples
from nnstudio.ui.editing.editor import Editor
from nnstudio.ui.live.staleness import LATE, RunTimes
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.consultation import Consultation
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.shell.docks import Docks
from nnstudio.ui.shell.panels import Panels
from nnstudio.ui.shell.window_state import Findings


class Doctor(QObject):
    """Joins the consultation with the panel, the canvas and the editor."""

    def __init__(
        self,
        workspace: Workspace,
        editor: Editor,
        runner: Runner,
        panels: Panels,
        docks: Docks,
        times: RunTimes,
    ) -> None:
        super().__init__(workspace)
        self.times = times
        self.workspace, self.editor, self.panels, self.docks = workspace, editor, panels, docks
        self.consultation = Consultation(runner, self)
        self.section = panels.problems.doctor
        self._findings = Findings(editor.graph)
        self._problems: Sequence[Problem] = ()
        self._marks = True
        # The remedy that was chosen last, as long as nothing else was done since.
        self._chosen: Command | None = None
        consultation, section = self.consultation, self.section
        consultation.reported.connect(self._on_report)
        consultation.trying.connect(section.show_trying)
        consultation.tried.connect(section.show_trials)
        consultation.tested.connect(section.show_rates)
        runner.snapshot_changed.connect(self._on_snapshot)
        runner.ticked.connect(self._mark)
        section.closer_requested.connect(consultation.look_closer)
        section.show_requested.connect(panels.problems.show_requested)
        section.stop_requested.connect(consultation.stop_trying)
        section.test_requested.connect(consultation.test_rates)
        section.try_requested.connect(self._try)
        section.remedy_requested.connect(self._choose)
        section.correction_requested.connect(panels.problems.repair_requested)
        section.reset_requested.connect(panels.run_bar.reset_requested)
        self.chosen = ChosenSamples(panels.data_page, self)
        # Queued: the page is to be seen first.
        section.samples_requested.connect(self.chosen.show, Qt.ConnectionType.QueuedConnection)

    def follow(self, findings: Findings, problems: Sequence[Problem]) -> None:
        """The graph was edited, or another one is open, or it has other problems."""
        self._findings, self._problems = findings, problems
        names = {node.id: node.name for node in self.workspace.document.graph.nodes}
        # Problems of a sub-network that is open say nothing of the main graph.
        troubled = () if findings.path else (problem.node for problem in problems)
        self.consultation.look_at(names, frozenset(troubled), self.workspace.document.settings)
        self._show_counts()
        if self._chosen is not None and self.workspace.document.history.last is not self._chosen:
            self._forget_chosen()

    def _choose(self, remedy: Repair) -> None:
        """Make the change; where the network learned before it, say that a new start is what was tried."""
        history, step = self.workspace.document.history, self.consultation.runner.snapshot.steps
        before = history.last
        self.panels.problems.repair_requested.emit(remedy)
        if history.last is not before and step:
            self._chosen = history.last
            self.section.anew.tell(remedy.title, step)

    def _forget_chosen(self) -> None:
        self._chosen = None
        self.section.anew.hide()

    def _try(self, diagnosis: Diagnosis) -> None:
        self.consultation.try_remedies(diagnosis, self.workspace.document.copying())

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        self.section.set_running(snapshot.phase == Phase.RUNNING)
        if snapshot.phase == Phase.READY:
            # It starts anew as it is.
            self._forget_chosen()

    def _mark(self) -> None:
        """Grey what is of a step that is not the one shown elsewhere, as views do."""
        report, times = self.consultation.report, self.times
        if report is not None:
            is_training = times.is_current and times.snapshot.phase == Phase.RUNNING
            self.section.set_late(times.behind(report.step) >= LATE, is_training)

    def _on_report(self, report: Report | None) -> None:
        names = {node.id: node.name for node in self.workspace.document.graph.nodes}
        self.section.show_report(report, names, not self._findings.path)
        self.panels.problems.set_doubted(bool(report and report.diagnoses))
        self._show_counts()

    def set_marks(self, on: bool) -> None:
        """Whether nodes are marked and counted: a lesson may be about what is wrong, and says so itself. Rows
        in the panel stay.
        """
        self._marks = on
        self._show_counts()

    def _show_counts(self) -> None:
        """Marks on the nodes of the open graph, and how many there are in all."""
        report = self.consultation.report if self._marks else None
        diagnoses = report.diagnoses if report is not None else ()
        marks = [
            Problem(d.node, f"{d.title}: {d.text}", d.is_serious, repairs=d.corrections, heading=d.title)
            for d in diagnoses if d.node and not d.is_note and not self._findings.path
        ]  # fmt: skip
        problems = self._problems
        self.editor.view.canvas.show_problems([*problems, *marks])
        told = [p.severity for p in problems] + [d.severity for d in diagnoses if not d.is_note]
        self.docks["problems"].setWindowTitle(f"Problems ({len(told)})" if told else "Problems")
        self.panels.status.show_size(len(self._findings.graph.nodes), self._findings.parameters, told)
