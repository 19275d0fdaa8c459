"""Every operator has a form for the card, made without what the simulator has in the stead of some of it."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from nnkernels import machine, warm
from nnkernels.cuda.together import Block
from nnkernels.cuda.translation import Translation
from nnkernels.vector import vmath


@pytest.fixture
def backend() -> Any:
    """As the compiler's, but that functions stay as they are."""
    primitives = dict.fromkeys((vmath.cast, vmath.real, machine.array_at), abs)
    block = Block(32, 8, abs, abs)
    return SimpleNamespace(primitives=primitives, block=block, function=lambda function: function)


@pytest.mark.parametrize("serves", [False, True])
def test_all_operators_have_one(backend, serves):
    translation = Translation(backend, {"call": abs}, serves)
    for kernel in warm.kernels():
        translation.of(kernel)
