"""Runs kernels as Python, without numba, over arrays that refuse an index outside of them.

Compiled code reads and writes anywhere; here a wrong offset is an IndexError. Coverage sees the bodies, too.
What is no Python (LLVM intrinsics) has a model here, by the name of what makes it: see `Models`. Machine
addresses stay what they are, and are looked up among the arrays that were shown to the interpreter.
"""

from __future__ import annotations

import functools
import types
from typing import Any

import numpy as np
from kernels.harness import Bench
from kernels.models import Checked, Models

from nnkernels import machine
from nnkernels.jit import Deferred, Device, Kernel
from nnkernels.planning.lowering import Emitter, Instruction, Sweep
from nnkernels.program import Program
from nnkernels.spec import size_of


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
