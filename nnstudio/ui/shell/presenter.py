"""Shows the state of the window: computes it anew when something happened, and tells panels what differs."""

from __future__ import annotations

from contextlib import suppress
from functools import partial

from PySide6.QtCore import QObject, QTimer

from nnstudio.data.dataset import DataError, Dataset
from nnstudio.data.imitation import holds_only_real
from nnstudio.model.problems import Problem, Repair, repairs
from nnstudio.model.trials import fault_of_nodes, fault_of_setting
from nnstudio.training.messages import Snapshot
from nnstudio.ui.canvas.catalogue import CatalogueEntry, catalogue
from nnstudio.ui.editing.adopting import adopt_text
from nnstudio.ui.editing.bending import bend_links
from nnstudio.ui.editing.editor import Editor
from nnstudio.ui.editing.refit import fit_to
from nnstudio.ui.live.host import LiveHost
from nnstudio.ui.panels.data_words import in_window
from nnstudio.ui.panels.imported_bar import told_of_needs
from nnstudio.ui.panels.link_section import LinkSection
from nnstudio.ui.panels.problems_panel import NO_DATA, NONE
from nnstudio.ui.panels.task_words import task_in_words
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.data_loader import CANCELLED
from nnstudio.ui.run.device_choice import DeviceChoice
from nnstudio.ui.run.run_steps import RunSteps
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.shell.docks import Docks
from nnstudio.ui.shell.doctor import Doctor
from nnstudio.ui.shell.menus import Menus
from nnstudio.ui.shell.panels import Panels
from nnstudio.ui.shell.run_edits import RunEdits
from nnstudio.ui.shell.time_travel import TimeTravel
from nnstudio.ui.shell.window_state import (
    NOT_BEGUN,
    WELCOME,
    Findings,
    WindowState,
    failure,
    find,
    is_empty,
    resolve,
    run_message,
)
from nnstudio.ui.widgets.theme import restyle

# Findings follow edits after this time; a drag does not wait for them.
FINDINGS_MS = 15
LOADING = "The data is still being loaded."


class Presenter(QObject):
    """The only one that tells the panels what a project is like.

    Attributes:
        state: what is shown.
        said: the sentence above the canvas that is neither the run's nor on its data.
    """

    def __init__(
        self,
        workspace: Workspace,
        editor: Editor,
        runner: Runner,
        panels: Panels,
        docks: Docks,
        live: LiveHost,
        menus: Menus,
    ) -> None:
        super().__init__(workspace)
        self.workspace, self.editor, self.runner = workspace, editor, runner
        self.panels, self.docks, self.live, self.menus = panels, docks, live, menus
        self.doctor = Doctor(workspace, editor, runner, panels, docks, live.scheduler.times)
        self.time_travel = TimeTravel(runner, RunSteps(editor, runner), panels.past, panels.outcome)
        for request, order in (
            (panels.run_bar.train_requested, self.time_travel.train),
            (panels.run_bar.step_requested, self.time_travel.step),
        ):
            # What was said before has been read.
            request.connect(partial(self.say, ""))
            request.connect(order)
        self.edits = RunEdits(workspace, runner)
        self.edits.changed.connect(live.set_edits)
        self.device = DeviceChoice(panels.run_bar.device, menus.settings, runner)
        self.device.said.connect(self.say)
        panels.run_bar.device_requested.connect(self.device.ask)
        # What is offered where the data cannot be read, see `_offer_file`.
        self.said = self._data_error = self._way_out = ""
        # Whether it is said in what the network followed the data.
        self._has_fitted = False
        # Sentences that a person dismissed, as long as they are true.
        self._read: set[str] = set()
        # Why no network could be made of the project as it is.
        self._failure: Problem | None = None
        self._findings = Findings(editor.graph)
        self.state: WindowState = resolve(workspace.project, False, self._findings, ())
        self._timer = QTimer(self, singleShot=True, interval=FINDINGS_MS)
        self._timer.timeout.connect(self.look_again)
        self._entries: list[CatalogueEntry] = []
        self._connect()
        # All else is shown with the first project; this can be dragged onto the empty canvas.
        self._show_catalogue()

    def _connect(self) -> None:
        workspace, view = self.workspace, self.editor.view
        workspace.shown.connect(self._on_shown)
        workspace.network_changed.connect(self._on_edited)
        workspace.settings_changed.connect(self._timer.start)
        workspace.settings_changed.connect(self.refresh)
        workspace.data_changed.connect(self.refresh)
        workspace.history_changed.connect(self._on_history)
        workspace.subnetworks_changed.connect(self._show_catalogue)
        workspace.trained.connect(self.refresh)
        workspace.saved.connect(self.refresh)
        self.editor.opened.connect(self.look_again)
        view.selection_changed.connect(self.refresh)
        self.panels.message.dismissed.connect(self._on_read)
        self.panels.message.repair_requested.connect(self.editor.repair)
        self.doctor.section.samples_requested.connect(lambda _rows: self.menus.actions["go table"].trigger())
        self.panels.message.taken.connect(self.panels.data.browse)
        view.repairs_of = self._repairs
        self.panels.inspector.judge = self._judge_nodes
        self._connect_link(self.panels.inspector.link)
        self.panels.training.loss.judge = self._judge_setting
        view.repair_requested.connect(self.editor.repair)
        self.runner.planner.data_loaded.connect(self._on_data)
        self.runner.snapshot_changed.connect(self._on_snapshot)

    def _connect_link(self, section: LinkSection) -> None:
        view = self.editor.view
        self.live.link_flows.told.connect(section.show_flow)
        section.remove_requested.connect(self.editor.remove_selected)
        section.insert_requested.connect(
            lambda link: view.open_search(view.canvas.middle_of(link), link=link)
        )
        section.bend_requested.connect(partial(bend_links, self.editor))

    # What happened

    def _on_shown(self) -> None:
        self.menus.show_project(True)
        self._show_catalogue()
        self._data_error = ""
        self._read.clear()
        self.say("")
        self._findings = self._find()
        self._show(self._resolved(), everything=True)

    def _on_history(self) -> None:
        self.panels.notice.show_history(self.workspace.document.history)
        if self._has_fitted:
            # It was taken back, or something else was done since.
            self._has_fitted = False
            self.panels.written.hide()
        # A sentence on what could not be done has been read.
        self.say("")
        self.refresh()

    def _on_edited(self) -> None:
        self._timer.start()

    def _on_data(self, data: Dataset | None, error: str) -> None:
        known = self._known() if error and self.workspace.project.awaits_data else None
        told = told_of_needs(self.workspace.project, known) if known is not None else error
        panel, page = self.panels.data, self.panels.data_page
        panel.show_loaded(data, told)
        page.show_loaded(data, told, self.runner.planner.loader.readings)
        for label in (panel.error, page.problem):
            restyle(label, "error" if known is None else "note")
        self._offer_file(is_lost=bool(error) and known is None)
        if data is not None:
            # What stands for no project is nobody's to change: leaving it would ask to save it.
            if self.workspace.has_project:
                self._fit(data)
            self.panels.run_bar.show_parts(data.watched, holds_only_real(data))
        groupings = data.groupings if data is not None else ()
        self.panels.training.show_columns([grouping.column for grouping in groupings])
        self.live.set_data(data)
        self.docks.offer(data)
        self._data_error = in_window(error) if known is None else ""
        obstacle = "" if data is not None else in_window(told) or LOADING
        self.panels.run_bar.show_obstacle(obstacle, can_try=error == CANCELLED)
        self._show_message()
        self.look_again()
        # Views that were given other data look at the same node again.
        self._show_watched(self.state)

    def _fit(self, data: Dataset) -> None:
        """Let loss and network follow the data where that is asked for, and say so."""
        if told := fit_to(self.editor, data) or adopt_text(self.editor, data):
            self.panels.written.say(told, None)
            self._has_fitted = True

    def _offer_file(self, is_lost: bool) -> None:
        """Where the data cannot be read as its file or folder is not there, offer to choose that."""
        project, panel = self.workspace.project, self.panels.data
        is_lost = is_lost and not project.data_is_there and project.change is None
        panel.show_lost(is_lost)
        self._way_out = panel.choose.text() if is_lost else ""

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        self.panels.notice.show_snapshot(snapshot, self.workspace.document)
        before = self._failure
        self._failure = failure(snapshot, self._findings.graph) if self.runner.is_planned else None
        self._show_message()
        if self._failure != before:
            self._show_problems(self._findings)

    def say(self, text: str) -> None:
        """Show a sentence above the canvas; empty hides it."""
        self.said = text
        self._show_message()

    def look_again(self) -> None:
        """Find out anew what follows from the open graph and the data, and show it."""
        self._timer.stop()
        self._findings = self._find()
        self.refresh()
        self._show_message()

    def _find(self) -> Findings:
        """Shapes follow from what the project knows of data that is not there, too."""
        return find(self.workspace.document, self.editor.path, self.runner.data or self._known())

    def _known(self) -> Dataset | None:
        # Where that is damaged, whatever predicts with it says so.
        with suppress(DataError):
            return self.workspace.project.known_data()
        return None

    def refresh(self) -> None:
        """Show what differs from what is shown."""
        self._show(self._resolved())

    def stop(self) -> None:
        """The window closes: nothing is shown any more."""
        self._timer.stop()

    def _resolved(self) -> WindowState:
        workspace = self.workspace
        canvas = self.editor.view.canvas
        selected, links = canvas.selected_nodes(), canvas.selected_links()
        return resolve(workspace.project, workspace.is_modified, self._findings, selected, links)

    # Showing

    def _show(self, state: WindowState, everything: bool = False) -> None:
        before, self.state = self.state, state

        def differs(*parts: str) -> bool:
            return everything or any(getattr(state, part) != getattr(before, part) for part in parts)

        if differs("title", "modified"):
            self.docks.window.setWindowTitle(state.title)
            self.docks.window.setWindowModified(state.modified)
        if differs("undo", "redo"):
            self.menus.show_steps(state.undo, state.redo)
        if differs("steps"):
            self.panels.history.show_history(self.workspace.document.history)
        if differs("settings"):
            self.panels.training.show_settings(state.settings)
            self.panels.run_bar.show_settings(state.settings)
        if differs("reference"):
            self.panels.changed.show_project(self.workspace.project)
            for data in (self.panels.data, self.panels.data_page):
                data.show_reference(state.reference, self.workspace.project.data_file)
        if everything or state.findings is not before.findings:
            self._show_findings(state)
        if differs("inspected"):
            now = state.inspected
            self.panels.inspector.show_nodes(
                now.nodes, now.layers, now.facts, now.entering, now.peers, now.link
            )
        link = state.inspected.link
        # Of several, what flows is not told.
        source = link.link.source if link is not None and not link.beside else ""
        self.live.link_flows.follow(state.findings.engine_names.get(source, ""))
        if differs("selected") or state.findings is not before.findings:
            self.show_outline()
        if differs("names"):
            self.live.set_names(dict(state.names))
        if differs("watched"):
            self._show_watched(state)

    def _show_findings(self, state: WindowState) -> None:
        findings, panels = state.findings, self.panels
        self.editor.data_facts = findings.data
        self.editor.view.canvas.show_facts(findings.nodes)
        for panel in (panels.training, panels.run_bar):
            panel.show_groups(findings.groups)
        if findings.resolved is not None:
            names, known = self.workspace.document.graph.names(), findings.resolved.values()
            panels.run_bar.show_outputs(
                {n.id: names.get(n.id, n.id) for n in known if n.layer.id == "output"}
            )
        data = self.runner.data
        told = "" if data is None else task_in_words(data, findings.parameters, findings.makes_samples)
        panels.inspector.show_task(told)
        panels.imported.show_project(self.workspace.project)
        panels.minimap.refresh()
        panels.breadcrumb.show_path(findings.location, findings.path)
        self.live.thumbnails.names = findings.engine_names
        self.docks.offer(self.live.views.data, findings.resolved)
        self.live.scheduler.ask_for_thumbnails()
        self._show_problems(findings)

    def _show_problems(self, findings: Findings) -> None:
        """What keeps the network from running, be it in the network, its data or the machine."""
        problems = list(findings.problems)
        nothing = NONE
        if self._data_error:
            problems.insert(0, Problem("", self._data_error, about="Data"))
        elif is_empty(findings.graph):
            nothing = NOT_BEGUN
        elif self.workspace.project.awaits_data:
            nothing = NO_DATA
        elif self.runner.data is None:
            nothing = LOADING
        elif self._failure is not None and not problems:
            problems = [self._failure]
        self.doctor.follow(findings, problems)
        names = {n.id: n.name for n in findings.graph.nodes}
        self.panels.problems.show_problems(problems, names, self._repairs, nothing)

    def _judge_nodes(self, nodes: list[str], option: str, text: str) -> str:
        findings = self.state.findings
        if findings.data is None:
            return ""
        document = self.workspace.document
        return fault_of_nodes(document, findings.data, findings.path, nodes, option, text)

    def _judge_setting(self, name: str, text: str) -> str:
        data = self.state.findings.data
        return fault_of_setting(self.workspace.document, data, name, text) if data is not None else ""

    def _repairs(self, problem: Problem) -> list[Repair]:
        findings = self.state.findings
        if findings.data is None:
            return []
        return repairs(self.workspace.document, problem, findings.data, findings.path)

    def _show_watched(self, state: WindowState) -> None:
        self.live.set_node(*state.watched)

    def show_outline(self) -> None:
        """The outline follows only while it is seen."""
        if self.docks.is_seen("outline"):
            state, outline = self.state, self.panels.outline
            outline.show_graph(state.findings.graph, state.findings.nodes)
            outline.show_selection(list(state.selected))

    def _show_catalogue(self) -> None:
        entries = catalogue(self.workspace.document)
        if entries == self._entries:
            return
        self._entries = entries
        self.panels.palette.show_catalogue(entries)
        self.editor.view.search.show_catalogue(entries)

    def _show_message(self) -> None:
        sentences = self._sentences()
        self._read &= set(sentences)
        left = [sentence for sentence in sentences if sentence not in self._read]
        known = self._failure.repairs if self._failure is not None and left else ()
        self.panels.message.say("\n".join(left), is_wrong=left != [WELCOME])
        way_out = self._way_out if self._data_error in left else ""
        self.panels.message.offer(known[0] if known else way_out)

    def _sentences(self) -> list[str]:
        run = run_message(self.runner.snapshot, self.workspace.document)
        sentences = [sentence for sentence in (run, self._data_error, self.said) if sentence]
        return sentences or [WELCOME] * is_empty(self._findings.graph)

    def _on_read(self) -> None:
        # The same may be said again, of another try.
        self.said = ""
        self._read = set(self._sentences())
        self._show_message()
