"""Softmax of a row of scores and its gradient, in whole vectors: rows of attention are short.

A loop that the compiler makes vectors of does what is left of a row number by number, which is most of it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from nnkernels.jit import Deferred, numba
from nnkernels.vector.channel_loops import Vectors


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
        ir = self.ir
        one = self.builder.insert_element(ir.Constant(self.vec, ir.Undefined), value, ir.IntType(32)(0))
        zeros = ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), [0] * self.lanes)
        return self.builder.shuffle_vector(one, ir.Constant(self.vec, ir.Undefined), zeros)

    def across(self, name: str, value: Any, *begin: Any) -> Any:
        """One number of all lanes, by LLVM's reduction of this name."""
        from numba.core import cgutils

        kinds = [*(self.scalar for _ in begin), self.vec]
        full = f"llvm.vector.reduce.{name}.v{self.lanes}f{64 if self.double else 32}"
        function = cgutils.get_or_insert_function(
            self.builder.module, self.ir.FunctionType(self.scalar, kinds), full
        )
        # Lanes may be added in pairs.
        return self.builder.call(function, [*begin, value], fastmath=("reassoc",))

    def sum_over(self, n: Any, term: Any) -> Any:
        """The sum over n positions of what ``term`` makes of one."""
        from numba.core import cgutils

        total = cgutils.alloca_once_value(self.builder, self.constant(0.0))

        def body(at: Any) -> None:
            self.builder.store(self.add(self.builder.load(total), term(at)), total)

        self.over(n, body)
        zero = self.ir.Constant(self.scalar, 0.0)
        return self.across("fadd", self.builder.load(total), zero)


def _softmax(v: Rows, values: Any, n: Any, scale: Any) -> None:
    """Values become e**(scale (value - the largest)), and are divided by their sum."""
    from numba.core import cgutils

    build, scale = v.builder, v.spread(scale)
    most = cgutils.alloca_once_value(build, v.constant(-math.inf))

    def compare(at: Any) -> None:
        value, top = v.load(values, at, -math.inf), build.load(most)
        build.store(build.select(build.fcmp_ordered(">", value, top), value, top), most)

    v.over(n, compare)
    top = v.spread(v.across("fmax", build.load(most)))

    def power(at: Any) -> Any:
        # What does not exist counts as e**-infinity.
        value = v.exp(v.mul(v.sub(v.load(values, at, -math.inf), top), scale))
        v.store(value, values, at)
        return value

    total = v.sum_over(n, power)
    factor = v.spread(build.fdiv(v.ir.Constant(v.scalar, 1.0), total))
    v.over(n, lambda at: v.store(v.mul(v.load(values, at), factor), values, at))


def _softmax_back(v: Rows, weights: Any, kept: Any, gradients: Any, n: Any, scale: Any) -> None:
    """Gradients become scale (kept gradient - weight sum(kept gradient))."""
    total = v.spread(v.sum_over(n, lambda at: v.mul(v.load(kept, at), v.load(gradients, at))))
    scale = v.spread(scale)

    def body(at: Any) -> None:
        own = v.mul(v.load(kept, at), v.load(gradients, at))
        v.store(v.mul(scale, v.sub(own, v.mul(v.load(weights, at), total))), gradients, at)

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
            data = context.make_array(sig.args[0])(context, builder, given[0]).data
            builder.call(function, [builder.gep(data, [given[1]]), *given[2:]])
            return context.get_dummy_value()

        return nb.types.void(values, nb.types.int64, nb.types.int64, values.dtype), codegen

    return softmax_row


def _make_softmax_row_back() -> Any:
    nb = numba()

    @nb.extending.intrinsic
    def softmax_row_back(typingctx, values, weights, kept, gradients, n, scale):
        def codegen(context: Any, builder: Any, sig: Any, given: Any) -> Any:
            function = _function(context, builder.module, "softmax_back", sig.args[0].dtype, _softmax_back, 3)
            data = context.make_array(sig.args[0])(context, builder, given[0]).data
            builder.call(function, [*(builder.gep(data, [at]) for at in given[1:4]), *given[4:]])
            return context.get_dummy_value()

        i = nb.types.int64
        return nb.types.void(values, i, i, i, i, values.dtype), codegen

    return softmax_row_back


# (values, at, n, scale): n scores from ``at`` on become their softmax, each multiplied by ``scale`` before.
softmax_row = Deferred(_make_softmax_row)
# (values, weights, kept, gradients, n, scale): all three rows lie in ``values``; see `_softmax_back`.
softmax_row_back = Deferred(_make_softmax_row_back)
