"""What a layer sees while its instructions are emitted: offsets in, instructions out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from nnkernels.jit import Kernel
from nnkernels.machine import MAX_CHUNKS
from nnkernels.ops.lookup import Lookup
from nnkernels.spec import Shape, size_of

# Parallel work is cut into pieces that are worth the price of a parallel region (4 to 6 us).
MIN_CHUNK_FLOPS = 400_000


class Buffer(int):
    """An argument that stands for a buffer of a buffer: a row for each sample, or scratch.

    It is the buffer's number; ``buffer + n`` is n values further. Where it lies is decided when all
    instructions are known, see `buffers`.
    """

    shift: int = 0

    def __add__(self, values: int) -> Buffer:
        shifted = Buffer(int(self))
        shifted.shift = self.shift + values
        return shifted

    __radd__ = __add__


class Buffers(Protocol):
    """Hands out the buffers of a buffer, or offsets where they are known."""

    def rows(self, size: int) -> int:
        """A row of ``size`` values for each sample, which no instruction looks for elsewhere."""

    def whole(self, size: int) -> int:
        """``size`` values; who gets which of them is the instructions' own business."""


class Table(int):
    """An argument that stands for the table which starts at this index of the table buffer."""


class Lanes(int):
    """An argument, 1 where its instructions may reuse a lane's memory, else 0; see `Lowering.lanes`."""


@dataclass
class Instruction:
    """A kernel and its integer arguments (offsets in values, sizes, options, tables).

    ``row_bytes`` is what one sample touches, where few samples at a time are enough for the kernel;
    0 where it wants the whole chunk, as it always does with ``whole``.
    """

    kernel: Kernel
    args: tuple[int, ...]
    row_bytes: int = 0
    whole: bool = False

    @classmethod
    def of(cls, kernel: Kernel, **arguments: Any) -> Instruction:
        """With arguments by name. Raises TypeError unless they are those that the kernel declares."""
        return cls(kernel, kernel.pack(arguments))

    def resolved(self, tables: int, alone: set[int], buffers: Mapping[int, int]) -> list[int]:
        """The arguments with tables as addresses; ``tables`` is the address of the table buffer.

        ``alone`` are the numbers of the `Lanes` whose instructions all stand in one group, ``buffers`` the
        offset of each `Buffer`.
        """
        numbers = []
        for a in self.args:
            if isinstance(a, Buffer):
                numbers.append(buffers[a] + a.shift)
            elif isinstance(a, Table):
                numbers.append(tables + 8 * a)
            else:
                numbers.append(int(a in alone) if isinstance(a, Lanes) else a)
        return numbers


@dataclass
class Sweep:
    """An instruction over the fixed range ``start .. extent`` that is not samples; sees all samples.

    ``once`` is for what follows when the whole batch has been through, where it goes in parts. ``align``: its
    range may be cut anywhere at multiples of this; 0 where it must not be cut.
    """

    instruction: Instruction
    extent: int
    chunk: int
    parallel: bool
    start: int = 0
    once: bool = False
    align: int = 0


@dataclass
class Emitter:
    """Collects the instructions and memory of a program while nodes are lowered.

    ``batch`` samples are on their way at a time: the batch, or a micro-batch (see `cutting`).
    """

    batch: int
    chunk: int
    chunks: int
    scratch: Buffers
    prepared: list[Sweep] = field(default_factory=list)
    forward: list[Instruction | Sweep] = field(default_factory=list)
    backward: list[Instruction | Sweep] = field(default_factory=list)
    sweeps: list[Sweep] = field(default_factory=list)
    work_size: int = 0
    tables: list[np.ndarray] = field(default_factory=list)
    table_size: int = 0
    lanes: int = 0

    def reserve(self, size: int) -> int:
        """Offset of ``size`` values in the work buffer, on a cache line, that nobody else ever uses."""
        at = self.work_size
        self.work_size += -(-size // 16) * 16
        return at

    def tabled(self, values: Sequence[int] | np.ndarray) -> Table:
        """An int64 table as an argument: the plan puts its address there, see ``machine.array_at``."""
        at = self.table_size
        self.tables.append(np.asarray(values, np.int64).ravel())
        self.table_size += self.tables[-1].size
        return Table(at)


@dataclass
class Lowering:
    """One node, ready to be lowered.

    Attributes:
        x, dx: buffers of each input's activations and gradients; dx is -1 where none is wanted.
        y, dy: buffers of the output's activations and gradients (dy is -1 in evaluation). An instruction
            touches no buffer that is not among its arguments: its memory may be used for others by then.
        inputs, shape: shapes of one sample.
        seed: number that differs between nodes, for layers that draw random numbers.
        frozen: whether nobody wants the parameters' gradients; sweeps are then dropped by the plan.
        lookup: the table that x is read from by number, for layers that read rows; x and dx do not exist.
        as_training: whether samples go through the network as in training, also where nobody wants a gradient
            of this node and ``training`` is therefore off.
    """

    options: Mapping[str, Any]
    inputs: Sequence[Shape]
    shape: Shape
    x: Sequence[int]
    dx: Sequence[int]
    y: int
    dy: int
    parameters: Mapping[str, int]
    parameter_gradients: Mapping[str, int]
    training: bool
    seed: int
    emitter: Emitter
    frozen: bool = False
    lookup: Lookup | None = None
    as_training: bool = False

    @property
    def size(self) -> int:
        return size_of(self.shape)

    @property
    def batch(self) -> int:
        return self.emitter.batch

    def forward(self, kernel: Kernel, /, **arguments: Any) -> None:
        """Run ``kernel`` over a range of samples in the forward pass."""
        self.emitter.forward.append(Instruction.of(kernel, **arguments))

    def backward(self, kernel: Kernel, whole: bool = False, /, **arguments: Any) -> None:
        """Run ``kernel`` over a range of samples in the backward pass (training only).

        Call in the order in which the instructions of this node should run. ``whole`` is for a kernel that
        needs many samples at a time though one has many rows.
        """
        self.emitter.backward.append(Instruction(kernel, kernel.pack(arguments), whole=whole))

    def sweep(self, kernel: Kernel, extent: int, flops: int, align: int, /, **arguments: Any) -> None:
        """Run ``kernel`` over ``0 .. extent`` after the whole batch, for parameter gradients.

        ``flops`` of the whole range decide how it is cut; pieces are multiples of ``align``: of `simd.ROWS`
        where they are rows of a product.
        """
        self.emitter.sweeps.append(_cut(kernel, extent, flops, align, arguments))

    def prepare(self, kernel: Kernel, extent: int, flops: int, align: int, /, **arguments: Any) -> None:
        """As `sweep`, but before the first sample comes: what depends on the parameters alone."""
        self.emitter.prepared.append(_cut(kernel, extent, flops, align, arguments))

    def forward_sweep(self, kernel: Kernel, extent: int, flops: int, align: int, /, **arguments: Any) -> None:
        """As `sweep`, but between two forward instructions: all samples wait for it (statistics)."""
        self.emitter.forward.append(_cut(kernel, extent, flops, align, arguments))

    def backward_sweep(
        self, kernel: Kernel, extent: int, flops: int, align: int, /, **arguments: Any
    ) -> None:
        """As `sweep`, but between two backward instructions."""
        self.emitter.backward.append(_cut(kernel, extent, flops, align, arguments))

    def per_lane(self, size: int) -> tuple[int, int]:
        """(offset, stride) of ``size`` scratch values for each lane, see ``machine.LANES``.

        They are one instruction's own, from the first strip of a chunk to its last.
        """
        # No more lanes than chunks.
        return self.per_chunk(size)

    def per_chunk(self, size: int) -> tuple[int, int]:
        """(offset, stride) of ``size`` values for each chunk of the batch, which a sweep may join."""
        stride = -(-size // 16) * 16
        return self.emitter.scratch.whole(stride * self.emitter.chunks), stride

    def per_sample(self, size: int, in_lanes: bool = False) -> int:
        """Offset of ``size`` values per sample that live from forward to backward; see `lanes`."""
        buffers = self.emitter.scratch
        return buffers.whole(size * self.batch) if in_lanes else buffers.rows(size)

    def lanes(self) -> Lanes:
        """Whether memory of samples, taken with ``in_lanes``, may belong to a lane; an argument.

        It is 1 where nothing waits for all samples in between: a chunk goes there and back before its
        lane (one thread's share of the chunks, see ``machine.LANES``) begins the next, which then finds
        the same memory in cache. Where it is 0 each chunk needs its own.
        """
        self.emitter.lanes += 1
        return Lanes(self.emitter.lanes)

    def table(self, values: Sequence[int] | np.ndarray) -> Table:
        """As `Emitter.tabled`."""
        return self.emitter.tabled(values)

    @staticmethod
    def real(value: float) -> int:
        """A float as an argument; kernels read it with ``vmath.real``."""
        return int(np.array(value, np.float64).view(np.int64))

    @property
    def chunks(self) -> int:
        return self.emitter.chunks

    @property
    def chunk(self) -> int:
        """Samples of a chunk: one that begins at a multiple of it is where scratch is made ready."""
        return self.emitter.chunk


def _cut(kernel: Kernel, extent: int, flops: int, align: int, arguments: Mapping[str, Any]) -> Sweep:
    pieces = int(np.clip(flops // MIN_CHUNK_FLOPS, 1, MAX_CHUNKS))
    chunk = -(-extent // pieces)
    chunk = -(-chunk // align) * align
    return Sweep(Instruction.of(kernel, **arguments), extent, chunk, pieces > 1, align=align)
