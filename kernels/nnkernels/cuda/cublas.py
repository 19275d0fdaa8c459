"""Matrix products by cuBLAS, through NVIDIA's own binding (nvmath-python)."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any

import numpy as np

from nnkernels.cuda.library import Gemm, Matrix
from nnkernels.cuda.toolkit import toolkit

# Bytes that cuBLAS may work in, as NVIDIA advises for its newest cards. They are ours: else it would take
# memory while a graph is captured, and its sums could come in another order.
WORKSPACE = 32 * 2**20


class Cublas:
    """Puts products into a stream; sums keep their order, and float32 is computed as such (no TF32)."""

    def __init__(self, stream: Any) -> None:
        self._cublas = import_module("nvmath.bindings.cublas")
        self._workspace = toolkit().device_array(WORKSPACE, np.uint8)
        self._handle = self._cublas.create()
        self._cublas.set_stream(self._handle, int(stream))
        # After the stream, whose setting takes the workspace away.
        self._cublas.set_workspace(self._handle, _address(self._workspace), WORKSPACE)

    def multiply(self, gemm: Gemm, buffers: Mapping[str, Any]) -> None:
        """Put a product into the stream; ``buffers`` are arrays of the card, of one float type."""
        sides = gemm.left, gemm.right, gemm.to
        dtype = np.dtype(buffers[gemm.to.buffer].dtype)
        left, right, to = (_address(buffers[m.buffer]) + m.at * dtype.itemsize for m in sides)
        names = {"float32": "sgemm_strided_batched", "float64": "dgemm_strided_batched"}
        one, zero = np.ones(1, dtype), np.zeros(1, dtype)
        # To cuBLAS rows are columns: what it computes is right.T @ left.T = to.T.
        getattr(self._cublas, names[dtype.name])(
            self._handle, self._turned(gemm.right), self._turned(gemm.left),
            gemm.columns, gemm.rows, gemm.terms, one.ctypes.data,
            right, gemm.right.width, gemm.right.stride, left, gemm.left.width, gemm.left.stride,
            zero.ctypes.data, to, gemm.to.width, gemm.to.stride, gemm.parts,
        )  # fmt: skip

    def _turned(self, matrix: Matrix) -> int:
        operation = self._cublas.Operation
        return int(operation.T if matrix.turned else operation.N)


def _address(array: Any) -> int:
    return int(array.__cuda_array_interface__["data"][0])
