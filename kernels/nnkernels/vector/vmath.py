"""Vectorisable exp, expm1, erf, tanh and sigmoid, and counter-based random numbers.

numba has no vector math library here, so float32 gets formulas that LLVM turns into vector code;
float64 takes libm, because only tests use it.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

import numpy as np

from nnkernels.jit import Deferred, device, numba
from nnkernels.vector.formulas import Formulas


def _make_formula(name: str) -> Any:
    """One of `Formulas` as a function of a float32."""
    nb = numba()
    from llvmlite import ir

    from nnkernels.compiler import helper

    @nb.extending.intrinsic
    def formula(typingctx, x):
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            return getattr(Formulas(builder, ir.FloatType()), name)(values[0])

        return nb.types.float32(nb.types.float32), codegen

    return helper(lambda x: formula(x), nogil=True)


def _make_cast() -> Any:
    nb = numba()

    @nb.extending.intrinsic
    def cast(typingctx, value, like):
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            return context.cast(builder, values[0], sig.args[0], sig.return_type)

        return getattr(like, "dtype", like)(value, like), codegen

    return cast


def _make_real() -> Any:
    nb = numba()
    from llvmlite import ir

    @nb.extending.intrinsic
    def real(typingctx, bits, like):
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            value = builder.bitcast(values[0], ir.DoubleType())
            return context.cast(builder, value, nb.types.float64, sig.return_type)

        return getattr(like, "dtype", like)(nb.types.int64, like), codegen

    return real


def _frozen(builder: Any, value: Any) -> Any:
    """LLVM's ``freeze`` of a value, which llvmlite has no name for."""
    from llvmlite import ir

    instruction = ir.Instruction(builder.block, value.type, "freeze", [value])
    builder._insert(instruction)
    return instruction


def _make_choose() -> Any:
    nb = numba()

    @nb.extending.intrinsic
    def choose(typingctx, condition, a, b):
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            condition, *both = values
            return builder.select(condition, *(_frozen(builder, value) for value in both))

        if a != b:
            raise nb.errors.TypingError(f"choose takes two values of one type, not {a} and {b}.")
        return a(nb.types.boolean, a, b), codegen

    return choose


# A number in the type of ``like`` (a value or an array). A plain constant would not do: numba makes
# float64 of float32 and an integer or a Python float, and the loop is no longer vector code.
cast = Deferred(_make_cast)
# A float that travelled through the integer argument block; see Lowering.real.
real = Deferred(_make_real)
# (condition, a, b): ``a if condition else b``, both computed. Where one way leaves what lies in memory as it
# is, LLVM stores by a mask, which takes an AMD with AVX2 ten times as long; it does not see through a freeze.
choose = Deferred(_make_choose)
exp32, expm1_32, tanh32 = (Deferred(partial(_make_formula, name)) for name in ("exp", "expm1", "tanh"))


@device(exact=True)
def erf32(x):
    """The error function for float32, absolute error below 2e-7 (Abramowitz and Stegun 7.1.26)."""
    c = np.float32
    size = abs(x)
    t = c(1.0) / (c(1.0) + c(0.3275911) * size)
    p = c(1.061405429)
    p = p * t + c(-1.453152027)
    p = p * t + c(1.421413741)
    p = p * t + c(-0.284496736)
    p = p * t + c(0.254829592)
    far = c(1.0) - p * t * exp32(-size * size)
    return -far if x < c(0.0) else far


@device(exact=True)
def log1p32(x):
    """log(1 + x) for float32 and x from 0 to 1, as 2 artanh(x / (2 + x)): precise near 0 too."""
    c = np.float32
    s = x / (c(2.0) + x)
    z = s * s
    p = c(1 / 13) * z + c(1 / 11)
    p = p * z + c(1 / 9)
    p = p * z + c(1 / 7)
    p = p * z + c(1 / 5)
    p = p * z + c(1 / 3)
    return c(2.0) * (s + s * z * p)


def _make_by_type(fast: Any, exact: Any, name: str) -> Any:
    """A jitted function of one number that picks by type: ours for float32, libm for float64."""
    nb = numba()
    from nnkernels.compiler import helper, overload_options

    def stub(x):
        raise TypeError(name)

    fast_compiled = fast.compiled

    @nb.extending.overload(stub, jit_options=overload_options())
    def choose(x):  # numba compares signatures
        chosen = (lambda x: fast_compiled(x)) if x == nb.types.float32 else (lambda x: exact(x))
        # See `jit`: functions of different contents must not be called the same.
        chosen.__qualname__ = f"{name}_by_type"
        return chosen

    return helper(lambda x: stub(x), nogil=True, error_model="numpy")


exp = Deferred(lambda: _make_by_type(exp32, math.exp, "exp"))
expm1 = Deferred(lambda: _make_by_type(expm1_32, math.expm1, "expm1"))
erf = Deferred(lambda: _make_by_type(erf32, math.erf, "erf"))
tanh = Deferred(lambda: _make_by_type(tanh32, math.tanh, "tanh"))
# log(1 + x) for x from 0 to 1 only.
log1p = Deferred(lambda: _make_by_type(log1p32, math.log1p, "log1p"))


@device(exact=True)
def difference(a, b):
    """a - b, before anything else is added: reassociated, an offset that both share would cost digits.

    Add it, or multiply it: LLVM turns the subtraction of a difference into one that it reassociates again.
    """
    return a - b


@device
def sigmoid(x):
    """1 / (1 + e**-x); no x gives NaN: infinity is only divided by."""
    one = cast(1.0, x)
    return one / (one + exp(-x))


@device
def uniform32(key, counter):
    """A float32 in [0, 1) that depends on nothing but its arguments (murmur3's finaliser)."""
    u = np.uint32
    # numba multiplies two uint32 as uint64: every product is cut back to 32 bits.
    h = u(u(counter) * u(0x9E3779B1)) ^ u(key)
    h = u(u(h ^ (h >> u(16))) * u(0x85EBCA6B))
    h = u(u(h ^ (h >> u(13))) * u(0xC2B2AE35))
    h = u(h ^ (h >> u(16)))
    return np.float32(h >> np.uint32(8)) * np.float32(1.0 / 16777216.0)


@device
def normal(key, counter):
    """A float64 from N(0, 1) that depends on nothing but its arguments, by Box and Muller."""
    a, b = uniform32(key, counter), uniform32(key + 15485863, counter)
    return math.sqrt(-2.0 * math.log(1.0 - a)) * math.cos(2.0 * math.pi * b)
