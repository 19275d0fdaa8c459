"""A hash of all that the compiled form of a function depends on; must not import numba.

A function is what its bytecode says and what its names stand for: helpers, constants, classes, makers of
intrinsics, in whatever file they lie. Comments, line numbers and the folder of the sources do not count.
Numba, llvmlite, numpy, the standard library, `jit` and `compiler` count by name: what they are belongs to the
compiler, see `cache`.
"""

from __future__ import annotations

import dis
import functools
import hashlib
import importlib
import sys
import types
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import numpy as np

# Packages and modules whose contents count by name.
FOREIGN = frozenset(sys.stdlib_module_names) | {
    "numba", "llvmlite", "numpy", "nnkernels.jit", "nnkernels.compiler", "nnkernels.arrays",
}  # fmt: skip
# What a class has besides what its methods can reach.
UNREACHED = {"__dict__", "__weakref__", "__module__", "__doc__", "__annotations__", "_abc_impl"}
PLAIN = bool | int | float | complex | str | bytes | None | types.EllipsisType
IMPORT_NAME = dis.opmap["IMPORT_NAME"]


class Unhashable(TypeError):
    """Code depends on something of which nothing tells whether it is the same in another process."""


class _Node:
    """Something with parts of its own: it may be reached several times, and is described once."""

    def __init__(self, thing: Any) -> None:
        self.thing = thing


Part = bytes | _Node
# By identity, each with the thing itself, so that its identity stays its own.
_described: dict[int, tuple[Any, list[Part]]] = {}


def fingerprint(*things: Any) -> str:
    """32 hexadecimal digits for functions and values, and all that they reach. Raises Unhashable.

    An object whose class has a method ``__fingerprint__`` is what this returns.
    """
    digest, numbers = hashlib.sha256(), dict[int, int]()

    def add(parts: Iterable[Part]) -> None:
        for part in parts:
            if isinstance(part, bytes):
                digest.update(b"%d:" % len(part) + part)
                continue
            known = id(part.thing) in numbers
            number = numbers.setdefault(id(part.thing), len(numbers))
            digest.update(b"node %d;" % number)
            if not known:
                add(_description(part.thing))

    add(_value(things))
    return digest.hexdigest()[:32]


def _description(thing: Any) -> list[Part]:
    if id(thing) not in _described:
        _described[id(thing)] = (thing, list(_parts(thing)))
    return _described[id(thing)][1]


def _value(thing: Any) -> Iterator[Part]:
    """A value, written out; anything else as a node."""
    if isinstance(thing, PLAIN):
        yield f"{type(thing).__name__} {thing!r}".encode()
    elif isinstance(thing, tuple | list):
        yield b"%d items" % len(thing)
        for item in thing:
            yield from _value(item)
    elif isinstance(thing, set | frozenset):
        yield f"set {sorted(map(repr, thing))}".encode()
    elif isinstance(thing, Mapping):
        yield from _value(tuple(thing.items()))
    elif isinstance(thing, np.ndarray | np.generic):
        yield f"array {thing.dtype.str} {thing.shape}".encode()
        yield thing.tobytes()
    elif isinstance(thing, np.dtype):
        yield thing.str.encode()
    elif isinstance(thing, types.CodeType):
        yield from _value((thing.co_code, thing.co_exceptiontable, thing.co_flags, thing.co_argcount))
        yield from _value((thing.co_posonlyargcount, thing.co_kwonlyargcount, thing.co_consts))
        yield from _value((thing.co_names, thing.co_varnames, thing.co_freevars, thing.co_cellvars))
    else:
        yield _Node(thing)


def _parts(thing: Any) -> Iterator[Part]:
    """What makes a node."""
    yield type(thing).__qualname__.encode()
    if hasattr(type(thing), "__fingerprint__"):
        yield from _value(thing.__fingerprint__())
    elif isinstance(thing, functools.partial):
        yield from _value((thing.func, thing.args, thing.keywords))
    elif isinstance(thing, types.MethodType):
        yield from _value((thing.__func__, thing.__self__))
    elif isinstance(thing, staticmethod | classmethod):
        yield from _value(thing.__func__)
    elif isinstance(thing, property):
        yield from _value((thing.fget, thing.fset))
    elif _is_foreign(getattr(thing, "__module__", None) or type(thing).__module__):
        yield _foreign(thing).encode()
    elif isinstance(thing, types.FunctionType):
        yield from _function(thing)
    elif isinstance(thing, type):
        yield from _value(thing.__bases__)
        yield from _value([item for item in sorted(vars(thing).items()) if item[0] not in UNREACHED])
    elif hasattr(thing, "__wrapped__"):
        yield from _value(thing.__wrapped__)
    elif hasattr(thing, "__dict__"):
        yield from _value((type(thing), vars(thing)))
    else:
        raise Unhashable(f"{thing!r:.80}")


def _is_foreign(module: str) -> bool:
    return module in FOREIGN or module.partition(".")[0] in FOREIGN


def _foreign(thing: Any) -> str:
    name = getattr(thing, "__qualname__", None) or getattr(thing, "__name__", None) or repr(thing)
    if " at 0x" in name:
        raise Unhashable(f"{thing!r:.80}")
    return f"{getattr(thing, '__module__', '')}.{name}"


def _function(function: types.FunctionType) -> Iterator[Part]:
    yield from _value((function.__code__, function.__defaults__, function.__kwdefaults__))
    yield from _value([cell.cell_contents for cell in function.__closure__ or ()])
    scope = function.__globals__
    for code in _nested(function.__code__):
        for name in code.co_names:
            if name in scope:
                yield from _named(name, scope[name], code)
        if IMPORT_NAME in code.co_code[::2]:
            for line in dis.get_instructions(code):
                if line.opcode == IMPORT_NAME and not _is_foreign(line.argval):
                    yield from _named(line.argval, importlib.import_module(line.argval), code)


def _nested(code: types.CodeType) -> Iterator[types.CodeType]:
    """The code, and that of functions inside it."""
    yield code
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            yield from _nested(constant)


def _named(name: str, thing: Any, code: types.CodeType) -> Iterator[Part]:
    """What a name stands for; of a module, what the code may take from it."""
    yield name.encode()
    if not isinstance(thing, types.ModuleType):
        yield from _value(thing)
    elif _is_foreign(thing.__name__):
        yield thing.__name__.encode()
    else:
        taken = [part for part in code.co_names if hasattr(thing, part)]
        yield from _value([(part, getattr(thing, part)) for part in taken if part != name])
