"""Numbers too small for float32 are zero inside of the engine, in every thread, and nowhere else."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.planning.plan import build
from nnkernels.program import Layout

TINY = np.float32(1e-40)


@pytest.mark.parametrize("threads", [1, 2])
def test_too_small_is_zero_in_the_engine_alone(threads):
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("d", "dense", {"units": 3, "bias": False}, ("i",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    layout = Layout.of(NetworkSpec(nodes), (4,), "mse")
    count = 4096
    program = build(layout, (4,), "mse", None, count, 3)
    program.params[: layout.parameter_count] = 1
    x = np.full((count, 4), TINY, np.float32)
    x[::2] = 1
    program.set_data(x, np.zeros((count, 3), np.float32), np.arange(count))
    program.run(1, threads)
    result = program.activation("d", count)
    assert (result[::2] == 4).all() and (result[1::2] == 0).all()
    # The thread that called still computes with them.
    assert (TINY * np.ones(64, np.float32)).min() > 0
