"""What is compiled for kernels: nobody reaches machine code that is not there."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.machine import draw_key
from nnkernels.vector.simd import gemm


@pytest.mark.parametrize("helper", [draw_key, gemm], ids=["one number", "a product"])
def test_a_helper_called_from_python_says_that_it_cannot_be(helper):
    # It has no address: the process would end with a segmentation fault.
    values, numbers = np.zeros(64, np.float32), np.zeros(64, np.int64)
    arguments = (numbers, 3) if helper is draw_key else (values, 0, numbers, *[0] * 6, values, *[0] * 3)
    with pytest.raises(TypeError, match=rf"{helper.function.__name__}\w+ has no address of its own"):
        helper.compiled(*arguments)
