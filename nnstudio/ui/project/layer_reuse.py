"""Layers of a trained network for the open project: read on a thread, shown first, then taken as one step."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from nnstudio.reuse import Reuse, read_lender, suffixes
from nnstudio.training.state import TrainingState
from nnstudio.ui.project.file_into_network import FileIntoNetwork
from nnstudio.ui.project.reuse_dialog import ReuseDialog
from nnstudio.ui.run.runner import NOT_READY
from nnstudio.ui.run.trained_work import CHANGED

FROZEN = (
    "They are frozen; to let one learn, select it and choose Edit > Grow or prune what is trained > Freeze."
)


class LayerReuse(FileIntoNetwork):
    """What the File menu does with trained layers; the same functions fit them as on the command line."""

    title, kind = "Reuse layers of a trained network", "Trained networks"

    def suffixes(self) -> Iterable[str]:
        return suffixes()

    def look_at(self, path: Path) -> None:
        """Fit a trained network to the data; a dialog shows its layers, or a sentence says why not."""
        messages, project, data = self.messages, self.workspace.project, self.runner.data
        messages.say("")
        if data is None:
            messages.say(NOT_READY)
            return
        document, moves = project.document.copy(), project.document.history.moves
        task = messages.begin(f"Reading {path.name}")

        def is_other() -> bool:
            is_changed = self.workspace.project is not project or project.document.history.moves != moves
            if is_changed:
                messages.say(CHANGED)
            return is_changed

        def show(reuse: Reuse) -> None:
            if not is_other():
                ReuseDialog(self.parent, reuse, lambda chosen, freeze: begin(reuse, chosen, freeze)).open()

        def begin(reuse: Reuse, chosen: tuple[str, ...], freeze: bool) -> None:
            def take(begun: TrainingState) -> None:
                if not is_other() and self.steps.reuse(reuse, chosen, freeze, begun, data):
                    self.workspace.note_trained()
                    frozen = [FROZEN] if freeze else []
                    messages.tell(" ".join([reuse.sentence(chosen), *frozen]))

            self.runner.orders.pause()
            self.runner.inquiries.look_up(lambda: reuse.state(chosen), take, messages.fail)

        self.runner.inquiries.look_up(
            lambda: Reuse(read_lender(path), document, data), *messages.ending(task, show)
        )
