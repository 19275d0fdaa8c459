"""All that looks inside the network: live views, thumbnails of the nodes, the timeline and its recording.

Hands them what happens in the window and the run; what they ask for goes to the runner.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import assert_never

from PySide6.QtCore import QObject, QPoint, Signal

from nnstudio.data.dataset import Dataset
from nnstudio.explain.directions import Pick
from nnstudio.model.atomic_file import FileError, write_atomically
from nnstudio.training.curve import Curve
from nnstudio.training.messages import Snapshot
from nnstudio.training.weights import slots_in
from nnstudio.ui.canvas.thumbnails import LiveThumbnails
from nnstudio.ui.canvas.view import CanvasView
from nnstudio.ui.live.requests import (
    EditWeight,
    PickWeight,
    Say,
    SetPoints,
    ShowSample,
    ViewRequest,
    WriteFile,
)
from nnstudio.ui.live.scheduler import ViewScheduler
from nnstudio.ui.live.view import LiveView, ViewFactory, live_views
from nnstudio.ui.live.weight_picker import WeightPick
from nnstudio.ui.run.runner import Runner
from nnstudio.ui.run.timeline import Timeline


class LiveHost(QObject):
    """Signals, for what only the window can do: said(sentence), told(passing remark), wrote(sentence,
    path); weight_edited(node, array, flat index, value); points_set(PointChange);
    shown(view) that should come to the front.
    """

    said = Signal(str)
    told = Signal(str)
    wrote = Signal(str, object)
    weight_edited = Signal(str, str, int, float)
    shown = Signal(str)
    points_set = Signal(object)

    def __init__(self, runner: Runner, canvas: CanvasView, is_open: Callable[[str], bool]) -> None:
        """``is_open`` tells whether the panel of a view can be seen."""
        super().__init__(canvas)
        self.runner, self.canvas = runner, canvas
        self._node = self._node_name = ""
        self.views: dict[str, LiveView] = {}
        for factory in live_views:
            # One that fails is named, and the others stand.
            live_views.attempt(factory.id, f"'{factory.title}'", partial(self._make_view, factory))
        self.thumbnails = LiveThumbnails(canvas)
        self.timeline = Timeline()
        self.scheduler = ViewScheduler(runner, self.views, self.thumbnails, is_open)
        runner.ticked.connect(self.scheduler.tick)
        # Steps of the network before cannot be gone to any more.
        runner.ticked.connect(lambda: self.timeline.setEnabled(runner.is_planned))
        runner.snapshot_changed.connect(self._on_snapshot)
        runner.rows_changed.connect(self._on_rows)
        runner.restarted.connect(self._on_restarted)
        self.timeline.travel_requested.connect(runner.orders.travel)
        for name, view in self.views.items():
            view.probe_changed.connect(lambda n=name: self.scheduler.ask(n))
            view.requested.connect(self._on_request)

    def _make_view(self, factory: ViewFactory) -> None:
        self.views[factory.id] = factory.make()

    def set_data(self, data: Dataset | None) -> None:
        """Other data was loaded."""
        for view in self.views.values():
            view.staleness.forget()
            view.set_data(data)

    def set_node(self, engine: str, name: str) -> None:
        """Another node was selected: what the engine and what people call it."""
        self._node, self._node_name = engine, name
        for view in self.views.values():
            view.set_node(engine, name)

    def set_names(self, names: dict[str, str]) -> None:
        """What people call the nodes that the engine knows by these identifiers."""
        for view in self.views.values():
            view.set_names(names)

    def _on_snapshot(self, snapshot: Snapshot) -> None:
        self.timeline.show_snapshot(snapshot)
        for view in self.views.values():
            view.set_snapshot(snapshot)

    def _on_rows(self, rows: Curve) -> None:
        for view in self.views.values():
            view.set_rows(rows)

    def _on_restarted(self) -> None:
        # Thumbnails of the network that was must not stand on the one that is.
        self.thumbnails.clear()
        for view in self.views.values():
            view.staleness.forget()
            view.clear()
            view.set_rows(self.runner.rows)

    def _on_request(self, request: ViewRequest) -> None:
        match request:
            case Say(sentence):
                self.said.emit(sentence)
            case EditWeight(node, array, index, value):
                self.weight_edited.emit(node, array, index, value)
            case SetPoints(change):
                self.points_set.emit(change)
            case WriteFile(path, content):
                self._write(path, content)
            case PickWeight() | ShowSample():
                for view in self.views.values():
                    view.on_request(request)
                if isinstance(request, PickWeight):
                    self.shown.emit("loss_surface")
            case _:
                assert_never(request)

    def _write(self, path: Path, content: Callable[[], bytes]) -> None:
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
