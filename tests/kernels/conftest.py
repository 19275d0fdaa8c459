"""What tests of the engine leave behind."""

from __future__ import annotations

import pytest

from nnkernels import jit


@pytest.fixture(autouse=True)
def own_kernels():
    """Kernels that a test declares end with it: a warm-up looks for all that are declared."""
    yield
    for name in [name for name in jit.KERNELS if not name.startswith("nnkernels.")]:
        del jit.KERNELS[name]
