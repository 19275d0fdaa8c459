"""The transpose of a matrix, block by block in registers: value by value it takes five times as long."""

from __future__ import annotations

from typing import Any

from nnkernels.jit import Deferred, numba
from nnkernels.vector.masked import Masked, address_in, first_lanes, inner_function

# Rows and columns of a block, a power of two.
EDGE = 8


class Transpose:
    """Builds the function (source, rows, columns, stride, to, pitch) for one kind of float."""

    def __init__(self, module: Any, name: str, scalar: Any) -> None:
        from llvmlite import ir
        from numba.core import cgutils

        self.ir, self.scalar, self.i64 = ir, scalar, ir.IntType(64)
        i64, pointer = self.i64, ir.PointerType()
        self.function = inner_function(module, name, [pointer, i64, i64, i64, pointer, i64])
        self.builder = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.vectors = Masked(self.builder, scalar, EDGE)
        _, rows, columns, *_ = self.function.args
        with (
            cgutils.for_range_slice(self.builder, i64(0), rows, i64(EDGE)) as (i, _),
            cgutils.for_range_slice(self.builder, i64(0), columns, i64(EDGE)) as (j, _),
        ):
            self.block(i, j)
        self.builder.ret_void()

    def block(self, i: Any, j: Any) -> None:
        """The block whose first value is in row i and column j; at the edges, what there is of it."""
        build, (source, rows, columns, stride, to, pitch) = self.builder, self.function.args
        across = first_lanes(build, build.sub(columns, j), EDGE)
        down, is_high = first_lanes(build, build.sub(rows, i), EDGE), self.is_whole(i, rows)
        values = []
        for n in range(EDGE):
            row = build.add(i, self.i64(n))
            address = self.address(source, row, stride, j)
            values.append(self.vectors.load(address, self.where(row, rows, across)))
        for n, value in enumerate(self.turned(values)):
            column = build.add(j, self.i64(n))
            address = self.address(to, column, pitch, i)
            # AVX2 stores slowly by a mask, even where nothing is stored.
            is_there = build.icmp_signed("<", column, columns)
            with build.if_then(is_there), build.if_else(is_high) as (whole, partly):
                with whole:
                    self.vectors.store(value, address)
                with partly:
                    self.vectors.store(value, address, down)

    def is_whole(self, first: Any, end: Any) -> Any:
        """Whether as many as a block's edge are left."""
        build = self.builder
        return build.icmp_signed("<=", build.add(first, self.i64(EDGE)), end)

    def turned(self, values: list[Any]) -> list[Any]:
        """Vectors of as many rows become those of the columns.

        Of rows i and i + EDGE / 2 in turn: each time a digit of the row's number, in base 2, becomes one of
        the column's, and the other way round.
        """
        kind = self.ir.VectorType(self.ir.IntType(32), EDGE)
        for _ in range(EDGE.bit_length() - 1):
            pairs = list(zip(values[: EDGE // 2], values[EDGE // 2 :], strict=True))
            values = []
            for a, b in pairs:
                for half in (0, EDGE // 2):
                    order = [half + n // 2 + n % 2 * EDGE for n in range(EDGE)]
                    values.append(self.builder.shuffle_vector(a, b, self.ir.Constant(kind, order)))
        return values

    def address(self, base: Any, row: Any, apart: Any, column: Any) -> Any:
        """Where a value of a matrix lies, whose rows are ``apart``."""
        offset = self.builder.add(self.builder.mul(row, apart), column)
        return self.builder.gep(base, [offset], source_etype=self.scalar)

    def where(self, row: Any, end: Any, mask: Any) -> Any:
        """The mask in rows before the end, and none of the lanes in others."""
        none = self.ir.Constant(self.vectors.mask, [0] * EDGE)
        return self.builder.select(self.builder.icmp_signed("<", row, end), mask, none)


def _make_transpose() -> Any:
    nb = numba()

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        dtype = sig.args[0].dtype
        name = f"nn_transpose_{dtype}"
        known = builder.module.globals.get(name)
        function = known or Transpose(builder.module, name, context.get_value_type(dtype)).function
        source, at, rows, columns, stride, work, to, pitch = values
        first = address_in(context, builder, sig.args[0], source, at)
        last = address_in(context, builder, sig.args[5], work, to)
        builder.call(function, [first, rows, columns, stride, last, pitch])
        return context.get_dummy_value()

    @nb.extending.intrinsic
    def transpose(typingctx, source, at, rows, columns, stride, work, to, pitch):
        i = nb.types.int64
        return nb.types.void(source, i, i, i, i, work, i, i), codegen

    return transpose


# (source, at, rows, columns, stride, work, to, pitch): the transpose of a (rows, columns) block, whose rows
# are ``stride`` apart, lies in work from ``to`` on; its rows are ``pitch`` apart.
transpose = Deferred(_make_transpose)
