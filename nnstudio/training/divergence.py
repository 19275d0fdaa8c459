"""Which layer made the first number that is none: a bad step is gone through once more, with all kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from nnkernels.graph.network import outer_name
from nnkernels.ops.shuffle import Shuffle
from nnkernels.program import Program
from nnstudio.training.evaluation import Evaluation

if TYPE_CHECKING:
    from nnstudio.training.session import Session


class Diverged(ArithmeticError):
    """The loss or a weight became NaN or infinite; the weights are back at their last good values.

    Attributes:
        step: that could not be made; node: where the first number appeared that is none, or "".
    """

    def __init__(self, text: str, step: int = 0, node: str = "") -> None:
        super().__init__(text)
        self.step, self.node = step, node

    @staticmethod
    def at(step: int, guilty: str) -> Diverged:
        """With the sentence for a person; ``guilty`` is the node, or ""."""
        where = (
            f"It appears first in '{guilty}'."
            if guilty
            else "The layers' outputs are too large for the loss."
        )
        text = (
            f"The training diverged at step {step:,}: the loss is no longer a number. {where} "
            "The last good weights are kept. Try a smaller learning rate."
        )
        return Diverged(text, step, guilty)


def guilty_layer(network: Evaluation, x: np.ndarray, y: np.ndarray) -> str:
    """The layer whose values, or else whose gradient, stop being finite first on these samples; "" if none.

    The network has the parameters from before the step that went wrong.
    """
    size, order = network.gradient_samples(), list(network.layout.nodes)
    guilty = len(order)
    for start in range(0, len(x), size):
        program = network.gradients(x[start : start + size], y[start : start + size])
        count = min(size, len(x) - start)
        bad = (i for i, name in enumerate(order) if not np.isfinite(program.activation(name, count)).all())
        guilty = min(guilty, next(bad, len(order)))
    return outer_name(order[guilty]) if guilty < len(order) else _bad_gradient(program)


def _bad_gradient(program: Program) -> str:
    """The layer whose parameters' gradient is bad, the last of them first: gradients come from behind."""
    bad = (s.node for s in reversed(program.layout.parameters) if not np.isfinite(program.gradient(s)).all())
    return outer_name(next(bad, ""))


def _bad_values(network: Evaluation) -> str:
    """The layer that has the first parameter that is no number; "" if none."""
    flat = network.parameters
    bad = (s.node for s in network.layout.parameters if not np.isfinite(flat[s.offset :][: s.size]).all())
    return outer_name(next(bad, ""))


def first_bad_node(session: Session, order: np.ndarray | Shuffle) -> str:
    """The layer where the next step of an epoch goes wrong, which has its samples in this order; the step is
    made if need be.
    """
    start = session.program.visited
    chosen = order[start : start + session.program.batch]
    guilty = guilty_layer(session, session.data.x_train[chosen], session.data.y_train[chosen])
    if guilty:
        return guilty
    session.engine.run(1, session.threads)
    return _bad_values(session)
