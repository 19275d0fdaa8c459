"""What counting alone predicts of a text: n-gram models, which a network that learned from it is measured by.

A model of order n guesses a token from the n - 1 before it, with interpolated Kneser-Ney smoothing (Kneser
and Ney 1995; Chen and Goodman 1999, section 2.7):

    p(w | h) = max(c(h w) - d, 0) / c(h) + d t(h) / c(h) q(w | h')

where c counts in the text, t(h) is how many different tokens follow the context h, and h' is h without its
first token. The lower orders q are smoothed alike, but count after how many different tokens something
stands, not how often; below order 1 all tokens are equally likely. The discount d is n1 / (n1 + 2 n2) of each
table, where n1 and n2 are how many of its counts are 1 and 2. What follows a context that the text has not is
guessed by the next lower order.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
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


class _Counts:
    """Counts of the grams of an order, and what is known of their contexts, the grams of the order below."""

    def __init__(self, counts: np.ndarray, contexts: np.ndarray, size: int) -> None:
        """``counts`` (grams,), and of each gram the number of its context, of which there are ``size``."""
        once, twice = (int((counts == times).sum()) for times in (1, 2))
        # Where nothing is rare, hardly anything needs to be kept for what was never seen.
        discount = once / (once + 2 * twice) if once else 0.5
        self.totals = np.bincount(contexts, counts, size)
        self.left = np.maximum(counts - discount, 0.0)
        self.kept = discount * np.bincount(contexts[counts > 0], minlength=size)

    def guess(self, contexts: np.ndarray, grams: np.ndarray, below: np.ndarray) -> np.ndarray:
        """Probabilities of tokens, from those of the order below, where a context or gram is -1 that the text
        has not.
        """
        totals, kept = (np.where(contexts >= 0, values[contexts], 0.0) for values in (self.totals, self.kept))
        left, known = np.where(grams >= 0, self.left[grams], 0.0), totals > 0
        return np.where(known, (left + kept * below) / np.where(known, totals, 1.0), below)


@dataclass(frozen=True)
class _Order:
    """The grams of an order.

    Attributes:
        keys: sorted (grams,), int64: the number of the context times tokens plus the last token.
        often: how often each stands in the text.
        after: after how many different tokens each stands; None of the highest order.
    """

    keys: np.ndarray
    often: _Counts
    after: _Counts | None


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
        """Count the next order, and in the one below after how many different tokens its grams stand."""
        keys, firsts, ends, counts = np.unique(
            self._ends[:-1] * self.size + self._tokens[len(self._orders) :],
            return_index=True,
            return_inverse=True,
            return_counts=True,
        )
        if self._orders:
            below = self._orders[-1]
            # A gram without its first token is one of the order below, at the same end.
            after = np.bincount(self._ends[1:][firsts], minlength=len(below.keys)).astype(np.float64)
            counts_after = _Counts(after, below.keys // self.size, len(below.often.totals))
            self._orders[-1] = replace(below, after=counts_after)
        often = _Counts(counts.astype(np.float64), keys // self.size, self._contexts)
        self._orders.append(_Order(keys, often, None))
        self._ends, self._contexts = ends, len(keys)

    def costs(self, windows: np.ndarray, first: int) -> np.ndarray:
        """Nats (orders, n, length - first) that the tokens from ``first`` on of windows (n, length) cost,
        each guessed from those before it in its window.

        Orders that the passage, or what is before a token, is too short for guess as the highest one that it
        is not too short for.
        """
        tokens = windows.astype(np.int64)
        below = likely = np.full(tokens.shape, 1 / self.size)
        # The grams that end before each token; -1 where that was never seen, or begins before the window.
        contexts = np.zeros(tokens.shape, np.int64)
        costs = np.empty((ORDERS, len(tokens), tokens.shape[1] - first))
        for order in range(ORDERS):
            if order < len(self._orders):
                one = self._orders[order]
                grams = self._grams(one.keys, contexts, tokens)
                likely = likely.copy()
                likely[:, order:] = one.often.guess(contexts, grams, below)[:, order:]
                if one.after is not None:
                    below = one.after.guess(contexts, grams, below)
                contexts = np.full_like(contexts, -1)
                contexts[:, 1:] = grams[:, :-1]
            costs[order] = -np.log(likely[:, first:])
        return costs

    def _grams(self, keys: np.ndarray, contexts: np.ndarray, tokens: np.ndarray) -> np.ndarray:
        """Numbers of the grams that end with tokens; -1 where the text has none."""
        wanted = np.where(contexts >= 0, contexts * self.size + tokens, -1)
        at = np.minimum(np.searchsorted(keys, wanted), len(keys) - 1)
        return np.where(keys[at] == wanted, at, -1)


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
