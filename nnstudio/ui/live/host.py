"""All that looks inside the network: live views, thumbnails of the nodes, the timeline and its recording.

Hands them what happens in the window and the run; what they ask for goes to the runner.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import assert_never

from PySide6.QtCore import QObject, QPoint, Signal
from PySide6.QtGui import QPixmap

from nnstudio.data.dataset import Dataset
from nnstudio.explain.directions import Pick
from nnstudio.explain.thumbnails import FIRST
from nnstudio.lessons.showing import Showing
from nnstudio.model.atomic_file import FileError, write_atomically
from nnstudio.training.curve import Curve
from nnstudio.training.messages import Snapshot
from nnstudio.training.weights import slots_in
from nnstudio.ui.canvas.thumbnails import LiveThumbnails
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.canvas.view_marks import ViewMarks
from nnstudio.ui.live.edits import Edit
from nnstudio.ui.live.link_flows import LinkFlows
from nnstudio.ui.live.requests import (
    EditWeight,
    EditWeights,
    MoveWeight,
    PickWeight,
    PressPill,
    Say,
    SetPoints,
    ShowArray,
    ShowRuns,
    ShowSample,
    ViewRequest,
    WriteFile,
)
from nnstudio.ui.live.scheduler import ViewScheduler
from nnstudio.ui.live.view import LiveView
from nnstudio.ui.live.views import Views
from nnstudio.ui.live.weight_picker import WeightPick
from nnstudio.ui.live.wings import Wings
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.run.timeline import Timeline
from nnstudio.ui.widgets.picture_button import pictured


class LiveHost(QObject):
    """Signals, for what only the window can do: said(sentence), told(passing remark), wrote(sentence,
    path); weight_edited(node, array, flat index, value), and weight_moved(the same) while it is on its way,
    None where it is given up; weights_edited(EditWeights) for several at once; points_set(PointChange);
    shown(view) that should come to the front; runs_requested() for all runs that were kept; skipped() when a
    view could not be made.

    Attributes:
        views: by name; one is made when it is first asked for, and told what the others were told before.
    """

    said = Signal(str)
    told = Signal(str)
    wrote = Signal(str, object)
    weight_edited = Signal(str, str, int, float)
    weight_moved = Signal(str, str, int, object)
    weights_edited = Signal(object)
    shown = Signal(str)
    points_set = Signal(object)
    runs_requested = Signal()
    skipped = Signal()

    def __init__(self, runner: Runner, canvas: CanvasView, is_open: Callable[[str], bool]) -> None:
        """``is_open`` tells whether a view can be seen, in its panel or on the stage."""
        super().__init__(canvas)
        self.runner, self.canvas = runner, canvas
        self._node = self._node_name = ""
        self._is_chosen = False
        self._data: Dataset | None = None
        self._names: dict[str, str] = {}
        self._edits: tuple[Edit, ...] = ()
        # What people made and picked of this data, for views that are made later.
        self._kept: dict[str, PickWeight | ShowSample | ShowArray] = {}
        self.views = Views(self._prepare, self.skipped.emit)
        self.thumbnails, self.link_flows = LiveThumbnails(canvas), LinkFlows(runner)
        self.timeline = Timeline(
            lambda: [(name, view.title) for name, view in self.views.factories.items() if is_open(name)]
        )
        self.wings, self._is_open = Wings(self.views, canvas), is_open
        self._is_marked = False
        self.marks = ViewMarks(canvas, lambda: self.thumbnails.names)
        self.marks.pressed.connect(lambda node, pill: self._on_request(PressPill(node, pill)))
        runner.ticked.connect(self._show_marks)
        self.scheduler = ViewScheduler(runner, self.views, self.thumbnails, self.wings, is_open)
        self.thumbnails.probe_changed.connect(self.scheduler.ask_for_thumbnails)
        self.thumbnails.weight_edited.connect(self.weight_edited)
        self.thumbnails.weight_moved.connect(self.weight_moved)
        runner.ticked.connect(self.scheduler.tick)
        runner.ticked.connect(lambda: self.wings.tick(self.scheduler.wings_share))
        # Steps of the network before cannot be gone to any more.
        runner.ticked.connect(lambda: self.timeline.setEnabled(runner.is_planned))
        runner.snapshot_changed.connect(self._on_snapshot)
        runner.rows_changed.connect(self._on_rows)
        runner.restarted.connect(self._on_restarted)
        self.timeline.travel_requested.connect(runner.orders.travel)

    def _prepare(self, name: str, view: LiveView) -> None:
        """Tell a view that was made just now where things stand, and listen to it."""
        view.set_names(self._names)
        view.set_data(self._data)
        view.watch(self._node, self._node_name, self._is_chosen)
        view.set_rows(self.runner.rows)
        view.set_edits(self._edits)
        view.set_snapshot(self.runner.snapshot)
        for request in self._kept.values():
            view.on_request(request)
        view.probe_changed.connect(lambda: self._on_probe_changed(name))
        view.work_changed.connect(lambda: self.scheduler.ask(name))
        view.requested.connect(self._on_request)
        self._let_nodes_follow(view)

    def _on_probe_changed(self, name: str) -> None:
        # One that is just being made, or that a new project took away, is none of them.
        view = self.views.existing.get(name)
        if view is not None:
            view.go_on()
        self.scheduler.ask(name)
        if view is not None:
            self._let_nodes_follow(view)

    def _let_nodes_follow(self, view: LiveView) -> None:
        """Where a view has a sample for them, the pictures on the nodes are of it."""
        sample = view.sample_for_nodes()
        if sample is not None:
            self.thumbnails.choose(sample)

    def _existing(self) -> tuple[LiveView, ...]:
        return tuple(self.views.existing.values())

    def begin_anew(self) -> None:
        """Another project is open: what was chosen, picked and typed in the views was for the one before."""
        self._kept.clear()
        self.thumbnails.choose(FIRST)
        self.views.begin_anew()
        self.scheduler.begin_anew()

    def pictured(self, name: str) -> QPixmap:
        """A view as it is seen, without its buttons."""
        return pictured(self.views[name])

    def showing(self, name: str) -> Showing | None:
        """What a view draws of what was chosen in it; None of one that draws nothing."""
        view = self.views.existing.get(name)
        return view.showing() if view is not None else None

    def show_array(self, name: str) -> None:
        """Let the views show this array of the selected node."""
        self._on_request(ShowArray(name))

    def _show_marks(self) -> None:
        """Nodes carry what the views that are seen mark: whoever takes a view away tells nobody."""
        seen = [view for name, view in self.views.existing.items() if self._is_open(name)]
        marks = {node: pills for view in seen for node, pills in view.marks().items()}
        if marks or self._is_marked:
            self.marks.show(marks)
        self._is_marked = bool(marks)

    def set_data(self, data: Dataset | None) -> None:
        """Other data was loaded."""
        self._data = data
        self._kept = {name: kept for name, kept in self._kept.items() if isinstance(kept, ShowArray)}
        for view in self._existing():
            view.staleness.forget()
            view.set_data(data)

    def set_node(self, engine: str, name: str, is_chosen: bool) -> None:
        """Another node was selected: what the engine and what people call it; or none, and it is the one to
        see then.
        """
        self._node, self._node_name, self._is_chosen = engine, name, is_chosen
        for view in self._existing():
            view.watch(engine, name, is_chosen)

    def set_names(self, names: dict[str, str]) -> None:
        """What people call the nodes that the engine knows by these identifiers."""
        self._names = names
        for view in self._existing():
            view.set_names(names)

    def set_edits(self, edits: tuple[Edit, ...]) -> None:
        """What was edited in the course of the run."""
        self._edits = edits
        for view in self._existing():
            view.set_edits(edits)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        self.timeline.show_snapshot(snapshot)
        for view in self._existing():
            view.set_snapshot(snapshot)

    def _on_rows(self, rows: Curve) -> None:
        for view in self._existing():
            view.set_rows(rows)

    def _on_restarted(self) -> None:
        self.scheduler.clear_thumbnails()
        for view in self._existing():
            view.staleness.forget()
            view.go_on()
            view.clear()
            view.set_rows(self.runner.rows)

    def _on_request(self, request: ViewRequest) -> None:
        match request:
            case Say(sentence):
                self.said.emit(sentence)
            case EditWeight(node, array, index, value):
                self.weight_edited.emit(node, array, index, value)
            case EditWeights():
                self.weights_edited.emit(request)
            case MoveWeight(node, array, index, moved):
                self.weight_moved.emit(node, array, index, moved)
            case ShowRuns():
                self.runs_requested.emit()
            case SetPoints(change):
                self.points_set.emit(change)
            case WriteFile(path, content):
                self.write(path, content)
            case PressPill():
                for view in self._existing():
                    view.on_request(request)
            case PickWeight() | ShowSample() | ShowArray():
                axis = request.axis if isinstance(request, PickWeight) else ""
                self._kept[f"{type(request).__name__} {axis}"] = request
                for view in self._existing():
                    view.on_request(request)
                if isinstance(request, PickWeight):
                    self.shown.emit("loss_surface")
            case _:
                assert_never(request)

    def write(self, path: Path, content: Callable[[], bytes]) -> None:
        """Write a file beside all else, and tell how that went."""

        def failed(error: Exception) -> None:
            self.said.emit(str(error))
            if not isinstance(error, FileError):
                raise error

        self.runner.inquiries.in_background(
            lambda: write_atomically(path, content()),
            lambda _none: self.wrote.emit(f"Wrote {path.name}.", path),
            failed,
        )

    def offer_picks(self, screen: QPoint) -> None:
        """Ask for a number of the selected node that the loss surface is to run along."""
        node, layout = self._node, self.runner.layout()
        slots = slots_in(layout, node) if layout else {}
        arrays = {name: slot for name, slot in slots.items() if slot.trained}
        if not arrays:
            self.said.emit("The loss surface needs a working network and its data first.")
            return
        popup = WeightPick(self._node_name, arrays, self.canvas)
        popup.picked.connect(
            lambda axis, array, index: self._on_request(PickWeight(axis, Pick(node, array, index)))
        )
        popup.open_at(screen)
