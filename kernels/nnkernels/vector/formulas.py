"""exp and tanh as instructions for LLVM, of one number or of a whole vector: each formula stands once.

Coefficients of exp from Cephes (expf.c), of tanh from Eigen (MathFunctionsImpl.h, ptanh_float). Relative
error of float32 stays below 3e-7 in their range; float64, which only tests use, goes through libm.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

# Multiply-add may become one instruction; the order of operations stays: errors are compensated by it.
EXACT = ("contract",)
EXP = (1.9875691500e-4, 1.3981999507e-3, 8.3334519073e-3, 4.1665795894e-2, 1.6666665459e-1, 5.0000001201e-1)
# At -88 the bits of 2**n are those of 0, at 89 those of infinity, and beyond they must not change any more.
EXP_RANGE = (-88.0, 89.0)
# e**x - 1 would take infinity from infinity there.
EXPM1_RANGE = (-88.0, 88.0)
LOG2_E = 1.44269504088896341
# ln 2 in two parts, so that n ln 2 is exact.
LN_2 = (0.693359375, -2.12194440e-4)
TANH_OVER = (
    -2.76076847742355e-16, 2.00018790482477e-13, -8.60467152213735e-11, 5.12229709037114e-08,
    1.48572235717979e-05, 6.37261928875436e-04, 4.89352455891786e-03,
)  # fmt: skip
TANH_UNDER = (1.19825839466702e-06, 1.18534705686654e-04, 2.26843463243900e-03, 4.89352518554385e-03)
# Beyond, float32 has nothing but 1.
TANH_END = 7.90531110763549805


class Formulas:
    """Builds formulas for values of one kind: float32, float64 or a vector of either."""

    def __init__(self, builder: Any, kind: Any) -> None:
        from llvmlite import ir

        self.ir, self.builder, self.kind = ir, builder, kind
        self.lanes: int = getattr(kind, "count", 0)
        self.scalar = kind.element if self.lanes else kind
        self.double = isinstance(self.scalar, ir.DoubleType)

    def constant(self, value: float) -> Any:
        return self.ir.Constant(self.kind, [value] * self.lanes if self.lanes else value)

    def add(self, a: Any, b: Any) -> Any:
        return self.builder.fadd(a, b, flags=EXACT)

    def sub(self, a: Any, b: Any) -> Any:
        return self.builder.fsub(a, b, flags=EXACT)

    def mul(self, a: Any, b: Any) -> Any:
        return self.builder.fmul(a, b, flags=EXACT)

    def one_minus(self, a: Any) -> Any:
        return self.sub(self.constant(1.0), a)

    def where_positive(self, x: Any, value: Any) -> Any:
        """The value where x is positive or NaN, 0 elsewhere."""
        positive = self.builder.fcmp_unordered(">", x, self.constant(0.0))
        return self.builder.select(positive, value, self.constant(0.0))

    def polynomial(self, x: Any, coefficients: Sequence[float]) -> Any:
        total = self.constant(coefficients[0])
        for coefficient in coefficients[1:]:
            total = self.add(self.mul(total, x), self.constant(coefficient))
        return total

    def clamp(self, x: Any, low: float, high: float) -> Any:
        """Between both; NaN stays NaN."""
        for sign, bound in ((">", high), ("<", low)):
            outside = self.builder.fcmp_ordered(sign, x, self.constant(bound))
            x = self.builder.select(outside, self.constant(bound), x)
        return x

    def exp_parts(self, x: Any, span: tuple[float, float] = EXP_RANGE) -> tuple[Any, Any]:
        """(q, p) with e**x = p (1 + q), p a power of two and ``|q|`` small; NaN stays NaN. float32.

        x is cut to ``span``. p is 0 below -87.7 and infinite above 88.37.
        """
        x = self.clamp(x, *span)
        n = self.intrinsic("floor", self.add(self.mul(x, self.constant(LOG2_E)), self.constant(0.5)))
        for part in LN_2:
            x = self.sub(x, self.mul(n, self.constant(part)))
        p = self.mul(self.mul(self.polynomial(x, EXP), x), x)
        return self.add(p, x), self.power_of_two(n)

    def power_of_two(self, n: Any) -> Any:
        """2**n for whole n, made from the bits of the exponent; 0 for n = -127 and infinity for 128."""
        ir, kind = self.ir, self.ir.IntType(32)
        vector_type = ir.VectorType(kind, self.lanes) if self.lanes else kind

        def whole(value: int) -> Any:
            return ir.Constant(vector_type, [value] * self.lanes if self.lanes else value)

        bits = self.builder.add(self.builder.fptosi(n, vector_type), whole(127))
        return self.builder.bitcast(self.builder.shl(bits, whole(23)), self.kind)

    def exp(self, x: Any) -> Any:
        """e**x; float32 reaches 0 from -87.7 on and infinity from 88.37 on."""
        if self.double:
            return self.intrinsic("exp", x)
        q, p = self.exp_parts(x)
        return self.mul(self.add(q, self.constant(1.0)), p)

    def expm1(self, x: Any) -> Any:
        """e**x - 1 for float32, with full relative precision near zero; saturates above 88."""
        q, p = self.exp_parts(x, EXPM1_RANGE)
        return self.add(self.mul(q, p), self.sub(p, self.constant(1.0)))

    def tanh(self, x: Any) -> Any:
        """A quotient of polynomials: one division, and no exponential."""
        if self.double:
            over = self.exp(self.add(x, x))
            under = self.add(over, self.constant(1.0))
            return self.one_minus(self.builder.fdiv(self.constant(2.0), under))
        x = self.clamp(x, -TANH_END, TANH_END)
        z = self.mul(x, x)
        return self.builder.fdiv(self.mul(x, self.polynomial(z, TANH_OVER)), self.polynomial(z, TANH_UNDER))

    def sigmoid(self, x: Any) -> Any:
        """1 / (1 + e**-x); no x gives NaN: infinity is only divided by."""
        one = self.constant(1.0)
        return self.builder.fdiv(one, self.add(one, self.exp(self.builder.fneg(x))))

    def intrinsic(self, name: str, x: Any) -> Any:
        """LLVM's function of this name, for this kind."""
        suffix = f"f{64 if self.double else 32}"
        full = f"llvm.{name}.v{self.lanes}{suffix}" if self.lanes else f"llvm.{name}.{suffix}"
        module = self.builder.module
        known = module.globals.get(full)
        if known is None:
            known = self.ir.Function(module, self.ir.FunctionType(self.kind, [self.kind]), full)
        return self.builder.call(known, [x])
