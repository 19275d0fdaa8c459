"""Robustness: how many samples are still taken for what they are, the more they are changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.explain.attacks import STEPS, Attack
from nnstudio.explain.method import AT_ONCE, Explanation, Kind, Method, Network, Question, Stage, methods


@methods.register
class Robustness(Method):
    """Accuracy over samples that gradient signs of growing strength have changed, see `fgsm`.

    With one step it is an upper bound that is easily too kind; more steps come closer to what is so.
    """

    id = "robustness"
    title = "Robustness"
    order = 13
    help = "Accuracy over many samples, the more they are changed to fool the network."
    paper = (
        "Goodfellow, Shlens, Szegedy 2014, arXiv:1412.6572; with steps, Madry et al. 2017, arXiv:1706.06083"
    )
    kind = Kind.TABLE
    needs_classes = True
    needs_many = True
    options = (
        Option("most", 0.3, "The largest strength.", 1e-6, 1.0),
        Option("points", 7, "Strengths from 0 to the largest.", 2, 200),
        Option("samples", 500, "Samples that are changed, the first ones of the data.", 1, 1_000_000),
        Option(STEPS.name, 1, STEPS.help, STEPS.low, STEPS.high),
    )

    def run(self, network: Network, question: Question, options: Mapping[str, Any]) -> Iterator[Stage]:
        x, y = (values[: options["samples"]] for values in question.many)
        strengths = np.linspace(0, options["most"], options["points"])
        right = np.zeros(len(strengths))
        for start in range(0, len(x), AT_ONCE):
            part = slice(start, start + AT_ONCE)
            attack = Attack(y[part].ravel().astype(int), False, question.low, question.high)
            for number, strength in enumerate(strengths):
                for changed in attack.run(network, x[part], float(strength), options["steps"]):
                    last = changed
                    yield Stage((start + len(x[part]) * number / len(strengths)) / len(x))
                right[number] += (~attack.succeeds(network.classes(last))).sum()
        rows = tuple((float(s), float(r) / len(x)) for s, r in zip(strengths, right, strict=True))
        figures = {
            "samples": float(len(x)),
            f"{question.right} as they are": rows[0][1],
            f"{question.right} at most": rows[-1][1],
        }
        notes: tuple[str, ...] = ()
        if len(x) < options["samples"]:
            notes = (
                f"There are {len(x):,} samples to try, fewer than the {options['samples']:,} asked for.",
            )
        heads = "strength", question.right
        yield Stage(1.0, explanation=Explanation(None, figures, heads, rows, notes, False))
