"""numba's CUDA, imported when it is first needed; without its types, which differ between versions."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def toolkit(part: str = "") -> Any:
    """The module `numba.cuda`, or one of its parts."""
    return import_module("numba.cuda" + part)
