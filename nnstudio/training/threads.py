"""How many threads the engine uses."""

from __future__ import annotations

from nnkernels import jit


def limit_threads(threads: int) -> int:
    """Use at most this many threads; returns how many there will be."""
    numba = jit.numba()
    count = min(threads, numba.config.NUMBA_NUM_THREADS)
    numba.set_num_threads(count)
    return int(count)
