"""A program whose buffers lie on the card; parameters are copied there and back by each run."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from nnkernels import machine
from nnkernels.cuda import together
from nnkernels.cuda.card import card, explained
from nnkernels.cuda.together import is_shared
from nnkernels.cuda.translation import Translation, searching
from nnkernels.cuda.walker import TOGETHER, Walker, dispatcher, walk
from nnkernels.jit import Kernel, rebuilt
from nnkernels.planning.hardware import Hardware
from nnkernels.planning.lowering import Sweep
from nnkernels.planning.micro_batches import Cut
from nnkernels.program import MAX_STEPS, Layout, Program

# Chunks of a batch at the most: each has scratch of its own.
MOST_CHUNKS = 1024
# Up to so many chunks are done by one block: its threads wait for each other in a fraction of the time that
# those of a whole grid take.
FEW_CHUNKS = 1024
# What a run leaves in the state.
LEFT = [
    machine.SAMPLES, machine.STEP, machine.CURSOR, machine.ROW, machine.WHOLE, machine.BEFORE, machine.TOTAL,
]  # fmt: skip


class Graphics(Hardware):
    """A card, for one program: a chunk is one sample, and its kernels are numbered. Raises HardwareError."""

    def __init__(self) -> None:
        self.card = card()
        self.kernels: list[Kernel] = []

    def cut(self, layout: Layout, batch: int, itemsize: int, training: bool, in_micro_batches: bool) -> Cut:
        return Cut(batch, -(-batch // MOST_CHUNKS), True)

    def check_memory(self, wanted: int, layout: Layout, samples: int) -> None:
        """Nothing: the card refuses by itself what it has no memory for."""

    def piece(self, sweep: Sweep) -> int:
        return sweep.align or sweep.extent - sweep.start

    def is_alone(self, kernel: Kernel) -> bool:
        return is_shared(kernel)

    def mode(self, kernel: Kernel, parallel: bool) -> int:
        return TOGETHER if is_shared(kernel) else 1

    def address(self, kernel: Kernel, dtype: np.dtype) -> int:
        if kernel not in self.kernels:
            self.kernels.append(kernel)
        return self.kernels.index(kernel)

    def zeros(self, size: int, dtype: np.dtype) -> Any:
        return self.card.array(np.zeros(size, dtype)) if size else np.zeros(0, dtype)

    def program(self, **parts: Any) -> Program:
        return GraphicsProgram(**parts, graphics=self)


@cache
def _walker(kernels: tuple[Kernel, ...], dtype: str, in_a_block: bool) -> Walker:
    """Compiled once for all programs of the same kernels. Raises HardwareError."""
    backend, helpers = card().backend, {}
    with explained():
        plain, alone = Translation(backend), searching(kernels)
        if alone:
            helpers["call"] = backend.function(dispatcher(kernels, plain.of, but=alone))
        whole = Translation(backend, helpers)
        shared = [kernel for kernel in kernels if is_shared(kernel)]
        names = {
            "call": backend.function(dispatcher(kernels, whole.of, but=shared)),
            "together": backend.function(
                together.dispatcher(kernels, whole.of, whole.product, backend.block.threads)
            ),
        }
        walk_all = rebuilt(walk.function, plain.of, names)
        walker: Walker = backend.walker(walk_all, np.dtype(dtype), in_a_block)
    return walker


@dataclass
class GraphicsProgram(Program):
    """A Program that runs on a card. Raises HardwareError where that is not there, is too small or fails.

    ``acts``, ``grads`` and ``work`` lie on the card alone. Parameters are there while a run lasts: it takes
    them from ``params`` and puts them back, so that whoever reads or writes them need not know of the card.
    """

    graphics: Graphics = field(kw_only=True)

    def __post_init__(self) -> None:
        self._header = np.zeros(machine.HEADER, self.dtype)
        # What stands on the card. The same object is not copied again: nobody writes into samples.
        self._copied: dict[str, tuple[np.ndarray, Any]] = {}
        self._tables: tuple[Any, ...] = ()
        # Results of the latest run.
        self._rows = np.zeros((0, self.row_width))
        # Compiled while the program is planned: whoever waits for that knows why.
        self._chunks = self._most_chunks()
        kernels = tuple(self.graphics.kernels)
        self._walker = _walker(kernels, self.dtype.name, self._chunks <= FEW_CHUNKS)

    @property
    def header(self) -> np.ndarray:
        return self._header

    def _read(self, buffer: Any, start: int, stop: int) -> np.ndarray:
        return self.graphics.card.download(buffer, start, stop)

    @property
    def nbytes(self) -> int:
        buffers = sum(len(b) * self.dtype.itemsize for b in (self.acts, self.grads, self.work))
        return buffers + sum(a.nbytes for a in (self.args, self.code, self.groups))

    def run(self, steps: int, threads: int = 1) -> np.ndarray:
        """As `Program.run`; the number of threads is the card's own business."""
        total = self._check_state()
        steps = min(steps, MAX_STEPS, -(-(total - self.visited) // self.batch))
        if steps <= 0:
            self._rows, self._done = np.zeros((0, self.row_width)), 0
            return self._rows[:, :2]
        graphics = self.graphics
        tables, state = self._on_card(), self._device_state(total)
        params = self._copy("params", self.params, again=True)
        graphics.card.upload(self._header, self.work[: machine.HEADER])
        with explained():
            self._walker.launch(
                self._chunks, *tables, state, self.acts, self.grads if len(self.grads) else self.acts, params,
                self.work, self.batch, steps,
            )  # fmt: skip
        download = graphics.card.download
        # All of it arrives before any of it counts.
        left, header = download(state, 0, machine.LANES), download(self.work, 0, machine.HEADER)
        rows = download(self.work, self.results, self.results + self.row_width * steps)
        learned = download(params, 0, len(self.params))
        self.state[LEFT], self._header[:], self.params[:] = left[LEFT], header, learned
        self._rows, self._done = rows.reshape(steps, self.row_width).astype(np.float64), steps
        return self._rows[:, :2].copy()

    def _sums(self, steps: int) -> np.ndarray:
        return self._rows[:steps]

    def _most_chunks(self) -> int:
        """Chunks of the largest group, or values where all threads share it."""
        g = self.groups
        spans = g[:, machine.PER_SAMPLE] * self.batch + g[:, machine.FIXED] - g[:, machine.START]
        chunks = [int(span) for span in -(-spans // g[:, machine.CHUNK])]
        for at in np.flatnonzero(g[:, machine.PARALLEL] == TOGETHER):
            kernel, given = self._instruction(int(g[at, machine.FIRST]))
            chunks[at] = together.values_of(kernel, given, self.batch)
        return max(chunks)

    def _instruction(self, number: int) -> tuple[Kernel, list[int]]:
        """The kernel of an instruction, and its arguments and what follows them."""
        which, offset = self.code[number * machine.CODE_WIDTH :][: machine.OFFSET + 1]
        return self.graphics.kernels[which], self.args[offset // 8 :][:64].tolist()

    def _copy(self, name: str, values: np.ndarray, again: bool = False) -> Any:
        """What stands for an array on the card; copied where it is another, or with ``again``."""
        known = self._copied.get(name)
        if known is None or len(known[0]) != len(values) or known[0].dtype != values.dtype:
            self._copied[name] = values, self.graphics.card.array(values)
        elif again or known[0] is not values:
            self.graphics.card.upload(values.reshape(-1), known[1])
            self._copied[name] = values, known[1]
        return self._copied[name][1]

    def _on_card(self) -> tuple[Any, ...]:
        """Instruction table, groups and arguments, whose addresses are those of the card."""
        if not self._tables:
            card, tables = self.graphics.card, (self.code, self.groups, self.args)
            copies = tuple(card.array(table) for table in tables)
            args = self.args.copy()
            for at in self.addresses:
                table, copy = next(
                    (t, c) for t, c in zip(tables, copies, strict=True)
                    if 0 <= args[at] - machine.address_of(t) < max(t.nbytes, 1)
                )  # fmt: skip
                args[at] += card.backend.address(copy) - machine.address_of(table)
            card.upload(args, copies[2])
            self._tables = copies
        return self._tables

    def _device_state(self, total: int) -> Any:
        """The state with addresses of the card, and a lane for each chunk."""
        most = max(-(-self.batch // int(self.groups[:, machine.CHUNK].min())), machine.MAX_CHUNKS)
        state = np.arange(-machine.LANES, most, dtype=np.int64)
        state[: machine.LANES] = self.state[: machine.LANES]
        state[machine.TOTAL] = total
        address = self.graphics.card.backend.address
        for at, (name, values) in enumerate(zip(("x", "y", "order"), self._data, strict=True)):
            state[machine.SAMPLES_AT + at] = address(self._copy(name, values))
        if self._rates is not None:
            state[machine.RATES_AT] = address(self._copy("rates", self._rates))
        return self._copy("state", state, again=True)
