"""Matrix products of a few numbers, where `simd`'s tile would take longer to get ready than to multiply.

    C[r, 0:n] = start + sum_k  A[a0 + r*ar + k*ak] * B[b0 + k*bk + 0:n]

Rows lie at one distance, so that no table of them is read, and all of a product is one call.
"""

from __future__ import annotations

from typing import Any

from nnkernels.jit import Deferred, numba
from nnkernels.vector.simd import VECTOR_BYTES

# Rows that are summed together, so that additions need not wait for each other.
ROWS_TOGETHER = 5


def _make_small_product() -> Any:
    nb = numba()
    from llvmlite import ir
    from numba.core import cgutils

    i64, i32, i1, pointer = ir.IntType(64), ir.IntType(32), ir.IntType(1), ir.PointerType()

    def define(context: Any, module: Any, name: str, dtype: Any) -> Any:
        """The product as a function of its own: (a, ar, ak, b, bk, c, cr, m, terms, n, start, starts)."""
        scalar, bits = context.get_value_type(dtype), dtype.bitwidth
        most = VECTOR_BYTES.compiled // (bits // 8)
        kinds = [pointer, i64, i64, pointer, i64, pointer, i64, i64, i64, i64, pointer, i64]
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), name)
        function.linkage = "internal"
        function.attributes.add("noinline")
        builder = ir.IRBuilder(function.append_basic_block("entry"))
        a, ar, ak, b, bk, c, cr, m, terms, n, start, starts = function.args
        align, together = bits // 8, i64(ROWS_TOGETHER)
        given = builder.icmp_signed("!=", starts, i64(0))
        enough = builder.icmp_signed(">=", m, together)

        def at(base: Any, offset: Any) -> Any:
            return builder.gep(base, [offset], source_etype=scalar)

        def columns(lanes: int) -> None:
            """All of C, ``lanes`` columns at a time; what a line of the cache ends in is loaded twice."""
            vec, kind, count = (ir.VectorType(of, lanes) for of in (scalar, i1, i64))
            suffix, zero = f"v{lanes}f{bits}.p0", ir.Constant(vec, [0.0] * lanes)
            kind_of_load = ir.FunctionType(vec, [pointer, i32, kind, vec])
            kind_of_store = ir.FunctionType(ir.VoidType(), [vec, pointer, i32, kind])
            masked_load = cgutils.get_or_insert_function(module, kind_of_load, f"llvm.masked.load.{suffix}")
            masked_store = cgutils.get_or_insert_function(
                module, kind_of_store, f"llvm.masked.store.{suffix}"
            )
            fma = cgutils.get_or_insert_function(
                module, ir.FunctionType(vec, [vec] * 3), f"llvm.fma.v{lanes}f{bits}"
            )

            def spread(value: Any, into: Any) -> Any:
                one = builder.insert_element(ir.Constant(into, ir.Undefined), value, i32(0))
                zeros = ir.Constant(ir.VectorType(i32, lanes), [0] * lanes)
                return builder.shuffle_vector(one, ir.Constant(into, ir.Undefined), zeros)

            def load(address: Any, mask: Any) -> Any:
                if lanes == 1:
                    return builder.load(address, align=align, typ=vec)
                return builder.call(masked_load, [address, i32(align), mask, zero])

            def block(first: Any, rows: int, column: Any, mask: Any, begin: Any) -> None:
                """Some rows of C, from ``first`` on, at the vector of columns from ``column`` on."""
                sums = [cgutils.alloca_once(builder, vec) for _ in range(rows)]
                for total in sums:
                    builder.store(begin, total)
                left = [at(a, builder.mul(builder.add(first, i64(r)), ar)) for r in range(rows)]
                with cgutils.for_range(builder, terms) as term:
                    right = load(at(b, builder.add(builder.mul(term.index, bk), column)), mask)
                    ahead = builder.mul(term.index, ak)
                    for row, total in zip(left, sums, strict=True):
                        factor = spread(builder.load(at(row, ahead), typ=scalar), vec)
                        builder.store(builder.call(fma, [factor, right, builder.load(total)]), total)
                for r, total in enumerate(sums):
                    to = at(c, builder.add(builder.mul(builder.add(first, i64(r)), cr), column))
                    if lanes == 1:
                        builder.store(builder.load(total), to, align=align)
                    else:
                        builder.call(masked_store, [builder.load(total), to, i32(align), mask])

            with cgutils.for_range_slice(builder, i64(0), n, i64(lanes)) as (column, _):
                lane = ir.Constant(count, list(range(lanes)))
                mask = builder.icmp_signed("<", lane, spread(builder.sub(n, column), count))
                begin = cgutils.alloca_once_value(builder, zero)
                with builder.if_then(given):
                    builder.store(load(at(start, column), mask), begin)
                begin = builder.load(begin)
                with builder.if_else(enough) as (then, otherwise):
                    with then:
                        last = builder.sub(m, together)
                        with cgutils.for_range_slice(builder, i64(0), m, together) as (row, _):
                            # The last block ends with the last row: some are computed twice, alike.
                            over = builder.icmp_signed(">", row, last)
                            block(builder.select(over, last, row), ROWS_TOGETHER, column, mask, begin)
                    with otherwise, cgutils.for_range(builder, m) as row:
                        block(row.index, 1, column, mask, begin)

        with builder.if_else(builder.icmp_signed("<=", n, i64(most // 2))) as (few, many):
            with few, builder.if_else(builder.icmp_signed("==", n, i64(1))) as (one, some):
                with one:
                    columns(1)
                with some:
                    columns(most // 2)
            with many:
                columns(most)
        builder.ret_void()
        return function

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        dtype = sig.args[0].dtype
        name = f"nn_small_{dtype}"
        function = builder.module.globals.get(name) or define(context, builder.module, name, dtype)

        def base(position: int) -> Any:
            array = context.make_array(sig.args[position])(context, builder, values[position])
            return builder.bitcast(builder.gep(array.data, [values[position + 1]]), pointer)

        (_, _, ar, ak, _, _, bk, _, _, cr, m, terms, n, _, _, starts) = values
        builder.call(function, [base(0), ar, ak, base(4), bk, base(7), cr, m, terms, n, base(13), starts])
        return context.get_dummy_value()

    @nb.extending.intrinsic
    def small_product(typingctx, a, a0, ar, ak, b, b0, bk, c, c0, cr, m, terms, n, start, i0, starts):
        i = nb.types.int64
        return nb.types.void(a, i, i, i, b, i, i, c, i, i, i, i, i, start, i, i), codegen

    return small_product


# (a, a0, ar, ak, b, b0, bk, c, c0, cr, m, terms, n, start, i0, starts): m rows of n columns, each a sum of
# ``terms``; ``start`` from i0 is what the sums begin with where ``starts`` is not 0.
small_product = Deferred(_make_small_product)
