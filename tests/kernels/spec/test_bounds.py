"""No option for a number takes what the engine cannot hold."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.spec import SpecError, layers, losses, optimizers, schedules


@pytest.mark.parametrize(
    ("owner", "option"),
    [
        pytest.param(entry.id, option, id=f"{entry.id}-{option.name}")
        for registry in (layers, losses, optimizers, schedules)
        for entry in registry
        for option in entry.options
        if isinstance(option.default, float)
    ],
)
def test_every_option_for_a_number_is_bounded_and_says_so(owner, option):
    assert option.low is not None and option.high is not None, owner
    assert np.isfinite(np.float32(option.low)) and np.isfinite(np.float32(option.high))
    for value in (1e300, -1e300):
        with pytest.raises(SpecError, match=f"{option.title} must be from "):
            option.check(value)
