"""Samples changed a little, so that the loss grows, or that of another class falls; see `methods/fgsm.py`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnkernels.spec import Option
from nnstudio.explain.method import Network, Question

STRENGTH = Option(
    "strength", 0.1, "By how much each input may change, as a share of the way from black to white.", 0.0, 1.0
)
STEPS = Option("steps", 20, "Steps of the change; the gradient is asked for anew before each.", 1, 10_000)
# The steps together reach so many times as far as they may: a step that turned back must not cost the rest.
REACH = 2.5


@dataclass(frozen=True, eq=False)
class Attack:
    """Towards which classes samples are pushed, or away from which.

    Attributes:
        labels: of each sample, (n,).
        is_targeted: whether they are the classes that the samples should be taken for; else their own.
        low, high: ends of what each input can be, in the shape of a sample.
    """

    labels: np.ndarray
    is_targeted: bool
    low: np.ndarray
    high: np.ndarray

    @staticmethod
    def of(question: Question) -> Attack:
        """On the one sample of a question."""
        is_targeted = question.toward >= 0
        label = question.toward if is_targeted else question.label
        return Attack(np.array([label]), is_targeted, question.low, question.high)

    def run(self, network: Network, x: np.ndarray, strength: float, steps: int) -> Iterator[np.ndarray]:
        """Samples `(n, *shape)` after each step, float64; no value further off than ``strength`` allows."""
        start, room = x.astype(np.float64), strength * (self.high - self.low)
        # A value of the data may lie outside of the ends already, and then is not pushed further.
        low = np.minimum(np.maximum(start - room, self.low), start)
        high = np.maximum(np.minimum(start + room, self.high), start)
        each = room * (1.0 if steps == 1 else REACH / steps) * (-1 if self.is_targeted else 1)
        y = self.labels.reshape(-1, 1).astype(np.float64)
        now = start
        for _ in range(steps):
            now = np.clip(now + each * np.sign(network.loss_gradients(now, y)), low, high)
            yield now

    def succeeds(self, classes: np.ndarray) -> np.ndarray:
        """For the classes that samples are taken for, whether that is what was wanted, (n,)."""
        hits: np.ndarray = (classes == self.labels) == self.is_targeted
        return hits


def told_changes(
    network: Network, question: Question, changed: np.ndarray, strength: float
) -> tuple[dict[str, float | str], tuple[str, ...]]:
    """Figures and notes on a changed sample `(*shape)` beside the question's own."""
    both = np.stack([question.x[0].astype(np.float64), changed])
    attack, names = Attack.of(question), question.class_names
    before, after = (int(c) for c in network.classes(both))
    labels = np.repeat(attack.labels, 2).reshape(2, 1).astype(np.float64)
    loss_before, loss_after = network.losses(both, labels)
    span = question.high - question.low
    moved = np.abs(both[1] - both[0]) / np.where(span > 0, span, 1)
    figures: dict[str, float | str] = {
        "strength": strength, "taken for before": names[before], "taken for now": names[after],
        f"loss for {names[attack.labels[0]]} before": float(loss_before),
        "loss now": float(loss_after), "largest change": float(moved.max()),
        "mean change": float(moved.mean()),
    }  # fmt: skip
    notes = []
    if not moved.any() and strength > 0:
        notes.append(
            "Nothing changed: the gradient of the loss is 0 here, as for a network that is so sure that "
            "nothing can be told apart any more."
        )
    if not attack.is_targeted and before != question.label:
        notes.append(f"The sample is {names[question.label]}, but is taken for {names[before]} as it is.")
    return figures, tuple(notes)
