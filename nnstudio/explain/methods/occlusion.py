"""Occlusion: parts of a sample are covered, and what that costs is theirs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from typing import Any

import numpy as np

from nnkernels.spec import Option, Shape
from nnstudio.explain.method import BASELINE, Explanation, Method, Network, Question, Stage, methods

# Covered samples that the network is asked about at a time.
AT_ONCE = 64


@methods.register
class Occlusion(Method):
    """S(x) - S(x with a window of the baseline), for windows ``stride`` apart; where they overlap, their
    mean.

    A window covers all channels of a picture and all features of steps; of a row of inputs it covers one or
    more. Of a table, all inputs that one column became are covered together, such as those of its categories.
    No gradient is needed, so it works for every network.
    """

    id = "occlusion"
    title = "Occlusion"
    order = 2
    help = "Covers one part of the sample after the other and tells by how much the number falls."
    paper = "Zeiler, Fergus 2014, arXiv:1311.2901"
    needs_gradients = False
    options = (
        BASELINE,
        Option(
            "window", 0, "Length of the covered part; 0: an eighth of a picture's height, else 1.", 0, 4096
        ),
        Option("stride", 0, "How far the window moves each time; 0: half of its length.", 0, 4096),
    )

    def run(self, network: Network, question: Question, options: Mapping[str, Any]) -> Iterator[Stage]:
        name, baseline = question.baseline(options["baseline"])
        x, columns = question.x[0], question.columns if not options["window"] else ()
        lengths = x.shape[:-1] or x.shape
        window = options["window"] or (max(lengths[0] // 8, 1) if question.is_picture else 1)
        windows: Sequence[tuple[Any, ...]] = [(of.inputs,) for of in columns]
        windows = windows or windows_over(lengths, window, options["stride"] or max(window // 2, 1))
        before = float(network.values(question.target, question.x)[0])
        falls = np.zeros(len(windows))
        for start in range(0, len(windows), AT_ONCE):
            part = windows[start : start + AT_ONCE]
            samples = np.repeat(question.x, len(part), 0)
            for sample, at in zip(samples, part, strict=True):
                sample[at] = baseline[at]
            falls[start : start + len(part)] = before - network.values(question.target, samples)
            yield Stage((start + len(part)) / (len(windows) + 1))
        figures: dict[str, float | str] = {question.target.name: before, "baseline": name}
        if columns:
            figures["columns"] = float(len(columns))
            names = tuple(of.name for of in columns)
            yield Stage(1.0, explanation=Explanation(falls, figures, names=names))
            return
        importance, covered = _shared_out(falls, windows, lengths)
        figures |= {"window": float(window), "windows": float(len(windows))}
        notes: tuple[str, ...] = ()
        if not covered.all():
            notes = (
                "Some inputs were never covered and have no importance: set stride no larger than window.",
            )
        importance = importance[..., None] if x.ndim > 1 else importance
        yield Stage(1.0, explanation=Explanation(importance, figures, notes=notes))


def _shared_out(
    falls: np.ndarray, windows: Sequence[tuple[Any, ...]], lengths: Shape
) -> tuple[np.ndarray, np.ndarray]:
    """The mean of what the windows over each input cost, and by how many it was covered."""
    fall, covered = np.zeros(lengths), np.zeros(lengths)
    for at, each in zip(windows, falls, strict=True):
        fall[at] += each
        covered[at] += 1
    return np.divide(fall, covered, out=np.zeros(lengths), where=covered > 0), covered


def windows_over(lengths: Shape, window: int, stride: int) -> list[tuple[slice, ...]]:
    """Windows of so many values along each axis, the last one at the end of its axis."""
    starts = []
    for length in lengths:
        last = max(length - window, 0)
        along = list(range(0, last + 1, stride))
        if stride <= window and along[-1] < last:
            along.append(last)
        starts.append(along)
    return [tuple(slice(at, at + window) for at in corner) for corner in product(*starts)]
