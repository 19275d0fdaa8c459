"""A saved state that cannot be gone on from is refused with a sentence, and nothing of it is taken over."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnkernels.program import StateError
from nnstudio.project import open_example
from nnstudio.training.state import Best


@pytest.fixture(scope="module")
def stopped():
    """A session in the middle of an epoch."""
    stopped = open_example("spiral").session()
    while stopped.epoch < 1 or stopped.state().cursor == 0:
        stopped.single_step()
    return stopped


def best(**changed):
    return lambda state: replace(Best(0.5, 1, state.params[: len(state.params) // 2].copy()), **changed)


@pytest.mark.parametrize(
    "field, value, told",
    [
        ("cursor", -1, "visited in its last epoch"),
        ("cursor", 2**62, "visited in its last epoch"),
        ("cursor", 1, "but its sums are"),
        ("step", -5, "steps of a saved run"),
        ("step", 2**80, "steps of a saved run"),
        ("step", 1.5, "steps of a saved run"),
        ("epoch", -1, "epochs of a saved run"),
        ("epoch", "3", "epochs of a saved run"),
        ("partial", (float("nan"), 0.0, 10.0), "but its sums are"),
        ("partial", (0.0, 0.0), "must be three numbers"),
        ("partial", ("a", "b", "c"), "must be three numbers"),
        ("params", lambda state: state.params[:-1], "network was changed"),
        ("params", lambda state: state.params[None], "one row of float numbers"),
        ("params", lambda state: state.params.astype(np.int64), "one row of float numbers"),
        ("params", lambda state: state.params.tolist(), "one row of float numbers"),
        ("best", best(params=np.zeros(3, np.float32)), "best weights have 3 values"),
        ("best", best(params=None), "best weights must be one row"),
        ("best", best(epoch=99), "best epoch of a saved run"),
    ],
)
def test_a_state_out_of_range_is_refused_and_changes_nothing(stopped, field, value, told):
    state = stopped.state()
    wrong = replace(state, **{field: value(state) if callable(value) else value})
    with pytest.raises(StateError, match=told):
        stopped.restore(wrong)
    after = stopped.state()
    np.testing.assert_array_equal(after.params, state.params)
    assert replace(after, params=None) == replace(state, params=None)


def test_a_state_within_range_is_taken_over(stopped):
    state = stopped.state()
    stopped.restore(state)
    assert replace(stopped.state(), params=None) == replace(state, params=None)
