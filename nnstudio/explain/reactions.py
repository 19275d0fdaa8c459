"""What the filters and units of a layer react to: the parts of pictures that give each its largest values."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.spec import Role, Shape, size_of
from nnkernels.spec.terms import Index
from nnstudio.data.dataset import Split
from nnstudio.explain.end_names import names_of_units
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.underway import Underway

# Units that are told, and parts for each.
MOST_UNITS, STRONGEST = 16, 6
# Samples that are looked at, the first ones of a part, which is shuffled: so many at the most, and fewer
# where all values of the network would not fit into so many bytes.
MOST_SAMPLES, MOST_BYTES = 256, 64 * 2**20


@dataclass(frozen=True)
class Reaction:
    """A unit and what it reacts to.

    Attributes:
        name: of its class, else its number from 1.
        samples: numbers of the samples, the strongest reaction first; none where it gives the same for all.
        values: what it gives for them.
        parts: (n, h, w, c) what it sees of each; NaN outside of the picture.
    """

    name: str
    samples: tuple[int, ...]
    values: tuple[float, ...]
    parts: np.ndarray


@dataclass(frozen=True)
class Reactions:
    """Reactions at a step.

    Attributes:
        part: the samples are of, and how many of it were looked at: ``count``.
        units: how many the layer has; the first ones are told. None are of a layer that gives neither a
            picture nor a row of units, and of what is no single layer between Input and Output.
        seen: rows and columns of the input that one value of the layer depends on.
    """

    step: int
    node: str
    part: Split
    count: int
    units: int
    seen: tuple[int, int]
    reactions: tuple[Reaction, ...]


@dataclass(frozen=True)
class ReactionsProbe:
    """Reactions of a layer to the part that training watches; nothing where the data is no pictures."""

    node: str

    def run(self, session: Evaluation) -> Iterator[Reactions | Underway]:
        nodes, (x, _y, part) = session.layout.nodes, session.samples()
        if x.ndim != 4:
            return
        step = session.steps
        if self.node not in nodes or len(nodes[self.node].shape) not in (1, 3):
            yield Reactions(step, self.node, part, 0, 0, (0, 0), ())
            return
        per_sample = 4 * sum(size_of(node.shape) for node in nodes.values())
        x = x[: int(np.clip(MOST_BYTES // per_sample, 1, MOST_SAMPLES))]
        # At once, or the network would learn between one sample and the next.
        values = session.predict(x, self.node)
        fields, units = _Fields(session, self.node), values.shape[-1]
        names = names_of_units(session, self.node) or [str(i + 1) for i in range(units)]
        peaks, told = [], min(units, MOST_UNITS)
        for unit in range(told):
            peaks.append(_peaks(values[..., unit]))
            for peak in peaks[-1]:
                fields.of((*peak.position, unit))
            yield Underway((unit + 1) / told)
        reactions = tuple(
            Reaction(
                names[unit], tuple(peak.sample for peak in own), tuple(peak.value for peak in own),
                np.array([fields.cut(x[peak.sample], (*peak.position, unit)) for peak in own]),
            )
            for unit, own in enumerate(peaks)
        )  # fmt: skip
        yield Reactions(step, self.node, part, len(x), units, fields.size, reactions)


class _Peak(NamedTuple):
    sample: int
    position: Index
    value: float


def _peaks(values: np.ndarray) -> list[_Peak]:
    """Where one unit gives most, by its values (n,) or (n, h, w): the strongest samples, each at its best
    position; none where it gives the same everywhere. What is no finite number is left out.
    """
    flat = values.reshape(len(values), -1)
    finite = np.where(np.isfinite(flat), flat, -np.inf)
    highest = finite.max(1)
    if finite.max() == finite.min():
        return []
    best = [int(n) for n in np.argsort(-highest, kind="stable")[:STRONGEST] if np.isfinite(highest[n])]
    positions = [np.unravel_index(int(finite[n].argmax()), values.shape[1:]) for n in best]
    return [
        _Peak(n, tuple(int(i) for i in position), float(highest[n]))
        for n, position in zip(best, positions, strict=True)
    ]


class _Fields:
    """Receptive fields: which rows and columns of the input a value of a node depends on."""

    def __init__(self, session: Evaluation, node: str) -> None:
        self.nodes, self.node = session.layout.nodes, node
        self._known: dict[Index, tuple[int, int, int, int]] = {}
        # In the middle, a border cuts off as little as it can.
        self.of(tuple(n // 2 for n in self.nodes[node].shape))

    @property
    def size(self) -> tuple[int, int]:
        """Rows and columns of the largest field that was asked for."""
        fields = self._known.values()
        return max(b - t for t, _l, b, _r in fields), max(r - left for _t, left, _b, r in fields)

    def of(self, value: Index) -> tuple[int, int, int, int]:
        """Top, left, bottom and right (exclusive)."""
        if value not in self._known:
            ends = self._ends(value)
            rows, columns = [at[0] for at in ends], [at[1] for at in ends]
            self._known[value] = (min(rows), min(columns), max(rows) + 1, max(columns) + 1)
        return self._known[value]

    def _ends(self, value: Index) -> set[Index]:
        """Walk back to the input with the outermost values of each picture alone: the others lie between."""
        waiting: dict[str, set[Index]] = {self.node: {value}}
        for node in reversed(list(self.nodes.values())):
            wanted = waiting.pop(node.id, None)
            if wanted is None:
                continue
            if node.layer.role == Role.INPUT:
                return wanted
            if node.id != self.node:
                wanted = _in_all_channels(node, wanted)
            for port, seen in enumerate(_seen(node, wanted)):
                if seen:
                    source = node.inputs[port]
                    waiting[source] = _outermost(waiting.get(source, set()) | seen)
        raise LookupError(self.node)

    def cut(self, picture: np.ndarray, value: Index) -> np.ndarray:
        """What a value sees of a picture (h, w, c), as large as `size`; NaN where there is none of it."""
        top, left, bottom, right = self.of(value)
        rows, columns = self.size
        whole = np.full((rows, columns, picture.shape[2]), np.nan, np.float32)
        down = rows - (bottom - top) if top == 0 else 0
        across = columns - (right - left) if left == 0 else 0
        whole[down : down + bottom - top, across : across + right - left] = picture[top:bottom, left:right]
        return whole


def _seen(node: Resolved, wanted: set[Index]) -> list[set[Index]]:
    """For each input of a node, which of its values the ``wanted`` ones of the output depend on."""
    everything = [_all_of(shape) for shape in node.input_shapes]
    if len(node.shape) == 1 and len(wanted) == size_of(node.shape):
        return everything
    seen: list[set[Index]] = [set() for _ in node.inputs]
    for value in wanted:
        told = node.layer.terms(node.options, node.input_shapes, value)
        if told is None or len(told.terms) == sum(map(size_of, node.input_shapes)):
            # It does not say, so it may see all; or it does.
            return everything
        for term in told.terms:
            seen[term.port].add(term.index)
    return seen


def _in_all_channels(node: Resolved, wanted: set[Index]) -> set[Index]:
    """Values of a picture in each channel: of what is joined, they see different parts.

    All filters of a convolution see the same, and there are many terms to each.
    """
    if len(node.shape) != 3 or any(len(p.shape) == 4 for p in node.parameters):
        return wanted
    return {(i, j, channel) for i, j, _ in wanted for channel in range(node.shape[2])}


def _all_of(shape: Shape) -> set[Index]:
    """All values of an array; of a picture its corners stand for them."""
    if len(shape) == 3:
        return {(0, 0, 0), tuple(n - 1 for n in shape)}
    return set(np.ndindex(*shape))


def _outermost(values: set[Index]) -> set[Index]:
    """Those of a picture that bound the others; of anything else all."""
    if len(next(iter(values))) != 3:
        return values
    rows, columns = [v[0] for v in values], [v[1] for v in values]
    return {(min(rows), min(columns), 0), (max(rows), max(columns), 0)}
