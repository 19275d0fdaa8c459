"""Compiles every operator for float64, in which nothing but tests computes, before they need it.

    python tests/kernels/compile_float64.py

In a test that needs it first, it takes up to half a minute, longer where each step is traced for coverage,
and processes that need the same one compile it each.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from nnkernels import cache, jit, warm

FLOAT64 = np.dtype(np.float64)


def compile_one(name: str) -> None:
    warm.kernels()
    try:
        jit.KERNELS[name].address(FLOAT64)
    except Exception as error:  # the tests of this operator tell more
        print(f"{name}: {error}")


def main() -> None:
    entries = {kernel.name: kernel.entry(FLOAT64) for kernel in warm.kernels()}
    absent = set(cache.absent(entry for entry in entries.values() if entry is not None))
    names = [name for name, entry in entries.items() if entry is not None and entry.name in absent]
    with ProcessPoolExecutor(os.cpu_count(), get_context("spawn")) as pool:
        list(pool.map(compile_one, names))


if __name__ == "__main__":
    main()
