"""A method of explaining: each input times how fast the explained number changes with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnstudio.explain.method import BASELINE, Explanation, Method, Network, Question, Stage, methods


@methods.register
class GradientTimesInput(Method):
    """``(x - b) dS/dx``: what a straight line through x would share out, from a baseline b on."""

    id = "example_gradient_times_input"
    title = "Gradient times input"
    order = 50
    help = "How much of the number each input would carry if the network were straight around the sample."
    paper = "Shrikumar et al. 2016, arXiv:1605.01713"
    options = (BASELINE,)

    def run(self, network: Network, question: Question, options: Mapping[str, Any]) -> Iterator[Stage]:
        name, baseline = question.baseline(options["baseline"])
        values, gradients = network.gradients(question.target, question.x)
        shares = (question.x[0] - baseline) * gradients[0]
        figures = {question.target.name: float(values[0]), "baseline": name}
        yield Stage(1.0, explanation=Explanation(shares, figures))
