"""A learning rate that falls like 1 / epoch."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import Option, Schedule, schedules


@schedules.register
class Inverse(Schedule):
    """1 / (1 + decay * epoch)."""

    id = "inverse"
    title = "Inverse"
    order = 90
    help = "The learning rate falls quickly at first, then ever more slowly."
    options = (Option("decay", 0.1, "How fast it falls; 1 halves it after an epoch.", 0.0, 1000.0),)
    samples = ({}, {"decay": 2.0})

    def factor(self, options, steps, per_epoch, total, memory):
        return 1 / (1 + options["decay"] * (np.asarray(steps) // per_epoch))
