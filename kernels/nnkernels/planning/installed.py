"""Whether programs could run on a graphics card; imports nothing of it."""

from __future__ import annotations

import importlib.util
import os


def is_simulated() -> bool:
    """Whether numba's simulator stands for a graphics card."""
    return os.environ.get("NUMBA_ENABLE_CUDASIM", "0") not in ("", "0")


def is_installed() -> bool:
    """Whether the extra package for graphics cards is there; imports nothing."""
    return is_simulated() or importlib.util.find_spec("numba_cuda") is not None
