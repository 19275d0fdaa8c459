"""A thumbnail says how much of all there is is shown."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.explain.thumbnails import EDGE, of_sample, over_line, over_plane


@pytest.mark.parametrize(
    ("thumbnail", "said"),
    [
        (of_sample(np.ones(64)), ""),
        (of_sample(np.ones(512)), "64 of 512 units"),
        (of_sample(np.ones((4, 4, 16))), ""),
        (of_sample(np.ones((4, 4, 128))), "16 of 128 maps"),
        (of_sample(np.ones((64, 16))), ""),
        (of_sample(np.ones((1200, 40))), "64 of 1,200 steps, 16 of 40 features"),
        (over_line(np.ones((32, 300))), "16 of 300 units"),
        (over_plane(np.ones((EDGE * EDGE, 8))), ""),
        (over_plane(np.ones((EDGE * EDGE, 20))), "16 of 20 units"),
    ],
)
def test_what_is_left_out_is_counted(thumbnail, said):
    assert thumbnail.left_out == said
