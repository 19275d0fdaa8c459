"""A program whose buffers lie on the card; parameters are copied there and back by each run."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

import numpy as np

from nnkernels import machine
from nnkernels.cuda import library, together
from nnkernels.cuda.card import card, explained
from nnkernels.cuda.graphs import Graphs
from nnkernels.cuda.library import Gemm
from nnkernels.cuda.pieces import Pieces, Walk
from nnkernels.cuda.shuffling import MOST as MOST_SHUFFLED
from nnkernels.cuda.shuffling import shuffler
from nnkernels.cuda.snapshots import Left, Snapshot, Standing, same_bits
from nnkernels.cuda.together import is_shared
from nnkernels.cuda.translation import Translation, searching
from nnkernels.cuda.walker import TOGETHER, Walker, dispatcher, walk
from nnkernels.jit import Kernel, rebuilt
from nnkernels.ops.shuffle import Shuffle
from nnkernels.planning.hardware import Hardware, HardwareError
from nnkernels.planning.lowering import Sweep
from nnkernels.planning.micro_batches import Cut
from nnkernels.program import MAX_STEPS, Layout, Program

# Chunks of a batch at the most: each has scratch of its own.
MOST_CHUNKS = 1024
# Up to so many chunks are done by one block: its threads wait for each other in a fraction of the time that
# those of a whole grid take.
FEW_CHUNKS = 1024
NO_LIBRARY = (
    "The graphics card computes large products without NVIDIA's library, which takes longer: that cannot be "
    "used here."
)
# What a run leaves in the state.
LEFT = [
    machine.SAMPLES, machine.STEP, machine.CURSOR, machine.ROW, machine.WHOLE, machine.BEFORE, machine.TOTAL,
]  # fmt: skip


class Graphics(Hardware):
    """A card, for one program: a chunk is one sample, and its kernels are numbered. Raises HardwareError.

    Without ``learns`` the program is one that leaves its parameters as they are. Products of at least
    ``large`` multiplications are left to a library: of `library.LARGE`, if nothing is said. ``say`` is
    told in a sentence what takes longer on the card than it might.
    """

    def __init__(
        self, learns: bool = True, large: int | None = None, say: Callable[[str], None] = lambda text: None
    ) -> None:
        self.card, self.learns, self.say = card(), learns, say
        self.large = library.LARGE if large is None else large
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
def _walker(kernels: tuple[Kernel, ...], outside: tuple[Kernel, ...], dtype: str, in_a_block: bool) -> Walker:
    """Compiled once for all programs of the same kernels, some of which a library computes.

    Raises HardwareError.
    """
    backend, helpers = card().backend, {}
    with explained():
        plain, alone = Translation(backend), searching(kernels)
        if alone:
            helpers["call"] = backend.function(dispatcher(kernels, plain.of, but=alone))
        whole, serving = Translation(backend, helpers), Translation(backend, serves=True)
        shared = [kernel for kernel in kernels if is_shared(kernel)]
        names = {
            "call": backend.function(dispatcher(kernels, whole.of, but=shared)),
            "together": backend.function(
                together.dispatcher(kernels, whole.of, whole.product, serving.of, backend.block.threads)
            ),
            "around": backend.function(library.dispatcher(kernels, outside, whole.written)),
        }
        walk_all = rebuilt(walk.function, plain.of, names)
        walker: Walker = backend.walker(walk_all, np.dtype(dtype), in_a_block)
    return walker


@dataclass(frozen=True)
class Begun:
    """Steps in the card's stream: how many, the samples visited by then, what they leave and were given."""

    steps: int
    visited: int
    snapshot: Snapshot
    header: np.ndarray
    rates: np.ndarray | None


@dataclass
class GraphicsProgram(Program):
    """A Program that runs on a card. Raises HardwareError where that is not there, is too small or fails.

    ``acts``, ``grads`` and ``work`` lie on the card alone. A run takes parameters from ``params`` and puts
    them back, so that whoever reads or writes them need not know of the card. While they are read here, the
    card goes on with as many steps as were asked for; if anything is changed meanwhile, they are not counted.
    """

    graphics: Graphics = field(kw_only=True)

    def __post_init__(self) -> None:
        self._header = np.zeros(machine.HEADER, self.dtype)
        # What stands on the card. The same object is not copied again: nobody writes into samples.
        self._copied: dict[str, tuple[Any, Any]] = {}
        self._tables: tuple[Any, ...] = ()
        # Results of the latest run.
        self._rows = np.zeros((0, self.row_width))
        self._pieces = self._cut()
        self._graphs = Graphs(self.graphics.card, self.put_step, self.graphics.say)
        # Compiled while the program is planned: whoever waits for that knows why.
        self._chunks, outside = self._pieces.most_chunks, tuple(self._pieces.outside)
        in_a_block = not outside and self._chunks <= FEW_CHUNKS
        self._walker = _walker(tuple(self.graphics.kernels), outside, self.dtype.name, in_a_block)
        # Tried while the program is planned, where a card that fails leaves all to the processor.
        self._shuffles = self.graphics.learns and shuffler().agrees
        self._windows = self.graphics.zeros(max(self._pieces.windows, 1), self.dtype)
        # What the card was told, and still has: hyperparameters, rates, and before which row results begin.
        self._told, self._told_rates = self._header.copy(), self._rates
        self._given = self.graphics.zeros(machine.HEADER, self.dtype)
        self._first_row = self.graphics.card.array(np.full(1, -1, np.int64))
        self._snapshots: list[Snapshot] = []
        self._standing: Standing | None = None
        self._ahead: Begun | None = None

    def _draws(self, order: Shuffle) -> bool:
        return self._shuffles and len(order) <= MOST_SHUFFLED

    @property
    def header(self) -> np.ndarray:
        return self._header

    def _read(self, buffer: Any, start: int, stop: int) -> np.ndarray:
        if self._ahead is not None:
            raise RuntimeError(
                "Steps made ahead wrote over what these left: make a single one, and read then."
            )
        return self.graphics.card.download(buffer, start, stop)

    @property
    def nbytes(self) -> int:
        buffers = sum(len(b) * self.dtype.itemsize for b in (self.acts, self.grads, self.work, self._windows))
        return buffers + sum(a.nbytes for a in (self.args, self.code, self.groups))

    def run(self, steps: int, threads: int = 1) -> np.ndarray:
        """As `Program.run`; the number of threads is the card's own business."""
        total = self._check_state()
        steps = min(steps, MAX_STEPS, -(-(total - self.visited) // self.batch))
        if steps <= 0:
            self._rows, self._done = np.zeros((0, self.row_width)), 0
            return self._rows[:, :2]
        try:
            return self._run(steps, total)
        except BaseException:
            # Nobody knows where the card stands.
            self._ahead = self._standing = None
            raise

    def _run(self, steps: int, total: int) -> np.ndarray:
        """Make these steps, take what was made ahead of them, and begin those that may come next."""
        as_left, ahead, self._ahead = self._is_as_left(), self._ahead, None
        if ahead is not None and as_left and ahead.steps <= steps:
            begun = ahead
        else:
            begun = self._begin(steps, total, self.visited, fresh=not as_left or ahead is not None)
        self.hidden, rows = 0.0, list[np.ndarray]()
        if begun.steps < steps:
            rows.append(self._arrived(begun, True).rows.copy())
            begun = self._begin(steps - begun.steps, total, begun.visited)
        # Whoever makes single steps looks at what they leave; and what is changed each time is not worth it.
        if as_left and self.graphics.learns and steps > 1 and begun.visited < total:
            self._ahead = self._begin(min(steps, MAX_STEPS), total, begun.visited)
        left = self._arrived(begun, begun is ahead)
        # All of it arrived before any of it counts.
        self.state[LEFT], self._header[:] = left.state[LEFT], left.header
        if self.graphics.learns:
            self.params[: len(left.params)] = left.params
        self._standing = Standing(
            self.state[: machine.LANES].copy(), begun.header, begun.rates, self._data,
            left.params if self.graphics.learns else self._copied["params"][0],
        )  # fmt: skip
        self._rows = np.concatenate([*rows, left.rows]).reshape(steps, self.row_width).astype(np.float64)
        self._done = steps
        return self._rows[:, :2].copy()

    def _arrived(self, begun: Begun, ahead: bool) -> Left:
        """What steps leave, once it is here; those made ahead may take longer than they are waited for."""
        asked = time.perf_counter()
        left = begun.snapshot.arrive()
        if ahead:
            self.hidden = max(begun.snapshot.seconds - (time.perf_counter() - asked), 0.0)
        return left

    def _is_as_left(self) -> bool:
        """Whether nothing was changed since the latest run: the card stands, or goes on, where that ended."""
        return self._standing is not None and self._standing.is_still(self, self._data, self._rates)

    def _begin(self, steps: int, total: int, visited: int, fresh: bool = False) -> Begun:
        """Put steps into the card's stream, and what they leave; with ``fresh`` it is told all anew."""
        card, steps = self.graphics.card, min(steps, -(-(total - visited) // self.batch))
        if fresh:
            self._tell(total)
        card.copy(self._given, self.work[: machine.HEADER])
        card.copy(self._first_row, self._copied["state"][1][machine.ROW : machine.ROW + 1])
        self._next_snapshot().start()
        with explained():
            self._launch(steps, total - visited)
        snapshot = self.put_aside(steps)
        return Begun(steps, min(total, visited + steps * self.batch), snapshot, self._told, self._told_rates)

    @property
    def pieces_of_a_step(self) -> int:
        """How many launches and calls of a library a step is, if it is made by itself."""
        return len(self._pieces.of(self.batch))

    def put_aside(self, steps: int) -> Snapshot:
        """Have what so many steps left copied beside what comes next in the stream."""
        state, rows = self._copied["state"][1], self.row_width * steps
        self._snapshots[-1].take(
            state[: machine.LANES], self.work[: machine.HEADER], self._copied["params"][1],
            self.work[self.results : self.results + rows],
        )  # fmt: skip
        return self._snapshots[-1]

    def _tell(self, total: int) -> None:
        """Copy to the card what a run goes from."""
        self._on_card()
        self._device_state(total)
        if self.graphics.learns:
            self._copy("params", self.params, again=True)
        else:
            self._keep_parameters(self.params[: self.layout.parameter_count])
        self._told, self._told_rates = self._header.copy(), self._rates
        self.graphics.card.upload(self._told, self._given)

    def _keep_parameters(self, params: np.ndarray) -> None:
        """Copy those there that nothing changes on the card, if they are others than before."""
        known = self._copied.get("params")
        if known is None or not same_bits(known[0], params):
            self._copy("params", params.copy())

    def _next_snapshot(self) -> Snapshot:
        """One that nobody reads any more: of two, the other is what the latest run left."""
        if len(self._snapshots) < 2:
            learned = len(self.params) if self.graphics.learns else 0
            card, rows = self.graphics.card, self.row_width * MAX_STEPS
            self._snapshots.append(Snapshot(card, self.dtype, learned, rows))
        else:
            self._snapshots.reverse()
        return self._snapshots[-1]

    def _sums(self, steps: int) -> np.ndarray:
        return self._rows[:steps]

    def _launch(self, steps: int, left: int) -> None:
        """Put steps into the card's stream, of ``left`` samples at the most."""
        if not self._pieces.outside:
            self._walk(0, len(self._pieces.groups) // machine.GROUP_WIDTH, self._chunks, steps)
            return
        for step in range(steps):
            self._graphs.begin(min(self.batch, left - step * self.batch))

    def put_step(self, samples: int, after: Callable[[Walk | Gemm], None] = lambda piece: None) -> None:
        """Put one step into the stream, piece by piece; ``after`` is called for each when it is there.

        What it computes counts for nothing unless a run does this.
        """
        self._standing = None
        for piece in self._pieces.of(samples):
            if isinstance(piece, Gemm):
                self.graphics.card.library.multiply(piece, self._buffers())
            else:
                self._walk(piece.first, piece.last, piece.chunks, 1)
            after(piece)

    def _walk(self, first: int, last: int, chunks: int, steps: int) -> None:
        self._walker.launch(
            chunks, self.graphics.card.stream, *self._on_card(), self._copied["state"][1],
            *self._buffers().values(), self.batch, steps, first, last,
        )  # fmt: skip

    def _buffers(self) -> dict[str, Any]:
        """What lies on the card, in the order in which the walker takes it."""
        return {
            "acts": self.acts,
            "grads": self.grads if len(self.grads) else self.acts,
            "params": self._copied["params"][1],
            "work": self.work,
            "windows": self._windows,
        }

    def _cut(self) -> Pieces:
        """The step in pieces; those of an optimizer that searches are counted by it, and stay as they are."""
        large = None if searching(self.graphics.kernels) else self._least_for_a_library()
        return Pieces(self.groups, self._instruction, self.batch, self.dtype.itemsize, large)

    def _least_for_a_library(self) -> int | None:
        """How many multiplications make a product large; None where no library can be used."""
        try:
            return self.graphics.large if self.graphics.card.library is not None else None
        except HardwareError as error:
            self.graphics.say(f"{NO_LIBRARY} {error}")
            return None

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

    def _order(self) -> Any:
        """The order of the pass, drawn on the card where that is what it is for."""
        order = self._data[2]
        if not isinstance(order, Shuffle):
            return self._copy("order", order)
        known, numbers = self._copied.pop("order", (None, None))
        if known is None or len(known) != len(order):
            numbers = self.graphics.card.array(np.zeros(len(order), np.int64))
        if known is not order:
            shuffler().draw(order, numbers)
        self._copied["order"] = order, numbers
        return numbers

    def _on_card(self) -> tuple[Any, ...]:
        """Instruction table, groups and arguments, whose addresses are those of the card."""
        if not self._tables:
            card, tables = self.graphics.card, (self.code, self.groups, self.args)
            copies = tuple(card.array(table) for table in (self.code, self._pieces.groups, self.args))
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
        state[machine.TOTAL], state[machine.ROW] = total, -1
        address = self.graphics.card.backend.address
        arrays = (self._copy("x", self._data[0]), self._copy("y", self._data[1]), self._order())
        state[machine.SAMPLES_AT : machine.ORDER_AT + 1] = [address(array) for array in arrays]
        if self._rates is not None:
            state[machine.RATES_AT] = address(self._copy("rates", self._rates))
        return self._copy("state", state, again=True)
