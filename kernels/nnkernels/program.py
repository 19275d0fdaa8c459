"""A planned network: where its parameters lie, and the tables and buffers that the machine runs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from nnkernels import machine
from nnkernels.graph.network import NetworkSpec, Resolved, owner_of, resolve
from nnkernels.ops.hyperparameters import write_hyperparameters
from nnkernels.ops.shuffle import Shuffle
from nnkernels.spec import Role, Shape, SpecError, initialisers, layers, size_of
from nnkernels.target import Target as Target
from nnkernels.target import target_of

# Results kept by one call of `Program.run`: steps per slice at the most.
MAX_STEPS = 16384
# Steps that a run can have made: all are exact as a float64, and counting on overflows nothing.
MOST_STEPS = 2**53


class StateError(SpecError):
    """A state that the engine cannot go on from; the text is a sentence for a person."""


def check_count(value: Any, most: int, what: str, remedy: str = "") -> int:
    """A whole number from 0 to ``most``. Raises StateError, which says of ``what``, and a remedy."""
    if isinstance(value, bool) or not isinstance(value, int | np.integer) or not 0 <= value <= most:
        raise StateError(f"{what} must be a whole number from 0 to {most:,}; received {value!r}.{remedy}")
    return int(value)


def _end(order: np.ndarray | Shuffle) -> int:
    """One more than the largest number of a sample that an order names."""
    if isinstance(order, Shuffle) or not order.size:
        return len(order)
    # Seen as without a sign, a negative number is the largest.
    return int(order.view(np.uint64).max()) + 1


@dataclass(frozen=True)
class ParameterSlot:
    """Where a trained array lies in the flat parameter buffer."""

    node: str
    name: str
    shape: Shape
    offset: int
    trained: bool = True
    unit_axis: int = -1
    axes: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        return size_of(self.shape)


def named_axes(slot: ParameterSlot) -> tuple[str, ...]:
    """The names of an array's axes; numbers where a layer of another package declares none."""
    return slot.axes or tuple(f"Axis {i + 1}" for i in range(len(slot.shape)))


@dataclass(frozen=True)
class Layout:
    """Order, shapes and parameter offsets of a network; the same for training and evaluation.

    Attributes:
        owners: node to the node whose parameters it uses, for all nodes with parameters.
    """

    nodes: Mapping[str, Resolved]
    parameters: tuple[ParameterSlot, ...]
    parameter_count: int
    targets: tuple[Target, ...]
    owners: Mapping[str, str]

    @staticmethod
    def of(network: NetworkSpec, input_shape: Shape, loss: str) -> Layout:
        """Resolve a network. Raises SpecError or NodeError with a sentence."""
        nodes = resolve(network, input_shape)
        owners = {n.id: owner_of(nodes, n.id) for n in nodes.values() if n.parameters}
        declared = [(n.id, p) for n in nodes.values() if owners.get(n.id) == n.id for p in n.parameters]
        slots, offset = [], 0
        # Trained ones first: the optimizer runs over few stretches and leaves the rest alone.
        for trained in (True, False):
            for node, p in declared:
                if p.trained == trained:
                    slots.append(ParameterSlot(node, p.name, p.shape, offset, trained, p.unit_axis, p.axes))
                    offset += size_of(p.shape)
        ends = [n.id for n in network.nodes if layers[n.layer].role == Role.OUTPUT]
        targets = tuple(target_of(nodes, end, loss) for end in ends)
        return Layout(nodes, tuple(slots), offset, targets, owners)

    @property
    def output(self) -> str:
        """The node that gives the network's prediction: its first Output."""
        return self.targets[0].node

    @property
    def logits(self) -> str:
        """The node whose values the loss of the prediction sees."""
        return self.targets[0].logits

    def is_frozen(self, node: Resolved) -> bool:
        """Whether weights and statistics of a node stay as they are: by its own option or their owner's."""
        owner = self.nodes[self.owners.get(node.id, node.id)]
        return bool(node.options.get("frozen") or owner.options.get("frozen"))

    def learning(self) -> list[ParameterSlot]:
        """The arrays that an optimizer may change."""
        return [s for s in self.parameters if s.trained and not self.nodes[s.node].options.get("frozen")]

    def spans(self, slots: Sequence[ParameterSlot] | None = None) -> list[tuple[int, int]]:
        """Stretches of the flat parameters of all that is `learning`, or of some, joined where they touch."""
        spans: list[tuple[int, int]] = []
        for slot in self.learning() if slots is None else slots:
            start = spans.pop()[0] if spans and spans[-1][1] == slot.offset else slot.offset
            spans.append((start, slot.offset + slot.size))
        return spans

    def initial(self, seed: int, flat: np.ndarray | None = None) -> np.ndarray:
        """Starting parameters, reproducible from the seed, in the flat array given or in one of float64."""
        if flat is None:
            flat = np.empty(self.parameter_count)
        declared = {(n.id, p.name): p for n in self.nodes.values() for p in n.parameters}
        for index, slot in enumerate(self.parameters):
            rng = np.random.default_rng([seed, index])
            values = flat[slot.offset : slot.offset + slot.size]
            initialisers.draw(declared[slot.node, slot.name], rng, values)
        return flat


@dataclass(frozen=True)
class Checkpoint:
    """Where a run stands: parameters and optimizer slots (a copy), steps, samples visited of the pass."""

    params: np.ndarray
    steps: int
    visited: int


@dataclass
class Program:
    """A network ready to run: an instruction table over flat buffers.

    Attributes:
        micro_batch: samples that are on their way at a time: the batch, or fewer in a program that learns.
        grads: gradients, empty where nothing goes back.
        params: parameters and optimizer slots; may be shared between programs of one layout.
        addresses: indices of the arguments that are addresses in ``code``, ``groups`` or ``args``.
        row_width: results of a step: summed loss, correct predictions, and of several Outputs each loss.
        where: node id to (offset in acts, shape of one sample), for nodes whose values are kept.
        gradient_offsets: node id to the offset of its output's gradient in grads, where those are kept.
        hidden: seconds that the latest run had been going on for before it was asked for.
    """

    layout: Layout
    batch: int
    micro_batch: int
    dtype: np.dtype
    code: np.ndarray
    groups: np.ndarray
    args: np.ndarray
    addresses: np.ndarray
    acts: np.ndarray
    grads: np.ndarray
    params: np.ndarray
    work: np.ndarray
    results: int
    input_width: int
    target_width: int
    row_width: int = 2
    where: dict[str, tuple[int, Shape]] = field(default_factory=dict)
    gradient_offsets: dict[str, int] = field(default_factory=dict)
    state: np.ndarray = field(default_factory=lambda: np.zeros(machine.STATE_SIZE, np.int64))
    hidden: float = 0.0
    _data: tuple[Any, ...] = ()
    # As they stand in the state: samples, targets, order and learning rates.
    _at: list[int] = field(default_factory=lambda: [0, 0, 0, 0])
    _rates: np.ndarray | None = None
    _done: int = 0

    @property
    def steps(self) -> int:
        """Steps made since the start."""
        return int(self.state[machine.STEP])

    @property
    def visited(self) -> int:
        """Samples of the running pass over the data that were visited."""
        return int(self.state[machine.CURSOR])

    @property
    def finished(self) -> bool:
        """Whether all samples of the order given to `set_data` were visited."""
        return self.visited >= len(self._data[2])

    @property
    def rate(self) -> float:
        """Learning rate of the latest step, with its schedule."""
        return float(self.header[0])

    @property
    def header(self) -> np.ndarray:
        """The head of the work buffer: hyperparameters of the latest step; may be written to."""
        return self.work[: machine.HEADER]

    def _read(self, buffer: np.ndarray, start: int, stop: int) -> np.ndarray:
        """A part of one of its buffers, here a view."""
        return buffer[start:stop]

    def restart(self, seed: int) -> None:
        """No step made, no data; ``seed`` decides what layers draw at random. Parameters stay."""
        self.state[:], self._data, self._rates, self._at = 0, (), None, [0, 0, 0, 0]
        self.state[machine.SEED] = check_count(seed, 2**63 - 1, "A seed")

    def resume(self, steps: int, visited: int = 0) -> None:
        """Go on after so many steps, and so many samples of the pass whose data was set.

        Raises StateError where there cannot be so many.
        """
        total = len(self._data[2]) if self._data else 0
        self.state[machine.STEP] = check_count(steps, MOST_STEPS, "The steps of a saved run")
        self.state[machine.CURSOR] = check_count(visited, total, "The samples that a saved run has visited")

    def checkpoint(self, before: Checkpoint | None = None) -> Checkpoint:
        """Where the run stands; the memory of a checkpoint that nobody needs any more can be used again."""
        if before is None:
            return Checkpoint(self.params.copy(), self.steps, self.visited)
        before.params[:] = self.params
        return Checkpoint(before.params, self.steps, self.visited)

    def rewind(self, checkpoint: Checkpoint) -> None:
        """Back to a checkpoint of this program and the same pass."""
        self.params[:] = checkpoint.params
        self.resume(checkpoint.steps, checkpoint.visited)

    def set_data(self, x: np.ndarray, y: np.ndarray, order: np.ndarray | Shuffle) -> None:
        """Point the program at samples x (n, ...), targets y (n, t) and the order of a pass.

        One that is to be drawn may be drawn where the program runs. Raises ValueError where they do not
        belong to this network or to each other.
        """
        x = np.ascontiguousarray(x, self.dtype)
        y = np.ascontiguousarray(y, self.dtype)
        if isinstance(order, Shuffle) and not self._draws(order):
            order = order.indices
        if not isinstance(order, Shuffle):
            order = np.ascontiguousarray(order, np.int64)
        # A pass takes 0.15 ms in a small network, and most have the samples of the one before.
        same = bool(self._data) and x is self._data[0] and y is self._data[1]
        if not same:
            self._check_samples(x, y)
        if _end(order) > len(x):
            raise ValueError(f"The order of a pass names samples that are not among the {len(x):,}.")
        if not same:
            self._at[:2] = machine.address_of(x), machine.address_of(y)
        self._data = x, y, order
        self._at[2] = 0 if isinstance(order, Shuffle) else machine.address_of(order)
        self.state[machine.SAMPLES_AT : machine.RATES_AT] = self._at[:3]
        self.state[machine.CURSOR] = 0

    def _draws(self, order: Shuffle) -> bool:
        """Whether the order of a pass is drawn where the program runs, and not by NumPy."""
        return False

    def _check_samples(self, x: np.ndarray, y: np.ndarray) -> None:
        """Raise ValueError where they do not belong to this network or to each other."""
        n, width, targets = len(x), self.input_width, self.target_width
        if x.size != n * width or y.size != n * targets or len(y) != n:
            raise ValueError(
                f"Samples {x.shape} and targets {y.shape} do not fit a network of {width} inputs and "
                f"{targets} target values."
            )
        self._check_classes(y.reshape(n, targets))

    def _check_classes(self, y: np.ndarray) -> None:
        """Raise ValueError for class numbers that are none: kernels read and write at them."""
        for target in self.layout.targets:
            loss, numbers = target.compares, y if target.columns is None else y[:, target.columns]
            if loss.names_classes and target.constant is None:
                # One output tells two classes apart; at one of many positions there may be no label, -1.
                classes, least = max(self.layout.nodes[target.logits].shape[-1], 2), -(numbers.shape[1] > 1)
                if numbers.size and not least <= numbers.min() <= numbers.max() < classes:
                    raise ValueError(
                        f"{loss.title} with {classes} classes takes their numbers, from {least} to "
                        f"{classes - 1}; received {numbers.min():g} to {numbers.max():g}."
                    )

    def set_parameters(self, values: np.ndarray) -> None:
        """Copy flat parameters in; optimizer slots stay."""
        self.params[: self.layout.parameter_count] = values

    def set_hyperparameters(self, values: Mapping[str, float], factors: np.ndarray | None = None) -> None:
        """Learning rate first, in the order of the optimizer's options.

        ``factors`` multiply the learning rate, one for each step of a pass over the data.
        """
        write_hyperparameters(self.header, list(values.values()))
        self._rates, self._at[3] = None, 0
        if factors is not None:
            self._rates = np.ascontiguousarray(next(iter(values.values())) * factors, self.dtype)
            self._at[3] = machine.address_of(self._rates)
        self.state[machine.RATES_AT] = self._at[3]

    def run(self, steps: int, threads: int = 1) -> np.ndarray:
        """Make up to ``steps`` steps, fewer where the order given to `set_data` ends.

        Returns (steps made, 2): summed loss and correct predictions. Raises StateError for a state from which
        the machine would read or write elsewhere than in its buffers.
        """
        total = self._check_state()
        args, *rest = map(machine.address_of, (self.args, self.acts, self.grads, self.params, self.work))
        done = machine.run()(
            self.code, self.groups, args, self.state, *rest, total, self.batch, self.micro_batch,
            min(steps, MAX_STEPS), threads,
        )  # fmt: skip
        self._done = done
        return self._sums(done)[:, :2]

    def _check_state(self) -> int:
        """Samples of the pass. Raises StateError. Checked once a call, which makes many steps."""
        if not self._data:
            raise StateError("This program has no data yet: nothing can be run.")
        total = len(self._data[2])
        check_count(self.state[machine.STEP], MOST_STEPS, "The steps of a run")
        check_count(self.state[machine.CURSOR], total, "The samples that a run has visited")
        if self.state[machine.SAMPLES_AT : machine.RATES_AT + 1].tolist() != self._at:
            raise StateError("The data of this run is not where its state says; start the run again.")
        if self._rates is not None and len(self._rates) * self.batch < total:
            rates = len(self._rates)
            raise StateError(f"{rates:,} learning rates are not enough for a pass of {total:,} samples.")
        return total

    def _sums(self, steps: int) -> np.ndarray:
        rows = self._read(self.work, self.results, self.results + self.row_width * steps)
        return rows.reshape(steps, self.row_width).astype(np.float64)

    @property
    def losses(self) -> np.ndarray:
        """(steps made, outputs): summed loss of each Output in the latest run, without its weight."""
        rows = self._sums(self._done)
        return rows[:, 2:] if self.row_width > 2 else rows[:, :1]

    @property
    def loss(self) -> float:
        """Summed loss of the first step of the latest run."""
        return float(self._sums(1)[0, 0])

    def activation(self, node: str, samples: int) -> np.ndarray:
        """A view `(samples, *shape)` of what a node gave for the first samples of the last batch.

        Raises KeyError for a node whose values are not kept.
        """
        offset, shape = self.where[node]
        return self._read(self.acts, offset, offset + samples * size_of(shape)).reshape(samples, *shape)

    def has_output_gradient(self, node: str) -> bool:
        """Whether `output_gradient` gives something."""
        return node in self.gradient_offsets

    def output_gradient(self, node: str, samples: int) -> np.ndarray | None:
        """A view of the loss's gradient by what a node gave, `(samples, *shape)`, where gradients are kept.

        None where nothing flows back; by what a node gave that is a view of its input, the input's.
        """
        if node not in self.gradient_offsets:
            return None
        at, shape = self.gradient_offsets[node], self.layout.nodes[node].shape
        return self._read(self.grads, at, at + samples * size_of(shape)).reshape(samples, *shape)

    @property
    def has_gradients(self) -> bool:
        """Whether anything goes back."""
        return len(self.grads) > 0

    def gradient(self, slot: ParameterSlot) -> np.ndarray:
        """A view of the last gradient of one parameter, in its shape."""
        return self._read(self.grads, slot.offset, slot.offset + slot.size).reshape(slot.shape)

    def flat_gradient(self) -> np.ndarray:
        """The last gradient of all parameters, 0 for those that no optimizer changes: a float64 copy."""
        flat = np.zeros(self.layout.parameter_count)
        for start, end in self.layout.spans():
            flat[start:end] = self._read(self.grads, start, end)
        return flat

    @property
    def nbytes(self) -> int:
        """Bytes of its own arrays: all but the parameters, which programs may share."""
        return sum(a.nbytes for a in (self.acts, self.grads, self.work, self.args, self.code, self.groups))
