"""Saliency: how fast the explained number changes with each input."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from nnkernels.spec import Option
from nnstudio.explain.method import Explanation, Method, Network, Question, Stage, methods


@methods.register
class Saliency(Method):
    """``|dS/dx|``, the size of the gradient of the explained number S by each input x.

    It tells where S would change at once, not what S is made of. Of the channels of a picture, Simonyan et
    al. show the largest.
    """

    id = "saliency"
    title = "Saliency"
    order = 0
    help = "How strongly the smallest change of each input would move the number."
    is_at_once = True
    paper = "Simonyan, Vedaldi, Zisserman 2013, arXiv:1312.6034"
    options = (
        Option("signed", False, "Keep the direction: positive where more of an input raises the number."),
    )

    def run(self, network: Network, question: Question, options: Mapping[str, Any]) -> Iterator[Stage]:
        values, gradients = network.gradients(question.target, question.x)
        importance = gradients[0]
        if not options["signed"]:
            importance = np.abs(importance)
        figures = {question.target.name: float(values[0])}
        is_size = not options["signed"]
        notes: tuple[str, ...] = ()
        if not importance.any():
            notes = ("No input moves the number here: its gradient is 0, as behind units that are all off.",)
        yield Stage(1.0, explanation=Explanation(importance, figures, notes=notes, is_size=is_size))
