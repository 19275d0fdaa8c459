"""numba's CUDA simulator: kernels as Python, for tests on machines without a card.

Set NUMBA_ENABLE_CUDASIM=1 before numba is imported.
"""

from __future__ import annotations

import math
import sys
import threading
import types
from collections.abc import Callable, Mapping
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from nnkernels import machine
from nnkernels.cuda.library import Gemm, Matrix
from nnkernels.cuda.together import Block
from nnkernels.cuda.toolkit import toolkit
from nnkernels.cuda.walker import Walker
from nnkernels.jit import Deferred
from nnkernels.vector import vmath

# The simulator keeps one block together. With so few threads, each test has more to do than there are.
EDGE, STEP = 4, 1


def _cast(value: Any, like: Any) -> Any:
    return like.dtype.type(value)


def _real(bits: int, like: Any) -> Any:
    return like.dtype.type(np.int64(bits).view(np.float64))


def _erf(x: Any) -> Any:
    return type(x)(math.erf(x))


def _plain(array: Any) -> np.ndarray:
    """The array below the simulator's, whose every access would take microseconds."""
    plain: np.ndarray = array._item._ary
    return plain


def _kernel(function: Any, names: Mapping[str, Any]) -> Any:
    """A kernel that knows these names, too, and those of every kernel."""
    cuda = toolkit()
    scope = {**function.__globals__, "cuda": cuda, "plain": _plain, **names}
    return cuda.jit(types.FunctionType(function.__code__, scope, function.__name__))


def _barrier() -> None:
    thread: Any = threading.current_thread()
    thread.syncthreads()


def _own() -> int:
    thread: Any = threading.current_thread()
    number: int = thread.threadIdx.x
    return number


def _shared_array(shared: Any, shape: int, dtype: np.dtype) -> np.ndarray:
    """The one array of a block for the line that asks.

    numba's own looks whether there is one, and then keeps a new one: of two threads that ask together, each
    gets another.
    """
    caller = sys._getframe(1)
    where = caller.f_code.co_filename, caller.f_lineno
    array: np.ndarray = shared._allocations.setdefault(where, np.empty(shape, dtype))
    return array


class Reference:
    """Products of a library as NumPy computes them."""

    def multiply(self, gemm: Gemm, buffers: Mapping[str, Any]) -> None:
        """As `cublas.Cublas.multiply`."""
        for part in range(gemm.parts):
            left = _rows(gemm.left, buffers, part, gemm.rows, gemm.terms)
            right = _rows(gemm.right, buffers, part, gemm.terms, gemm.columns)
            _rows(gemm.to, buffers, part, gemm.rows, gemm.columns)[:] = left @ right


def _rows(matrix: Matrix, buffers: Mapping[str, Any], part: int, rows: int, columns: int) -> np.ndarray:
    """A view of a part of a matrix, (rows, columns)."""
    high, across = (columns, rows) if matrix.turned else (rows, columns)
    assert across <= matrix.width
    values = buffers[matrix.buffer]._ary[matrix.at + part * matrix.stride :][: high * matrix.width]
    # The last row need not be followed by anything.
    whole = np.lib.stride_tricks.as_strided(
        values, (high, across), (matrix.width * values.itemsize, values.itemsize)
    )
    assert (high - 1) * matrix.width + across <= values.size
    return whole.T if matrix.turned else whole


class Simulator:
    """Runs functions of the card as Python; see `translation.Backend`."""

    simulated, block = True, Block(EDGE, STEP, _barrier, _own)

    def __init__(self) -> None:
        toolkit().simulator.kernelapi.FakeCUDAShared.array = _shared_array
        # Arrays of the card that are in use, by their addresses. One of its threads looks at a time: each
        # takes out what is gone.
        self._lock = threading.Lock()
        self._arrays: WeakValueDictionary[int, np.ndarray] = WeakValueDictionary()
        self.primitives: dict[Deferred, Any] = {
            vmath.cast: _cast,
            vmath.real: _real,
            machine.array_at: self.array_at,
            vmath.exp: np.exp,
            vmath.exp32: np.exp,
            vmath.expm1: np.expm1,
            vmath.expm1_32: np.expm1,
            vmath.tanh: np.tanh,
            vmath.tanh32: np.tanh,
            vmath.erf: _erf,
            vmath.log1p: np.log1p,
        }

    def function(self, function: Any) -> Any:
        """As it is, but for constants: to numba 1.0 is a float64, and division by 0 gives infinity."""
        constants = tuple(np.float64(c) if isinstance(c, float) else c for c in function.__code__.co_consts)
        code = function.__code__.replace(co_consts=constants)
        return types.FunctionType(code, function.__globals__, function.__name__, function.__defaults__)

    def walker(self, function: Any, dtype: np.dtype, in_a_block: bool) -> Walker:
        """A kernel of `walker.walk`."""
        names = {"barrier": _barrier, "TILE": EDGE * EDGE, "kind": np.dtype(dtype)}
        return Walker(_kernel(function, names), 1, self.block.threads)

    def shuffler(self, function: Any) -> Any:
        """A kernel of `shuffling.shuffle`, for one block."""
        return _kernel(function, {})

    def library(self, stream: Any) -> Reference:
        """What computes large products."""
        return Reference()

    def captured(self, work: Callable[[], None], stream: Any) -> Callable[[], None]:
        """Instead of a graph, the work itself: the same pieces one after the other."""
        return work

    def address(self, array: Any) -> int:
        """Where an array of the card lies."""
        values = array._ary
        at: int = values.ctypes.data
        with self._lock:
            self._arrays[at] = values
        return at

    def array_at(self, address: int, like: Any = None) -> np.ndarray:
        """What lies at an address, from there on; at 0 nothing to read. Raises IndexError."""
        if address == 0:
            return np.zeros(0)
        with self._lock:
            arrays = list(self._arrays.items())
        for start, values in arrays:
            if start <= address < start + max(values.nbytes, 1):
                assert like is None or values.dtype == like.dtype
                return values.reshape(-1)[(address - start) // values.itemsize :]
        raise IndexError(f"no array of the card lies at {address}")
