"""The one place that decides compiler flags, and what stands for what in compiled code.

Layer files stay importable without numba: ``@kernel`` and ``@device`` only remember a function.
When a plan asks for an address, the function is rebuilt with its remembered helpers replaced by
compiled ones, and compiled through the `cache`.

Every compiled function is called after its contents. By numba's own names, two functions that were compiled
in different processes may be called the same, and the linker takes the first of them for both.
"""

from __future__ import annotations

import itertools
import logging
import os
import types
from collections.abc import Callable, Mapping
from functools import cache, cached_property
from typing import Any, NamedTuple, overload

import numpy as np

from nnkernels.cache import Entry
from nnkernels.fingerprint import Unhashable, fingerprint

log = logging.getLogger(__name__)

# Without nnan and ninf: NaN and Inf must stay visible, they are what a diverging run looks like.
FASTMATH = {"nsz", "arcp", "contract", "afn", "reassoc"}
EXACT = {"contract"}
OPTIONS = {"error_model": "numpy", "nogil": True}
INLINED = {"forceinline": True}
# What machine code depends on besides its sources.
FLAGS = (FASTMATH, EXACT, OPTIONS, INLINED)

# Every kernel that was declared, by name.
KERNELS: dict[str, Kernel] = {}


class Device:
    """A helper that kernels may call; compiled together with them and inlined by LLVM.

    ``exact`` keeps the order of operations: error-compensated formulas break when reassociated. ``inlined``
    leaves LLVM no choice: for what is called so often that handing over its arguments shows.
    """

    def __init__(self, function: Callable[..., Any], exact: bool, inlined: bool = False) -> None:
        self.function = function
        self.exact, self.inlined = exact, inlined

    def __fingerprint__(self) -> tuple[Any, ...]:
        return self.function, self.exact, self.inlined

    @cached_property
    def compiled(self) -> Any:
        fastmath, inlined = EXACT if self.exact else FASTMATH, INLINED if self.inlined else {}
        return _njit(_rebuild(self.function), fastmath, _hash(self), **inlined)


class Deferred:
    """A value (an intrinsic, a constant of this processor) made when compilation first needs it."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self.make = make

    def __fingerprint__(self) -> Callable[[], Any]:
        return self.make

    def __call__(self, *arguments: Any) -> Any:
        """Kernels call what it is when it is compiled."""
        return self.compiled(*arguments)

    @cached_property
    def compiled(self) -> Any:
        compiled = self.make()
        if hasattr(compiled, "py_func"):
            _name(compiled.py_func, _hash(self))
        return compiled


# What every kernel is called with; the parameters that follow are its own arguments.
STANDARD = ("state", "acts", "grads", "params", "work", "chunk", "lo", "hi")


class Kernel:
    """A serial operator over the range ``lo .. hi``; ``address(dtype)`` compiles it.

    Its signature declares it: after `STANDARD` come the whole numbers that an instruction gives it, by name;
    a parameter annotated with a NamedTuple is as many as that has fields. With ``rest`` the last of them is
    an array of as many as there are. ``bind`` gives names of the function
    another meaning, and ``label`` then tells such kernels apart: one loop serves every elementwise function.
    ``in_place`` names two arguments: a block that is read, and one of the same size that may be written over
    it. Raises ValueError for a name that another kernel has: module, function and label.
    """

    def __init__(
        self,
        function: Callable[..., None],
        bind: dict[str, Device | Deferred] | None = None,
        label: str = "",
        in_place: tuple[str, str] | None = None,
        rest: bool = False,
    ) -> None:
        code = function.__code__
        parameters = code.co_varnames[: code.co_argcount]
        self.function, self.bind, self.rest = function, bind or {}, rest
        self.name = f"{function.__module__}.{function.__qualname__}{label}"
        if parameters[: len(STANDARD)] != STANDARD:
            raise TypeError(f"The parameters of {self.name} must begin with {', '.join(STANDARD)}.")
        self.arguments = parameters[len(STANDARD) :]
        # The NamedTuple of those that are one, and where each begins among an instruction's numbers.
        kinds = {n: function.__globals__.get(kind, kind) for n, kind in function.__annotations__.items()}
        self.records: dict[str, Any] = {n: kind for n, kind in kinds.items() if hasattr(kind, "_fields")}
        widths = [len(self.records[n]._fields) if n in self.records else 1 for n in self.arguments]
        self.positions = dict(zip(self.arguments, itertools.accumulate(widths, initial=0), strict=False))
        self.in_place = None if in_place is None else tuple(self.positions[name] for name in in_place)
        if self.name in KERNELS:
            raise ValueError(f"Two operators are called '{self.name}'; give one another name or label.")
        KERNELS[self.name] = self

    def pack(self, given: Mapping[str, Any]) -> tuple[int, ...]:
        """Arguments by name in the order of the declaration. Raises TypeError unless it is all of them."""
        if given.keys() != set(self.arguments):
            missing, unknown = set(self.arguments) - given.keys(), given.keys() - set(self.arguments)
            raise TypeError(
                f"The operator {self.name} takes {', '.join(self.arguments) or 'no arguments'}. "
                f"Missing: {', '.join(sorted(missing)) or 'none'}; "
                f"unknown: {', '.join(sorted(unknown)) or 'none'}."
            )
        values: list[int] = []
        for name in self.arguments:
            if name in self.records:
                values += self.records[name](*given[name])
            elif self.rest and name == self.arguments[-1]:
                values += given[name]
            else:
                values.append(given[name])
        return tuple(values)

    @cached_property
    def key(self) -> str:
        """Hash of all that the machine code depends on; empty where that cannot be told."""
        key = _hash(self.function, self.bind, self.rest, self.records, FLAGS)
        if not key:
            log.warning("The operator %s cannot be kept: it is compiled again at every start.", self.name)
        return key

    def entry(self, dtype: np.dtype) -> Entry | None:
        """Where the compiled function is kept, or None where it cannot be."""
        name = np.dtype(dtype).name
        return Entry(f"{self.name}.{name}", self.key) if self.key else None

    def address(self, dtype: np.dtype) -> int:
        """Address of the compiled function; stays valid until the process ends."""
        return int(_compiled(self, np.dtype(dtype).name).address)


def device(function: Callable[..., Any] | None = None, *, exact: bool = False, inlined: bool = False) -> Any:
    """Mark a helper for kernels; see Device."""
    if function is None:
        return lambda f: Device(f, exact, inlined)
    return Device(function, exact, inlined)


@overload
def kernel(function: Callable[..., None]) -> Kernel: ...


@overload
def kernel(
    *, in_place: tuple[str, str] | None = None, rest: bool = False
) -> Callable[[Callable[..., None]], Kernel]: ...


def kernel(
    function: Callable[..., None] | None = None,
    *,
    in_place: tuple[str, str] | None = None,
    rest: bool = False,
) -> Kernel | Callable[[Callable[..., None]], Kernel]:
    """An operator ``(state, acts, grads, params, work, chunk, lo, hi, ...)``; see machine.py and Kernel."""
    if function is None:
        return lambda f: Kernel(f, in_place=in_place, rest=rest)
    return Kernel(function)


@cache
def numba() -> Any:
    """The numba module, configured; imported when first needed."""
    # Measured on two cores, 784-128-10 at batch 64: OpenMP 250,000 samples/s, numba's own
    # "workqueue" 91,000 (less than one thread). A short spin keeps OpenMP's barrier cheap without
    # taking the core from a window that wants to paint.
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
    # While it looks for a function that fits, numba raises errors by the thousand, and colours each.
    os.environ.setdefault("NUMBA_DISABLE_ERROR_MESSAGE_HIGHLIGHTING", "1")
    import numba as module

    return module


def make_ready() -> None:
    """Read all that numba reads before it compiles its first function."""
    numba()
    from numba.core.registry import cpu_target

    # Only read here, for whoever is copied from this process: nothing of it is used.
    import nnkernels.compiler  # noqa: F401

    cpu_target.typing_context.refresh()
    cpu_target.target_context.refresh()


def _hash(*parts: Any) -> str:
    """As `fingerprint`, or empty for what has none: it is then compiled in each process anew."""
    try:
        return fingerprint(*parts)
    except Unhashable as error:
        log.warning("Machine code cannot be kept where it depends on %s.", error)
        return ""


def rebuilt(
    function: Callable[..., Any],
    form: Callable[[Device | Deferred], Any],
    extra: Mapping[str, Any] | None = None,
) -> types.FunctionType:
    """The same function with each remembered helper in another form, and ``extra`` meanings of names."""
    scope = dict(function.__globals__)
    for name in function.__code__.co_names:
        if isinstance(scope.get(name), Device | Deferred):
            scope[name] = form(scope[name])
    scope.update(extra or {})
    return types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__)


def _rebuild(function: Callable[..., Any], extra: Mapping[str, Any] | None = None) -> types.FunctionType:
    return rebuilt(function, lambda helper: helper.compiled, extra)


def _name(function: Any, name: str) -> None:
    """What numba makes symbols of, together with the module."""
    function.__qualname__ = function.__name__ = f"{function.__name__.strip('<>')}_{name}"


def _njit(function: types.FunctionType, fastmath: set[str], name: str, **options: bool) -> Any:
    _name(function, name)
    numba()
    from nnkernels.compiler import helper

    return helper(function, fastmath=fastmath, **options, **OPTIONS)


def handed_over(of: Kernel, at: str = "", record: str = "{}") -> str:
    """The arguments of a kernel as text: its own numbers stand in ``given`` from ``at`` on.

    ``record`` is what the NamedTuple of an argument is called.
    """
    texts = []
    for name, start in of.positions.items():
        if name in of.records:
            numbers = (f"given[{at}{start + i}]" for i in range(len(of.records[name]._fields)))
            texts.append(f"{record.format(name)}({', '.join(numbers)})")
        else:
            end = ":" if of.rest and name == of.arguments[-1] else ""
            texts.append(f"given[{at}{start}{end}]")
    return ", ".join(texts)


@cache
def _compiled(of: Kernel, dtype: str) -> Compiled:
    numba()
    from numba.core import registry

    context = registry.cpu_target.target_context
    entry = of.entry(np.dtype(dtype))
    result = None if entry is None else entry.load_overload(None, context)
    was_kept, name = result is not None, f"{of.name}_{dtype}_{of.key}"
    if result is None:
        from nnkernels.compiler import compiled

        bound = {name: item.compiled for name, item in of.bind.items()}
        body = _rebuild(of.function, bound)
        _name(body, of.key)
        result = compiled(of, body, dtype, name, {"fastmath": FASTMATH, **OPTIONS})
        if entry is not None:
            entry.save_overload(None, result)
    address = result.library.get_pointer_to_function(name)
    return Compiled(address, was_kept, result.library, result.environment)


class Compiled(NamedTuple):
    """A kernel's machine code: its address, whether it was kept, and what must live as long."""

    address: int
    was_kept: bool
    library: Any
    environment: Any


class Loop:
    """The machine's loop: compiled by ``compiled``, parallel and without the GIL."""

    def __init__(self, function: Callable[..., Any], signature: str) -> None:
        self.function, self.signature = function, signature
        self.name = f"{function.__module__}.{function.__qualname__}"

    @cached_property
    def entry(self) -> Entry:
        """Where the compiled function is kept."""
        return Entry(self.name, fingerprint(self.function, self.signature, FLAGS))

    @cached_property
    def compiled(self) -> Any:
        nb = numba()
        function = _rebuild(self.function, {"prange": nb.prange})
        _name(function, self.entry.file)
        compiled = nb.njit(parallel=True, fastmath=FASTMATH, no_cfunc_wrapper=True, **OPTIONS)(function)
        # There is no official way to another cache than numba's own, which loads damaged files, and where it
        # cannot write takes to a folder that knows nothing of helpers in other files.
        compiled._cache = self.entry
        compiled.compile(self.signature)
        compiled.disable_compile()
        return compiled
