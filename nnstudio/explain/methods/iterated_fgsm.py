"""The fast gradient sign method in many small steps."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nnstudio.explain.attacks import STEPS, STRENGTH, Attack, told_changes
from nnstudio.explain.method import Explanation, Kind, Method, Network, Question, Stage, methods


@methods.register
class IteratedFgsm(Method):
    """FGSM in ``steps`` steps, after each of which the sample is pulled back to within ``strength`` of its
    start.

    Kurakin et al. call it the basic iterative method. The steps together reach 2.5 times as far as they may,
    as Madry et al. 2017, arXiv:1706.06083, have it.
    """

    id = "iterated_fgsm"
    title = "Iterated gradient sign"
    order = 11
    help = "The same in many small steps: fools more networks with the same strength."
    paper = "Kurakin, Goodfellow, Bengio 2016, arXiv:1607.02533"
    kind = Kind.SAMPLE
    needs_classes = True
    options = (STRENGTH, STEPS)

    def run(self, network: Network, question: Question, options: Mapping[str, Any]) -> Iterator[Stage]:
        strength, steps = options["strength"], options["steps"]
        for done, changed in enumerate(Attack.of(question).run(network, question.x, strength, steps), 1):
            yield Stage(done / (steps + 1), changed[0])
        figures, notes = told_changes(network, question, changed[0], strength)
        yield Stage(1.0, changed[0], Explanation(changed[0], figures, notes=notes))
