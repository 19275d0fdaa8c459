"""All of the window but its first screen: makes the parts, puts them together and connects their requests.
Decides nothing itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QDropEvent
from PySide6.QtWidgets import QWidget

from nnstudio.from_data import FromData
from nnstudio.model.document import DataReference
from nnstudio.project import Project
from nnstudio.ui.beside import side_by_side
from nnstudio.ui.canvas import accessible
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.data import assistant as assistants
from nnstudio.ui.data.looking import dropped
from nnstudio.ui.editing.editor import Editor
from nnstudio.ui.live.host import LiveHost
from nnstudio.ui.project.comparisons import Comparisons
from nnstudio.ui.project.drops import Drops
from nnstudio.ui.project.exports import Exports
from nnstudio.ui.project.files import Files, Take
from nnstudio.ui.project.imports import Imports
from nnstudio.ui.project.keeper import Keeper
from nnstudio.ui.project.layer_reuse import LayerReuse
from nnstudio.ui.project.messages import Messages
from nnstudio.ui.project.predictions import Predictions
from nnstudio.ui.project.recent import RecentProjects
from nnstudio.ui.project.surgeon import Surgeon
from nnstudio.ui.project.texts import Texts
from nnstudio.ui.project.weight_loading import WeightLoading
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.cross_validation import CrossValidation
from nnstudio.ui.run.forecast import Forecast
from nnstudio.ui.run.outcome import Outcome
from nnstudio.ui.run.run_steps import RunSteps
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.run.weight_by_hand import WeightByHand
from nnstudio.ui.runs.runs import Runs
from nnstudio.ui.shell.closing import Closing
from nnstudio.ui.shell.docks import Docks
from nnstudio.ui.shell.keys_dialog import Keys, KeysDialog
from nnstudio.ui.shell.large_view import LargeView
from nnstudio.ui.shell.layouts import Layouts
from nnstudio.ui.shell.learning import Learning
from nnstudio.ui.shell.loading import Loading
from nnstudio.ui.shell.menus import Menus
from nnstudio.ui.shell.overlay import Overlay
from nnstudio.ui.shell.page_tabs import PageTabs, TabRow
from nnstudio.ui.shell.panels import Panels
from nnstudio.ui.shell.presenter import Presenter
from nnstudio.ui.shell.settings_watch import SettingsWatch
from nnstudio.ui.shell.stage import Stage
from nnstudio.ui.sweeps.sweeps import Sweeps
from nnstudio.ui.widgets.holder import held_by

if TYPE_CHECKING:
    from nnstudio.ui.shell.main_window import MainWindow


class Studio(QObject):
    """The parts of a window on one project at a time."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        # Parts that ask the window for others get them from here, as far as they are there.
        self.window = window
        window.studio = self
        self.settings, self.start_page, self.pages = window.settings, window.start_page, window.pages
        self.closing = Closing(self)
        self.messages = Messages(window)
        self.runner = Runner(window)
        self.outcome, self.forecast = Outcome(self.runner), Forecast(self.runner)
        nothing = Project()
        self.canvas = CanvasView(nothing.document.graph)
        self.editor = Editor(nothing.document, self.canvas)
        self.workspace = Workspace(nothing, self.editor, self.runner, window)
        self.keeper = Keeper(self.workspace, self.runner, window)
        self.run_steps = RunSteps(self.editor, self.runner)
        self.weight_by_hand = WeightByHand(self.run_steps, window)
        self.panels = Panels(self.canvas, self.runner.inquiries.look_up, window.run_bar, window.status)
        self.live = LiveHost(self.runner, self.canvas, self._is_seen)
        self.docks = Docks(window, self.panels, self.live.views)
        self.layouts = Layouts(self.docks, self.settings)
        self.recent = RecentProjects(self.settings)
        self.files = Files(
            window, self.workspace, self.runner, self.keeper.autosave, self.recent, self.messages,
            self.assist, self.show_data, lambda path: self.learning.files.take(path),
        )  # fmt: skip
        self.runs = Runs(window, self.runner, self.forecast, self.files, self.messages, self.panels.status)
        self.sweeps = Sweeps(window, self.workspace, self.runner, self.messages, self.runs)
        self.exports = Exports(
            window, self.workspace, self.runner, self.messages, lambda: self.presenter.state.findings.nodes,
            self.live.timeline.pictures, lambda view: self.live.pictured(view) if view else window.grab(),
            self.panels.skipped.refresh,
        )  # fmt: skip
        self.predictions = Predictions(window, self.workspace, self.runner, self.messages)
        of_files = (window, self.workspace, self.runner, self.run_steps, self.messages)
        self.weight_loading = WeightLoading(*of_files)
        self.layer_reuse = LayerReuse(*of_files, self.recent.paths, self.runs.lend)
        self.comparisons = Comparisons(window, self.runner, self.messages)
        self.surgeon = Surgeon(
            window, self.editor, self.runner, self.messages, lambda: self.presenter.state.findings.nodes
        )
        self.imports, self.texts = Imports(window, self.files), Texts(window, self.files)
        self.drops = Drops(window, self.files, self.imports, self.weight_loading, self.comparisons)
        self.stage = Stage(self.live.views, self.live.wings)
        # Before anybody tells the views something of the project that is shown.
        self.workspace.left.connect(self._begin_views_anew)
        self.learning = Learning(
            window, self.workspace, self.runner, self.files, self.messages, self.docks, self.live,
            self.keeper, self.panels, self._show_page, self.show_canvas,
        )  # fmt: skip
        self.lessons_page, self.lessons = self.learning.page, self.learning.run
        self.authoring = self.learning.authoring
        self._put_together()
        self.menus = Menus(
            window, self.settings, self.editor, self.files, self.exports, self.predictions, self.messages,
            self.docks, self.layouts, self.live, self.panels.run_bar,
            {
                "start": self.show_start, "lessons": self.learning.show, "make lesson": self.authoring.begin,
                "canvas": self.show_canvas, "data": self.show_data,
                "large": self.toggle_large, "keys": lambda: KeysDialog(self.keys, window).open(),
                "compare": self.comparisons.ask, **self.comparisons.moments, **self.surgeon.actions,
                "weights": self.weight_loading.ask, "reuse": self.layer_reuse.ask, "import": self.imports.ask,
                "open text": self.texts.ask, "copy text": self.texts.copy, "runs": self.runs.show,
                "sweep": self.sweeps.show, "folds": lambda: CrossValidation(window, self.runner).open(),
                "side by side": lambda: side_by_side.open_side_by_side(window, self.runner, self.messages),
            },
        )  # fmt: skip
        self.presenter = Presenter(
            self.workspace, self.editor, self.runner, self.panels, self.docks, self.live, self.menus
        )
        self.lessons.changed.connect(lambda: self.presenter.doctor.set_marks(self.lessons.open is None))
        self.loading = Loading(self.runner.planner.loader, self.messages)
        self.settings_watch = SettingsWatch(self.settings, self.messages)
        self._connect_editing()
        self._connect_run()
        self._connect_files()
        self.canvas.window_actions = self.menus.actions
        self.keys = Keys({**self.menus.actions, **self.canvas.keys.actions}, self.settings)
        self.layouts.restore(is_needed=not window.is_at_start)
        if window.is_at_start:
            self.show_start()
            self._follow_page()

    def _put_together(self) -> None:
        panels, column = self.panels, self.window.column
        # Some files of live views may have been skipped; others are when they are made.
        panels.skipped.refresh()
        self.live.skipped.connect(panels.skipped.refresh)
        bars, timeline = held_by(panels.imported, panels.changed), held_by(self.live.timeline)
        passing = held_by(panels.past, panels.notice, panels.outcome)
        # What is said of the network, and of its past, is not seen beside pages that show none.
        self._of_network = (bars, passing, timeline)
        with_all_room: dict[str, QWidget] = {"Runs": self.runs.holder, "Sweep": self.sweeps.holder}
        tabs = {"Network": self.canvas, "Data": panels.data_page, **with_all_room}
        self.page_tabs = PageTabs(self.pages, tabs)
        self.tab_row = TabRow(self.page_tabs)
        self.sweeps.stood.connect(partial(self.page_tabs.note, self.sweeps.holder))
        self.sweeps.file_requested.connect(lambda path, content: self.live.write(path, lambda: content))
        above = (panels.making, bars, panels.skipped, panels.breadcrumb, self.tab_row)
        for i, widget in enumerate(above):
            column.insertWidget(i, widget)
        self.overlay = Overlay(self.pages, self.canvas, panels.message, passing)
        for shown in (self.canvas, self.live.thumbnails.legend):
            self.overlay.covers.connect(shown.keep_clear)
        for i, page in enumerate(tabs.values()):
            self.pages.insertWidget(i, page)
        for page in (self.lessons_page, self.stage):
            self.pages.addWidget(page)
        if not self.window.is_at_start:
            self.pages.setCurrentWidget(self.canvas)
        returns, lit = (self.canvas, panels.data_page), self.lessons.pointing
        self.large = LargeView(self.window, self.pages, self.stage, self.docks, self.live.views, returns, lit)
        self.pages.currentChanged.connect(self._follow_page)
        self.docks.large_requested.connect(self.large.show)
        self.docks.fitted.connect(self.stage.offer)
        # Below: what is read, or about to be clicked, must not move when a file is written.
        for widget in (panels.written, timeline):
            column.addWidget(widget)

    def _connect_editing(self) -> None:
        editor, panels, canvas, say = self.editor, self.panels, self.canvas, self.presenter.say
        editor.refused.connect(say)
        panels.breadcrumb.asked.connect(editor.go)
        accessible.install()
        canvas.selection_changed.connect(lambda: accessible.tell_focus(canvas))
        canvas.details_requested.connect(self._show_details)
        panels.palette.add_requested.connect(editor.add_behind_selection)
        panels.inspector.changed.connect(editor.change_nodes)
        panels.training.changed.connect(editor.change_setting)
        panels.training.vary_requested.connect(self.sweeps.vary)
        panels.inspector.vary_requested.connect(self.sweeps.vary_node)
        panels.outline.selected.connect(canvas.canvas_select)
        panels.outline.opened.connect(self._show_details)
        # Queued: when it is told, the dock is not seen yet. No lambda: it would outlive the window.
        queued = Qt.ConnectionType.QueuedConnection
        self.docks["outline"].visibilityChanged.connect(self.presenter.show_outline, queued)
        panels.history.step_requested.connect(editor.go_to_step)
        panels.notice.undo_requested.connect(lambda: editor.undo_to(panels.notice.step))
        panels.problems.show_requested.connect(canvas.show_node)
        panels.problems.repair_requested.connect(editor.repair)
        panels.imported.prediction_requested.connect(self.predictions.ask)
        panels.imported.data_requested.connect(partial(self.docks.focus, "data"))
        panels.changed.data_requested.connect(editor.choose_data)
        panels.data.data_requested.connect(editor.choose_data)
        panels.data_page.data_requested.connect(editor.choose_data)
        panels.data_page.network_requested.connect(self.files.propose_network)
        self.live.points_set.connect(editor.set_points)

    def _connect_run(self) -> None:
        bar, runner, live, orders = self.panels.run_bar, self.runner, self.live, self.runner.orders
        for request, order in (
            (bar.pause_requested, orders.pause), (bar.stop_requested, orders.stop),
            (bar.reset_requested, self.run_steps.reset),
        ):  # fmt: skip
            # What was said before has been read.
            request.connect(partial(self.presenter.say, ""))
            request.connect(order)
        bar.rate_edited.connect(partial(self.editor.change_setting, "learning_rate"))
        for told in (bar.told, live.told, self.canvas.told):
            told.connect(self.panels.status.tell)
        bar.full_speed_chosen.connect(orders.set_full_speed)
        runner.snapshot_changed.connect(lambda snapshot: bar.follow(snapshot, runner.rows))
        self.panels.training.estimate_requested.connect(self.forecast.estimate)
        bar.stop_requested.connect(self.outcome.note_stop)
        self.outcome.said.connect(self.panels.outcome.say)
        self.outcome.leads.connect(self.panels.outcome.lead_to)
        self.panels.outcome.view_requested.connect(self.docks.focus)
        self.panels.outcome.dismissed.connect(self.outcome.dismiss)
        self.outcome.tells_fault.connect(self.panels.outcome.show_problem)
        self.panels.outcome.problems_requested.connect(partial(self.docks.focus, "problems"))
        self.presenter.doctor.consultation.reported.connect(self.outcome.note_report)
        self.forecast.told.connect(self.panels.training.show_estimate)
        self.forecast.said.connect(bar.show_forecast)
        bar.full_speed_chosen.connect(self.forecast.follow_speed)
        if bar.speed.currentData():
            # Turned by the wheel before anybody heard of it.
            bar.full_speed_chosen.emit(True)
        self.workspace.settings_changed.connect(self.forecast.look_again)
        runner.planner.warming.connect(self.panels.status.show_warming)
        for said in (runner.planner.slow_starts, live.said):
            said.connect(self.presenter.say)
        live.weight_edited.connect(self.weight_by_hand.finish)
        live.weight_moved.connect(self.weight_by_hand.move)
        live.weights_edited.connect(lambda edit: self.weight_by_hand.finish_all(edit.node, edit.values))
        live.shown.connect(self._bring_forward)
        live.runs_requested.connect(self.runs.show)
        for part in (self.runs, self.sweeps):
            part.wanted.connect(partial(self.pages.setCurrentWidget, part.holder))
        self.runs.compare_requested.connect(self.comparisons.compare_runs)
        self.canvas.weights_requested.connect(lambda: live.shown.emit("weights"))
        self.canvas.pick_requested.connect(live.offer_picks)
        live.timeline.record_requested.connect(self.exports.ask_record)

    def _connect_files(self) -> None:
        page, files, workspace, messages = self.start_page, self.files, self.workspace, self.messages
        page.pictures.begin(self.runner.inquiries.look_up)
        messages.said.connect(self.presenter.say)
        messages.told.connect(self.panels.status.tell)
        messages.wrote.connect(self.panels.written.say)
        self.live.wrote.connect(messages.tell_written)
        for panel in (self.panels.status, self.panels.run_bar):
            messages.began.connect(panel.show_task)
        self.keeper.said.connect(self.presenter.say)
        self.canvas.file_dropped.connect(self.drops.take)
        self.panels.data_page.file_dropped.connect(self.drops.take)
        for way in (page.back_requested, self.lessons_page.back_requested, self.docks.asked, self.stage.left):
            way.connect(self.leave_stage)
        self.canvas.file_awaited.connect(files.await_data)
        workspace.shown.connect(self.panels.written.hide)
        workspace.shown.connect(lambda: self.pages.setCurrentWidget(self.canvas))

    def drop(self, event: QDropEvent) -> None:
        """Take what was dropped beside the pages, such as on a panel."""
        event.acceptProposedAction()
        self.drops.take(dropped(event), as_new=self.pages.currentWidget() is self.start_page)

    def show_start(self) -> None:
        """Show the start page instead of the canvas, until something is opened."""
        project = self.workspace.project if self.workspace.has_project else None
        self.start_page.show_files(self.recent.paths(), project)
        self._show_page(self.start_page)

    def _show_page(self, page: QWidget) -> None:
        """Show a page that has no panels."""
        self.panels.breadcrumb.hide()
        self.pages.setCurrentWidget(page)

    def show_canvas(self) -> None:
        """Show the network."""
        self.pages.setCurrentWidget(self.canvas)
        self.canvas.setFocus()

    def show_data(self) -> None:
        """Show the data page."""
        self.pages.setCurrentWidget(self.panels.data_page)
        self.panels.data_page.table.setFocus()

    def toggle_large(self) -> None:
        """Show a view large, as `LargeView.show_any` chooses it; or end that."""
        (self.leave_stage if self.large.is_on else self.large.show_any)()

    def leave_stage(self) -> None:
        """Back to the page before, and to all panels as they stood; from other pages to what is open."""
        if self.large.is_on:
            self.large.leave()
        else:
            (self.show_canvas if self.workspace.has_project else self.show_start)()

    def _begin_views_anew(self) -> None:
        """Views were of the project before, if there was one; a large view goes back to its panel first."""
        self.stage.release()
        self.live.begin_anew()

    def _follow_page(self, _at: int = 0) -> None:
        """Beside pages that do not show the network panels say nothing; a large view has their room."""
        shown = self.pages.currentWidget()
        if shown is not self.stage:
            self.stage.release()
        is_about_network = shown not in (self.start_page, self.lessons_page)
        is_about_runs = shown in (self.runs.holder, self.sweeps.holder)
        self.tab_row.keep(is_about_runs, self.docks.aside.is_on)
        self.docks.set_aside(not is_about_network or is_about_runs or shown is self.stage)
        self.lessons.pointing.rest(not is_about_network)
        for held in self._of_network:
            held.setVisible(is_about_network and not is_about_runs)

    def _is_seen(self, view: str) -> bool:
        # Without a project no view is made, which takes longer than all the rest of the window.
        return self.workspace.has_project and (self.docks.is_seen(view) or self.stage.shows(view))

    def _bring_forward(self, view: str) -> None:
        if self.pages.currentWidget() is not self.stage or not self.stage.show_view(view):
            self.docks.show(view)

    def assist(
        self, reference: DataReference, create: Callable[[FromData, Take], None], can_use: bool
    ) -> None:
        """Show data that is new before it replaces anything."""
        project = self.workspace.project if can_use else None
        assistant = assistants.Assistant(self.window, reference, self.runner.inquiries.look_up, project)
        assistant.created.connect(lambda proposed: create(proposed, assistant.take))
        assistant.used.connect(self.editor.choose_data)
        assistant.open()

    def _show_details(self, node: str) -> None:
        self.canvas.canvas.select([node])
        self.docks.show("inspector")
        self.panels.inspector.setFocus()
