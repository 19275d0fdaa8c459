"""Vectors of which only the first lanes may exist: what functions of LLVM are built from.

All writes into the module that is being built, in the order of the calls. Must not import numba or llvmlite
before there is something to build.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any


def inner_function(module: Any, name: str, kinds: Sequence[Any]) -> Any:
    """A function of its own that returns nothing, for this module alone: inlined, its loops would compete for
    registers.
    """
    from llvmlite import ir

    function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
    function.linkage = "internal"
    function.attributes.add("noinline")
    return function


def address_in(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    """Where ``array[index]`` lies, of numba's array type ``kind``; typed as its values are."""
    from nnkernels.arrays import member

    return builder.gep(member(context, builder, kind, array, "data"), [index])


def in_all_lanes(builder: Any, value: Any, kind: Any) -> Any:
    """The value in all lanes of a vector of type ``kind``."""
    from llvmlite import ir

    i32 = ir.IntType(32)
    one = builder.insert_element(ir.Constant(kind, ir.Undefined), value, i32(0))
    zeros = ir.Constant(ir.VectorType(i32, kind.count), [0] * kind.count)
    return builder.shuffle_vector(one, ir.Constant(kind, ir.Undefined), zeros)


def first_lanes(builder: Any, left: Any, lanes: int, before: int = 0) -> Any:
    """The mask of a vector's lanes, of which ``before`` are in vectors before it, and ``left`` exist."""
    from llvmlite import ir

    count = ir.VectorType(left.type, lanes)
    numbers = ir.Constant(count, [before + n for n in range(lanes)])
    return builder.icmp_signed("<", numbers, in_all_lanes(builder, left, count))


class Masked:
    """Loads and stores of vectors of ``lanes`` floats, at addresses of any of them.

    Attributes:
        vec: the type of such a vector; ``mask`` that of a mask.
        align: bytes of one float, which every address is a multiple of.
    """

    def __init__(self, builder: Any, scalar: Any, lanes: int) -> None:
        from llvmlite import ir
        from numba.core import cgutils

        self.ir, self.builder, self.lanes = ir, builder, lanes
        self.bits = 64 if isinstance(scalar, ir.DoubleType) else 32
        self.vec, self.mask = ir.VectorType(scalar, lanes), ir.VectorType(ir.IntType(1), lanes)
        self.align, pointer, i32 = self.bits // 8, ir.PointerType(), ir.IntType(32)
        load = ir.FunctionType(self.vec, [pointer, i32, self.mask, self.vec])
        store = ir.FunctionType(ir.VoidType(), [self.vec, pointer, i32, self.mask])
        suffix, module = f"v{lanes}f{self.bits}.p0", builder.module
        self._load = cgutils.get_or_insert_function(module, load, f"llvm.masked.load.{suffix}")
        self._store = cgutils.get_or_insert_function(module, store, f"llvm.masked.store.{suffix}")

    def all(self, value: float) -> Any:
        """A constant, in all lanes."""
        return self.ir.Constant(self.vec, [value] * self.lanes)

    def load(self, address: Any, mask: Any = None, absent: float = 0.0) -> Any:
        """A vector; with a mask, only of lanes that exist, and ``absent`` in the others."""
        if mask is None:
            return self.builder.load(address, align=self.align, typ=self.vec)
        align = self.ir.IntType(32)(self.align)
        return self.builder.call(self._load, [address, align, mask, self.all(absent)])

    def store(self, value: Any, address: Any, mask: Any = None) -> None:
        """Write a vector; with a mask, only lanes that exist."""
        if mask is None:
            self.builder.store(value, address, align=self.align)
        else:
            align = self.ir.IntType(32)(self.align)
            self.builder.call(self._store, [value, address, align, mask])

    def fma(self) -> Any:
        """LLVM's function of a product and a sum that are rounded once."""
        from numba.core import cgutils

        kind = self.ir.FunctionType(self.vec, [self.vec] * 3)
        name = f"llvm.fma.v{self.lanes}f{self.bits}"
        return cgutils.get_or_insert_function(self.builder.module, kind, name)
