"""The one place that decides compiler flags, cache folder and warm-up.

Layer files stay importable without numba: ``@kernel`` and ``@device`` only remember a function.
When a plan asks for an address, the function is rebuilt with its remembered helpers replaced by
compiled ones, and compiled through the cache.

The cache lies in a folder named after a hash of all sources of this package and the numba
version: numba itself does not notice that a helper in another file changed.
"""

from __future__ import annotations

import hashlib
import os
import types
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

# Without nnan and ninf: NaN and Inf must stay visible, they are what a diverging run looks like.
FASTMATH = {"nsz", "arcp", "contract", "afn", "reassoc"}


# Every kernel that was declared, for the warm-up.
KERNELS: list[Kernel] = []


class Device:
    """A helper that kernels may call; compiled together with them and inlined by LLVM.

    ``exact`` keeps the order of operations: error-compensated formulas break when reassociated.
    """

    def __init__(self, function: Callable[..., Any], exact: bool) -> None:
        self.function = function
        self.exact = exact

    @property
    def compiled(self) -> Any:
        return _njit(self.function, {"contract"} if self.exact else FASTMATH)


class Deferred:
    """A value (an intrinsic, a constant of this processor) made when compilation first needs it."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = cache(make)

    @property
    def compiled(self) -> Any:
        return self._make()


class Kernel:
    """A serial operator over the range ``lo .. hi``; ``address(dtype)`` compiles it.

    ``bind`` gives names of the function another meaning, and ``label`` then tells such kernels
    apart: one loop serves every elementwise function. ``in_place`` are the numbers of two arguments, the
    place of a block that is read and that of one of the same size that may be written over it.
    """

    def __init__(
        self,
        function: Callable[..., None],
        bind: dict[str, Device | Deferred] | None = None,
        label: str = "",
        in_place: tuple[int, int] | None = None,
    ) -> None:
        self.function = function
        self.bind = bind or {}
        self.in_place = in_place
        self.name = f"{function.__module__.rsplit('.', 1)[-1]}_{function.__name__}{label}"
        KERNELS.append(self)

    def address(self, dtype: np.dtype) -> int:
        """Address of the compiled function; stays valid until the process ends."""
        return int(_entry(self, np.dtype(dtype).name).address)


def device(function: Callable[..., Any] | None = None, *, exact: bool = False) -> Any:
    """Mark a helper for kernels; see Device."""
    if function is None:
        return lambda f: Device(f, exact)
    return Device(function, exact)


def kernel(function: Callable[..., None] | None = None, *, in_place: tuple[int, int] | None = None) -> Any:
    """An operator ``(args, state, acts, grads, params, work, chunk, lo, hi)``; see machine.py and Kernel."""
    if function is None:
        return lambda f: Kernel(f, in_place=in_place)
    return Kernel(function)


@cache
def numba() -> Any:
    """The numba module, configured; imported when first needed."""
    os.environ.setdefault("NUMBA_CACHE_DIR", str(cache_folder()))
    # Measured on two cores, 784-128-10 at batch 64: OpenMP 250,000 samples/s, numba's own
    # "workqueue" 91,000 (less than one thread). A short spin keeps OpenMP's barrier cheap without
    # taking the core from a window that wants to paint.
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
    import numba as module

    return module


def source_hash() -> str:
    """Hash of every source file of this package."""
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.rglob("*.py")):
        digest.update(path.relative_to(Path(__file__).parent).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def cache_folder() -> Path:
    """Where compiled operators lie, for these sources and this numba."""
    from importlib.metadata import version

    import platformdirs

    base = os.environ.get("NNSTUDIO_CACHE") or platformdirs.user_cache_dir("nnstudio", False)
    return Path(base) / "kernels" / f"{source_hash()}-numba{version('numba')}"


def _rebuild(function: Callable[..., Any], extra: dict[str, Any] | None = None) -> Any:
    """The same function with remembered helpers replaced by their compiled form."""
    scope = dict(function.__globals__)
    for name in function.__code__.co_names:
        if isinstance(scope.get(name), Device | Deferred):
            scope[name] = scope[name].compiled
    scope.update(extra or {})
    return types.FunctionType(function.__code__, scope, function.__name__, function.__defaults__)


_compiled: dict[Any, Any] = {}


def _njit(
    function: Callable[..., Any], fastmath: set[str], bind: dict[str, Device | Deferred] | None = None
) -> Any:
    key = (function, *(bind or {}).items())
    if key not in _compiled:
        extra = {name: item.compiled for name, item in (bind or {}).items()}
        _compiled[key] = numba().njit(
            _rebuild(function, extra), fastmath=fastmath, error_model="numpy", nogil=True
        )
    return _compiled[key]


def _template(args, state, acts, grads, params, work, chunk, lo, hi):  # type: ignore[no-untyped-def]
    # The length is a formality: kernels index only what their plan laid out.
    n = 1 << 40
    body(  # type: ignore[name-defined]  # noqa: F821 - put into the globals by _entry
        carray(args, n),  # type: ignore[name-defined]  # noqa: F821
        carray(state, n),  # type: ignore[name-defined]  # noqa: F821
        carray(acts, n),  # type: ignore[name-defined]  # noqa: F821
        carray(grads, n),  # type: ignore[name-defined]  # noqa: F821
        carray(params, n),  # type: ignore[name-defined]  # noqa: F821
        carray(work, n),  # type: ignore[name-defined]  # noqa: F821
        chunk,
        lo,
        hi,
    )


@cache
def _entry(of: Kernel, dtype: str) -> Any:
    nb = numba()
    body = _njit(of.function, FASTMATH, of.bind)
    entry = _rebuild(_template, {"body": body, "carray": nb.carray})
    # numba names cache files after the qualified name: each entry needs one of its own.
    entry.__qualname__ = entry.__name__ = f"{of.name}_{dtype}"
    integers = nb.types.CPointer(nb.types.int64)
    values = nb.types.CPointer(getattr(nb.types, dtype))
    i64 = nb.types.int64
    signature = nb.types.void(integers, integers, values, values, values, values, i64, i64, i64)
    return nb.cfunc(signature, cache=True, fastmath=FASTMATH, error_model="numpy")(entry)


def compile_machine(function: Callable[..., Any], signature: str) -> Any:
    """Compile the machine's loop: parallel, without the GIL, cached."""
    nb = numba()
    return nb.njit(signature, nogil=True, parallel=True, cache=True, fastmath=FASTMATH, error_model="numpy")(
        _rebuild(function)
    )
