"""What a recurrent layer remembers while it reads a sequence: its state after every step.

The engine may keep no more than the last one, so the layer's NumPy reference reads the sequence once more,
with the weights of the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from nnkernels.graph.network import Resolved
from nnkernels.layers.recurrent import Recurrent
from nnkernels.spec import NamedArrays, Options
from nnstudio.data.own_unit import in_own_unit
from nnstudio.data.vocabulary import Vocabulary
from nnstudio.data.whole_series import WholeSeries
from nnstudio.explain.activations import Told, as_sample, describe_target, in_one, told_of
from nnstudio.model.quantity import in_digits
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.in_pieces import pause

# Numbers of a step that are told.
TOLD = 3


class Memory(StrEnum):
    """What is shown of a layer; a cell only an LSTM has."""

    STATE = "state"
    CELL = "cell"


@dataclass(frozen=True, eq=False)
class HiddenState:
    """Of a layer, for a sample, at a step of the training.

    Attributes:
        sample: its number in the part that training watches, -1 for one that a person made.
        values: (units, steps), float64, the units of a second reading below those of the first; each value
            stands at the step after which it is so, also where that is read backwards.
        has_cell: whether the layer has a memory cell besides its state.
        inputs: what enters at each step, in words.
        line: (steps,) the first input of each step as a number in its unit; empty for a text.
        truth, prediction: of the sample, in words; ``truth`` is "" of a person's own.
        told: the prediction of each Output.
    """

    step: int
    node: str
    memory: Memory
    sample: int
    values: np.ndarray
    has_cell: bool
    inputs: tuple[str, ...]
    line: np.ndarray
    truth: str
    prediction: str
    told: Told = ()


@dataclass(frozen=True)
class NoState:
    """The network has no recurrent layer between Input and Output."""

    step: int


def recurrent_nodes(nodes: Mapping[str, Resolved]) -> list[str]:
    """Nodes of recurrent layers, in the order of the network."""
    return [name for name, node in nodes.items() if isinstance(node.layer, Recurrent)]


@dataclass(frozen=True)
class HiddenStateProbe:
    """The state of ``node`` where that is a recurrent layer, else of the first one.

    ``own``: a sample that a person made, as the network gets it, flat; it takes the place of ``sample``.
    """

    node: str
    sample: int
    memory: Memory = Memory.STATE
    own: tuple[float, ...] | None = None

    def run(self, session: Evaluation) -> Iterator[HiddenState | NoState]:
        known = recurrent_nodes(session.layout.nodes)
        if not known:
            yield NoState(session.steps)
            return
        name = self.node if self.node in known else known[0]
        x, y, part = session.samples()
        index, truth, which = self.sample % len(x), "", None
        one = x[index : index + 1]
        if self.own is not None:
            index, one = -1, as_sample(session, self.own)
        else:
            which = part, index
            truth = describe_target(session, y[index], which)
        node = session.layout.nodes[name]
        given = session.predict_all(one, [*node.inputs, *(t.node for t in session.layout.targets)])
        layer = node.layer
        assert isinstance(layer, Recurrent)
        has_cell = "c" in layer.remembered
        memory = self.memory if has_cell else Memory.STATE
        values = states(layer, node.options, given[node.inputs[0]], _arrays(session, name), memory)[0]
        row = _first_row(session.data.series, part, index)
        inputs, line = _read(session, one[0], values.shape[0], row)
        told = told_of(session, given, which)
        yield HiddenState(
            session.steps, name, memory, index, values.T, has_cell, inputs, line, truth, in_one(told), told
        )


def states(
    layer: Recurrent, options: Options, x: np.ndarray, arrays: NamedArrays, memory: Memory
) -> np.ndarray:
    """States, or memory cells, after each step of sequences x (n, steps, features): (n, steps, units)."""
    readings = []
    for end in layer.endings(options):
        back = layer.is_backward(options, end)
        walked = layer.walk(x[:, ::-1] if back else x, options, layer.of_reading(arrays, end))
        # Where training goes wrong, sums are so far below 0 that a gate is exactly closed.
        with np.errstate(over="ignore"):
            after_each = []
            for *_sums, after in walked:
                after_each.append(after[int(memory == Memory.CELL)])
                pause(len(after_each) / x.shape[1])
            each = np.stack(after_each, 1)
        readings.append(each[:, ::-1] if back else each)
    return np.concatenate(readings, -1)


def _arrays(session: Evaluation, node: str) -> dict[str, np.ndarray]:
    """The trained arrays of a node, by their names."""
    owner, flat = session.layout.owners[node], session.parameters
    return {
        s.name: flat[s.offset : s.offset + s.size].reshape(s.shape).astype(np.float64)
        for s in session.layout.parameters
        if s.node == owner
    }


def _first_row(whole: WholeSeries | None, part: str, index: int) -> int | None:
    """The row of a series with which a sample's window begins."""
    if whole is None or index < 0:
        return None
    return int(whole.ends[part][index]) - whole.horizon - whole.window + 1


def _read(
    session: Evaluation, sample: np.ndarray, steps: int, row: int | None
) -> tuple[tuple[str, ...], np.ndarray]:
    """What enters at each step of a sample, in words, and its first number in the unit of the data."""
    data, vocabulary = session.data, Vocabulary.of(session.data)
    if vocabulary is not None and sample.shape == (steps,):
        return tuple(vocabulary.names[int(number)] for number in sample), np.zeros(0)
    if sample.ndim != 2 or len(sample) != steps:
        # What lies before the layer makes other steps of the inputs.
        return tuple(f"step {at + 1:,}" for at in range(steps)), np.zeros(0)
    if row is not None and data.series is not None:
        return _of_rows(data.series, np.arange(row, row + steps))
    numbers = in_own_unit(sample, data.x_shift, data.x_scale)
    told = (", ".join(in_digits(float(value)) for value in values[:TOLD]) for values in numbers)
    return tuple(told), numbers[:, 0]


def _of_rows(whole: WholeSeries, rows: np.ndarray) -> tuple[tuple[str, ...], np.ndarray]:
    """The values of a series at some rows, as they were read."""
    names, values = whole.series.names[:TOLD], whole.series.values[rows]
    told = [
        f"{whole.call(int(row))}: "
        + ", ".join(f"{name} {in_digits(float(v))}" for name, v in zip(names, of_row, strict=False))
        for row, of_row in zip(rows, values, strict=True)
    ]
    return tuple(told), values[:, 0]
