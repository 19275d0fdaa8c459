"""Loops over channels that are written in whole vectors, where the compiler would not find them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from nnkernels.jit import Deferred, numba
from nnkernels.vector.formulas import Formulas
from nnkernels.vector.masked import Masked, address_in, first_lanes, inner_function
from nnkernels.vector.simd import VECTOR_BYTES

# Rows that are summed in the values' own type, before their sum goes into one in float64.
ROWS_AT_ONCE = 32


class Vectors(Formulas):
    """Builds one vector loop over channels or units: a function of arrays, integers and reals."""

    def __init__(
        self, module: Any, name: str, scalar: Any, bits: int, arrays: int, integers: int, reals: int = 0
    ) -> None:
        from llvmlite import ir

        self.i64 = ir.IntType(64)
        kinds = [*[ir.PointerType()] * arrays, *[self.i64] * integers, *[scalar] * reals]
        self.function = inner_function(module, name, kinds)
        builder = ir.IRBuilder(self.function.append_basic_block("entry"))
        self.masked = Masked(builder, scalar, VECTOR_BYTES.compiled // (bits // 8))
        self.vec = self.masked.vec
        super().__init__(builder, self.vec)
        # Lanes that exist, or None for all.
        self.mask: Any = None

    def mask_of(self, left: Any) -> Any:
        """The first lanes, as many as are left."""
        return first_lanes(self.builder, self.builder.trunc(left, self.ir.IntType(32)), self.lanes)

    def over(self, n: Any, body: Callable[[Any], None]) -> None:
        """``body`` at all of n positions, vector by vector; in the last one only lanes that exist."""
        from numba.core import cgutils

        build, step = self.builder, self.i64(self.lanes)
        whole = build.sub(n, build.urem(n, step))
        with cgutils.for_range_slice(build, self.i64(0), whole, step) as (at, _):
            body(at)
        with build.if_then(build.icmp_signed("<", whole, n)):
            self.mask = self.mask_of(build.sub(n, whole))
            body(whole)
        self.mask = None

    def load(self, base: Any, offset: Any, absent: float = 0.0) -> Any:
        """A vector; ``absent`` in lanes that do not exist."""
        address = self.builder.gep(base, [offset], source_etype=self.scalar)
        return self.masked.load(address, self.mask, absent)

    def store(self, value: Any, base: Any, offset: Any) -> None:
        address = self.builder.gep(base, [offset], source_etype=self.scalar)
        self.masked.store(value, address, self.mask)

    def minus(self, a: Any) -> Any:
        return self.builder.fneg(a)

    def half(self, a: Any) -> Any:
        return self.mul(a, self.constant(0.5))

    def sums_over_rows(self, rows: Any, count: int, terms: Callable[[Any], Sequence[Any]]) -> list[Any]:
        """Sums over all rows of ``count`` vectors, which ``terms`` makes of a row's number; in registers."""
        from numba.core import cgutils

        ir, build = self.ir, self.builder
        doubles = ir.VectorType(ir.DoubleType(), self.lanes)
        zeros = ir.Constant(doubles, [0.0] * self.lanes)
        totals = [cgutils.alloca_once_value(build, zeros) for _ in range(count)]
        with cgutils.for_range_slice(build, self.i64(0), rows, self.i64(ROWS_AT_ONCE)) as (first, _):
            left = build.sub(rows, first)
            fits = build.icmp_signed("<", left, self.i64(ROWS_AT_ONCE))
            parts = [cgutils.alloca_once_value(build, self.constant(0.0)) for _ in range(count)]
            with cgutils.for_range(build, build.select(fits, left, self.i64(ROWS_AT_ONCE))) as loop:
                for part, term in zip(parts, terms(build.add(first, loop.index)), strict=True):
                    build.store(self.add(build.load(part), term), part)
            for total, part in zip(totals, parts, strict=True):
                value = build.load(part)
                added = self.add(build.load(total), value if self.double else build.fpext(value, doubles))
                build.store(added, total)
        sums = [build.load(total) for total in totals]
        return sums if self.double else [build.fptrunc(value, self.vec) for value in sums]


def define_loop(
    context: Any, module: Any, name: str, dtype: Any, body: Any, arrays: int, integers: int
) -> Any:
    """The function (arrays, n, integers): ``body(v, arrays, at, integers)`` for all n channels."""
    label = f"nn_{name}_{dtype}"
    known = module.globals.get(label)
    if known is not None:
        return known
    v = Vectors(module, label, context.get_value_type(dtype), dtype.bitwidth, arrays, 1 + integers)
    bases, n, rest = v.function.args[:arrays], v.function.args[arrays], v.function.args[arrays + 1 :]
    v.over(n, lambda at: body(v, *bases, at, *rest))
    v.builder.ret_void()
    return v.function


def make_loop(name: str, body: Any) -> Any:
    """An intrinsic (a, a0, b, b0, c, c0, n, p, q, r, s): ``body`` for all n channels, by vectors."""
    nb = numba()
    from llvmlite import ir

    def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
        function = define_loop(context, builder.module, name, sig.args[0].dtype, body, 3, 4)

        def base(position: int) -> Any:
            address = address_in(context, builder, sig.args[position], *values[position : position + 2])
            return builder.bitcast(address, ir.PointerType())

        builder.call(function, [base(0), base(2), base(4), *values[6:]])
        return context.get_dummy_value()

    @nb.extending.intrinsic
    def transform(typingctx, a, a0, b, b0, c, c0, n, p, q, r, s):  # type: ignore[no-untyped-def]
        i = nb.types.int64
        return nb.types.void(a, i, b, i, c, i, i, i, i, i, i), codegen

    return transform


def at_strides(v: Vectors, at: Any, *products: tuple[int, Any]) -> Any:
    """at + sum of constant times value."""
    for factor, value in products:
        at = v.builder.add(at, v.builder.mul(v.i64(factor), value))
    return at


def _row_products(v: Vectors, a: Any, b: Any, c: Any, at: Any, *numbers: Any) -> None:
    """Over all rows: the sums of b - shift, and of (b - shift) (a - mean).

    ``numbers`` are rows, values of a row, and the distance between mean, shift and the two results in c.
    """
    rows, stride, apart, _ = numbers
    build = v.builder
    mean, shift = v.load(c, at), v.load(c, build.add(at, apart))

    def terms(row: Any) -> tuple[Any, Any]:
        position = build.add(at, build.mul(row, stride))
        distance = v.sub(v.load(b, position), shift)
        return distance, v.mul(distance, v.sub(v.load(a, position), mean))

    sums, products = v.sums_over_rows(rows, 2, terms)
    v.store(sums, c, at_strides(v, at, (2, apart)))
    v.store(products, c, at_strides(v, at, (3, apart)))


def _row_sums(v: Vectors, a: Any, b: Any, c: Any, at: Any, *numbers: Any) -> None:
    """c becomes b and the sum of a over all rows; ``numbers`` are rows and values of a row."""
    rows, stride, _, _ = numbers
    build = v.builder

    def terms(row: Any) -> tuple[Any]:
        return (v.load(a, build.add(at, build.mul(row, stride))),)

    (sums,) = v.sums_over_rows(rows, 1, terms)
    v.store(v.add(v.load(b, at), sums), c, at)


# (a, a0, b, b0, c, c0, channels, rows, stride, distance, 0), see `_row_products`.
row_products = Deferred(partial(make_loop, "row_products", _row_products))
# (a, a0, b, b0, c, c0, channels, rows, stride, 0, 0), see `_row_sums`.
row_sums = Deferred(partial(make_loop, "row_sums", _row_sums))
