"""What counting alone predicts of a text: n-gram models, which a network that learned from it is measured by.

A model of order n guesses a token from the n - 1 before it. Smoothed after Witten and Bell 1991, "The
zero-frequency problem", in the interpolated form of Chen and Goodman 1999, section 2.5:

    p_n(w | h) = (c(h w) + t(h) p_{n-1}(w | h')) / (c(h) + t(h)),  p_0(w) = 1 / tokens

where c counts how often something stands in the text, t(h) how many different tokens follow the context h,
and h' is h without its first token. What no model has seen gets the guess of the next lower order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from weakref import WeakKeyDictionary

import numpy as np

from nnstudio.data.dataset import Split
from nnstudio.data.passage import Passage

# Mean nats by order, from 1 on.
Costs = tuple[float, ...]

# Models of the orders 1 to this are compared.
ORDERS = 5
# Windows that are guessed before training goes on.
PIECE = 512
# Tokens that are counted: half a second for each order.
MOST = 2_000_000


@dataclass(frozen=True)
class _Order:
    """What was counted of one order: the grams of the order below are its contexts, by their numbers.

    Attributes:
        keys: of the grams, sorted (grams,), int64: context times tokens plus the last token.
        counts: how often each gram stands in the text (grams,), float64.
        totals, kinds: of each context, how often it goes on and with how many tokens (contexts,), float64.
    """

    keys: np.ndarray
    counts: np.ndarray
    totals: np.ndarray
    kinds: np.ndarray


class NGrams:
    """Models of the orders that were counted so far, in the first `MOST` tokens of a passage.

    Attributes:
        known: what so many windows of a part cost, of the data that the passage belongs to.
    """

    def __init__(self, passage: Passage) -> None:
        self.size = passage.size
        self.known: dict[tuple[Split, int], Costs] = {}
        self._orders: list[_Order] = []
        self._tokens = passage.tokens[:MOST].astype(np.int64)
        # Numbers of the grams that end before each token and behind the last; of order 0 there is one.
        self._ends, self._contexts = np.zeros(len(self._tokens) + 1, np.int64), 1

    @property
    def is_whole(self) -> bool:
        """Whether all orders were counted; a passage may be too short for some."""
        return len(self._orders) == min(ORDERS, len(self._tokens))

    def count_another(self) -> None:
        """Count the next order."""
        keys, ends, counts = np.unique(
            self._ends[:-1] * self.size + self._tokens[len(self._orders) :],
            return_inverse=True,
            return_counts=True,
        )
        contexts = keys // self.size
        totals = np.bincount(contexts, counts, self._contexts)
        kinds = np.bincount(contexts, minlength=self._contexts).astype(np.float64)
        self._orders.append(_Order(keys, counts.astype(np.float64), totals, kinds))
        self._ends, self._contexts = ends, len(keys)

    def costs(self, windows: np.ndarray, first: int) -> np.ndarray:
        """Nats (orders, n, length - first) that the tokens from ``first`` on of windows (n, length) cost,
        each guessed from those before it in its window.

        Orders that the passage was too short for guess as the highest one that it was not too short for.
        """
        tokens = windows.astype(np.int64)
        likely = np.full(tokens.shape, 1 / self.size)
        # The grams that end before each token; -1 where that was never seen, or begins before the window.
        ends = np.zeros(tokens.shape, np.int64)
        costs = np.empty((ORDERS, len(tokens), tokens.shape[1] - first))
        for order in range(ORDERS):
            if order < len(self._orders):
                likely, grams = self._guess(self._orders[order], tokens, ends, likely)
                ends = np.full_like(ends, -1)
                ends[:, 1:] = grams[:, :-1]
            costs[order] = -np.log(likely[:, first:])
        return costs

    def _guess(
        self, one: _Order, tokens: np.ndarray, ends: np.ndarray, below: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Probabilities of tokens, from those of the order below, and the grams that end with them."""
        wanted = np.where(ends >= 0, ends * self.size + tokens, -1)
        grams = np.minimum(np.searchsorted(one.keys, wanted), len(one.keys) - 1)
        grams = np.where(one.keys[grams] == wanted, grams, -1)
        counts = np.where(grams >= 0, one.counts[grams], 0.0)
        totals, kinds = (np.where(ends >= 0, values[ends], 0.0) for values in (one.totals, one.kinds))
        known = totals > 0
        mixed = (counts + kinds * below) / np.where(known, totals + kinds, 1.0)
        return np.where(known, mixed, below), grams


# While their passage is in use.
_counted: WeakKeyDictionary[Passage, NGrams] = WeakKeyDictionary()


def costs_of(passage: Passage, part: Split, x: np.ndarray, y: np.ndarray) -> Iterator[Costs | None]:
    """Mean nats that each label of a part costs the models of the orders 1 to ORDERS, at the end; before that
    None, so that others have their turn.

    x: windows (n, length), y: what follows each of their last tokens (n, labels). They are the first ones of
    the part, at least one. Used by the worker's thread alone.
    """
    models = _counted.get(passage)
    if models is None:
        models = _counted[passage] = NGrams(passage)
    while not models.is_whole:
        models.count_another()
        yield None
    key = part, len(x)
    if key not in models.known:
        total = np.zeros(ORDERS)
        for start in range(0, len(x), PIECE):
            rows = slice(start, start + PIECE)
            windows = np.concatenate([x[rows], y[rows, -1:]], 1)
            total += models.costs(windows, windows.shape[1] - y.shape[1]).sum((1, 2))
            yield None
        models.known[key] = tuple(float(cost) for cost in total / y.size)
    yield models.known[key]
