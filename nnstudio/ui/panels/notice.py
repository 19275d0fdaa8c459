"""The bar above the canvas that says what an edit did to the weights and the predictions, or what the weights
have seen, and offers to take it back.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from nnstudio.data.dataset import DataError
from nnstudio.data.tables.settings import ColumnSetting, read_settings
from nnstudio.doctor.remedies import options
from nnstudio.model.commands import ChooseData
from nnstudio.model.document import DataReference, Document
from nnstudio.model.history import Command, History
from nnstudio.model.problems import Repair
from nnstudio.training.learned import ALL_CARRIED, Carried
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.training.surgery.beginning import Beginning
from nnstudio.training.surgery.changes import sentence
from nnstudio.ui.widgets.message_bar import MessageBar

DIVIDED_ANEW = (
    "The network keeps what it learned from this data as it was prepared before: rows that are for testing "
    "now may be among those, which makes the results too good. Reset (Ctrl+R) trains it anew."
)
OTHER_DATA = (
    "The network and the curve keep what was learned from the data before. Train on, or begin anew with "
    "Reset (Ctrl+R)."
)
WAITS = "Training waits."
BEGINS_HERE = "The timeline begins here; undo leads back to the one before."
IN_THIS_NETWORK = "Earlier steps of the timeline show the weights of then in the network of now."


def told_of(carried: Carried, names: Mapping[str, str]) -> str:
    """What became of the weights, or nothing where all are as they were; ``names`` of nodes by identifier."""
    if not carried.goes_on:
        return (
            "Training starts again from random weights: none of the trained weights fit the changed network."
        )
    if carried.is_same:
        return ""
    parts = [sentence(carried.changes, carried.difference, names), carried.beginning.told(names)]
    told = " ".join(part for part in (*parts, WAITS if carried.waits else "") if part)
    if carried.keeps_function and carried.keeps_past:
        return told
    return f"{told} {IN_THIS_NETWORK if carried.keeps_past else BEGINS_HERE}"


def may_have_seen(step: Command | None) -> bool:
    """Whether a step prepares the same file in another way, so that its rows may be divided anew: how numbers
    are scaled says nothing of that.
    """
    if not isinstance(step, ChooseData) or step.before.kind != step.after.kind:
        return False
    path = step.after.options.get("path")
    if not path or path != step.before.options.get("path"):
        return False
    return _but_scales(step.before) != _but_scales(step.after)


def _but_scales(data: DataReference) -> dict[str, Any]:
    """The options of data without what its columns are scaled by."""
    try:
        said = read_settings(str(data.options.get("columns", "")))
    except DataError:
        return dict(data.options)
    columns = {name: replace(setting, scaling=None) for name, setting in said.items()}
    return {**data.options, "columns": {n: c for n, c in columns.items() if c != ColumnSetting()}}


class Notice(MessageBar):
    """Hidden until an edit changed a trained network, or its weights may have seen what is for testing.

    Requests: undo_requested(), repair_requested(Repair).
    """

    undo_requested = Signal()
    repair_requested = Signal(object)

    def __init__(self) -> None:
        self.slow = QPushButton("Slow it down")
        self.undo, self.dismiss = QPushButton("Undo"), QPushButton("Dismiss")
        super().__init__(self.slow, self.undo, self.dismiss)
        self.slow.clicked.connect(self._slow_down)
        self.undo.setToolTip("Undo the change; the weights and the curve come back, too")
        self.dismiss.setToolTip("Hide this message; Ctrl+Z still undoes the change")
        self.undo.clicked.connect(self.undo_requested)
        self.dismiss.clicked.connect(self.hide)
        # What keeps a new layer from learning too fast.
        self.remedy: Repair | None = None
        # The step that is told of.
        self.step: Command | None = None
        self._start, self._done, self._moves = -1, 0, 0
        # What became of the weights since that step began.
        self._carried = ALL_CARRIED
        self._history: History | None = None
        self._names: dict[str, str] = {}

    def show_snapshot(self, snapshot: Snapshot, document: Document) -> None:
        """Look at the first snapshot of each plan; the newest step of the document's history led to it."""
        if snapshot.start == self._start or snapshot.phase == Phase.PREPARING:
            return
        self._start = snapshot.start
        history = document.history
        # Nodes that are gone are still called what they were.
        if history is not self._history:
            self._history, self._names = history, {}
        self._names |= {node.id: node.name for node in document.graph.nodes}
        # One more click on an arrow joins the step before it, and all of that is told of.
        is_longer = self.step is not None and history.last is self.step and history.moves > self._moves
        before, self._moves = self._carried if is_longer else ALL_CARRIED, history.moves
        self._carried = snapshot.carried if before.is_same else before.joined(snapshot.carried)
        text = told_of(self._carried, self._names)
        # A step that was taken back leads to the one before it, which was told of in its time.
        is_new, self._done = history.done > self._done, history.done
        if not text and snapshot.steps and is_new and isinstance(history.last, ChooseData):
            text = DIVIDED_ANEW if may_have_seen(history.last) else OTHER_DATA
        self.text.setText(text)
        self.step = history.last if text else None
        self.undo.setVisible(self.step is not None)
        self._offer(snapshot.carried.beginning)
        self.setVisible(bool(text))

    def _offer(self, beginning: Beginning) -> None:
        """A button for new layers that would learn too fast."""
        title = f"Set learning rate factor to {beginning.factor:g}"
        self.slow.setToolTip(f"{title}, so that what was learned stays; undo takes it back")
        nodes = tuple(pace.node for pace in beginning.fast)
        self.remedy = options(title, nodes, "learning_rate_factor", beginning.factor) if nodes else None
        self.slow.setVisible(self.remedy is not None)

    def _slow_down(self) -> None:
        if self.remedy is not None:
            self.repair_requested.emit(self.remedy)

    def show_history(self, history: History) -> None:
        """Nothing is lost any more once the step is taken back."""
        if self.step is not None and self.step not in history.commands[: history.done]:
            self.step = None
            self.hide()
