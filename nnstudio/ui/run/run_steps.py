"""What a person does to the weights, as steps of the history: reset, and a value written by hand."""

from __future__ import annotations

from nnstudio.model.commands import Exchange
from nnstudio.training.learned import Aside
from nnstudio.training.weights import Replaced
from nnstudio.ui.editing.editor import Editor
from nnstudio.ui.run.runner import Runner

# Bytes of weights that steps of the history hold together; older steps can no longer be undone.
MOST_ASIDE = 512 * 2**20


class RunSteps:
    """Orders to the run that undo takes back."""

    def __init__(self, editor: Editor, runner: Runner) -> None:
        self.editor, self.runner = editor, runner

    def reset(self) -> None:
        """New random weights and an empty curve; undo brings both back as they were."""
        self.editor.do(Exchange("Reset", self.runner.orders.reset, self.runner.orders.bring_back))
        self._forget_old()

    def _forget_old(self) -> None:
        """Let steps go whose weights take more memory than all of them may."""
        history, room = self.editor.document.history, MOST_ASIDE
        for at, command in reversed(list(enumerate(history.commands[: history.done]))):
            if isinstance(command, Exchange) and isinstance(command.aside, Aside):
                room -= command.aside.bytes
                if room < 0:
                    history.forget(at + 1)
                    return

    def write(self, node: str, name: str, index: int, value: float) -> None:
        """Write one trained value of a node; undo brings back the one that was there."""

        def write(value: float | Replaced) -> Replaced:
            return self.runner.orders.set_weight(node, name, index, value)

        self.editor.do(Exchange[Replaced](f"Set {name} by hand", lambda: write(value), write))
