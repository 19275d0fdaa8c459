"""A planned network: where its parameters lie, and the tables and buffers that the machine runs."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from nnkernels import initialisers, machine
from nnkernels.hyperparameters import write_hyperparameters
from nnkernels.network import NetworkSpec, NodeError, Resolved, owner_of, read_columns, resolve
from nnkernels.spec import Shape, SpecError, layers, losses, size_of

# Results kept by one call of `Program.run`: steps per slice at the most.
MAX_STEPS = 16384
# The data's own number of target columns is checked when a run begins.
MAX_COLUMNS = 1 << 20
# Refuse to allocate more than this share of the machine's memory.
MEMORY_SHARE = 0.8
# Of a cache line, and of the widest vector.
LINE_BYTES = 64


@dataclass(frozen=True)
class ParameterSlot:
    """Where a trained array lies in the flat parameter buffer."""

    node: str
    name: str
    shape: Shape
    offset: int
    trained: bool = True
    unit_axis: int = -1

    @property
    def size(self) -> int:
        return size_of(self.shape)


@dataclass(frozen=True)
class Target:
    """An Output and what it is compared with.

    Attributes:
        node: identifier of the Output.
        logits: node whose values the loss sees: behind it stands at most a folded activation.
        loss: identifier of the loss.
        weight: factor of this loss in the sum that is minimised.
        columns: target columns, or None for all.
    """

    node: str
    logits: str
    loss: str
    weight: float
    columns: tuple[int, ...] | None


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
                    slots.append(ParameterSlot(node, p.name, p.shape, offset, trained, p.unit_axis))
                    offset += size_of(p.shape)
        targets = tuple(_target(nodes, n.id, loss) for n in network.nodes if layers[n.layer].role == "output")
        return Layout(nodes, tuple(slots), offset, targets, owners)

    @property
    def output(self) -> str:
        """The node that gives the network's answer: its first Output."""
        return self.targets[0].node

    @property
    def logits(self) -> str:
        """The node whose values the loss of the answer sees."""
        return self.targets[0].logits

    def is_frozen(self, node: Resolved) -> bool:
        """Whether weights and statistics of a node stay as they are: by its own option or their owner's."""
        owner = self.nodes[self.owners.get(node.id, node.id)]
        return bool(node.options.get("frozen") or owner.options.get("frozen"))

    def spans(self) -> list[tuple[int, int]]:
        """Stretches of the flat parameters that an optimizer may change, joined where they touch."""
        made: list[tuple[int, int]] = []
        for slot in self.parameters:
            if slot.trained and not self.nodes[slot.node].options.get("frozen"):
                if made and made[-1][1] == slot.offset:
                    made[-1] = (made[-1][0], slot.offset + slot.size)
                else:
                    made.append((slot.offset, slot.offset + slot.size))
        return made

    def initial(self, seed: int) -> np.ndarray:
        """Starting parameters, float64, reproducible from the seed."""
        flat = np.zeros(self.parameter_count)
        declared = {(n.id, p.name): p for n in self.nodes.values() for p in n.parameters}
        for index, slot in enumerate(self.parameters):
            rng = np.random.default_rng([seed, index])
            values = initialisers.draw(declared[slot.node, slot.name], rng)
            flat[slot.offset : slot.offset + slot.size] = values.ravel()
        return flat


def _target(nodes: Mapping[str, Resolved], output: str, run_loss: str) -> Target:
    """What an Output is compared with. Raises NodeError."""
    node = nodes[output]
    loss = run_loss if node.options["loss"] == "run" else node.options["loss"]
    last = nodes[node.inputs[0]]
    # A folded activation must serve nothing but outputs: the loss makes its gradient.
    served = [n.layer.role for n in nodes.values() if last.id in n.inputs]
    folded = last.layer.id == losses[loss].folds != "" and set(served) == {"output"}
    try:
        columns = read_columns(node.options["columns"], MAX_COLUMNS, "target values")
    except SpecError as error:
        raise NodeError(output, str(error)) from error
    return Target(output, last.inputs[0] if folded else last.id, loss, node.options["weight"], columns)


def aligned_zeros(size: int, dtype: np.dtype) -> np.ndarray:
    """A flat buffer that begins on a cache line: vectors that straddle two lines cost a fifth more."""
    room = np.zeros(size * dtype.itemsize + LINE_BYTES, np.uint8)
    start = -room.ctypes.data % LINE_BYTES
    return room[start : start + size * dtype.itemsize].view(dtype)


def check_memory(wanted: int) -> None:
    """Raises SpecError with a sentence where so many bytes would not fit."""
    try:
        available = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, ValueError, OSError):  # not a POSIX system: let the allocation decide
        return
    if wanted > available * MEMORY_SHARE:
        raise SpecError(
            f"This network would need {wanted / 2**30:.1f} GiB of memory, but the machine has "
            f"{available / 2**30:.1f} GiB. Make the batch or the layers smaller."
        )


@dataclass
class Program:
    """A network ready to run: an instruction table over flat buffers.

    Attributes:
        part: samples that are on their way at a time: the batch, or a part of it in a program that learns.
        grads: gradients, empty where nothing goes back.
        params: parameters and optimizer slots; may be shared between programs of one layout.
        where: node id to (offset in acts, shape of one sample), for nodes whose values are kept.
        slopes: node id to the offset of its output's gradient in grads, where those are kept.
    """

    layout: Layout
    batch: int
    part: int
    dtype: np.dtype
    code: np.ndarray
    groups: np.ndarray
    args: np.ndarray
    acts: np.ndarray
    grads: np.ndarray
    params: np.ndarray
    work: np.ndarray
    results: int
    where: dict[str, tuple[int, Shape]] = field(default_factory=dict)
    slopes: dict[str, int] = field(default_factory=dict)
    state: np.ndarray = field(default_factory=lambda: np.zeros(machine.STATE_SIZE, np.int64))
    _data: tuple[np.ndarray, ...] = ()
    _rates: np.ndarray | None = None

    def set_data(self, x: np.ndarray, y: np.ndarray, order: np.ndarray) -> None:
        """Point the program at samples x (n, ...), targets y (n, t) and the order of a pass."""
        x = np.ascontiguousarray(x, self.dtype)
        y = np.ascontiguousarray(y, self.dtype)
        order = np.ascontiguousarray(order, np.int64)
        self._data = (x, y, order)
        at = machine.SAMPLES_AT
        self.state[at : at + 3] = (x.ctypes.data, y.ctypes.data, order.ctypes.data)
        self.state[machine.CURSOR] = 0

    def set_hyperparameters(self, values: Mapping[str, float], factors: np.ndarray | None = None) -> None:
        """Learning rate first, in the order of the optimizer's options.

        ``factors`` multiply the learning rate, one for each step of a pass over the data.
        """
        write_hyperparameters(self.work, list(values.values()))
        self.state[machine.RATES_AT] = 0
        if factors is not None:
            self._rates = np.ascontiguousarray(next(iter(values.values())) * factors, self.dtype)
            self.state[machine.RATES_AT] = self._rates.ctypes.data

    def run(self, steps: int, threads: int = 1) -> np.ndarray:
        """Make up to ``steps`` steps; returns (steps made, 2): summed loss and correct answers.

        Fewer steps are made where the order given to `set_data` ends.
        """
        made = machine.run()(
            self.code, self.groups, self.args.ctypes.data, self.state,
            self.acts.ctypes.data, self.grads.ctypes.data, self.params.ctypes.data,
            self.work.ctypes.data, len(self._data[2]), self.batch, self.part, min(steps, MAX_STEPS),
            threads,
        )  # fmt: skip
        return self.work[self.results : self.results + 2 * made].reshape(made, 2).astype(np.float64)

    def activation(self, node: str, samples: int) -> np.ndarray:
        """A view of what a node that is kept gave for the first ``samples`` of the last batch."""
        offset, shape = self.where[node]
        return self.acts[offset : offset + samples * size_of(shape)].reshape(samples, *shape)

    def output_gradient(self, node: str, samples: int) -> np.ndarray | None:
        """A view of the loss's gradient by what a node gave, for a program that keeps gradients.

        None where nothing flows back; by what a node gave that is a view of its input, the input's.
        """
        if node not in self.slopes:
            return None
        at, shape = self.slopes[node], self.where[node][1]
        return self.grads[at : at + samples * size_of(shape)].reshape(samples, *shape)

    def gradient(self, slot: ParameterSlot) -> np.ndarray:
        """A view of the last gradient of one parameter."""
        return self.grads[slot.offset : slot.offset + slot.size].reshape(slot.shape)

    @property
    def finished(self) -> bool:
        return bool(self.state[machine.CURSOR] >= len(self._data[2]))
