"""Runs kernels as Python, without numba, over arrays that refuse an index outside of them.

Compiled code reads and writes anywhere; here a wrong offset is an IndexError. Coverage sees the bodies, too.
What is no Python (LLVM intrinsics) has a model here, by the name of what makes it: see `Models`. Machine
addresses stay what they are, and are looked up among the arrays that were shown to the interpreter.
"""

from __future__ import annotations

import functools
import math
import types
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from kernels.harness import Bench

from nnkernels import machine
from nnkernels.jit import Deferred, Device, Kernel
from nnkernels.planning.lowering import Emitter, Instruction, Sweep
from nnkernels.program import Program
from nnkernels.spec import size_of


class Checked:
    """An array as kernels know it: one axis, no negative index.

    A whole buffer has no end for compiled code, so that a slice beyond it is wrong; a slice of a slice ends
    with it, as in NumPy. ``holes`` are True where a buffer has values that belong to nobody.
    """

    def __init__(self, values: np.ndarray, whole: bool = False, holes: np.ndarray | None = None) -> None:
        self.values, self.whole, self.holes = values, whole, holes
        self.size, self.dtype, self.itemsize = values.size, values.dtype, values.itemsize
        self.shape, self.ctypes = values.shape, values.ctypes

    def position(self, index: Any) -> Any:
        """The index, if it lies inside. Raises IndexError."""
        size = len(self.values)
        if isinstance(index, slice):
            start = 0 if index.start is None else index.start
            stop = size if index.stop is None else index.stop
            if index.step is not None or start < 0 or stop < 0 or (self.whole and max(start, stop) > size):
                raise IndexError(f"{start}:{stop} of {size} values")
            index = slice(start, stop)
        elif not 0 <= index < size:
            raise IndexError(f"{index} of {size} values")
        if self.holes is not None and np.any(self.holes[index]):
            raise IndexError(f"{index} belongs to nobody, of {size} values")
        return index

    def after(self, start: int) -> Checked:
        """The same buffer from another value on. Raises IndexError."""
        if not 0 <= start <= len(self.values):
            raise IndexError(f"{start}: of {len(self.values)} values")
        return Checked(self.values[start:], self.whole, None if self.holes is None else self.holes[start:])

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice) and index.stop is None and self.values.ndim == 1:
            return self.after(index.start or 0)
        result = self.values[self.position(index)]
        return Checked(result) if isinstance(result, np.ndarray) else result

    def __setitem__(self, index: Any, value: Any) -> None:
        self.values[self.position(index)] = value.values if isinstance(value, Checked) else value

    def part(self, start: int, count: int) -> np.ndarray:
        """A view of ``count`` values, all of which must be there."""
        if count > 0 and start + count > len(self.values):
            raise IndexError(f"{start}:{start + count} of {len(self.values)} values")
        return self.values[self.position(slice(start, start + count))] if count > 0 else self.values[:0]


class Vectors:
    """Stands for `channel_loops.Vectors`, and for its builder: one vector is as wide as the whole loop."""

    def __init__(self, count: int) -> None:
        self.count, self.builder, self.stores = count, self, True

    def load(self, base: tuple[Checked, int], offset: int) -> np.ndarray:
        return base[0].part(base[1] + offset, self.count).copy()

    def store(self, value: Any, base: tuple[Checked, int], offset: int) -> None:
        if self.stores:
            base[0].part(base[1] + offset, self.count)[:] = value

    @contextmanager
    def if_then(self, condition: bool) -> Iterator[None]:
        self.stores = condition
        yield
        self.stores = True

    def icmp_signed(self, sign: str, a: int, b: int) -> bool:
        assert sign == "=="
        return a == b

    def select(self, condition: bool, a: Any, b: Any) -> Any:
        return a if condition else b

    def and_(self, a: int, b: int) -> int:
        return a & b

    def i64(self, value: int) -> int:
        return value

    def constant(self, value: float) -> float:
        return value

    def add(self, a: Any, b: Any) -> Any:
        return a + b

    def sub(self, a: Any, b: Any) -> Any:
        return a - b

    def mul(self, a: Any, b: Any) -> Any:
        return a * b

    def one_minus(self, a: Any) -> Any:
        return 1 - a

    def where_positive(self, x: Any, value: Any) -> Any:
        return np.where(x <= 0, 0.0, value)

    def minus(self, a: Any) -> Any:
        return -a

    def half(self, a: Any) -> Any:
        return a / 2

    def tanh(self, a: Any) -> Any:
        return np.tanh(a)

    def sigmoid(self, a: Any) -> Any:
        return 1 / (1 + np.exp(-a))

    def sums_over_rows(self, rows: int, count: int, terms: Callable[[int], Any]) -> list[Any]:
        totals = [np.zeros(self.count) for _ in range(count)]
        for row in range(rows):
            for total, term in zip(totals, terms(row), strict=True):
                total += term
        return totals


class Models:
    """What the makers of intrinsics make here, by the makers' names; ``of`` is the interpreter."""

    @staticmethod
    def _has_avx512(of: Interpreter) -> bool:
        # The smaller tiles: more of them are not full.
        return False

    @staticmethod
    def _vector_bytes(of: Interpreter) -> int:
        return 32

    @staticmethod
    def _make_tile(of: Interpreter, vectors: int, tile_rows: int) -> Any:
        def tile(
            a: Checked, a0: int, rows: Checked, r0: int, nrows: int, ao: int, ak: int, o_count: int,
            k_count: int, b: Checked, b0: int, bo: int, bk: int, c: Checked, c0: int, cr: int, ncols: int,
            mode: int, start: Checked, i0: int,
        ) -> None:  # fmt: skip
            """The nest of `simd`'s docstring."""
            columns = min(ncols, vectors * 32 // a.itemsize)
            assert 0 < nrows <= tile_rows and columns > 0
            tails = [(o * ao + k * ak, b0 + o * bo + k * bk) for o in range(o_count) for k in range(k_count)]
            right = [b.part(at, columns) for _, at in tails]
            for r in range(nrows):
                sink, first = c.part(c0 + r * cr, columns), a0 + rows[r0 + r]
                total = {0: 0.0, 1: sink.copy(), 2: start.part(i0, columns) if mode == 2 else None}[mode]
                for (ahead, _), row in zip(tails, right, strict=True):
                    total = total + a[first + ahead] * row
                sink[:] = total

        return tile

    @staticmethod
    def _make_load(of: Interpreter) -> Any:
        return lambda array, index: array[index]

    @staticmethod
    def _make_store(of: Interpreter) -> Any:
        return Checked.__setitem__

    @staticmethod
    def _make_cast(of: Interpreter) -> Any:
        return lambda value, like: like.dtype.type(value)

    @staticmethod
    def _make_real(of: Interpreter) -> Any:
        return lambda bits, like: like.dtype.type(np.int64(bits).view(np.float64))

    @staticmethod
    def _make_formula(of: Interpreter, name: str) -> Any:
        return lambda x: np.float32(getattr(np, name)(x))

    @staticmethod
    def _make_by_type(of: Interpreter, fast: Any, exact: Any, name: str) -> Any:
        short, long = of.python(fast), getattr(np, name, math.erf)
        return lambda x: short(x) if isinstance(x, np.float32) else np.float64(long(x))

    @staticmethod
    def make_cell(of: Interpreter, name: str, body: Any) -> Any:
        def cell(work: Checked, *offsets: int) -> None:
            *starts, units = offsets
            body(Vectors(units), *[(work, at) for at in starts], 0, units)

        return cell

    @staticmethod
    def make_loop(of: Interpreter, name: str, body: Any) -> Any:
        def transform(
            a: Checked, a0: int, b: Checked, b0: int, c: Checked, c0: int, n: int, *numbers: int
        ) -> None:
            body(Vectors(n), (a, a0), (b, b0), (c, c0), 0, *numbers)

        return transform

    @staticmethod
    def _make_array_at(of: Interpreter) -> Any:
        return of.array_at

    @staticmethod
    def _make_call(of: Interpreter) -> Any:
        return of.call

    @staticmethod
    def _make_control(of: Interpreter, flush: bool) -> Any:
        return lambda *before: 0


class Interpreter:
    """Stands in for compiled kernels and for the machine while it is `installed`.

    ``planned`` are the names of kernels whose address was asked for, ``ran`` those that were called.
    """

    def __init__(self) -> None:
        self.planned: dict[int, Kernel] = {}
        self.ran: set[str] = set()
        # Buffers with the addresses of their begin and end; held, so that no address is used again.
        self.memory: list[tuple[int, int, Checked]] = []
        self.models: dict[int, Any] = {}
        # What was reserved of a work buffer: whose, offset and size.
        self.reserved: list[tuple[Emitter, int, int]] = []

    def install(self, monkeypatch: Any) -> None:
        """Until the test ends."""
        monkeypatch.setattr(Kernel, "address", lambda kernel, dtype: self.address(kernel))
        monkeypatch.setattr(machine, "run", lambda: self.run)
        reserve = Emitter.reserve

        def noted(emitter: Emitter, size: int) -> int:
            at = reserve(emitter, size)
            self.reserved.append((emitter, at, size))
            return at

        monkeypatch.setattr(Emitter, "reserve", noted)

    def show(self, *arrays: np.ndarray | None, holes: np.ndarray | None = None) -> None:
        """Let addresses of these arrays mean something."""
        for array in arrays:
            if array is not None:
                flat, start = array.reshape(-1), array.ctypes.data
                assert np.shares_memory(flat, array) or not array.size
                self.memory.append((start, start + array.nbytes, Checked(flat, True, holes)))

    def address(self, kernel: Kernel) -> int:
        """A number for a kernel."""
        self.planned[id(kernel)] = kernel
        return id(kernel)

    def array_at(self, address: int, like: Any = None) -> Checked:
        """What was shown and lies at an address, from there on; at 0 nothing to read. Raises IndexError."""
        if address == 0:
            return Checked(np.zeros(0))
        result = [(start, array) for start, end, array in self.memory if start <= address < end]
        # An empty one has an address, too, which may be that of another.
        result += [(start, array) for start, _, array in self.memory if start == address]
        if not result:
            raise IndexError(f"no array lies at {address}")
        start, array = result[0]
        at, rest = divmod(address - start, array.itemsize)
        assert rest == 0 and (like is None or array.dtype == like.dtype)
        return array.after(at) if at else array

    def call(self, address: int, args: int, *rest: int) -> None:
        """What the address of a compiled kernel does: arguments, five buffers, chunk and range."""
        kernel = self.planned[address]
        self.ran.add(kernel.name)
        given, numbers = self.array_at(args), []
        for name, start in kernel.positions.items():
            if name in kernel.records:
                record = kernel.records[name]
                numbers.append(record(*[int(given[start + i]) for i in range(len(record._fields))]))
            elif kernel.rest and name == kernel.arguments[-1]:
                numbers.append(given[start:])
            else:
                numbers.append(int(given[start]))
        # Not a number and infinity are what a diverging run looks like, and products of uint32 may overflow.
        with np.errstate(all="ignore"):
            self.python(kernel)(*[self.array_at(at) for at in rest[:5]], *rest[5:], *numbers)

    def run(self, code: np.ndarray, groups: np.ndarray, args: int, state: np.ndarray, *rest: int) -> Any:
        """`machine.LOOP` in Python."""
        loop = self.rebuilt(machine.LOOP.function, {"prange": range})
        return loop(Checked(code, True), Checked(groups, True), args, Checked(state, True), *rest)

    def run_program(self, program: Program, steps: int, threads: int = 1) -> np.ndarray:
        """`Program.run`, with all its arrays shown before."""
        self.show(program.code, program.groups, program.args, program.acts, program.grads, program.params)
        self.show(program.work, program.state, program._rates, *program._data)
        return program.run(steps, threads)

    def python(self, thing: Any) -> Any:
        """The Python of a kernel, of a helper, or the model of an intrinsic."""
        if id(thing) not in self.models:
            if isinstance(thing, Kernel):
                bound = {name: self.python(item) for name, item in thing.bind.items()}
                self.models[id(thing)] = self.rebuilt(thing.function, bound)
            elif isinstance(thing, Device):
                self.models[id(thing)] = self.rebuilt(thing.function)
            else:
                self.models[id(thing)] = self.model(thing)
        return self.models[id(thing)]

    def model(self, thing: Deferred) -> Any:
        """What stands for a deferred value. Raises LookupError where nothing does."""
        make: Any = thing.make
        if isinstance(make, functools.partial):
            return functools.partial(self.maker(make.func.__name__), *make.args)()
        if make.__name__ != "<lambda>":
            return self.maker(make.__name__)()
        # A lambda calls a maker: it gets ours.
        makers = {name: self.maker(name) for name in make.__code__.co_names if hasattr(Models, name)}
        return types.FunctionType(make.__code__, make.__globals__ | makers)()

    def maker(self, name: str) -> Any:
        """The model's maker of this name. Raises LookupError."""
        if not hasattr(Models, name):
            raise LookupError(f"'{name}' makes an intrinsic that has no model in Python; see Models")
        return functools.partial(getattr(Models, name), self)

    def rebuilt(self, function: Any, extra: dict[str, Any] | None = None) -> types.FunctionType:
        """The same code with helpers and intrinsics in Python."""
        scope = dict(function.__globals__)
        for name in function.__code__.co_names:
            if isinstance(scope.get(name), Device | Deferred):
                scope[name] = self.python(scope[name])
        # For numba 1.0 is a float64 beside a float32, too, and division by 0 gives infinity.
        constants = tuple(np.float64(c) if isinstance(c, float) else c for c in function.__code__.co_consts)
        code, name = function.__code__.replace(co_consts=constants), function.__name__
        return types.FunctionType(code, scope | (extra or {}), name, function.__defaults__)


class InterpretedBench(Bench):
    """One layer by itself, whose kernels run as Python."""

    def __init__(self, of: Interpreter, *arguments: Any, **settings: Any) -> None:
        super().__init__(*arguments, **settings, gap=16)
        self.of, at = of, 1
        of.show(self.state, self.params, self.order)
        mine = np.zeros(len(self.acts), bool)
        for values in (*self._of_inputs(mine), mine[self.y_at :][: size_of(self.shape) * self.batch]):
            values[...] = True
        of.show(self.acts, holes=~mine)
        mine = np.concatenate([mine, np.ones(len(self.grads) - len(mine), bool)])
        of.show(self.grads, holes=~mine)
        mine = np.arange(len(self.work)) < machine.HEADER
        for emitter, start, size in of.reserved:
            if emitter is self.emitter:
                mine[start : start + size] = True
        of.show(self.work, holes=~mine)
        for table in self.emitter.tables:
            # One by one: none may be read beyond its end.
            of.show(self.tables[at : at + table.size])
            at += table.size

    def _call(self, instruction: Instruction, chunk: int, low: int, high: int) -> None:
        args = np.array(instruction.resolved(self.tables.ctypes.data + 8, set(), {}), np.int64)
        buffers = (self.state, self.acts, self.grads, self.params, self.work)
        self.of.show(args)
        address = self.of.address(instruction.kernel)
        self.of.call(address, args.ctypes.data, *[b.ctypes.data for b in buffers], chunk, low, high)
        self.of.memory.pop()

    def plan(self) -> None:
        """Let the interpreter know the kernels of all instructions, without running one."""
        emitted = self.emitter
        for item in (*emitted.prepared, *emitted.forward, *emitted.backward, *emitted.sweeps):
            self.of.address((item.instruction if isinstance(item, Sweep) else item).kernel)
