"""Matrix products of a few numbers, where `simd`'s tile would take longer to get ready than to multiply.

    C[r, 0:n] = start + sum_k  A[a0 + r*ar + k*ak] * B[b0 + k*bk + 0:n]

Rows lie at one distance, so that no table of them is read, and all of a product is one call.
"""

from __future__ import annotations

from typing import Any

from nnkernels.jit import Deferred, numba
from nnkernels.vector.masked import Masked, address_in, first_lanes, in_all_lanes, inner_function
from nnkernels.vector.simd import VECTOR_BYTES

# Rows that are summed together, so that additions need not wait for each other.
ROWS_TOGETHER = 5


class Product:
    """Builds the function (a, ar, ak, b, bk, c, cr, m, terms, n, start, starts) for one kind of float."""

    def __init__(self, module: Any, name: str, scalar: Any) -> None:
        from llvmlite import ir

        self.scalar, self.i64, pointer = scalar, ir.IntType(64), ir.PointerType()
        i64 = self.i64
        kinds = [pointer, i64, i64, pointer, i64, pointer, i64, i64, i64, i64, pointer, i64]
        self.function = inner_function(module, name, kinds)
        self.builder = ir.IRBuilder(self.function.append_basic_block("entry"))
        (self.a, self.ar, self.ak, self.b, self.bk, self.c, self.cr, self.m, self.terms, self.n,
         self.start, starts) = self.function.args  # fmt: skip
        self.together = i64(ROWS_TOGETHER)
        self.given = self.builder.icmp_signed("!=", starts, i64(0))
        self.enough = self.builder.icmp_signed(">=", self.m, self.together)

    def at(self, base: Any, offset: Any) -> Any:
        """The address of a value."""
        return self.builder.gep(base, [offset], source_etype=self.scalar)

    def whole(self, most: int) -> None:
        """All of the product, by vectors of ``most`` columns, or of fewer where C has no more."""
        build, i64 = self.builder, self.i64
        with build.if_else(build.icmp_signed("<=", self.n, i64(most // 2))) as (few, many):
            with few, build.if_else(build.icmp_signed("==", self.n, i64(1))) as (one, some):
                with one:
                    self.columns(1, exact=True)
                with some:
                    self.vectors(most // 2)
            with many:
                self.vectors(most)
        build.ret_void()

    def vectors(self, lanes: int) -> None:
        """All of C, without masks where it is made of whole vectors: AVX2 stores slowly by a mask."""
        build, i64 = self.builder, self.i64
        rest = build.and_(self.n, i64(lanes - 1))
        with build.if_else(build.icmp_signed("==", rest, i64(0))) as (whole, partly):
            with whole:
                self.columns(lanes, exact=True)
            with partly:
                self.columns(lanes, exact=False)

    def columns(self, lanes: int, exact: bool) -> None:
        """All of C, ``lanes`` columns at a time; what a line of the cache ends in is loaded twice."""
        from numba.core import cgutils

        build, i64 = self.builder, self.i64
        vectors = Masked(build, self.scalar, lanes)
        fma = vectors.fma()
        with cgutils.for_range_slice(build, i64(0), self.n, i64(lanes)) as (column, _):
            mask = None if exact else first_lanes(build, build.sub(self.n, column), lanes)
            begin = cgutils.alloca_once_value(build, vectors.all(0.0))
            with build.if_then(self.given):
                build.store(vectors.load(self.at(self.start, column), mask), begin)
            begin = build.load(begin)
            with build.if_else(self.enough) as (then, otherwise):
                with then:
                    last = build.sub(self.m, self.together)
                    with cgutils.for_range_slice(build, i64(0), self.m, self.together) as (row, _):
                        # The last block ends with the last row: some are computed twice, alike.
                        first = build.select(build.icmp_signed(">", row, last), last, row)
                        self.block(vectors, fma, first, ROWS_TOGETHER, column, mask, begin)
                with otherwise, cgutils.for_range(build, self.m) as row:
                    self.block(vectors, fma, row.index, 1, column, mask, begin)

    def block(
        self, vectors: Masked, fma: Any, first: Any, rows: int, column: Any, mask: Any, begin: Any
    ) -> None:
        """Some rows of C, from ``first`` on, at the vector of columns from ``column`` on."""
        from numba.core import cgutils

        build, i64 = self.builder, self.i64
        sums = [cgutils.alloca_once(build, vectors.vec) for _ in range(rows)]
        for total in sums:
            build.store(begin, total)
        left = [self.at(self.a, build.mul(build.add(first, i64(r)), self.ar)) for r in range(rows)]
        with cgutils.for_range(build, self.terms) as term:
            right_at = self.at(self.b, build.add(build.mul(term.index, self.bk), column))
            right = vectors.load(right_at, mask)
            ahead = build.mul(term.index, self.ak)
            for row, total in zip(left, sums, strict=True):
                value = build.load(self.at(row, ahead), typ=self.scalar)
                factor = in_all_lanes(build, value, vectors.vec)
                build.store(build.call(fma, [factor, right, build.load(total)]), total)
        for r, total in enumerate(sums):
            to = self.at(self.c, build.add(build.mul(build.add(first, i64(r)), self.cr), column))
            vectors.store(build.load(total), to, mask)


def _make_small_product() -> Any:
    nb = numba()
    from llvmlite import ir

    def define(context: Any, module: Any, name: str, dtype: Any) -> Any:
        product = Product(module, name, context.get_value_type(dtype))
        product.whole(VECTOR_BYTES.compiled // (dtype.bitwidth // 8))
        return product.function

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        dtype = sig.args[0].dtype
        name = f"nn_small_{dtype}"
        function = builder.module.globals.get(name) or define(context, builder.module, name, dtype)

        def base(position: int) -> Any:
            address = address_in(context, builder, sig.args[position], *values[position : position + 2])
            return builder.bitcast(address, ir.PointerType())

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
