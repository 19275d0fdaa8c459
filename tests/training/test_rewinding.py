"""A run that goes on from an earlier step has what it had then, and nothing of what came after."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.project import open_example
from nnstudio.training.learned import Learned
from nnstudio.training.rewinding import at_step


@pytest.fixture(scope="module")
def learned():
    session = open_example("iris").session()
    for _ in session.slices(6):
        pass
    return Learned.of(session)


def test_weights_curve_and_timeline_are_those_of_the_step(learned):
    step = learned.journal.steps[-3]
    then = at_step(learned, step)
    session = open_example("iris").session()
    assert then.teach(session).is_same
    assert session.steps == step and session.journal.steps == [s for s in learned.journal.steps if s <= step]
    assert np.array_equal(session.parameters, learned.journal.checkpoints[len(session.journal.steps) - 1])
    rows = learned.state.history
    assert list(session.history) == [row for row in rows if row.steps <= step]
    assert session.epoch == session.history[-1].epoch < rows[-1].epoch
    assert session.run != learned.state.run, "what it learns now is another run's"
    # What it was made of is as it was.
    assert learned.journal.steps[-1] > step and learned.state.step > step
    assert session.is_within == (session.history[-1].steps < step)
    session.single_step()
    assert session.steps == step + 1


def test_the_first_step_is_the_start_of_the_run(learned):
    session = open_example("iris").session()
    fresh = session.parameters.copy()
    at_step(learned, 0).teach(session)
    assert np.array_equal(session.parameters, fresh) and not session.history and session.epoch == 0


def test_a_step_that_is_not_kept_is_refused(learned):
    with pytest.raises(ValueError):
        at_step(learned, learned.state.step + 1)
    with pytest.raises(ValueError, match="not kept"):
        at_step(learned.light(), 0)
