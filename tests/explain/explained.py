"""Networks for tests of explaining: one known by its formula, and small ones of the engine."""

from __future__ import annotations

from typing import Any

import numpy as np
from kernels.networks import chain

from nnstudio.data.dataset import Dataset
from nnstudio.explain.method import Explanation, Question, Stage, Target, methods
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

CONVNET = chain(
    ("conv2d", {"filters": 4}), ("relu", {}), ("maxpool2d", {}), ("conv2d", {"filters": 6}), ("relu", {}),
    ("flatten", {}), ("dropout", {}), ("dense", {"units": 3}), ("softmax", {}),
)  # fmt: skip


class Formula:
    """S(x) = sum(a x + c x**3), and two classes that a line tells apart: class 1 where w x + b > 0.

    Its loss is that of the logit w x + b.
    """

    def __init__(self, shape, cubic=0.0, bias=0.0):
        rng = np.random.default_rng(4)
        self.shape, self.cubic, self.bias = shape, cubic, bias
        self.linear = rng.normal(size=shape)
        self.coarse, self.by_coarse = rng.normal(size=(2, 1, 2, 2, 3))

    def values(self, target, x):
        return (self.linear * x + self.cubic * x**3).reshape(len(x), -1).sum(1)

    def gradients(self, target, x):
        return self.values(target, x), self.linear + 3 * self.cubic * x**2

    def at(self, target, x, node):
        return self.coarse, self.by_coarse

    def logits(self, x):
        return (self.linear * x).reshape(len(x), -1).sum(1) + self.bias

    def losses(self, x, y):
        return np.log1p(np.exp(-(2 * y.ravel() - 1) * self.logits(x)))

    def loss_gradients(self, x, y):
        slope = 1 / (1 + np.exp(-self.logits(x))) - y.ravel()
        return slope.reshape(-1, *[1] * (x.ndim - 1)) * self.linear

    def classes(self, x):
        return (self.logits(x) > 0).astype(int)

    def maps_before(self, target):
        return "maps"

    # Two layers of maps, each of one pixel alone: three and two channels that bend.
    CHANNELS = {"first": np.array([0.7, -1.1, 0.4]), "second": np.array([1.3, 0.6])}

    def map_layers(self):
        return tuple(self.CHANNELS)

    def maps(self, x, nodes):
        return [np.sin(x[..., :1] * self.CHANNELS[node]) for node in nodes]

    def maps_back(self, x, gradients):
        slope = np.zeros(x.shape)
        for node, gradient in gradients.items():
            rates = self.CHANNELS[node]
            slope[..., :1] += (gradient * rates * np.cos(x[..., :1] * rates)).sum(-1, keepdims=True)
        return slope


def asked(x, label=-1, toward=-1, low=0.0, high=1.0, baselines=None, many=None, style=None, columns=()):
    """A question about one sample (*shape)."""
    shape = np.shape(x)
    low, high = (np.full(shape, end, np.float64) for end in (low, high))
    return Question(
        np.asarray(x, np.float32)[None], Target("it", np.ones(1), "the number"), label, toward, low, high,
        baselines or {"black": low, "white": high}, many or (np.zeros((0, *shape)), np.zeros((0, 1))),
        ("no", "yes"), len(shape) == 3, columns, None if style is None else np.asarray(style)[None],
    )  # fmt: skip


def stages(method: str, network, question, **options: Any) -> list[Stage]:
    """All stages of a method."""
    chosen = methods[method]
    return list(chosen.run(network, question, chosen.complete(options)))


def explained(method: str, network, question, **options: Any) -> Explanation:
    """What a method gives in the end."""
    last = stages(method, network, question, **options)[-1].explanation
    assert last is not None
    return last


def pictures(count: int = 40, classes: int = 3) -> Dataset:
    """Pictures 8 x 8 in colour whose class is the channel that is lightest."""
    rng = np.random.default_rng(0)
    y = rng.integers(0, classes, (count, 1)).astype(np.float32)
    x = rng.uniform(0, 0.5, (count, 8, 8, 3)).astype(np.float32)
    x[np.arange(count), :, :, y[:, 0].astype(int)] += 0.3
    half = count // 2
    return Dataset("colours", x[:half], y[:half], x[half:], y[half:], tuple("rgb"[:classes]))


def session(network=CONVNET, data=None, threads=1, **settings: Any) -> Session:
    """Untrained, with drawn weights."""
    settings = {"loss": "softmax_cross_entropy", "batch_size": 10, "epochs": 3, **settings}
    return Session(network, data or pictures(), TrainingSettings(**settings), threads)
