"""The transpose of a matrix, block by block in registers: value by value it takes five times as long."""

from __future__ import annotations

from typing import Any

from nnkernels.jit import Deferred, numba

# Rows and columns of a block, a power of two.
EDGE = 8


def _make_transpose() -> Any:
    nb = numba()
    from llvmlite import ir
    from numba.core import cgutils

    i64, i32, i1, pointer = ir.IntType(64), ir.IntType(32), ir.IntType(1), ir.PointerType()

    def define(context: Any, module: Any, name: str, dtype: Any) -> Any:
        """A function of its own: (source, rows, columns, stride, to, pitch)."""
        scalar, bits = context.get_value_type(dtype), dtype.bitwidth
        vec, kind, count = (ir.VectorType(of, EDGE) for of in (scalar, i1, i64))
        function = ir.Function(
            module, ir.FunctionType(ir.VoidType(), [pointer, i64, i64, i64, pointer, i64]), name
        )
        function.linkage = "internal"
        function.attributes.add("noinline")
        builder = ir.IRBuilder(function.append_basic_block("entry"))
        source, rows, columns, stride, to, pitch = function.args
        suffix, align = f"v{EDGE}f{bits}.p0", i32(bits // 8)
        zero, none = ir.Constant(vec, [0.0] * EDGE), ir.Constant(kind, [0] * EDGE)
        load = cgutils.get_or_insert_function(
            module, ir.FunctionType(vec, [pointer, i32, kind, vec]), f"llvm.masked.load.{suffix}"
        )
        store = cgutils.get_or_insert_function(
            module, ir.FunctionType(ir.VoidType(), [vec, pointer, i32, kind]), f"llvm.masked.store.{suffix}"
        )

        def those_of(left: Any) -> Any:
            """The mask of as many lanes."""
            one = builder.insert_element(ir.Constant(count, ir.Undefined), left, i32(0))
            zeros = ir.Constant(ir.VectorType(i32, EDGE), [0] * EDGE)
            spread = builder.shuffle_vector(one, ir.Constant(count, ir.Undefined), zeros)
            return builder.icmp_signed("<", ir.Constant(count, list(range(EDGE))), spread)

        def address(base: Any, row: Any, apart: Any, column: Any) -> Any:
            return builder.gep(base, [builder.add(builder.mul(row, apart), column)], source_etype=scalar)

        def where(row: Any, end: Any, mask: Any) -> Any:
            return builder.select(builder.icmp_signed("<", row, end), mask, none)

        with (
            cgutils.for_range_slice(builder, i64(0), rows, i64(EDGE)) as (i, _),
            cgutils.for_range_slice(builder, i64(0), columns, i64(EDGE)) as (j, _),
        ):
            across, down = those_of(builder.sub(columns, j)), those_of(builder.sub(rows, i))
            block = []
            for n in range(EDGE):
                row = builder.add(i, i64(n))
                given = [address(source, row, stride, j), align, where(row, rows, across), zero]
                block.append(builder.call(load, given))
            # Of rows i and i + EDGE / 2 in turn: each time a digit of the row's number, in base 2, becomes
            # one of the column's, and the other way round.
            for _ in range(EDGE.bit_length() - 1):
                pairs = list(zip(block[: EDGE // 2], block[EDGE // 2 :], strict=True))
                block = []
                for a, b in pairs:
                    for half in (0, EDGE // 2):
                        order = [half + n // 2 + n % 2 * EDGE for n in range(EDGE)]
                        block.append(
                            builder.shuffle_vector(a, b, ir.Constant(ir.VectorType(i32, EDGE), order))
                        )
            for n, value in enumerate(block):
                column = builder.add(j, i64(n))
                mask = where(column, columns, down)
                builder.call(store, [value, address(to, column, pitch, i), align, mask])
        builder.ret_void()
        return function

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        dtype = sig.args[0].dtype
        name = f"nn_transpose_{dtype}"
        function = builder.module.globals.get(name) or define(context, builder.module, name, dtype)
        source, at, rows, columns, stride, work, to, pitch = values
        first, last = (
            builder.gep(context.make_array(kind)(context, builder, array).data, [offset])
            for kind, array, offset in ((sig.args[0], source, at), (sig.args[5], work, to))
        )
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
