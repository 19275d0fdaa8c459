"""Between which values a plot of losses is drawn: what the run that goes on needs, whatever others needed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from nnstudio.ui.live.curve_lines import Line

# What the switches of the view do, for their tips.
LOGARITHMIC = "Logarithmic loss: small losses are as easy to tell apart as large ones"
CUT = (
    "The loss is drawn as high as the present run needs; higher peaks and earlier runs are cut off, and the "
    "legend says how high they reach. A double-click on the plot shows everything."
)
# Fewer values than these have no peaks, only values.
FEWEST = 20
# What lies so many times higher than nine in ten of the values is a peak, and is cut off.
PEAK, SHARE = 10.0, 0.9
# The start of a run is no peak, unless it is so many times the middle one of its first values.
FIRST, START = 5, 100.0
# A run whose loss is so many times higher than where it began has diverged.
DIVERGED = 1000.0
# On a logarithmic scale earlier runs may ask for so many times lower values than the run that goes on.
LOWER = 10.0


class Reach(NamedTuple):
    """What is drawn, and what is not.

    Attributes:
        low, high: the values at the ends of the axis.
        own, earlier: the highest value of the run that goes on, and of those before, where it is cut off;
            else None.
    """

    low: float
    high: float
    own: float | None = None
    earlier: float | None = None

    def within(self, top: float) -> Reach:
        """The same where values up to ``top`` are in sight: what is in sight is not cut off."""
        own, earlier = (v if v is not None and v > top else None for v in (self.own, self.earlier))
        return self._replace(own=own, earlier=earlier)


def reach_of(lines: Sequence[Line], is_log: bool, cuts: bool = True) -> Reach | None:
    """What lines of losses need; None where there is nothing to draw. Without ``cuts`` all is in it."""
    own = [known for line in lines if not line.is_earlier and len(known := _known(line, is_log))]
    before = [known for line in lines if line.is_earlier and len(known := _known(line, is_log))]
    leading = own or before
    if not leading:
        return None
    low, highest = min(float(y.min()) for y in leading), max(float(y.max()) for y in leading)
    low_before = min((float(y.min()) for y in before), default=low)
    high_before = max((float(y.max()) for y in before), default=highest)
    if not cuts:
        return Reach(min(low, low_before), max(highest, high_before))
    high = highest if is_log else _below_peaks(leading, low)
    high = min(high, _before_it_diverged(own, before) or high)
    low = min(low, max(low_before, low / LOWER) if is_log else low_before)
    cut = [highest if highest > high else None, high_before if before and high_before > high else None]
    return Reach(low, high, *cut) if own else Reach(low, high, None, cut[1])


def _before_it_diverged(own: Sequence[np.ndarray], others: Sequence[np.ndarray]) -> float | None:
    """The highest value of a run that diverged that leaves something to be seen of others; None where it did
    not, or there are no others.
    """
    if not own or not others or not any(has_diverged(y) for y in own):
        return None
    limit = PEAK * max(max(float(y[0]) for y in own), *(float(np.median(y)) for y in others))
    return max(float(y[y <= limit].max(initial=-np.inf)) for y in own)


def has_diverged(y: np.ndarray) -> bool:
    """Whether losses (epochs,), finite ones, end far above where they began."""
    return len(y) > 1 and float(y[-1]) > DIVERGED * max(float(y[0]), 0.0) > 0


def reach_of_runs(runs: Sequence[Sequence[np.ndarray]]) -> Reach | None:
    """What runs that are drawn over each other need, each as its lines of finite losses.

    ``earlier`` is how high those reach that diverged and are cut off; None where there is nothing to draw.
    """
    lines = [[y for y in run if len(y)] for run in runs]
    whole = [y for run in lines for y in run if not any(map(has_diverged, run))]
    cut = [y for run in lines for y in run if any(map(has_diverged, run))]
    if not whole and not cut:
        return None
    low = min(float(y.min()) for y in (*whole, *cut))
    highest = max(float(y.max()) for y in (*whole, *cut))
    high = _before_it_diverged(cut, whole)
    if high is None:
        return Reach(low, highest)
    high = max(high, *(float(y.max()) for y in whole))
    return Reach(low, high, None, highest if highest > high else None)


def _known(line: Line, is_log: bool) -> np.ndarray:
    known = np.isfinite(line.y) & ((line.y > 0) | (not is_log))
    y: np.ndarray = line.y[known]
    return y


def _below_peaks(lines: Sequence[np.ndarray], low: float) -> float:
    """The highest value that is no peak."""
    values = np.concatenate(lines)
    if len(values) < FEWEST:
        return float(values.max())
    usual = max(float(np.quantile(y, SHARE)) - low for y in lines)
    start = max(min(float(y[0]) - low, START * (float(np.median(y[:FIRST])) - low)) for y in lines)
    high = float(values[values <= low + max(PEAK * usual, start)].max())
    # Of a line that never changes but in its peaks there is nothing else to see.
    return high if high > low else float(values.max())
