"""numba's CUDA compiler: functions and kernels of a real card."""

from __future__ import annotations

import importlib.util
import types
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import numpy as np

from nnkernels import machine
from nnkernels.cuda.cublas import Cublas
from nnkernels.cuda.together import Block
from nnkernels.cuda.toolkit import toolkit
from nnkernels.cuda.walker import Walker
from nnkernels.jit import Deferred
from nnkernels.vector import vmath

# So many threads of a block may each use all registers that there are for one.
EDGE, STEP = 32, 8
THREADS = EDGE * STEP


def _intrinsics() -> dict[Deferred, Any]:
    """`cast`, `real` and `array_at` for numba's CUDA target."""
    from llvmlite import ir

    kinds, intrinsic = toolkit(".types"), toolkit(".extending").intrinsic
    populate_array = toolkit(".np.arrayobj").populate_array

    @intrinsic
    def cast(typingctx, value, like):
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            return context.cast(builder, values[0], sig.args[0], sig.return_type)

        return getattr(like, "dtype", like)(value, like), codegen

    @intrinsic
    def real(typingctx, bits, like):
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            value = builder.bitcast(values[0], ir.DoubleType())
            return context.cast(builder, value, kinds.float64, sig.return_type)

        return getattr(like, "dtype", like)(kinds.int64, like), codegen

    @intrinsic
    def array_at(typingctx, address, like):
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            kind = sig.return_type
            array = context.make_array(kind)(context, builder)
            pointer = context.get_data_type(kind.dtype).as_pointer()
            size, itemsize = context.get_abi_sizeof(context.get_data_type(kind.dtype)), ir.IntType(64)
            # The length is a formality, as for a processor.
            populate_array(
                array, data=builder.inttoptr(values[0], pointer), shape=[itemsize(1 << 40)],
                strides=[itemsize(size)], itemsize=itemsize(size), meminfo=None,
            )  # fmt: skip
            return array._getvalue()

        return kinds.Array(like.dtype, 1, "C")(kinds.int64, like), codegen

    return {
        vmath.cast: cast,
        vmath.real: real,
        machine.array_at: array_at,
    }


class Compiler:
    """Compiles functions for the card; see `translation.Backend`."""

    simulated = False

    def __init__(self) -> None:
        self.primitives = _intrinsics()
        cuda = toolkit()
        # It would warn of each small network that one block does not fill the card.
        toolkit(".dispatcher").config.CUDA_LOW_OCCUPANCY_WARNINGS = 0

        def wait() -> None:
            cuda.syncthreads()

        def own() -> Any:
            return cuda.threadIdx.x

        self.block = Block(EDGE, STEP, self.function(wait), self.function(own))

    def function(self, function: Any) -> Any:
        """Without fast mathematics: NaN and infinity must stay visible."""
        return toolkit().jit(device=True)(function)

    def walker(self, function: Any, dtype: np.dtype, in_a_block: bool) -> Walker:
        """A kernel of `walker.walk`, whose threads are those of one block or of many."""
        compiled = toolkit().jit(signature(dtype))(self.bound(function, dtype, in_a_block))
        (overload,) = compiled.overloads.values()
        return Walker(compiled, 1 if in_a_block else overload.max_cooperative_grid_blocks(THREADS), THREADS)

    def shuffler(self, function: Any) -> Any:
        """A kernel of `shuffling.shuffle`, for one block."""
        kinds = toolkit(".types")
        bits, numbers, steps = kinds.uint64[::1], kinds.int64[::1], kinds.int32[::1]
        taken = kinds.void(bits, numbers, *[steps] * 3, bits, steps, kinds.int64)
        return toolkit().jit(taken)(self._with(function, {}))

    def bound(self, function: Any, dtype: np.dtype, in_a_block: bool) -> Any:
        """`walker.walk` with what only the card has, not compiled."""
        cuda = toolkit()

        def of_grid() -> None:
            cuda.cg.this_grid().sync()

        names = {
            "barrier": self.block.wait if in_a_block else self.function(of_grid),
            "TILE": EDGE * EDGE,
            "kind": getattr(toolkit(".types"), np.dtype(dtype).name),
        }
        return self._with(function, names)

    def _with(self, function: Any, names: Mapping[str, Any]) -> Any:
        """A function that knows these names, too, and those of every kernel."""

        def plain(array: Any) -> Any:
            return array

        scope = {**function.__globals__, "cuda": toolkit(), "plain": self.function(plain), **names}
        return types.FunctionType(function.__code__, scope, function.__name__)

    def library(self, stream: Any) -> Cublas | None:
        """What computes large products in a stream, where it is installed."""
        return Cublas(stream) if importlib.util.find_spec("nvmath") is not None else None

    def captured(self, work: Callable[[], None], stream: Any) -> Callable[[], None]:
        """What ``work`` puts into the stream, as a graph that can begin there again and again."""
        own = importlib.import_module("cuda.core").Stream.from_handle(int(stream))
        builder = own.create_graph_builder().begin_building()
        try:
            work()
            graph = builder.end_building().complete()
        except BaseException:
            # The stream is captured no longer; that a capture was broken off says less than why.
            with suppress(Exception):
                builder.close()
            raise
        builder.close()
        graph.upload(own)
        return partial(graph.launch, own)

    def address(self, array: Any) -> int:
        """Where an array of the card lies."""
        return int(array.__cuda_array_interface__["data"][0])


def signature(dtype: np.dtype) -> Any:
    """The types of what `walker.walk` takes."""
    kinds = toolkit(".types")
    table, values = kinds.int64[::1], getattr(kinds, np.dtype(dtype).name)[::1]
    return kinds.void(*[table] * 4, *[values] * 5, *[kinds.int64] * 4)
