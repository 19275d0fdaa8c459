"""What is compiled for kernels: nobody reaches machine code that is not there, or is for kernels alone."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from nnkernels.machine import draw_key
from nnkernels.vector.simd import gemm_long


@pytest.mark.parametrize("helper", [draw_key, gemm_long], ids=["one number", "a product"])
def test_a_helper_called_from_python_says_that_it_cannot_be(helper):
    # It has no address: the process would end with a segmentation fault.
    values, numbers = np.zeros(64, np.float32), np.zeros(64, np.int64)
    arguments = (numbers, 3) if helper is draw_key else (values, 0, numbers, *[0] * 6, values, *[0] * 3)
    with pytest.raises(TypeError, match=rf"{helper.function.__name__}\w+ has no address of its own"):
        helper.compiled(*arguments)


# A kernel calls a helper, and then a function of numba's own does: what both call has one name.
BOTH = """import numba
import numpy as np

from nnkernels.jit import Kernel
from nnkernels.vector.simd import gemm_long


def kernel(state, acts, grads, params, work, chunk, lo, hi):
    gemm_long(acts, 0, state, 0, hi, 0, 1, 1, lo, params, 0, 0, lo, grads, 0, lo, lo, False)
    gemm_long(grads, 0, state, 0, hi, 0, 1, 1, lo, params, 0, 0, lo, acts, 0, lo, lo, False)


Kernel(kernel).address(np.dtype(np.float32))
product = gemm_long.compiled


@numba.njit
def multiply(a, rows, b, c):
    product(a, 0, rows, 0, rows.size, 0, 1, 1, 4, b, 0, 0, 4, c, 0, 4, 4, False)


a, b, c = np.arange(12, dtype=np.float32), np.eye(4, dtype=np.float32).ravel(), np.zeros(12, np.float32)
multiply(a, np.arange(3) * 4, b, c)
print(c.tolist())
"""


def test_a_kernels_copy_of_a_helper_is_not_taken_for_the_helper(tmp_path):
    # In a process of its own: what a copy takes as a pointer, others hand over as a number.
    environment = {**os.environ, "NNSTUDIO_CACHE": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", BOTH], env=environment, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"{np.arange(12.0).tolist()}\n"
