"""Edits of a trained network that keep what it predicts, where they can; units that do nothing go."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from PySide6.QtWidgets import QWidget

from nnkernels.spec import SpecError
from nnstudio.model.graph import LinkError
from nnstudio.model.growth import Branch, Deepen, Split, unit_option, widening, width_of
from nnstudio.model.inference import NodeFacts
from nnstudio.training.session import Session
from nnstudio.training.surgery.pruning import Pruning, Removal, Units
from nnstudio.ui.editing.editor import Editor
from nnstudio.ui.project.messages import Messages
from nnstudio.ui.project.unit_dialogs import PruneDialog, widen_dialog
from nnstudio.ui.run.runner import Runner

G = TypeVar("G", Deepen, Branch, Split)
ONE = "First select one layer."
INSIDE = "Units are removed on the outermost canvas only: this sub-network may stand in several places."
INSIDE_SPLIT = "A layer is split on the outermost canvas only: this sub-network may stand in several places."
NO_FREEZING = "Select layers with weights of their own: only those can be frozen."


class Surgeon:
    """Acts on the selected layer; ``facts`` are those of the nodes on the open canvas."""

    def __init__(
        self,
        parent: QWidget,
        editor: Editor,
        runner: Runner,
        messages: Messages,
        facts: Callable[[], Mapping[str, NodeFacts]],
    ) -> None:
        self.parent, self.editor, self.runner, self.messages = parent, editor, runner, messages
        self._facts = facts
        self.actions: dict[str, Callable[[], None]] = {
            "widen": self.widen, "deepen": self.deepen, "branch": self.branch, "split": self.split,
            "prune": self.prune,
            "freeze": self.freeze,
        }  # fmt: skip

    def _chosen(self) -> str:
        """The selected layer; "" and a sentence where it is not one."""
        chosen = self.editor.view.canvas.selected_nodes()
        if len(chosen) == 1:
            return chosen[0]
        self.editor.refused.emit(ONE)
        return ""

    def widen(self) -> None:
        """Ask for a number of units, more than there are."""
        graph, node = self.editor.graph, self._chosen()
        if node:
            try:
                units = width_of(graph, node)
            except LinkError as error:
                self.editor.refused.emit(str(error))
                return
            name = graph[node].name
            widen_dialog(self.parent, name, units, lambda more: self._widen(node, more)).open()

    def _widen(self, node: str, units: int) -> None:
        step = widening(self.editor.graph, node, units)
        if step.after != step.before:
            self.editor.do(step)

    def deepen(self) -> None:
        """Insert a layer that changes nothing behind the selected one."""
        self._grow(Deepen)

    def branch(self) -> None:
        """Add a branch that adds nothing yet behind the selected layer."""
        self._grow(Branch)

    def _grow(self, kind: type[G]) -> G | None:
        """Do a step behind the selected layer; None where that cannot be."""
        graph, node = self.editor.graph, self._chosen()
        if not node:
            return None
        try:
            step = kind(graph, node, self._facts().get(node, NodeFacts()))
        except LinkError as error:
            self.editor.refused.emit(str(error))
            return None
        if not self.editor.do(step):
            return None
        self.editor.view.canvas.select([n.id for n in step.nodes])
        return step

    def split(self) -> None:
        """Divide the selected layer into two beside each other, which give together what it gave."""
        if self.editor.path:
            self.editor.refused.emit(INSIDE_SPLIT)
        elif (step := self._grow(Split)) is not None:
            pick = self.runner.planner.pick
            pick(step.node, range(step.left))
            pick(step.other, range(step.left, step.units), step.node)

    def freeze(self) -> None:
        """Keep the weights of the selected layers as they are; let them learn where all are kept already."""
        graph = self.editor.graph
        chosen = self.editor.view.canvas.selected_nodes()
        able = [n for n in chosen if graph.registry[graph[n].kind].has_option("frozen")]
        if able:
            self.editor.change_nodes(able, "frozen", not all(graph[n].options.get("frozen") for n in able))
        else:
            self.editor.refused.emit(NO_FREEZING)

    def prune(self) -> None:
        """Say which units of the selected layer do nothing, and what the loss is without them; then ask."""
        editor, node = self.editor, self._chosen()
        if not node:
            return
        if editor.path or not unit_option(editor.graph, node):
            try:
                width_of(editor.graph, node)
                editor.refused.emit(INSIDE)
            except LinkError as error:
                editor.refused.emit(str(error))
            return
        option, name = unit_option(editor.graph, node), editor.graph[node].name
        # What is told of the weights must be true of those that lose their units.
        self.runner.orders.pause()
        task = self.messages.begin(f"Looking at the units of {name}")

        def look(session: Session) -> tuple[Pruning, Units]:
            pruning = Pruning(session, node, option)
            return pruning, pruning.look()

        def show(both: tuple[Pruning, Units]) -> None:
            self._ask_units(name, option, *both)

        self.runner.ask(look, *self.messages.ending(task, show))

    def _ask_units(self, name: str, option: str, pruning: Pruning, units: Units) -> None:
        def remove(kept: Sequence[int]) -> None:
            if units.node in self.editor.graph:
                self.runner.planner.pick(units.node, kept)
                self.editor.change_node(units.node, option, len(kept))

        dialog = PruneDialog(self.parent, name, units, remove)

        def ask(kept: Sequence[int]) -> None:
            def compute(session: Session) -> Removal:
                if session is not pruning.session:
                    raise SpecError("The network was changed meanwhile. Close this and try again.")
                return pruning.remove(kept)

            def show(told: Removal) -> None:
                if not dialog.is_closed:
                    dialog.show_loss(kept, told)

            self.runner.ask(compute, show, self.messages.fail)

        dialog.loss_wanted.connect(ask)
        dialog.open()
