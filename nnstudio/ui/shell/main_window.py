"""The window: puts the panels together and connects their requests. Decides nothing itself."""

from __future__ import annotations

import gc
import time

from PySide6.QtCore import QSettings, Qt, QTimer
from PySide6.QtGui import QAction, QCloseEvent
from PySide6.QtWidgets import QDockWidget, QMainWindow, QStackedWidget, QVBoxLayout, QWidget

from nnstudio.data.dataset import Dataset
from nnstudio.model.document import Document
from nnstudio.model.event import listen
from nnstudio.model.inference import NodeFacts
from nnstudio.model.locations import engine_names, facts_at
from nnstudio.model.problems import find_problems, repairs
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import Project, facts_of_data
from nnstudio.training.learned import Aside
from nnstudio.training.messages import Snapshot
from nnstudio.ui.canvas import accessible
from nnstudio.ui.canvas.catalogue import catalogue
from nnstudio.ui.canvas.minimap import Minimap
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.editing.editor import Editor
from nnstudio.ui.live.host import LiveHost
from nnstudio.ui.panels.breadcrumb import Breadcrumb
from nnstudio.ui.panels.data_panel import DataPanel
from nnstudio.ui.panels.history_panel import HistoryPanel
from nnstudio.ui.panels.inspector import Inspector
from nnstudio.ui.panels.notice import Notice
from nnstudio.ui.panels.outline import Outline
from nnstudio.ui.panels.palette import Palette
from nnstudio.ui.panels.problems_panel import ProblemsPanel
from nnstudio.ui.panels.skipped_bar import SkippedBar
from nnstudio.ui.panels.training_panel import TrainingPanel
from nnstudio.ui.project.files import Files
from nnstudio.ui.project.keeper import Keeper
from nnstudio.ui.run.run_bar import RunBar
from nnstudio.ui.run.run_steps import RunSteps
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.shell.docks import build_docks, is_seen, restore_layout, save_layout
from nnstudio.ui.shell.keys_dialog import Keys
from nnstudio.ui.shell.menus import build_menus
from nnstudio.ui.shell.start_page import StartPage
from nnstudio.ui.shell.status_bar import Status
from nnstudio.ui.widgets.plain_text import PlainLabel, on_button
from nnstudio.ui.widgets.theme import TEXT_SIZE, theme

# Facts (shapes, faults) follow edits after this time; a drag does not wait for them.
FACTS_MS = 15
# The run bar's numbers change this often at the most: drawing costs the training its core, and nobody
# reads numbers that change sixty times a second.
BAR_SECONDS = 0.2


class MainWindow(QMainWindow):
    """The studio's window on one project at a time."""

    def __init__(self, settings: QSettings | None = None) -> None:
        super().__init__()
        self.settings = settings or QSettings("nnstudio", "nnstudio")
        self.project: Project = Project()
        self.has_project = False  # the one above stands for none
        self.facts: dict[str, NodeFacts] = {}
        self.runner = Runner(self)
        self.keeper = Keeper(self, self.runner, self)
        self.autosave = self.keeper.autosave
        self.keeper.said.connect(lambda text: self.say(text))
        self.canvas = CanvasView(self.project.document.graph)
        self.editor = Editor(self.project.document, self.canvas)
        self.run_steps = RunSteps(self.editor, self.runner, self._on_trained)
        self.files = Files(self)
        self.palette_panel, self.minimap = Palette(), Minimap(self.canvas)
        self.breadcrumb, self.notice, self.history_panel = Breadcrumb(), Notice(), HistoryPanel()
        self.inspector, self.data_panel, self.outline = Inspector(), DataPanel(), Outline()
        self.training_panel, self.run_bar, self.problems_panel = TrainingPanel(), RunBar(), ProblemsPanel()
        self.live = LiveHost(self.runner, self.canvas, lambda name: is_seen(self.docks[name]))
        self.views, self.thumbnails = self.live.views, self.live.thumbnails
        self.trained_since_save = False
        self._bar_after = 0.0
        self._seen = (0, 0)  # start and steps of the last snapshot
        self._leaving = self._keeps_copy = False
        self._facts_timer = QTimer(self, singleShot=True, interval=FACTS_MS)
        self._facts_timer.timeout.connect(self.update_facts)
        self._build()
        self._connect()
        self.actions_by_name: dict[str, QAction] = build_menus(self)
        self.canvas.window_actions = self.actions_by_name
        self.keys = Keys({**self.actions_by_name, **self.canvas.keys.actions}, self.settings)
        theme.set_text_scale(float(str(self.settings.value(TEXT_SIZE, 1.0, float))))
        restore_layout(self)
        self._on_subnetworks()

    # Building

    def _build(self) -> None:
        self.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowNestedDocks)
        self.message = PlainLabel()
        self.message.setObjectName("error")
        self.message.setWordWrap(True)
        self.message.hide()
        middle = QWidget()
        column = QVBoxLayout(middle)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        self.skipped_bar = SkippedBar()
        for widget in (self.message, self.notice, self.skipped_bar, self.breadcrumb):
            column.addWidget(widget)
        self.start_page = StartPage()
        self.pages = QStackedWidget()
        self.pages.addWidget(self.canvas)
        self.pages.addWidget(self.start_page)
        column.addWidget(self.pages, 1)
        column.addWidget(self.live.timeline)
        self.setCentralWidget(middle)
        self.addToolBar(self.run_bar)
        self.docks: dict[str, QDockWidget] = build_docks(self)
        self.status = Status()
        self.setStatusBar(self.status)

    def _connect(self) -> None:
        editor, runner = self.editor, self.runner
        editor.refused.connect(self.say)
        editor.opened.connect(self._on_opened)
        self.breadcrumb.asked.connect(editor.go)
        self.thumbnails.names = self.engine_names
        self.canvas.selection_changed.connect(self._on_selection)
        accessible.install()
        self.canvas.selection_changed.connect(lambda: accessible.tell_focus(self.canvas))
        self.canvas.details_requested.connect(self._show_details)
        self.canvas.told.connect(self.tell)
        self.canvas.file_dropped.connect(self.files.drop)
        self.palette_panel.add_requested.connect(editor.add_behind_selection)
        self.inspector.changed.connect(editor.change_nodes)
        self.training_panel.changed.connect(editor.change_setting)
        self.training_panel.estimate_requested.connect(runner.estimate)
        runner.estimated.connect(self.training_panel.show_estimate)
        page, files = self.start_page, self.files
        page.new_requested.connect(files.new)
        page.open_requested.connect(files.ask_open)
        page.recent_requested.connect(files.open)
        page.example_requested.connect(files.open_example)
        page.template_requested.connect(files.new_from_template)
        self.outline.selected.connect(self.canvas.canvas_select)
        self.outline.opened.connect(self._show_details)
        # Queued: when it is told, the dock is not seen yet. No lambda: it would outlive the window.
        queued = Qt.ConnectionType.QueuedConnection
        self.docks["outline"].visibilityChanged.connect(self._show_outline, queued)
        self.history_panel.step_requested.connect(editor.go_to_step)
        self.problems_panel.show_requested.connect(self.canvas.show_node)
        self.problems_panel.repair_requested.connect(editor.repair)
        self.data_panel.data_requested.connect(editor.choose_data)
        self.run_bar.train_requested.connect(runner.orders.train)
        self.run_bar.pause_requested.connect(runner.orders.pause)
        self.run_bar.step_requested.connect(runner.orders.step)
        self.run_bar.stop_requested.connect(runner.orders.stop)
        self.run_bar.reset_requested.connect(self.run_steps.reset)
        self.notice.undo_requested.connect(lambda: editor.undo_to(self.notice.step))
        self.run_bar.rate_edited.connect(lambda v: editor.change_setting("learning_rate", v))
        self.run_bar.full_speed_chosen.connect(runner.orders.set_full_speed)
        runner.snapshot_changed.connect(self._on_snapshot)
        runner.planner.data_loaded.connect(self._on_data)
        runner.planner.warming.connect(self.status.show_warming)
        self.live.said.connect(self.say)
        self.live.weight_edited.connect(self.run_steps.write)
        self.live.shown.connect(lambda name: self.docks[name].raise_())
        self.canvas.weights_requested.connect(lambda: self.live.shown.emit("weights"))
        self.canvas.pick_requested.connect(self.live.offer_picks)
        self.live.points_set.connect(editor.set_points)
        self.live.timeline.record_requested.connect(self.files.ask_record)

    # The project

    def show_project(
        self, project: Project, aside: Aside | None = None, trained: bool = False
    ) -> tuple[Aside | None, bool]:
        """Work on a project from what was put aside of it; returns where the one before stands."""
        was_trained, self.trained_since_save = self.trained_since_save, trained
        self._follow(self.project.document, on=False)
        self.project, self.has_project = project, True
        document = project.document
        self.editor.set_document(document)
        self._follow(document, on=True)
        self._on_subnetworks()
        self.say("")
        self.pages.setCurrentWidget(self.canvas)
        self._on_settings()
        self._on_reference()
        left = self.runner.set_project(project, aside)
        self._on_history()
        self.update_facts()
        # What is open stays open: without this, Python's full collections would walk over all of it in
        # the middle of gestures, for 40 to 60 ms with a thousand nodes.
        gc.unfreeze()
        gc.collect()
        gc.freeze()
        return left, was_trained

    def _follow(self, document: Document, on: bool) -> None:
        listeners = (
            (document.network_changed, self._on_network),
            (document.subnetworks_changed, self._on_subnetworks),
            (document.settings_changed, self._on_settings),
            (document.data_changed, self._on_reference),
            (document.history.changed, self._on_history),
        )
        listen(listeners, on)

    def _on_network(self) -> None:
        self._facts_timer.start()

    def show_start(self) -> None:
        """Show the start page in the place of the canvas, until something is opened."""
        self.start_page.show_recent(self.files.recent())
        self.breadcrumb.hide()
        self.pages.setCurrentWidget(self.start_page)

    def update_facts(self) -> None:
        """Shapes and faults of the graph, shown everywhere."""
        self._facts_timer.stop()
        document, data = self.project.document, self.runner.data
        graph, path = self.editor.graph, self.editor.path
        given = self.editor.data_facts = facts_of_data(data) if data is not None else None
        self.facts = facts_at(document, given, path) if given else {}
        self.canvas.canvas.show_facts(self.facts)
        self.minimap.refresh()
        self._show_selection()
        self._show_outline()
        self.live.scheduler.ask_for_thumbnails()
        problems = find_problems(graph, self.facts) if given and graph.nodes else []
        names = {n.id: n.name for n in graph.nodes}
        self.problems_panel.show_problems(
            problems, names, lambda problem: repairs(document, problem, given, path) if given else []
        )
        self.docks["problems"].setWindowTitle(f"Problems ({len(problems)})" if problems else "Problems")
        self.live.set_names({engine: names.get(n, engine) for n, engine in self.engine_names().items()})
        count = sum(f.parameters for f in self.facts.values())
        self.status.show_size(len(graph.nodes), count, len(problems))

    def _show_outline(self) -> None:
        if is_seen(self.docks["outline"]):
            self.outline.show_graph(self.editor.graph, self.facts)
            self.outline.show_selection(self.canvas.canvas.selected_nodes())

    def say(self, text: str) -> None:
        """Show a sentence above the canvas; empty hides it."""
        self.message.setText(text)
        self.message.setVisible(bool(text))

    def tell(self, text: str) -> None:
        """Show a passing remark in the status bar."""
        self.status.tell(text)

    @property
    def is_modified(self) -> bool:
        """Whether closing would lose something."""
        return not self.project.document.history.clean or self.trained_since_save

    def engine_names(self) -> dict[str, str]:
        """What the nodes on the canvas are called in the engine's network."""
        return engine_names(self.project.document, self.editor.path)

    # Facts from the model

    def _on_opened(self) -> None:
        self.breadcrumb.show_path(self.project.document, self.editor.path)
        self.update_facts()
        self._on_selection()

    def _on_subnetworks(self) -> None:
        found = catalogue(self.project.document)
        self.palette_panel.show_catalogue(found)
        self.canvas.search.show_catalogue(found)

    def _on_settings(self) -> None:
        settings: TrainingSettings = self.project.document.settings
        self.training_panel.show_settings(settings)
        self.run_bar.show_settings(settings)
        self._facts_timer.start()

    def _on_reference(self) -> None:
        self.data_panel.show_reference(self.project.document.data, self.project.data_file())

    def _on_history(self) -> None:
        history = self.project.document.history
        self.history_panel.show_history(history)
        self.notice.show_history(history)
        for name, step, verb in (("undo", history.last, "Undo"), ("redo", history.next, "Redo")):
            action = self.actions_by_name[name]
            action.setEnabled(step is not None)
            action.setText(on_button(f"{verb} {step.title}") if step else verb)
        self.show_title()
        if not history.clean:
            self.keeper.edited()

    def show_title(self) -> None:
        """Name the project in the title bar, with a mark where it is not saved."""
        name = self.project.path.name if self.project.path else "Untitled"
        self.setWindowTitle(f"{name}[*] - nnstudio")
        self.setWindowModified(self.is_modified)

    def _on_selection(self) -> None:
        self._show_selection()
        chosen = self.canvas.canvas.selected_nodes()
        self.outline.show_selection(chosen)
        graph = self.editor.graph
        node = chosen[0] if len(chosen) == 1 else self._output_node()
        name = self.engine_names().get(node, "")
        self.live.set_node(name, graph[node].name if node in graph else "")

    def _output_node(self) -> str:
        graph = self.editor.graph
        return next((n.id for n in graph.nodes if graph.registry[n.kind].role == "output"), "")

    def _show_selection(self) -> None:
        graph = self.editor.graph
        nodes = [graph[n] for n in self.canvas.canvas.selected_nodes() if n in graph]
        layers = {n.kind: graph.registry[n.kind] for n in nodes}
        if len(nodes) != 1:
            self.inspector.show_nodes(nodes, layers)
            return
        (node,) = nodes
        entering = [self.facts.get(s, NodeFacts()).shape for s in graph.sources(node.id)]
        peers = {n.id: n.name for n in graph.nodes if n.kind == node.kind and n.id != node.id}
        self.inspector.show_nodes(
            nodes, layers, self.facts.get(node.id), [s for s in entering if s is not None], peers
        )

    def _show_details(self, node: str) -> None:
        self.canvas.canvas.select([node])
        self.docks["inspector"].show()
        self.docks["inspector"].raise_()
        self.inspector.setFocus()

    # Facts from the run

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        now = time.monotonic()
        if snapshot.phase != "running" or snapshot.phase != self.run_bar.phase or now >= self._bar_after:
            self.run_bar.show_snapshot(snapshot)
            self._bar_after = now + BAR_SECONDS
        self.notice.show_snapshot(snapshot, self.project.document)
        if snapshot.phase in ("failed", "diverged"):
            graph = self.project.document.graph
            name = f"{graph[snapshot.node].name}: " if snapshot.node in graph else ""
            self.say(name + snapshot.message)
        elif snapshot.message or (
            self.message.isVisible() and snapshot.phase in ("ready", "running", "paused")
        ):
            self.say(snapshot.message)
        (start, steps), self._seen = self._seen, (snapshot.start, snapshot.steps)
        if snapshot.start == start and snapshot.steps > steps:
            self._on_trained()

    def _on_trained(self) -> None:
        if not self.trained_since_save:
            self.trained_since_save = True
            self.show_title()

    def _on_data(self, data: Dataset | None, error: str) -> None:
        self.data_panel.show_loaded(data, error)
        if data is not None:
            self.editor.fit_loss(data)
        self.live.set_data(data)
        if error:
            self.say(error)
        self.update_facts()
        self._on_selection()

    # Ending

    def leave(self) -> None:
        """Close without asking; a recovery copy that is wanted must have been kept before."""
        self._leaving = True
        self.close()

    def interrupt(self) -> None:
        """Somebody ends the program from outside: keep a recovery copy, then close without a question."""
        self._keeps_copy = self.is_modified
        self.keeper.keep_copy(self.leave)

    def closeEvent(self, event: QCloseEvent) -> None:
        if self.files.wait_for_saves(self.close) or (self.is_modified and not self._leaving):
            # A save, or a question, is waited for without holding the window up.
            event.ignore()
            if not self.files.is_saving:
                self.files.leave(self.leave)
            return
        save_layout(self)
        self._facts_timer.stop()
        self.runner.close()
        self.keeper.close(keep=self._keeps_copy)
        # Items that are torn down deselect themselves, and nobody is left to hear it.
        self.canvas.canvas.blockSignals(True)
        # What `show_project` froze would otherwise outlive this window.
        gc.unfreeze()
        event.accept()
