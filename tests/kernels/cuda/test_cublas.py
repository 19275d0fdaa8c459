"""cuBLAS is asked for what is meant, though its rows are columns, and its errors become sentences."""

from __future__ import annotations

import sys
from enum import IntEnum
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from nnkernels.cuda import card, cublas
from nnkernels.cuda.cublas import Cublas
from nnkernels.cuda.library import Gemm, Matrix
from nnkernels.planning.hardware import HardwareError


class Array:
    """An array that says where it lies, as those of a card do."""

    def __init__(self, values: np.ndarray) -> None:
        self.values, self.dtype = values, values.dtype
        self.__cuda_array_interface__ = {"data": (values.ctypes.data, False)}


class Operation(IntEnum):
    N = 0
    T = 1


def at(address: int, values: np.dtype, count: int) -> np.ndarray:
    """What lies at an address."""
    kind = np.ctypeslib.as_ctypes_type(values)
    return np.ctypeslib.as_array((kind * count).from_address(address))


def gemm_of(dtype: np.dtype, calls: list[str]) -> Any:
    """cuBLAS as its manual has it, number by number: element (i, j) of a matrix lies at i + j * ld."""

    def gemm(handle, ta, tb, m, n, k, alpha, a, lda, sa, b, ldb, sb, beta, c, ldc, sc, count):
        calls.append("gemm")
        assert handle == 7 and lda >= (k if ta else m) and ldb >= (n if tb else k) and ldc >= m
        one, zero = at(alpha, dtype, 1)[0], at(beta, dtype, 1)[0]
        size = dtype.itemsize
        for part in range(count):
            for i in range(m):
                for j in range(n):
                    total = 0.0
                    for t in range(k):
                        where_a = part * sa + (t + i * lda if ta else i + t * lda)
                        where_b = part * sb + (j + t * ldb if tb else t + j * ldb)
                        total += at(a + where_a * size, dtype, 1)[0] * at(b + where_b * size, dtype, 1)[0]
                    to = at(c + (part * sc + i + j * ldc) * size, dtype, 1)
                    to[0] = one * total + (zero * to[0] if zero else 0)

    return gemm


@pytest.fixture
def calls(monkeypatch) -> list[str]:
    """The library without a card; what it was asked, in order."""
    calls: list[str] = []
    module: Any = ModuleType("nvmath.bindings.cublas")
    module.Operation = Operation
    module.create = lambda: 7
    module.set_stream = lambda handle, stream: calls.append(f"stream {stream}")
    module.set_workspace = lambda handle, where, size: calls.append(f"workspace {size}")
    module.sgemm_strided_batched = gemm_of(np.dtype(np.float32), calls)
    module.dgemm_strided_batched = gemm_of(np.dtype(np.float64), calls)
    for name in ("nvmath", "nvmath.bindings"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "nvmath.bindings.cublas", module)
    tools = SimpleNamespace(device_array=lambda size, dtype: Array(np.zeros(size, dtype)))
    monkeypatch.setattr(cublas, "toolkit", lambda: tools)
    return calls


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("turned", [(False, False), (True, False), (False, True), (True, True)])
def test_rows_are_rows(calls, dtype, turned):
    rng, parts, (rows, columns, terms) = np.random.default_rng(1), 2, (3, 2, 4)
    left, right = rng.normal(size=(parts, rows, terms)), rng.normal(size=(parts, terms, columns))

    def laid(values: np.ndarray, is_turned: bool) -> tuple[np.ndarray, Matrix]:
        """Rows of seven values, three of another kind ahead."""
        as_it_lies = values.swapaxes(1, 2) if is_turned else values
        buffer = np.full((parts, as_it_lies.shape[1], 7), np.nan, dtype)
        buffer[:, :, : as_it_lies.shape[2]] = as_it_lies
        flat = np.concatenate([np.full(3, np.nan, dtype), buffer.ravel()])
        return flat, Matrix("", 3, 7, is_turned, buffer[0].size)

    sides = [laid(left, turned[0]), laid(right, turned[1])]
    to = np.full(2 + parts * 20, np.nan, dtype)
    gemm = Gemm(
        rows, columns, terms, *(Matrix(n, m.at, m.width, m.turned, m.stride)
        for n, (_, m) in zip(("acts", "params"), sides, strict=True)), Matrix("work", 2, 5, stride=20), parts,
    )  # fmt: skip
    buffers = {"acts": Array(sides[0][0]), "params": Array(sides[1][0]), "work": Array(to)}
    Cublas(11).multiply(gemm, buffers)
    shares = to[2:].reshape(parts, 4, 5)
    np.testing.assert_allclose(shares[:, :rows, :columns], left @ right, rtol=1e-5)
    assert np.isnan(shares[:, rows:]).all() and np.isnan(shares[:, :, columns:]).all()
    # The stream takes the workspace away: it comes after.
    assert calls == ["stream 11", f"workspace {cublas.WORKSPACE}", "gemm"]


@pytest.mark.parametrize(
    "text, words",
    [
        ("CUBLAS_STATUS_ALLOC_FAILED (3): it", "too little free memory"),
        ("CUBLAS_STATUS_EXECUTION_FAILED (13): it", "stopped in the middle"),
        ("CUBLAS_STATUS_NOT_INITIALIZED (1): it", "NOT_INITIALIZED"),
    ],
)
def test_errors_of_the_library_become_sentences(text, words):
    error = type("cuBLASError", (Exception,), {"__module__": "nvmath.bindings.cublas"})(text)
    with pytest.raises(HardwareError, match=words) as caught, card.explained():
        raise error
    assert caught.value.__cause__ is error
