"""Layers of a trained network for the open project: read on a thread, shown first, then taken as one step."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from PySide6.QtWidgets import QWidget

from nnstudio.reuse import Reuse, read_lender, suffixes
from nnstudio.training.state import TrainingState
from nnstudio.ui.project.file_into_network import FileIntoNetwork
from nnstudio.ui.project.lender_dialog import LenderDialog
from nnstudio.ui.project.lenders import Candidate, trained_files
from nnstudio.ui.project.messages import Messages
from nnstudio.ui.project.reuse_dialog import ReuseDialog
from nnstudio.ui.project.workspace import Workspace
from nnstudio.ui.run.run_steps import RunSteps
from nnstudio.ui.run.runner import NOT_READY, Runner
from nnstudio.ui.run.trained_work import CHANGED

# Calls the second with kept runs but that of an id.
Lending = Callable[[str, Callable[[Sequence[Candidate]], None]], None]
FROZEN = (
    "They are frozen; to let one learn, select it and choose Edit > Grow or prune what is trained > Freeze."
)


class LayerReuse(FileIntoNetwork):
    """What the File menu does with trained layers; the same functions fit them as on the command line."""

    title, kind = "Reuse layers of a trained network", "Trained networks"

    def __init__(
        self,
        parent: QWidget,
        workspace: Workspace,
        runner: Runner,
        steps: RunSteps,
        messages: Messages,
        recent: Callable[[], Sequence[Path]],
        lending: Lending,
    ) -> None:
        """``recent()`` are projects that were open lately."""
        super().__init__(parent, workspace, runner, steps, messages)
        self._recent, self._lending = recent, lending

    def suffixes(self) -> Iterable[str]:
        return suffixes()

    def ask(self) -> None:
        """Choose among what a person trained, or a file, and look at it."""
        project = self.workspace.project
        paths, own = tuple(self._recent()), project.state.run if project.state is not None else ""

        def show(candidates: Sequence[Candidate]) -> None:
            LenderDialog(self.parent, candidates, self._look_at, super(LayerReuse, self).ask).open()

        def with_runs(files: Sequence[Candidate]) -> None:
            self._lending(own, lambda runs: show([*files, *runs]))

        self.runner.inquiries.look_up(
            lambda: trained_files(paths, project.path), with_runs, self.messages.fail
        )

    def look_at(self, path: Path) -> None:
        """Fit a trained network to the data; a dialog shows its layers, or a sentence says why not."""
        self._look_at(Candidate(path.name, "", lambda: read_lender(path)))

    def _look_at(self, candidate: Candidate) -> None:
        messages, project, data = self.messages, self.workspace.project, self.runner.data
        messages.say("")
        if data is None:
            messages.say(NOT_READY)
            return
        document, moves = project.document.copy(), project.document.history.moves
        task = messages.begin(f"Reading {candidate.title}")

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
            lambda: Reuse(candidate.read(), document, data), *messages.ending(task, show)
        )
