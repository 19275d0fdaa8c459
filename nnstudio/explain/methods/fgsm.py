"""The fast gradient sign method: one step that fools a network."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnstudio.explain.attacks import STRENGTH, Attack, told_changes
from nnstudio.explain.method import Explanation, Kind, Method, Network, Question, Stage, methods


@methods.register
class Fgsm(Method):
    """``x + strength sign(dL/dx)``, with L the loss of the true class; kept between black and white.

    For a class that the sample should be taken for, ``x - strength sign(dL/dx)`` with the loss of that class.
    """

    id = "fgsm"
    title = "Fast gradient sign"
    order = 10
    help = "Changes every input a little, all in the direction that makes the loss grow."
    is_at_once = True
    paper = "Goodfellow, Shlens, Szegedy 2014, arXiv:1412.6572"
    kind = Kind.SAMPLE
    needs_classes = True
    options = (STRENGTH,)

    def run(self, network: Network, question: Question, options: Mapping[str, Any]) -> Iterator[Stage]:
        (changed,) = Attack.of(question).run(network, question.x, options["strength"], 1)
        figures, notes = told_changes(network, question, changed[0], options["strength"])
        yield Stage(1.0, changed[0], Explanation(changed[0], figures, notes=notes))
