"""Conditions on the network, which the worker computes: its weights, what it gives, and how good it is."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import numpy as np
from msgspec import Meta

from nnstudio.data.known_kernels import can_hold_known, in_middle, known_kernel
from nnstudio.explain.ngrams import ORDERS
from nnstudio.lessons.condition import YES, Condition, NetworkCondition, Positive, Range, Verdict
from nnstudio.lessons.names import NodeName, ParameterName, Position
from nnstudio.lessons.work import Network, NotThere, position
from nnstudio.model.quantity import in_digits, in_percent, in_points

# What the axes of a matrix are counted by, where they have no names; others are no lesson's.
AXES = ("row", "column")
Part = Literal["training", "validation", "test"]


class Weight(NetworkCondition, frozen=True, tag="weight"):
    """A weight or a bias is near a number.

    It is taken in the units of the data, as on the canvas, where it has any; else as the network has it.
    """

    node: NodeName
    about: float
    tolerance: Positive
    parameter: ParameterName = "weight"
    at: Position = (0, 0)
    in_units: bool = True

    def judge(self, network: Network) -> Verdict:
        values = network.weights(self.node, self.parameter, self.in_units)
        at = position(self.at, values.shape)
        if at is None:
            raise NotThere(f"{self.node} has no {self.parameter} at {list(self.at)} any more.")
        value = float(values[at])
        return _near(self, self._name(network, values.shape, at), value, self.about, self.tolerance)

    def _name(self, network: Network, shape: tuple[int, ...], at: tuple[int, ...]) -> str:
        """What the number is called: of several, by its row and column, as the panel Weights has them."""
        names, told = network.names_along(self.node, self.parameter), []
        if len(shape) <= len(AXES):
            several = zip(AXES[-len(shape) :], names, at, shape, strict=True)
            told = [along[i] if along else f"{axis} {i + 1}" for axis, along, i, size in several if size > 1]
        behind = f" for {', '.join(told)}" if told else ""
        return f"The {self.parameter} of {self.node}{behind}"


class KernelIs(NetworkCondition, frozen=True, tag="kernel"):
    """A kernel of a Conv2D is a known one, or has these numbers.

    It is that of the first filter, for one channel; the numbers come row by row.
    """

    node: NodeName
    tolerance: Positive
    kernel: str = ""
    numbers: tuple[float, ...] = ()
    channel: int = 0

    def judge(self, network: Network) -> Verdict:
        values = network.weights(self.node, "weight", False)
        if values.ndim != 4 or self.channel >= values.shape[2]:
            raise NotThere(f"{self.node} has no kernel for channel {self.channel + 1} any more.")
        now = values[:, :, self.channel, 0]
        wanted = self._wanted(now.shape)
        off = ~(np.abs(now - wanted) <= self.tolerance)
        if not off.any():
            return YES
        row, column = (int(i) for i in np.argwhere(off)[0])
        told, should = (in_digits(float(v[row, column]), 4) for v in (now, wanted))
        missing = (
            f"In row {row + 1}, column {column + 1} of the kernel of {self.node} stands {told}; it should be "
            f"about {should}."
        )
        return self._judge(False, told, missing)

    def _wanted(self, sides: tuple[int, ...]) -> np.ndarray:
        known = known_kernel(self.kernel)
        if known is not None and can_hold_known(sides):
            return in_middle(known, sides)
        if len(self.numbers) != sides[0] * sides[1]:
            raise NotThere(f"The kernel of {self.node} is {sides[0]} × {sides[1]} now.")
        return np.reshape(np.array(self.numbers, np.float64), sides)


class Gives(NetworkCondition, frozen=True, tag="gives"):
    """For certain inputs, the network gives about this number, or one of its nodes does.

    The inputs are in the units of the data, in the order of its columns.
    """

    inputs: tuple[float, ...]
    about: float
    tolerance: Positive
    node: NodeName = ""
    output: int = 0

    def judge(self, network: Network) -> Verdict:
        values = network.values(self.node, list(self.inputs))
        if self.output >= len(values):
            raise NotThere(f"There is no output {self.output + 1} any more.")
        who, given = self.node or "The network", ", ".join(in_digits(v, 6) for v in self.inputs)
        value = float(values[self.output])
        if self._near(value):
            return YES
        missing = f"For {given}, {who} gives {in_digits(value, 5)}; it should be {in_digits(self.about, 6)}."
        return self._judge(False, in_digits(value, 5), missing)

    def _near(self, value: float) -> bool:
        return bool(np.isfinite(value)) and abs(value - self.about) <= self.tolerance


class Loss(NetworkCondition, frozen=True, tag="loss"):
    """The loss of a part of the data is small enough, or large enough."""

    within: Range
    part: Part = "training"

    def judge(self, network: Network) -> Verdict:
        value, _accuracy = network.score(self.part)
        missing = (
            f"The loss of the {self.part} part is {in_digits(value, 4)}; it should be {self.within.told}."
        )
        return self._judge(
            bool(np.isfinite(value)) and self.within.holds(value), in_digits(value, 4), missing
        )


class Accuracy(NetworkCondition, frozen=True, tag="accuracy"):
    """Enough of a part of the data is predicted right.

    It is a share from 0 to 1: 0.9 for 90 %. With a strength, each of the first 200 samples is changed that
    much to fool the network, in one step along the gradient's sign.
    """

    within: Range
    part: Part = "training"
    strength: float = 0.0

    def judge(self, network: Network) -> Verdict:
        value = network.robust(self.part, self.strength) if self.strength else network.score(self.part)[1]
        if value is None:
            raise NotThere("The data has no classes any more.")
        wanted = _percents(self.within)
        which = f", changed by a strength of {in_digits(self.strength, 3)}," if self.strength else ""
        missing = f"{in_percent(value)} of the {self.part} part{which} are right; it should be {wanted}."
        return self._judge(self.within.holds(value), in_percent(value), missing)


class Forecasts(NetworkCondition, frozen=True, tag="forecasts"):
    """Forecasts of a time series are good enough, compared with those that take no learning.

    Their mean absolute error in the backtest is so many times that of the seasonal naive forecast, or of the
    naive one.
    """

    within: Range
    than: Literal["seasonal naive", "naive"] = "seasonal naive"

    def judge(self, network: Network) -> Verdict:
        own, other = network.forecast_errors(self.than)
        ratio = own / other if other > 0 else float("nan")
        now = in_digits(ratio, 3)
        missing = (
            f"The network's forecasts are off by {in_digits(own, 3)} on average, the {self.than} ones by "
            f"{in_digits(other, 3)}: {now} times as much. It should be {self.within.told} times."
        )
        return self._judge(bool(np.isfinite(ratio)) and self.within.holds(ratio), now, missing)


class Gap(NetworkCondition, frozen=True, tag="gap"):
    """The groups of a column are predicted about equally well.

    The gap is between their accuracies, from 0 to 1, or between their mean errors.
    """

    column: str
    within: Range
    part: Part = "test"

    def judge(self, network: Network) -> Verdict:
        groups, are_shares = network.by_group(self.column, self.part)
        value = groups.gap
        now = in_points(value) if are_shares else in_digits(value, 3)
        in_percents = self.within.told_as(lambda bound: in_digits(100 * bound, 4))
        wanted = in_percents if are_shares else self.within.told
        missing = (
            f"The gap between the groups of {self.column} is {now} in the {self.part} part; it should be "
            f"{wanted}."
        )
        return self._judge(bool(np.isfinite(value)) and self.within.holds(value), now, missing)


class BeatsNGrams(NetworkCondition, frozen=True, tag="beats n-grams"):
    """What follows in a text is guessed better than by n-gram models up to an order, which only count.

    An order of 2 guesses a character from the one before it. The panel Results shows what each of them costs.
    """

    order: Annotated[int, Meta(ge=1, le=ORDERS)]
    part: Part = "validation"

    def judge(self, network: Network) -> Verdict:
        scores = network.text_scores(self.part)
        costs = scores.ngrams[: self.order]
        best = costs.index(min(costs))
        now = in_digits(scores.nats, 4)
        missing = (
            f"The network needs {now} nats for each {scores.unit.singular} of the {self.part} part, and the "
            f"n-gram model of order {best + 1} needs {in_digits(costs[best], 4)}: it should be fewer."
        )
        return self._judge(scores.nats < costs[best], now, missing)


class Generated(NetworkCondition, frozen=True, tag="generated"):
    """Of the points that a generator makes, enough lie near real ones, or few do.

    It is a share from 0 to 1: of the generated points that lie near real ones, or of the real ones that are
    covered by generated ones.
    """

    within: Range
    of: Literal["near", "covered"] = "near"

    def judge(self, network: Network) -> Verdict:
        value = network.imitation()[self.of == "covered"]
        # As the view has it, and where that would deceive, a digit more.
        told = in_percent(round(value, 3)) if np.isfinite(value) else "nothing"
        what = "real points are covered" if self.of == "covered" else "generated points lie near real ones"
        missing = f"{told} of the {what}; it should be {_percents(self.within)}."
        return self._judge(bool(np.isfinite(value)) and self.within.holds(value), told, missing)


def _percents(within: Range) -> str:
    """A range of shares, in words."""
    return within.told_as(in_percent)


def _near(condition: Condition[Any], what: str, value: float, about: float, tolerance: float) -> Verdict:
    now = in_digits(value, 5)
    holds = bool(np.isfinite(value)) and abs(value - about) <= tolerance
    return condition._judge(holds, now, f"{what} is {now}; it should be about {in_digits(about, 6)}.")
