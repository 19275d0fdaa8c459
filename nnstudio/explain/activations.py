"""What one layer answers to one sample."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nnstudio.training.evaluation import Evaluation


@dataclass(frozen=True)
class Activations:
    """Values of a node for a sample: (units,) or (height, width, channels)."""

    node: str
    sample: int
    step: int
    values: np.ndarray
    source: np.ndarray
    label: str
    answer: str


@dataclass(frozen=True)
class ActivationProbe:
    """Values of ``node`` for test sample ``sample`` (training sample where there is no test part)."""

    node: str
    sample: int

    def run(self, session: Evaluation) -> Iterator[Activations]:
        data = session.data
        if self.node not in session.layout.nodes:
            return
        x, y = (data.x_test, data.y_test) if len(data.x_test) else (data.x_train, data.y_train)
        index = self.sample % len(x)
        one = x[index : index + 1]
        values = session.predict(one, self.node)[0]
        answer = session.predict(one)[0].ravel()
        yield Activations(
            self.node, index, session.steps, values, one[0],
            describe_target(session, y[index]), describe_answer(session, answer),
        )  # fmt: skip


def describe_target(session: Evaluation, target: np.ndarray) -> str:
    """The true answer as people say it: a class name or a number in its own unit."""
    if session.data.classes:
        return session.data.classes[int(target[0])]
    values = target * session.data.y_scale + session.data.y_shift
    return ", ".join(f"{v:.4g}" for v in np.ravel(values))


def describe_answer(session: Evaluation, output: np.ndarray) -> str:
    """The network's answer for one sample as people say it."""
    classes = session.data.classes
    if not classes:
        values = output * session.data.y_scale + session.data.y_shift
        return ", ".join(f"{v:.4g}" for v in np.ravel(values))
    chosen, share = decide(session, output[None])
    return f"{classes[chosen[0]]} ({share[0]:.0%})"


def probabilities(session: Evaluation, outputs: np.ndarray) -> np.ndarray:
    """Probability of each class, float64 (n, classes), for outputs (n, width).

    Outputs are probabilities where the network ends in the activation that its loss folds, and
    logits otherwise.
    """
    outputs = np.asarray(outputs, np.float64).reshape(len(outputs), -1)
    layout = session.layout
    are_logits = layout.logits == layout.nodes[layout.output].inputs[0]
    if session.loss.id == "binary_cross_entropy":
        second = outputs[:, 0]
        if are_logits:
            second = 1 / (1 + np.exp(-np.clip(second, -700, 700)))
        return np.stack([1 - second, second], 1)
    if are_logits:
        outputs = np.exp(outputs - outputs.max(1, keepdims=True))
        outputs = outputs / outputs.sum(1, keepdims=True)
    return outputs


def decide(session: Evaluation, outputs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Class numbers (n,) and their probabilities (n,) for outputs (n, width)."""
    shares = probabilities(session, outputs)
    chosen = shares.argmax(1)
    return chosen, shares[np.arange(len(shares)), chosen]
