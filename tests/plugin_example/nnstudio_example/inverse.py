"""A learning rate that falls like 1 / epoch."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import Memory, Option, Options, Schedule, schedules


@schedules.register
class Inverse(Schedule):
    """1 / (1 + decay * epoch)."""

    id = "example_inverse"
    title = "Inverse"
    order = 90
    help = "The learning rate falls quickly at first, then ever more slowly."
    options = (Option("decay", 0.1, "How fast it falls; 1 halves it after an epoch.", 0.0, 1000.0),)
    samples = ({}, {"decay": 2.0})

    def factor(
        self, options: Options, steps: np.ndarray, per_epoch: int, total: int, memory: Memory
    ) -> np.ndarray:
        factor: np.ndarray = 1 / (1 + options["decay"] * (steps // per_epoch))
        return factor
