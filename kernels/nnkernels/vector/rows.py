"""Softmax of a row of scores and its gradient, in whole vectors: rows of attention are short.

A loop that the compiler makes vectors of does what is left of a row number by number, which is most of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from nnkernels.jit import Deferred, numba
from nnkernels.vector.channel_loops import Vectors
from nnkernels.vector.masked import address_in, in_all_lanes


class Rows(Vectors):
    """Builds loops over a short row, with sums over the lanes of a vector."""

    def over(self, n: Any, body: Callable[[Any], None]) -> None:
        """With a mask each time: a loop of its own for the last vector costs more than it saves."""
        from numba.core import cgutils

        build = self.builder
        with cgutils.for_range_slice(build, self.i64(0), n, self.i64(self.lanes)) as (at, _):
            self.mask = self.mask_of(build.sub(n, at))
            body(at)
        self.mask = None

    def spread(self, value: Any) -> Any:
        """The value in all lanes."""
        return in_all_lanes(self.builder, value, self.vec)

    def across(self, value: Any, join: Callable[[Any, Any], Any]) -> Any:
        """What ``join`` makes of all lanes, in each of them: of neighbours, of pairs of those, and so on."""
        ir, apart = self.ir, self.lanes // 2
        while apart:
            order = ir.Constant(
                ir.VectorType(ir.IntType(32), self.lanes), [n ^ apart for n in range(self.lanes)]
            )
            value = join(value, self.builder.shuffle_vector(value, value, order))
            apart //= 2
        return value

    def larger(self, a: Any, b: Any) -> Any:
        """The larger of both; b where one of them is NaN."""
        return self.builder.select(self.builder.fcmp_ordered(">", a, b), a, b)


def _softmax(v: Rows, values: Any, n: Any, scale: Any) -> None:
    """Values become e**(scale (value - the largest)), and are divided by their sum.

    The last vector, which is not whole, stays in a register: what was stored through a mask cannot be loaded
    until it has reached the cache.
    """
    from numba.core import cgutils

    build, scale, step = v.builder, v.spread(scale), v.i64(v.lanes)
    whole = build.sub(n, build.urem(n, step))
    mask = v.mask_of(build.sub(n, whole))

    def each(body: Callable[[Any], None]) -> None:
        with cgutils.for_range_slice(build, v.i64(0), whole, step) as (at, _):
            body(at)

    def power(value: Any) -> Any:
        return v.exp(v.mul(v.sub(value, top), scale))

    v.mask = mask
    # What does not exist counts as e**-infinity.
    last = v.load(values, whole, -math.inf)
    v.mask = None
    most = cgutils.alloca_once_value(build, last)

    def compare(at: Any) -> None:
        build.store(v.larger(v.load(values, at), build.load(most)), most)

    each(compare)
    top = v.across(build.load(most), v.larger)
    last = power(last)
    total = cgutils.alloca_once_value(build, last)

    def add(at: Any) -> None:
        value = power(v.load(values, at))
        v.store(value, values, at)
        build.store(v.add(build.load(total), value), total)

    each(add)
    # One division of one number: of a whole vector it takes twice as long.
    whole_sum = build.extract_element(v.across(build.load(total), v.add), v.ir.IntType(32)(0))
    factor = v.spread(build.fdiv(v.ir.Constant(v.scalar, 1.0), whole_sum))
    each(lambda at: v.store(v.mul(v.load(values, at), factor), values, at))
    v.mask = mask
    v.store(v.mul(last, factor), values, whole)
    v.mask = None


def _softmax_back(v: Rows, weights: Any, kept: Any, gradients: Any, n: Any, scale: Any) -> None:
    """Gradients become scale (kept gradient - weight sum(kept gradient))."""
    from numba.core import cgutils

    build = v.builder
    sums = cgutils.alloca_once_value(build, v.constant(0.0))

    def own(at: Any) -> Any:
        return v.mul(v.load(kept, at), v.load(gradients, at))

    v.over(n, lambda at: build.store(v.add(build.load(sums), own(at)), sums))
    total, scale = v.across(build.load(sums), v.add), v.spread(scale)

    def body(at: Any) -> None:
        v.store(v.mul(scale, v.sub(own(at), v.mul(v.load(weights, at), total))), gradients, at)

    v.over(n, body)


def _function(context: Any, module: Any, name: str, dtype: Any, body: Any, arrays: int) -> Any:
    """The function (arrays, n, scale) of this name in a module."""
    label = f"nn_{name}_{dtype}"
    known = module.globals.get(label)
    if known is not None:
        return known
    v = Rows(module, label, context.get_value_type(dtype), dtype.bitwidth, arrays, 1, 1)
    body(v, *v.function.args)
    v.builder.ret_void()
    return v.function


def _make_softmax_row() -> Any:
    nb = numba()

    @nb.extending.intrinsic
    def softmax_row(typingctx, values, at, n, scale):
        def codegen(context: Any, builder: Any, sig: Any, given: Any) -> Any:
            function = _function(context, builder.module, "softmax_row", sig.args[0].dtype, _softmax, 1)
            values = address_in(context, builder, sig.args[0], *given[:2])
            builder.call(function, [values, *given[2:]])
            return context.get_dummy_value()

        return nb.types.void(values, nb.types.int64, nb.types.int64, values.dtype), codegen

    return softmax_row


def _make_softmax_row_back() -> Any:
    nb = numba()

    @nb.extending.intrinsic
    def softmax_row_back(typingctx, values, weights, kept, gradients, n, scale):
        def codegen(context: Any, builder: Any, sig: Any, given: Any) -> Any:
            function = _function(context, builder.module, "softmax_back", sig.args[0].dtype, _softmax_back, 3)
            rows = [address_in(context, builder, sig.args[0], given[0], at) for at in given[1:4]]
            builder.call(function, [*rows, *given[4:]])
            return context.get_dummy_value()

        i = nb.types.int64
        return nb.types.void(values, i, i, i, i, values.dtype), codegen

    return softmax_row_back


# (values, at, n, scale): n scores from ``at`` on become their softmax, each multiplied by ``scale`` before.
softmax_row = Deferred(_make_softmax_row)
# (values, weights, kept, gradients, n, scale): all three rows lie in ``values``; see `_softmax_back`.
softmax_row_back = Deferred(_make_softmax_row_back)
