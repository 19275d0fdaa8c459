"""Vectorisable exp, expm1, erf, tanh and sigmoid, and counter-based random numbers.

numba has no vector math library here, so float32 gets polynomials that LLVM turns into vector
code (coefficients of exp from Cephes, expf.c); float64 takes libm, because only tests use
it. Relative error of the float32 versions stays below 3e-7 in their range.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from nnkernels.jit import Deferred, device, numba


def _make_power_of_two() -> Any:
    nb = numba()
    from llvmlite import ir

    @nb.extending.intrinsic
    def power_of_two(typingctx, n):  # type: ignore[no-untyped-def]
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            bits = builder.shl(builder.add(values[0], ir.IntType(32)(127)), ir.IntType(32)(23))
            return builder.bitcast(bits, ir.FloatType())

        return nb.types.float32(nb.types.int32), codegen

    return power_of_two


def _make_cast() -> Any:
    nb = numba()

    @nb.extending.intrinsic
    def cast(typingctx, value, like):  # type: ignore[no-untyped-def]
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            return context.cast(builder, values[0], sig.args[0], sig.return_type)

        return getattr(like, "dtype", like)(value, like), codegen

    return cast


def _make_real() -> Any:
    nb = numba()
    from llvmlite import ir

    @nb.extending.intrinsic
    def real(typingctx, bits, like):  # type: ignore[no-untyped-def]
        def codegen(context: Any, builder: Any, sig: Any, values: Any) -> Any:
            value = builder.bitcast(values[0], ir.DoubleType())
            return context.cast(builder, value, nb.types.float64, sig.return_type)

        return getattr(like, "dtype", like)(nb.types.int64, like), codegen

    return real


# A number in the type of ``like`` (a value or an array). A plain constant would not do: numba makes
# float64 of float32 and an integer or a Python float, and the loop is no longer vector code.
cast = Deferred(_make_cast)
# A float that travelled through the integer argument block; see Lowering.real.
real = Deferred(_make_real)
# 2**n as float32, made from the bits of the exponent.
power_of_two = Deferred(_make_power_of_two)


@device(exact=True)
def exp_parts(x):
    """(q, p) with e**x = p (1 + q), p a power of two and |q| small; saturates, NaN stays NaN."""
    c = np.float32
    y = x
    if y > c(88.0):
        y = c(88.0)
    if y < c(-87.0):
        y = c(-87.0)
    n = np.floor(y * c(1.44269504088896341) + c(0.5))
    r = (y - n * c(0.693359375)) + n * c(2.12194440e-4)
    p = c(1.9875691500e-4)
    p = p * r + c(1.3981999507e-3)
    p = p * r + c(8.3334519073e-3)
    p = p * r + c(4.1665795894e-2)
    p = p * r + c(1.6666665459e-1)
    p = p * r + c(5.0000001201e-1)
    return p * r * r + r, power_of_two(np.int32(n))


@device(exact=True)
def exp32(x):
    """e**x for float32; saturates to 0 and about 1.7e38."""
    q, p = exp_parts(x)
    return (q + np.float32(1.0)) * p


@device(exact=True)
def expm1_32(x):
    """e**x - 1 for float32, with full relative precision near zero."""
    q, p = exp_parts(x)
    return q * p + (p - np.float32(1.0))


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
def tanh32(x):
    """tanh for float32 as a quotient of polynomials: one division, and no exponential.

    Coefficients from Eigen (MathFunctionsImpl.h, ptanh_float); beyond 7.9 float32 has nothing but 1.
    """
    c = np.float32
    y = x
    if y > c(7.90531110763549805):
        y = c(7.90531110763549805)
    if y < c(-7.90531110763549805):
        y = c(-7.90531110763549805)
    z = y * y
    p = c(-2.76076847742355e-16)
    p = p * z + c(2.00018790482477e-13)
    p = p * z + c(-8.60467152213735e-11)
    p = p * z + c(5.12229709037114e-08)
    p = p * z + c(1.48572235717979e-05)
    p = p * z + c(6.37261928875436e-04)
    p = p * z + c(4.89352455891786e-03)
    q = c(1.19825839466702e-06)
    q = q * z + c(1.18534705686654e-04)
    q = q * z + c(2.26843463243900e-03)
    q = q * z + c(4.89352518554385e-03)
    return y * p / q


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

    def stub(x):  # type: ignore[no-untyped-def]
        raise TypeError(name)

    fast_compiled = fast.compiled

    @nb.extending.overload(stub)
    def choose(x):  # type: ignore[no-untyped-def]  # numba compares signatures
        if x == nb.types.float32:
            return lambda x: fast_compiled(x)
        return lambda x: exact(x)

    return nb.njit(lambda x: stub(x), nogil=True, error_model="numpy")


exp = Deferred(lambda: _make_by_type(exp32, math.exp, "exp"))
expm1 = Deferred(lambda: _make_by_type(expm1_32, math.expm1, "expm1"))
erf = Deferred(lambda: _make_by_type(erf32, math.erf, "erf"))
tanh = Deferred(lambda: _make_by_type(tanh32, math.tanh, "tanh"))
# log(1 + x) for x from 0 to 1 only.
log1p = Deferred(lambda: _make_by_type(log1p32, math.log1p, "log1p"))


@device
def sigmoid(x):
    """1 / (1 + e**-x); no x gives NaN, because exp saturates (float32) or is infinite (float64)."""
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
