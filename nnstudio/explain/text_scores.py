"""How well a network that learned from a text guesses what follows, beside what counting alone predicts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import exp, isfinite, log
from typing import Any

import numpy as np

from nnstudio.data.dataset import Dataset, Split
from nnstudio.data.vocabulary import Unit
from nnstudio.explain.ngrams import MOST, Costs, costs_of

# What float32 rounds to 0 is taken for the least that it can hold, 103 nats.
LEAST = float(np.finfo(np.float32).smallest_subnormal)


@dataclass(frozen=True)
class TextScores:
    """What a character or word of a part costs: the mean of -ln p, p being the probability that it was given.

    Attributes:
        nats: of the network; NaN where it gives no numbers.
        ngrams: of n-gram models of the orders from 1 on; none where the text itself is not there.
        counted, total: tokens of the training part that those models were counted in, and all that it has.
    """

    unit: Unit
    nats: float
    ngrams: Costs
    counted: int
    total: int

    @property
    def best(self) -> int:
        """The order of the best n-gram model; 0 where there are none."""
        return 1 + self.ngrams.index(min(self.ngrams)) if self.ngrams else 0

    @property
    def beaten(self) -> int:
        """Up to which order the network is better than the models of this and all lower orders."""
        better = [self.nats < cost for cost in self.ngrams]
        return better.index(False) if False in better else len(better)

    @property
    def verdict(self) -> str:
        """In a sentence, where the network stands among the models; "" where there are none."""
        if not self.ngrams or not isfinite(self.nats):
            return ""
        if self.nats < min(self.ngrams):
            return "The network is better than all of them."
        if not self.beaten:
            return (
                "The network is not even better than order 1, which knows only how frequent each "
                f"{self.unit.singular} is."
            )
        return (
            f"The network is better than order {self.beaten}, and not than order {self.beaten + 1}, which "
            f"guesses from {self.beaten} {self.unit.singular}{'s' * (self.beaten > 1)} before."
        )

    def plain(self) -> dict[str, Any]:
        """All figures by name."""
        return {
            "unit": self.unit.singular, "nats": self.nats, "bits": bits(self.nats),
            "ngram_nats": list(self.ngrams), "counted": self.counted,
        }  # fmt: skip

    @property
    def sentence(self) -> str:
        """The figures of the network and of the best model."""
        told = f"{self.nats:.3f} nats, {bits(self.nats):.3f} bits per {self.unit.singular}"
        if not self.ngrams:
            return told
        best = self.ngrams[self.best - 1]
        return f"{told} (the best n-gram, of order {self.best}: {best:.3f} nats, {bits(best):.3f} bits)"


def bits(nats: float) -> float:
    """The same in bits."""
    return nats / log(2)


def perplexity(nats: float) -> float:
    """Between how many equally likely tokens it is as hard to guess."""
    return exp(nats) if nats < 700 else float("inf")


def nats_of(likely: np.ndarray, truth: np.ndarray) -> float:
    """Mean of -ln p, p being the probabilities (n, tokens) of the true ones (n,); NaN where one is NaN."""
    own = likely[np.arange(len(truth)), truth]
    # NaN stays one.
    return float(-np.log(np.where(own < LEAST, LEAST, own)).mean())


def text_scores(
    data: Dataset, part: Split, x: np.ndarray, y: np.ndarray, nats: float
) -> Iterator[TextScores | None]:
    """The scores at the end, of a network that needs so many nats for what follows windows x (n, length) of a
    part, y (n, labels); None before, so that others have their turn. The data is a text.
    """
    assert data.text is not None
    costs, total = None, 0
    if data.passage is not None:
        total = len(data.passage.tokens)
        for costs in costs_of(data.passage, part, x, y):
            if costs is None:
                yield None
    yield TextScores(data.text, nats, costs or (), min(total, MOST), total)
