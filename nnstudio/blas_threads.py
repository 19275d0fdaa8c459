"""How many threads NumPy's matrix products take. To be asked for before NumPy is imported."""

from __future__ import annotations

import os

# The libraries that NumPy may have been built with: OpenBLAS (pip), MKL (conda), Accelerate (macOS).
VARIABLES = ("OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "VECLIB_MAXIMUM_THREADS")


def keep_to_one_thread() -> None:
    """Let NumPy multiply on the thread that asks, unless the environment says otherwise.

    OpenBLAS begins as many threads as there are cores with its first larger product, and each of them waits
    for the next one at full load, for 20 ms and more: on the cores that train. The products of views are
    small, but come many times a second: *Spiral* at the speed *Watch* took 0.79 of a core with those threads,
    and takes 0.39 without (three runs in turn, two cores).
    """
    for name in VARIABLES:
        os.environ.setdefault(name, "1")
