"""Integrated gradients: the number's rise from a baseline to the sample, shared out among the inputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.explain.method import AT_ONCE, BASELINE, Explanation, Method, Network, Question, Stage, methods

# Shares that miss the rise by more than this part of it are said to be rough.
ROUGH = 0.05


@methods.register
class IntegratedGradients(Method):
    """``(x - b) times the integral of dS/dx from b to x``, by the midpoint rule over ``steps`` points.

    Its completeness is checked: all shares add up to S(x) - S(b), but for the error of the rule.
    """

    id = "integrated_gradients"
    title = "Integrated gradients"
    order = 1
    help = "Shares the rise of the number, from a baseline to the sample, out among the inputs."
    paper = "Sundararajan, Taly, Yan 2017, arXiv:1703.01365"
    options = (
        BASELINE,
        Option("steps", 64, "Points on the way from the baseline to the sample.", 1, 10_000),
    )

    def run(self, network: Network, question: Question, options: Mapping[str, Any]) -> Iterator[Stage]:
        name, baseline = question.baseline(options["baseline"])
        x, steps = question.x[0].astype(np.float64), options["steps"]
        total = np.zeros(x.shape)
        for start in range(0, steps, AT_ONCE):
            count = min(AT_ONCE, steps - start)
            shares = (np.arange(start, start + count) + 0.5) / steps
            points = baseline + shares.reshape(-1, *[1] * x.ndim) * (x - baseline)
            total += network.gradients(question.target, points)[1].sum(0)
            yield Stage((start + count) / (steps + 1))
        importance = (x - baseline) * total / steps
        before, after = network.values(question.target, np.stack([baseline, x]))
        rise, added = float(after - before), float(importance.sum())
        figures = {
            question.target.name: float(after), f"the same for the baseline ({name})": float(before),
            "rise": rise, "sum of all shares": added, "difference": abs(added - rise),
        }  # fmt: skip
        notes: tuple[str, ...] = ()
        if abs(added - rise) > ROUGH * abs(rise):
            notes = (
                f"The shares add up to {added:.4g}, but the number rises by {rise:.4g}: the way was walked "
                f"in too few steps. Set steps above {steps}.",
            )
        yield Stage(1.0, explanation=Explanation(importance, figures, notes=notes))
