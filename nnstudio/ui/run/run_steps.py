"""What a person does to the weights, as steps of the history: reset, weights of a file, a value by hand."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from nnstudio.data.dataset import Dataset
from nnstudio.loaded_weights import LoadedWeights, freezing
from nnstudio.model.commands import Exchange
from nnstudio.model.history import Command, Together
from nnstudio.reuse import Reuse
from nnstudio.training.learned import Aside, Learned
from nnstudio.training.state import TrainingState
from nnstudio.training.weights import Replaced
from nnstudio.ui.editing.editor import Editor
from nnstudio.ui.run.planner import Origin
from nnstudio.ui.run.runner import Runner

# Bytes of weights that steps of the history hold together; older steps can no longer be undone.
MOST_ASIDE = 512 * 2**20


class ThenWeights(Together):
    """Changes of the network, and then of what it learned. Undone in the same order: weights that are brought
    back must find the network that they are of.
    """

    def undo(self) -> None:
        weights = self._done.pop() if len(self._done) == len(self.commands) else None
        super().undo()
        if weights is not None:
            weights.undo()


class Reset(Exchange[Origin]):
    """New weights, which nobody would miss: what was learned before is kept as a run."""

    needs_saving = False


class RunSteps:
    """Orders to the run that undo takes back."""

    def __init__(self, editor: Editor, runner: Runner) -> None:
        self.editor, self.runner = editor, runner

    def reset(self) -> None:
        """New random weights and an empty curve; undo brings both back as they were."""
        self.editor.do(Reset("Reset", self.runner.orders.reset, self.runner.orders.bring_back))
        self._forget_old()

    def go_back(self, step: int) -> bool:
        """Go on from a step that is kept; undo brings back what was learned after it. False where that cannot
        be now.
        """
        orders, title = self.runner.orders, f"Go back to step {step:,}"
        done = self.editor.do(Exchange(title, lambda: orders.go_back(step), orders.bring_back))
        self._forget_old()
        return done

    def load_weights(
        self, loaded: LoadedWeights, state: TrainingState | None, data: Dataset, freeze: bool
    ) -> bool:
        """Put weights of a file into the network, which may have learned ``state``; undo brings that back.

        ``freeze``: what was loaded whole is not trained.
        """
        document, orders = self.editor.document, self.runner.orders
        aside = Aside()
        aside.learned = Learned(loaded.layout, loaded.begun(state), data, document.settings)
        step: Command = Exchange[Origin]("Load weights", lambda: orders.bring_back(aside), orders.bring_back)
        if freeze:
            step = Together("Load weights", [*freezing(document, loaded), step])
        done = self.editor.do(step)
        self._forget_old()
        return done

    def reuse(
        self, reuse: Reuse, chosen: Collection[str], freeze: bool, begun: TrainingState, data: Dataset
    ) -> bool:
        """Put a trained network in the place of this one, with what the chosen layers learned; undo brings
        both the network and what it learned back.

        ``begun``: `Reuse.state` of the chosen ones.
        """
        document, orders = self.editor.document, self.runner.orders
        aside = Aside()
        aside.learned = Learned(reuse.layout, begun, data, reuse.document.settings)
        step = Exchange[Origin]("Reuse layers", lambda: orders.bring_back(aside), orders.bring_back)
        self.editor.go(())
        done = self.editor.do(ThenWeights("Reuse layers", [*reuse.steps(document, chosen, freeze), step]))
        self._forget_old()
        return done

    def _forget_old(self) -> None:
        """Let steps go whose weights take more memory than all of them may."""
        history, room = self.editor.document.history, MOST_ASIDE
        for at, command in reversed(list(enumerate(history.commands[: history.done]))):
            parts = command.commands if isinstance(command, Together) else [command]
            room -= sum(
                part.aside.bytes
                for part in parts
                if isinstance(part, Exchange) and isinstance(part.aside, Aside)
            )
            if room < 0:
                history.forget(at + 1)
                return

    def write(self, node: str, name: str, index: int, value: float, before: Replaced | None = None) -> None:
        """Write one trained value of a node; undo brings back the one that was there, or ``before`` that."""
        self.editor.do(self._writing(node, name, index, value, before))

    def write_all(self, node: str, values: Sequence[tuple[str, int, float]]) -> None:
        """Write values at flat indices of a node's arrays; undo brings back all that were there."""
        steps = [self._writing(node, name, index, value) for name, index, value in values]
        self.editor.do(Together("Set weights by hand", steps))

    def _writing(
        self, node: str, name: str, index: int, value: float, before: Replaced | None = None
    ) -> Exchange[Replaced]:
        def write(value: float | Replaced) -> Replaced:
            return self.runner.orders.set_weight(node, name, index, value)

        def first() -> Replaced:
            replaced = write(value)
            return replaced if before is None else before

        return Exchange[Replaced](f"Set {name} by hand", first, write)
