"""What a layer has learned: its arrays, their gradients, and how their values are and were distributed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum, auto

import numpy as np

from nnkernels.spec import Shape
from nnstudio.explain.data_units import in_data_units
from nnstudio.explain.end_names import Names, names_along
from nnstudio.explain.unit_pictures import NO_MEANS, ClassMeans, class_means, picture_read
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.weights import slots_of, weights_of

BINS = 40
# Of arrays with more values only so many are handed over, spread evenly; the histogram counts them all.
MOST = 1 << 20
# Steps of a history, and values of an array that are counted at each.
MOST_STEPS, MOST_COUNTED = 64, 10_000


@dataclass(frozen=True)
class Array:
    """One trained array with the counts of its values between ``edges`` (BINS + 1 of them).

    ``axes``: their names; ``names``: for each axis those of its rows or columns, () where they have none;
    ``read``: shape (h, w, c) of the picture whose values are its rows, () where they are of none.
    """

    values: np.ndarray
    counts: np.ndarray
    edges: np.ndarray
    non_finite: int
    axes: tuple[str, ...] = ()
    names: tuple[Names, ...] = ()
    read: Shape = ()


@dataclass(frozen=True)
class History:
    """Histograms along the run: counts (steps, BINS) between ``edges``, of ``size`` values spread evenly
    over all of them, of which there are ``total``.
    """

    steps: tuple[int, ...]
    counts: np.ndarray
    edges: np.ndarray
    size: int
    total: int


@dataclass(frozen=True)
class Weights:
    """The arrays of a node by name, or their gradients, at a step.

    ``samples``: how many the gradients' mean loss is over, 0 for values; ``history``: of the arrays' values;
    ``units``: those of the values where they are the data's; without arrays, why there is nothing to show.
    ``means``: of the classes, which the weights are compared with. ``is_known``: whether the network that
    runs has the node; one that hangs loose is none of it.
    """

    step: int
    node: str
    arrays: dict[str, Array]
    samples: int = 0
    history: dict[str, History] = field(default_factory=dict)
    units: str = ""
    means: ClassMeans | None = None
    is_known: bool = True


class Aspect(StrEnum):
    """What is shown of an array."""

    VALUES = auto()
    DATA_UNITS = auto()
    GRADIENT = auto()
    TIME = auto()
    CLASS_MEANS = auto()


@dataclass(frozen=True)
class WeightsProbe:
    """The arrays of one node; nothing for a node without any."""

    node: str
    what: Aspect = Aspect.VALUES

    def run(self, session: Evaluation) -> Iterator[Weights]:
        if self.node not in session.layout.nodes:
            yield Weights(session.steps, self.node, {}, is_known=False)
            return
        if self.what == Aspect.GRADIENT:
            yield self._gradients(session)
            return
        slots = slots_of(session, self.node)
        if self.what == Aspect.CLASS_MEANS and slots:
            yield self._beside_means(session)
            return
        if self.what == Aspect.DATA_UNITS and slots:
            told = in_data_units(session, self.node)
            arrays = self._described(session, told.arrays)
            yield Weights(session.steps, self.node, arrays, units=told.said)
            return
        values_by_name = weights_of(session, self.node)
        arrays = self._described(session, values_by_name)
        past = (
            {name: _history(session, name, self.node) for name in values_by_name}
            if self.what == Aspect.TIME
            else {}
        )
        yield Weights(session.steps, self.node, arrays, history=past)

    def _described(self, session: Evaluation, values: dict[str, np.ndarray]) -> dict[str, Array]:
        slots, read = slots_of(session, self.node), picture_read(session, self.node)
        return {
            name: describe(
                array, slots[name].axes, names_along(session, self.node, slots[name]),
                read if array.ndim == 2 else (),
            )
            for name, array in values.items()
        }  # fmt: skip

    def _beside_means(self, session: Evaluation) -> Weights:
        means = class_means(session, self.node)
        if means is None:
            return Weights(session.steps, self.node, {}, units=NO_MEANS)
        matrices = {name: array for name, array in weights_of(session, self.node).items() if array.ndim == 2}
        return Weights(session.steps, self.node, self._described(session, matrices), means=means)

    def _gradients(self, session: Evaluation) -> Weights:
        count = session.gradient_samples()
        x, y = session.data.x_train[:count], session.data.y_train[:count]
        slots = slots_of(session, self.node)
        if not slots:
            return Weights(session.steps, self.node, {})
        program = session.gradients(x, y)
        gradients = {name: program.gradient(slot).copy() for name, slot in slots.items() if slot.trained}
        return Weights(session.steps, self.node, self._described(session, gradients), len(x))


def _history(session: Evaluation, name: str, node: str) -> History:
    """Histograms of one array at kept steps and now; where early stopping went back, up to the last step."""
    slot = slots_of(session, node)[name]
    thin = max(1, -(-len(session.parameter_history) // MOST_STEPS))
    stride = max(1, -(-slot.size // MOST_COUNTED))
    part = slice(slot.offset, slot.offset + slot.size, stride)
    # Copies: a view would hold all of a checkpoint.
    rows = [checkpoint[part].copy() for checkpoint in session.parameter_history[::thin]]
    steps = list(session.checkpoint_steps[::thin])
    if not steps or session.steps >= steps[-1]:
        rows.append(session.parameters[part].copy())
        steps.append(session.steps)
    finite = [row[np.isfinite(row)] for row in rows]
    low = min((float(row.min()) for row in finite if row.size), default=0.0)
    high = max((float(row.max()) for row in finite if row.size), default=1.0)
    room = _room(low, high)
    edges = np.linspace(low - room, high + room, BINS + 1)
    counts = np.stack([np.histogram(row, edges)[0] for row in finite])
    return History(tuple(steps), counts, edges, len(rows[0]), slot.size)


def _room(low: float, high: float) -> float:
    """How far a histogram reaches beyond its values; those that are all the same lie in the middle of a range
    of their own size, so that its scale can be read.
    """
    size = max(abs(low), abs(high))
    return (high - low) * 1e-6 if high - low > size * 1e-5 else size or 1.0


def describe(
    values: np.ndarray, axes: tuple[str, ...] = (), names: tuple[Names, ...] = (), read: Shape = ()
) -> Array:
    """An array of any shape with the histogram of its finite values; ``non_finite`` counts the others."""
    finite = values[np.isfinite(values)].astype(np.float64)
    low, high = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)
    room = _room(low, high)
    counts, edges = np.histogram(finite, BINS, (low - room, high + room))
    return Array(values, counts, edges, int(values.size - finite.size), axes, names, read)
