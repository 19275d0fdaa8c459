"""numba's CUDA simulator: kernels as Python, for tests on machines without a card.

Set NUMBA_ENABLE_CUDASIM=1 before numba is imported.
"""

from __future__ import annotations

import math
import sys
import threading
import types
from typing import Any
from weakref import WeakValueDictionary

import numpy as np

from nnkernels import machine
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


def _barrier() -> None:
    thread: Any = threading.current_thread()
    thread.syncthreads()


def _shared_array(shared: Any, shape: int, dtype: np.dtype) -> np.ndarray:
    """The one array of a block for the line that asks.

    numba's own looks whether there is one, and then keeps a new one: of two threads that ask together, each
    gets another.
    """
    caller = sys._getframe(1)
    where = caller.f_code.co_filename, caller.f_lineno
    array: np.ndarray = shared._allocations.setdefault(where, np.empty(shape, dtype))
    return array


class Simulator:
    """Runs functions of the card as Python; see `translation.Backend`."""

    simulated, block = True, Block(EDGE, STEP, _barrier)

    def __init__(self) -> None:
        toolkit().simulator.kernelapi.FakeCUDAShared.array = _shared_array
        # Arrays of the card that are in use, by their addresses.
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
        cuda = toolkit()
        names = {
            "cuda": cuda,
            "plain": _plain,
            "barrier": _barrier,
            "TILE": EDGE * EDGE,
            "kind": np.dtype(dtype),
        }
        scope = {**function.__globals__, **names}
        kernel = cuda.jit(types.FunctionType(function.__code__, scope, function.__name__))
        return Walker(kernel, 1, self.block.threads)

    def address(self, array: Any) -> int:
        """Where an array of the card lies."""
        values = array._ary
        at: int = values.ctypes.data
        self._arrays[at] = values
        return at

    def array_at(self, address: int, like: Any = None) -> np.ndarray:
        """What lies at an address, from there on; at 0 nothing to read. Raises IndexError."""
        if address == 0:
            return np.zeros(0)
        for start, values in self._arrays.items():
            if start <= address < start + max(values.nbytes, 1):
                assert like is None or values.dtype == like.dtype
                return values.reshape(-1)[(address - start) // values.itemsize :]
        raise IndexError(f"no array of the card lies at {address}")
