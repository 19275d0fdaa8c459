"""Whether one setting is better than another by more than noise: mean, spread, and a paired test.

The test is an exact sign-flip permutation test of the mean difference, two-sided (R. A. Fisher, The Design of
Experiments, 1935, section 21). Both settings are trained with the same seeds or on the same folds, and their
results are paired by these. Were they equally good, each difference could as well have the other sign; p is
the share of all choices of signs whose mean is at least as far from 0 as the one that was measured. It
assumes that differences are symmetric around 0 then, and independent: those of seeds are. Those of folds are
not, because folds share most of what is learned from, and p comes out too small (T. G. Dietterich, Neural
Computation 10, 1998, pages 1895-1923).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, stdev

import numpy as np

from nnstudio.model.quantity import in_digits
from nnstudio.sweep.space import Repeat

# With more pairs, so many choices of signs are drawn instead of all: two to the power of 16.
MOST_EXACT = 16
DRAWN = 2**16
# What differs by less than this share is equal: sums of floats end differently in another order.
TOLERANCE = 1e-12
SIGNIFICANT = 0.05


@dataclass(frozen=True)
class Spread:
    """Mean of the runs of a setting and their standard deviation, over n - 1; None for a single one."""

    mean: float
    deviation: float | None
    count: int

    def __str__(self) -> str:
        if self.deviation is None:
            return in_digits(self.mean, 4)
        return f"{in_digits(self.mean, 4)} ± {in_digits(self.deviation, 2)}"


def spread_of(values: Sequence[float]) -> Spread:
    """Of one value or more."""
    return Spread(fmean(values), stdev(values) if len(values) > 1 else None, len(values))


@dataclass(frozen=True)
class Comparison:
    """Two settings, pair by pair.

    Attributes:
        difference: the mean of the first one's values less the second one's.
        deviation: of the differences, over n - 1.
        p: of the test; ``smallest_p`` is what so many pairs can reach at the least.
        paired_over: "seeds" or "folds".
        of_means: whether each seed's value is its mean over the folds.
    """

    difference: float
    deviation: float
    pairs: int
    p: float
    smallest_p: float
    paired_over: str
    of_means: bool = False

    @property
    def is_more_than_noise(self) -> bool:
        return self.p <= SIGNIFICANT

    def sentence(self) -> str:
        """What was tested, what came out, and what it leaves open."""
        means = ", each the mean over the folds" if self.of_means else ""
        text = (
            f"Mean difference {in_digits(self.difference, 3)} ± {in_digits(self.deviation, 2)}, paired over "
            f"{self.pairs} {self.paired_over}{means}; two-sided sign-flip test: p = {self.p:.3g}. "
        )
        if self.is_more_than_noise:
            text += "This is more than noise."
        elif self.smallest_p > SIGNIFICANT:
            text += (
                f"With {self.pairs} pairs p cannot get below {self.smallest_p:.3g}: too few to tell it "
                f"from noise. Take 6 {self.paired_over} or more."
            )
        else:
            text += f"This may be noise; with {self.pairs} pairs p could get down to {self.smallest_p:.2g}."
        if self.paired_over == "folds":
            text += " Folds share what they learn from, so the true p is larger."
        return text


def compare(first: Mapping[Repeat, float], second: Mapping[Repeat, float]) -> Comparison | None:
    """Two settings by the value of each of their runs; None where fewer than two runs can be paired.

    With several seeds the pairs are seeds, else folds.
    """
    common = [repeat for repeat in first if repeat in second]
    seeds = list(dict.fromkeys(repeat.seed for repeat in common))
    folds = list(dict.fromkeys(repeat.fold for repeat in common))
    by_seed = len(seeds) > 1
    differences = [
        fmean([first[r] - second[r] for r in common if (r.seed if by_seed else r.fold) == key])
        for key in (seeds if by_seed else folds)
    ]
    if len(differences) < 2:
        return None
    telling = sum(abs(d) > 0 for d in differences)
    return Comparison(
        fmean(differences), stdev(differences), len(differences), sign_flip_p(differences),
        min(2.0 ** (1 - telling), 1.0), "seeds" if by_seed else "folds", by_seed and len(folds) > 1,
    )  # fmt: skip


def sign_flip_p(differences: Sequence[float]) -> float:
    """The two-sided p of the mean of paired differences: exact for up to MOST_EXACT of them, else drawn."""
    values = np.abs(np.asarray(differences, np.float64))
    measured = abs(math.fsum(differences)) - TOLERANCE * values.sum()
    if len(values) <= MOST_EXACT:
        signs = 1 - 2 * (np.arange(2 ** len(values))[:, None] >> np.arange(len(values)) & 1)
        return float((np.abs(signs @ values) >= measured).mean())
    # The same numbers each time; the measured signs count as one of those drawn (Phipson and Smyth, 2010).
    signs = 1 - 2 * np.random.default_rng(0).integers(0, 2, (DRAWN, len(values)))
    return float((1 + (np.abs(signs @ values) >= measured).sum()) / (1 + DRAWN))
