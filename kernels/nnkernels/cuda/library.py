"""Products that a library computes in the walker's stead, and what threads of the card do around them.

A call of a library ends a launch of the walker, so only large products go there. A convolution is one where
its windows can be laid out: a row of ``windows`` for each position, with all taps and channels that it sees.
It knows of no particular library.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from nnkernels.cuda import products
from nnkernels.cuda.products import PRODUCTS
from nnkernels.cuda.together import named
from nnkernels.cuda.walker import LEAD_IN
from nnkernels.jit import Kernel, handed_over
from nnkernels.layers import dense
from nnkernels.machine import SAMPLES
from nnkernels.ops import convolution
from nnkernels.vector.vmath import cast

# Products of at least so many multiplications, each with its addition, go to the library. A guess, not
# measured: a call costs a second launch, some 5 us, in which tiles of our own might do that many.
LARGE = 2**23
# Bytes that the windows of a convolution may take; they are laid out for one at a time.
WINDOWS_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Matrix:
    """Rows that lie ``width`` values apart in a buffer, from ``at`` on.

    ``turned``: it is taken the other way round. ``stride`` values further lies that of the next part.
    """

    buffer: str
    at: int
    width: int
    turned: bool = False
    stride: int = 0


@dataclass(frozen=True)
class Gemm:
    """In each part ``to`` (rows, columns) becomes ``left`` (rows, terms) by ``right`` (terms, columns)."""

    rows: int
    columns: int
    terms: int
    left: Matrix
    right: Matrix
    to: Matrix
    parts: int = 1


@dataclass(frozen=True)
class Work:
    """What an instruction is in a library's hands.

    ``before`` and ``after`` are the values that threads of the card compute then; ``windows`` is how many lie
    in between.
    """

    gemms: tuple[Gemm, ...]
    before: int = 0
    after: int = 0
    windows: int = 0

    @property
    def terms(self) -> int:
        """Multiplications, each with its addition."""
        return sum(g.rows * g.columns * g.terms * g.parts for g in self.gemms)


@dataclass(frozen=True)
class Call:
    """How a library does a kernel: what it is for so many samples, or None; and lines of text around it.

    The lines see what those of a `Product` see, and ``windows``.
    """

    of: Callable[[Any, int], Work | None]
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


def _dense(a: Any, samples: int) -> Work:
    rows = samples * a.steps
    left, right = Matrix("acts", a.x_at, a.width), Matrix("params", a.weight_at, a.out)
    gemm = Gemm(rows, a.out, a.width, left, right, Matrix("acts", a.y_at, a.out))
    return Work((gemm,), after=rows * a.out if a.bias_at >= 0 else 0)


def _dense_back(a: Any, samples: int) -> Work:
    if hasattr(a, "turned_at"):
        right = Matrix("work", a.turned_at, a.width)
    else:
        right = Matrix("params", a.weight_at, a.out, turned=True)
    left, to = Matrix("grads", a.dy_at, a.out), Matrix("grads", a.dx_at, a.width)
    return Work((Gemm(samples * a.steps, a.width, a.out, left, right, to),))


def _dense_weights(a: Any, samples: int) -> Work:
    left, right = Matrix("acts", a.x_at, a.width, turned=True), Matrix("grads", a.dy_at, a.out)
    gemm = Gemm(a.width, a.out, samples * a.steps, left, right, Matrix("grads", a.dweight_at, a.out))
    return Work((gemm,), after=a.out if a.dbias_at >= 0 else 0)


def _is_pointwise(shape: Any) -> bool:
    """Whether a window is one position, so that the picture's rows are the windows."""
    alone = shape.kh * shape.kw * shape.sh * shape.sw == 1
    return alone and (shape.top, shape.left, shape.oh, shape.ow) == (0, 0, shape.h, shape.w)


def _terms(shape: Any) -> int:
    return int(shape.kh * shape.kw * shape.cin)


def _laid_out(shape: Any, samples: int) -> int:
    """How many values the windows are; none where they are the picture itself."""
    return 0 if _is_pointwise(shape) else samples * shape.oh * shape.ow * _terms(shape)


def _seen(a: Any, buffer: str, at: int, **how: Any) -> Matrix:
    """The windows, or the picture at ``at`` of a buffer that they are themselves."""
    terms = _terms(a.shape)
    return Matrix(buffer, at, terms, **how) if _is_pointwise(a.shape) else Matrix("windows", 0, terms, **how)


def _convolution(a: Any, samples: int) -> Work | None:
    s, rows = a.shape, samples * a.shape.oh * a.shape.ow
    if s.groups != 1:
        return None
    right, to = Matrix("params", a.weight_at, s.cout), Matrix("acts", a.y_at, s.cout)
    gemm = Gemm(rows, s.cout, _terms(s), _seen(a, "acts", a.x_at), right, to)
    windows = _laid_out(s, samples)
    return Work((gemm,), windows, rows * s.cout if a.bias_at >= 0 else 0, windows)


def _convolution_back(a: Any, samples: int) -> Work | None:
    s, rows = a.shape, samples * a.shape.oh * a.shape.ow
    if s.groups != 1:
        return None
    left, right = Matrix("grads", a.dy_at, s.cout), Matrix("params", a.weight_at, s.cout, turned=True)
    gemm = Gemm(rows, _terms(s), s.cout, left, right, _seen(a, "grads", a.dx_at))
    windows = _laid_out(s, samples)
    return Work((gemm,), after=samples * s.h * s.w * s.cin if windows else 0, windows=windows)


def _convolution_weights(a: Any, samples: int) -> Work | None:
    """A part is a chunk of samples, as everywhere; the last may have fewer."""
    s, positions, terms = a.shape, a.shape.oh * a.shape.ow, _terms(a.shape)
    if s.groups != 1:
        return None

    def gemm(first: int, each: int, parts: int) -> Gemm:
        row, share = first * positions, a.share_at + first // a.per_chunk * a.share_stride
        seen = _seen(a, "acts", a.x_at, turned=True, stride=each * positions * terms)
        left = Matrix(seen.buffer, seen.at + row * terms, seen.width, True, seen.stride)
        right = Matrix("grads", a.dy_at + row * s.cout, s.cout, stride=each * positions * s.cout)
        to = Matrix("work", share, s.cout, stride=a.share_stride)
        return Gemm(terms, s.cout, each * positions, left, right, to, parts)

    whole, rest = divmod(samples, a.per_chunk)
    gemms = [gemm(0, a.per_chunk, whole)] if whole else []
    gemms += [gemm(samples - rest, rest, 1)] if rest else []
    windows = _laid_out(s, samples)
    return Work(tuple(gemms), windows, (whole + (rest > 0)) * s.cout, windows)


_LAY_OUT = (
    "seen = shape.kh * shape.kw * shape.cin",
    "for e in range(thread, state[SAMPLES] * shape.oh * shape.ow * seen, threads):",
    "    windows[e] = window_value(acts, x_at, shape, 0, e // seen, e % seen)",
)
_ADD_BIAS = (
    "for e in range(thread, rows * columns, threads):",
    "    acts[y_at + e] += params[bias_at + e % columns]",
)
_GATHER = (
    "for e in range(thread, rows * columns, threads):",
    "    grads[dx_at + e] = sum_seen(windows, shape, e // columns, e % columns)",
)
_FORWARD = Call(_convolution, _LAY_OUT, _ADD_BIAS)
_BACK = Call(_convolution_back, after=_GATHER)
CALLS: dict[Kernel, Call] = {
    dense.forward: Call(_dense, after=_ADD_BIAS),
    dense.input_gradient: Call(_dense_back),
    dense.input_gradient_turned: Call(_dense_back),
    dense.weight_gradient: Call(_dense_weights, after=PRODUCTS[dense.weight_gradient].after),
    convolution.forward: _FORWARD,
    convolution.fast_forward: _FORWARD,
    convolution.input_gradient: _BACK,
    convolution.fast_input_gradient: _BACK,
    **{
        kernel: Call(_convolution_weights, _LAY_OUT, PRODUCTS[kernel].after)
        for kernel in (convolution.weight_gradient, convolution.fast_weight_gradient)
    },
}


def work_of(kernel: Kernel, numbers: Sequence[int], samples: int) -> Work | None:
    """What a library does of an instruction, given its arguments; None where it can do nothing."""
    call = CALLS.get(kernel)
    return call.of(SimpleNamespace(**named(kernel, numbers)), samples) if call else None


def is_worth_it(work: Work, itemsize: int, large: int) -> bool:
    """Whether a library should do it, where a product of so many multiplications is ``large``."""
    return work.terms >= large and work.windows * itemsize <= WINDOWS_BYTES


PARAMETERS = "which, given, at, state, acts, grads, params, work, windows, thread, threads, mode"
AROUND = """
def around(state, acts, grads, params, work, windows, thread, threads, mode, {arguments}):
    rows, columns, terms, parts = {sizes}
    if mode == LEAD_IN:
        {before}
    else:
        {after}
"""


def _around(kernel: Kernel) -> Any:
    """A function of what threads do before and after the product of a kernel, not compiled yet."""
    call, joint = CALLS[kernel], "\n        "
    text = AROUND.format(
        arguments=", ".join(kernel.arguments), sizes=PRODUCTS[kernel].sizes,
        before=joint.join(call.before) or "pass", after=joint.join(call.after) or "pass",
    )  # fmt: skip
    helpers = {name: getattr(products, name) for name in ("window_value", "sum_seen", "sum_columns")}
    scope: dict[str, Any] = {**helpers, "cast": cast, "SAMPLES": SAMPLES, "LEAD_IN": LEAD_IN}
    exec(text, scope)
    return scope["around"]


def dispatcher(kernels: Sequence[Kernel], outside: Sequence[Kernel], form: Callable[[Any], Any]) -> Any:
    """A function that does what is left around products of ``outside``, by their numbers in ``kernels``."""
    lines = [f"def around({PARAMETERS}):", "    if which < 0:", "        return"]
    scope: dict[str, Any] = {}
    for kernel in outside:
        number = kernels.index(kernel)
        scope |= {f"{name}_{number}": record for name, record in kernel.records.items()}
        scope[f"kernel{number}"] = form(_around(kernel))
        handed = handed_over(kernel, "at + ", "{}_" + str(number))
        lines.append(f"    elif which == {number}:")
        buffers = "state, acts, grads, params, work, windows, thread, threads, mode"
        lines.append(f"        kernel{number}({buffers}, {handed})")
    exec("\n".join(lines), scope)
    return scope["around"]
