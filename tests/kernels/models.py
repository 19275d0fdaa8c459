"""What kernels find when they run as Python: arrays that refuse an index outside of them, and intrinsics.

Whatever is no Python in nnkernels (LLVM's code) has a model here, by the name of what makes it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from kernels.interpreter import Interpreter


class Checked:
    """An array as kernels know it: one axis, no negative index.

    A whole buffer has no end for compiled code, so that a slice beyond it is wrong; a slice of a slice ends
    with it, as in NumPy. ``holes`` are True where a buffer has values that belong to nobody.
    """

    def __init__(self, values: np.ndarray, whole: bool = False, holes: np.ndarray | None = None) -> None:
        self.values, self.whole, self.holes = values, whole, holes
        self.size, self.dtype, self.itemsize = values.size, values.dtype, values.itemsize
        self.shape, self.ctypes = values.shape, values.ctypes

    def position(self, index: Any) -> Any:
        """The index, if it lies inside. Raises IndexError."""
        size = len(self.values)
        if isinstance(index, slice):
            start = 0 if index.start is None else index.start
            stop = size if index.stop is None else index.stop
            if index.step is not None or start < 0 or stop < 0 or (self.whole and max(start, stop) > size):
                raise IndexError(f"{start}:{stop} of {size} values")
            index = slice(start, stop)
        elif isinstance(index, tuple):
            if not all(0 <= i < n for i, n in zip(index, self.shape, strict=True)):
                raise IndexError(f"{index} of {self.shape} values")
        elif not 0 <= index < size:
            raise IndexError(f"{index} of {size} values")
        if self.holes is not None and np.any(self.holes[index]):
            raise IndexError(f"{index} belongs to nobody, of {size} values")
        return index

    def after(self, start: int) -> Checked:
        """The same buffer from another value on. Raises IndexError."""
        if not 0 <= start <= len(self.values):
            raise IndexError(f"{start}: of {len(self.values)} values")
        return Checked(self.values[start:], self.whole, None if self.holes is None else self.holes[start:])

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice) and index.stop is None and self.values.ndim == 1:
            return self.after(index.start or 0)
        result = self.values[self.position(index)]
        return Checked(result) if isinstance(result, np.ndarray) else result

    def __setitem__(self, index: Any, value: Any) -> None:
        self.values[self.position(index)] = value.values if isinstance(value, Checked) else value

    def part(self, start: int, count: int) -> np.ndarray:
        """A view of ``count`` values, all of which must be there."""
        if count > 0 and start + count > len(self.values):
            raise IndexError(f"{start}:{start + count} of {len(self.values)} values")
        return self.values[self.position(slice(start, start + count))] if count > 0 else self.values[:0]


class Vectors:
    """Stands for `channel_loops.Vectors`, and for its builder: one vector is as wide as the whole loop."""

    def __init__(self, count: int) -> None:
        self.count, self.builder, self.stores = count, self, True

    def load(self, base: tuple[Checked, int], offset: int) -> np.ndarray:
        return base[0].part(base[1] + offset, self.count).copy()

    def store(self, value: Any, base: tuple[Checked, int], offset: int) -> None:
        if self.stores:
            base[0].part(base[1] + offset, self.count)[:] = value

    @contextmanager
    def if_then(self, condition: bool) -> Iterator[None]:
        self.stores = condition
        yield
        self.stores = True

    def icmp_signed(self, sign: str, a: int, b: int) -> bool:
        assert sign == "=="
        return a == b

    def select(self, condition: bool, a: Any, b: Any) -> Any:
        return a if condition else b

    def and_(self, a: int, b: int) -> int:
        return a & b

    def i64(self, value: int) -> int:
        return value

    def constant(self, value: float) -> float:
        return value

    def add(self, a: Any, b: Any) -> Any:
        return a + b

    def sub(self, a: Any, b: Any) -> Any:
        return a - b

    def mul(self, a: Any, b: Any) -> Any:
        return a * b

    def one_minus(self, a: Any) -> Any:
        return 1 - a

    def where_positive(self, x: Any, value: Any) -> Any:
        return np.where(x <= 0, 0.0, value)

    def minus(self, a: Any) -> Any:
        return -a

    def half(self, a: Any) -> Any:
        return a / 2

    def tanh(self, a: Any) -> Any:
        return np.tanh(a)

    def sigmoid(self, a: Any) -> Any:
        return 1 / (1 + np.exp(-a))

    def sums_over_rows(self, rows: int, count: int, terms: Callable[[int], Any]) -> list[Any]:
        totals = [np.zeros(self.count) for _ in range(count)]
        for row in range(rows):
            for total, term in zip(totals, terms(row), strict=True):
                total += term
        return totals


class Models:
    """What the makers of intrinsics make here, by the makers' names; ``of`` is the interpreter."""

    @staticmethod
    def _has_avx512(of: Interpreter) -> bool:
        # The smaller tiles: more of them are not full.
        return False

    @staticmethod
    def _vector_bytes(of: Interpreter) -> int:
        return 32

    @staticmethod
    def _make_gemm(of: Interpreter) -> Any:
        def gemm(
            a: Checked, a0: int, rows: Checked, r0: int, m: int, ao: int, ak: int, o_count: int,
            k_count: int, b: Checked, b0: int, bo: int, bk: int, c: Checked, c0: int, cr: int, n: int,
            mode: int, start: Checked, i0: int,
        ) -> None:  # fmt: skip
            """The nest of `simd`'s docstring."""
            tails = [(o * ao + k * ak, b0 + o * bo + k * bk) for o in range(o_count) for k in range(k_count)]
            right = [b.part(at, n) for _, at in tails]
            for r in range(m):
                sink, first = c.part(c0 + r * cr, n), a0 + rows[r0 + r]
                total = {0: 0.0, 1: sink.copy(), 2: start.part(i0, n) if mode == 2 else None}[mode]
                for (ahead, _), row in zip(tails, right, strict=True):
                    total = total + a[first + ahead] * row
                sink[:] = total

        return gemm

    @staticmethod
    def _make_small_product(of: Interpreter) -> Any:
        def small_product(
            a: Checked, a0: int, ar: int, ak: int, b: Checked, b0: int, bk: int, c: Checked, c0: int, cr: int,
            m: int, terms: int, n: int, start: Checked, i0: int, starts: int,
        ) -> None:  # fmt: skip
            right = [b.part(b0 + k * bk, n) for k in range(terms)]
            for r in range(m):
                total = start.part(i0, n) if starts else 0.0
                for k, row in enumerate(right):
                    total = total + a[a0 + r * ar + k * ak] * row
                c.part(c0 + r * cr, n)[:] = total

        return small_product

    @staticmethod
    def _make_transpose(of: Interpreter) -> Any:
        def transpose(
            source: Checked, at: int, rows: int, columns: int, stride: int, work: Checked, to: int, pitch: int
        ) -> None:
            values = np.array([source.part(at + i * stride, columns) for i in range(rows)])
            for j in range(columns):
                work.part(to + j * pitch, rows)[:] = values[:, j]

        return transpose

    @staticmethod
    def _make_softmax_row(of: Interpreter) -> Any:
        def softmax_row(values: Checked, at: int, n: int, scale: float) -> None:
            row = values.part(at, n)
            powers = np.exp((row - row.max()) * scale)
            row[:] = powers / powers.sum()

        return softmax_row

    @staticmethod
    def _make_softmax_row_back(of: Interpreter) -> Any:
        def softmax_row_back(
            values: Checked, weights: int, kept: int, gradients: int, n: int, scale: float
        ) -> None:
            sink = values.part(gradients, n)
            own = values.part(kept, n) * sink
            sink[:] = scale * (own - values.part(weights, n) * own.sum())

        return softmax_row_back

    @staticmethod
    def _make_load(of: Interpreter) -> Any:
        return lambda array, index: array[index]

    @staticmethod
    def _make_store(of: Interpreter) -> Any:
        return Checked.__setitem__

    @staticmethod
    def _make_cast(of: Interpreter) -> Any:
        return lambda value, like: like.dtype.type(value)

    @staticmethod
    def _make_choose(of: Interpreter) -> Any:
        return lambda condition, a, b: a if condition else b

    @staticmethod
    def _make_real(of: Interpreter) -> Any:
        return lambda bits, like: like.dtype.type(np.int64(bits).view(np.float64))

    @staticmethod
    def _make_formula(of: Interpreter, name: str) -> Any:
        return lambda x: np.float32(getattr(np, name)(x))

    @staticmethod
    def _make_by_type(of: Interpreter, fast: Any, exact: Any, name: str) -> Any:
        short, long = of.python(fast), getattr(np, name, math.erf)
        return lambda x: short(x) if isinstance(x, np.float32) else np.float64(long(x))

    @staticmethod
    def make_cell(of: Interpreter, name: str, body: Any) -> Any:
        def cell(work: Checked, *offsets: int) -> None:
            *starts, units = offsets
            body(Vectors(units), *[(work, at) for at in starts], 0, units)

        return cell

    @staticmethod
    def make_loop(of: Interpreter, name: str, body: Any) -> Any:
        def transform(
            a: Checked, a0: int, b: Checked, b0: int, c: Checked, c0: int, n: int, *numbers: int
        ) -> None:
            body(Vectors(n), (a, a0), (b, b0), (c, c0), 0, *numbers)

        return transform

    @staticmethod
    def _make_array_at(of: Interpreter) -> Any:
        return of.array_at

    @staticmethod
    def _make_call(of: Interpreter) -> Any:
        return of.call

    @staticmethod
    def _make_control(of: Interpreter, flush: bool) -> Any:
        return lambda *before: 0
