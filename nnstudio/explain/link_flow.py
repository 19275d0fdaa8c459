"""How large what one node gives is, and how large the loss's gradient by it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from nnstudio.training.evaluation import Evaluation


@dataclass(frozen=True)
class LinkFlow:
    """What a node gives to the first ``samples`` training samples, at a step.

    Attributes:
        size: mean of the values' absolute values; NaN where one is no number.
        gradient: root mean square of the gradient of the mean loss by these values; None where none flows
            back, as to an Input.
    """

    node: str
    step: int
    samples: int
    size: float
    gradient: float | None


@dataclass(frozen=True)
class LinkFlowProbe:
    """A node over a batch as training goes through it, there and back; nothing where it is gone."""

    node: str
    every: ClassVar[float] = 0.5
    share: ClassVar[float] = 0.005

    def run(self, session: Evaluation) -> Iterator[LinkFlow]:
        if self.node not in session.layout.nodes:
            return
        count = session.gradient_samples()
        x, y = session.data.x_train[:count], session.data.y_train[:count]
        program = session.gradients(x, y)
        values = program.activation(self.node, len(x)).astype(np.float64)
        gradient = program.output_gradient(self.node, len(x))
        back = None if gradient is None else float(np.sqrt(np.mean(gradient.astype(np.float64) ** 2)))
        yield LinkFlow(self.node, session.steps, len(x), float(np.abs(values).mean()), back)
