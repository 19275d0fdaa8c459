"""Where activations, their gradients and scratch lie in the flat buffers of a Program.

Instructions name buffers; when all instructions are known, it is known too between which of them a buffer is
in use, and buffers whose times do not meet share memory. Samples go through a network chunk by chunk, and
one chunk may be on its way back while another is on its way forth. Until all samples wait for each other
(before and after a sweep), memory is used again only by buffers of the same size per sample: then a chunk
never touches another one's part.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence

import numpy as np

from nnkernels import machine
from nnkernels.graph.network import Resolved
from nnkernels.planning.assembly import Item
from nnkernels.planning.lowering import Buffer, Instruction, Sweep
from nnkernels.program import Layout
from nnkernels.spec import size_of
from nnkernels.target import behind_logits

# A port that reads a node: (consumer, number of its input). A loss reads as (its Output, 0).
Port = tuple[str, int]
# Of a cache line, and of the widest vector.
LINE_BYTES = 64


def aligned_zeros(size: int, dtype: np.dtype) -> np.ndarray:
    """A flat buffer that begins on a cache line: vectors that straddle two lines cost a fifth more."""
    room = np.zeros(size * dtype.itemsize + LINE_BYTES, np.uint8)
    start = -machine.address_of(room) % LINE_BYTES
    return room[start : start + size * dtype.itemsize].view(dtype)


class Memory:
    """The buffers of one buffer.

    Attributes:
        at: buffer to its offset; only buffers that an instruction names.
        size: length of the buffer.
    """

    def __init__(self, batch: int, numbers: Iterator[int]) -> None:
        self.at: dict[int, int] = {}
        self.size = 0
        self._batch, self._numbers = batch, numbers
        self._sizes: dict[int, int] = {}
        # The row of buffers that have one for each sample.
        self._rows: dict[int, int] = {}
        # Free since all samples waited, by row, and as (offset, size) without; free before that.
        self._free: dict[int, list[int]] = {}
        self._waiting: list[tuple[int, int]] = []
        self._spare: list[tuple[int, int]] = []

    def reserve(self, size: int) -> int:
        """Offset of ``size`` values that no buffer shares."""
        at = self.size
        self.size += size
        return at

    def rows(self, size: int) -> Buffer:
        """A buffer of ``size`` values for each sample."""
        buffer = self.whole(size * self._batch)
        self._rows[buffer] = size
        return buffer

    def whole(self, size: int) -> Buffer:
        """A buffer of ``size`` values, which shares memory only with what all samples have waited for."""
        buffer = Buffer(next(self._numbers))
        self._sizes[buffer] = _rounded(size)
        return buffer

    def allocate(self, items: Sequence[Item], kept: Collection[int]) -> None:
        """Give each buffer its offset; what ``kept`` buffers hold is still there after the last item."""
        self.size = _rounded(self.size)
        kept = set(kept)
        named = [[a for a in _of(item).args if isinstance(a, Buffer) and a in self._sizes] for item in items]
        last = {buffer: number for number, buffers in enumerate(named) for buffer in buffers}
        waited = True
        for number, (item, buffers) in enumerate(zip(items, named, strict=True)):
            if isinstance(item, Sweep) or waited:
                self._settle()
            waited = isinstance(item, Sweep)
            dying = {b for b in buffers if last[b] == number and b not in kept}
            for buffer in buffers:
                if buffer not in self.at:
                    under = _reused_in_place(_of(item), buffer, dying)
                    if under is not None and self._rows[under] == self._rows.get(buffer):
                        self.at[buffer] = self.at[under]
                        dying.remove(under)
                    else:
                        self.at[buffer] = self._take(buffer)
            for buffer in dying:
                if buffer in self._rows:
                    self._free.setdefault(self._rows[buffer], []).append(self.at[buffer])
                else:
                    self._waiting.append((self.at[buffer], self._sizes[buffer]))

    def _take(self, buffer: Buffer) -> int:
        """Room for a buffer, used again where nothing needs it any more."""
        same = self._free.get(self._rows.get(buffer, -1))
        if same:
            return same.pop()
        size = self._sizes[buffer]
        fitting = [part for part in self._spare if part[1] >= size]
        if not fitting:
            return self.reserve(size)
        at, room = min(fitting, key=lambda part: part[1])
        self._spare.remove((at, room))
        if room > size:
            self._spare.append((at + size, room - size))
        return at

    def _settle(self) -> None:
        """All samples have waited for each other: what is free serves buffers of any size."""
        free = [(at, _rounded(row * self._batch)) for row, offsets in self._free.items() for at in offsets]
        parts = sorted(self._spare + self._waiting + free)
        self._free, self._waiting, self._spare = {}, [], []
        for at, size in parts:
            if self._spare and sum(self._spare[-1]) == at:
                size += self._spare[-1][1]
                at = self._spare.pop()[0]
            self._spare.append((at, size))


def _rounded(size: int) -> int:
    """The next multiple of a cache line of float32."""
    return -(-size // 16) * 16


def _of(item: Item) -> Instruction:
    return item.instruction if isinstance(item, Sweep) else item


def _reused_in_place(instruction: Instruction, buffer: Buffer, dying: Collection[int]) -> Buffer | None:
    """The buffer that an instruction may write this one over, as it is the last to read it."""
    if instruction.kernel.in_place is not None:
        read, written = (instruction.args[i] for i in instruction.kernel.in_place)
        if written is buffer and isinstance(read, Buffer) and read in dying:
            return read
    return None


def activation_buffers(layout: Layout, memory: Memory, training: bool) -> dict[str, Buffer]:
    """The buffer of each node; a view has its input's."""
    buffers: dict[str, Buffer] = {}
    for node in layout.nodes.values():
        if node.inputs and node.layer.is_view(node.options, training):
            buffers[node.id] = buffers[node.inputs[0]]
        else:
            buffers[node.id] = memory.rows(size_of(node.shape))
    return buffers


class Gradients:
    """Gradients of outputs, and of links where an output feeds several nodes.

    They reach back to the nodes ``by`` whose values they are wanted for, and to what learns where samples go
    through the network ``as_training``.

    Attributes:
        dy: node id to the buffer of its output's gradient; only nodes that need one.
        edges: port to the buffer of the gradient that it gives back.
        consumers: node id to the ports that give something back.
        behind: nodes behind the logits, which only serve prediction.
    """

    def __init__(
        self, layout: Layout, memory: Memory, as_training: bool = True, by: Collection[str] = ()
    ) -> None:
        self.dy: dict[str, Buffer] = {}
        self.edges: dict[Port, Buffer] = {}
        self._nodes, self._memory, self._as_training = layout.nodes, memory, as_training
        self._logits = {target.node: target.logits for target in layout.targets}
        needs: dict[str, bool] = {}
        for node in self._nodes.values():
            is_wanted = node.id in by or (as_training and node.learns)
            needs[node.id] = is_wanted or any(needs[s] for s in node.inputs)
        self.behind = set(self._logits)
        for target in layout.targets:
            self.behind.update(behind_logits(self._nodes, target))
        self.consumers = self._find_consumers()
        for output, before in self._logits.items():
            if needs[before]:
                self._give((output, 0), before)
        for node in reversed(list(self._nodes.values())):
            if node.id in self.behind or not needs[node.id]:
                continue
            if len(self.consumers[node.id]) > 1:
                self.dy[node.id] = memory.rows(size_of(node.shape))
            for number, source in enumerate(node.inputs):
                if needs[source]:
                    self._give((node.id, number), source)

    def _find_consumers(self) -> dict[str, list[Port]]:
        consumers: dict[str, list[Port]] = {name: [] for name in self._nodes}
        for node in self._nodes.values():
            if node.id not in self.behind:
                for port, source in enumerate(node.inputs):
                    consumers[source].append((node.id, port))
        for output, before in self._logits.items():
            consumers[before].append((output, 0))
        return consumers

    def _passes(self, node: Resolved) -> bool:
        """Whether a node gives its own gradient back as it is; a loss makes a new one."""
        return node.id not in self._logits and node.layer.is_view(node.options, self._as_training)

    def _give(self, port: Port, source: str) -> None:
        """The gradient that a port gives back to its source."""
        if self._passes(self._nodes[port[0]]):
            self.edges[port] = self.dy[port[0]]
        else:
            self.edges[port] = self._memory.rows(size_of(self._nodes[source].shape))
        if len(self.consumers[source]) == 1:
            self.dy[source] = self.edges[port]
