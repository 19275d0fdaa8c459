"""The smallest change that fools a network, as far as one direction tells."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.explain.attacks import STEPS, Attack, told_changes
from nnstudio.explain.method import Explanation, Kind, Method, Network, Question, Stage, methods

# Strengths that are tried, evenly, before the first that succeeds is halved towards the one before it.
TRIED, HALVINGS = 16, 12


@methods.register
class SmallestChange(Method):
    """The least strength at which gradient signs fool the network, by bisection.

    Goodfellow et al. 2014 fix the strength; here strengths up to ``most`` are tried in even distances, and
    the gap before the first that succeeds is halved twelve times. Other ways to change the sample may need
    less.
    """

    id = "smallest_change"
    title = "Smallest change"
    order = 12
    help = "Looks for the least strength of gradient signs that fools the network; other ways may need less."
    paper = "after Goodfellow, Shlens, Szegedy 2014, arXiv:1412.6572"
    kind = Kind.SAMPLE
    needs_classes = True
    options = (
        Option("most", 0.5, "The largest strength that is tried.", 1e-6, 1.0),
        Option(STEPS.name, 1, STEPS.help, STEPS.low, STEPS.high),
    )

    def run(self, network: Network, question: Question, options: Mapping[str, Any]) -> Iterator[Stage]:
        attack, most, total = Attack.of(question), options["most"], TRIED + HALVINGS + 1

        def tried(strength: float) -> tuple[np.ndarray, bool]:
            *_, changed = attack.run(network, question.x, strength, options["steps"])
            return changed[0], bool(attack.succeeds(network.classes(changed))[0])

        low, high, best, done = 0.0, 0.0, question.x[0].astype(np.float64), 0
        is_fooled = bool(attack.succeeds(network.classes(question.x))[0])
        while not is_fooled and done < TRIED:
            low, high = high, most * (done + 1) / TRIED
            best, is_fooled = tried(high)
            done += 1
            yield Stage(done / total, best)
        for _ in range(HALVINGS if is_fooled and high > 0 else 0):
            middle = (low + high) / 2
            changed, works = tried(middle)
            low, high, best = (low, middle, changed) if works else (middle, high, best)
            done += 1
            yield Stage(done / total, best)
        figures, notes = told_changes(network, question, best, high)
        if not is_fooled:
            notes += (f"No strength up to {most:g} fools the network. Set most higher, or steps to 20.",)
        yield Stage(1.0, best, Explanation(best, figures, notes=notes))
