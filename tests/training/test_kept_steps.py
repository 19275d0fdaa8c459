"""Steps of the timeline: what is saved of them comes back, and the run goes on as if nothing had been."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnkernels.program import StateError
from nnstudio.project import open_example
from nnstudio.training.journal import Journal
from nnstudio.training.kept_steps import KeptSteps


def walk(count: int, values: int = 4) -> KeptSteps:
    return KeptSteps(tuple(range(0, 3 * count, 3)), [np.full(values, i, np.float32) for i in range(count)])


def test_all_are_saved_where_there_is_room_and_else_evenly_many():
    steps, parameters = walk(7).for_saving()
    assert steps.tolist() == [0, 3, 6, 9, 12, 15, 18] and parameters.shape == (7, 4)
    steps, parameters = walk(7).for_saving(most=4 * 16)
    assert steps.tolist() == [0, 6, 12, 18] and parameters[:, 0].tolist() == [0, 2, 4, 6]
    assert walk(7).for_saving(most=31) is None and walk(1).for_saving() is None


def test_a_journal_goes_on_as_far_apart_as_before():
    journal = Journal(4)
    journal.take_up(walk(100))
    assert len(journal.checkpoints) == 100 and journal.checkpoints[7].tolist() == [7] * 4
    assert (journal.stride, journal.next) == (3, 300)
    for step in range(298, 310):
        journal.offer(step, np.zeros(4, np.float32))
    assert journal.steps[-4:] == [300, 303, 306, 309]


def test_the_run_goes_on_as_if_it_had_not_been_saved(tmp_path):
    project = open_example("xor")
    session = project.session()
    for _ in range(30):
        session.single_step()
    project.state = session.state()
    project.save(tmp_path / "a.nns")
    again = type(project).open(tmp_path / "a.nns").session()
    assert again.journal.steps == session.journal.steps
    for mine, theirs in zip(again.journal.checkpoints, session.journal.checkpoints, strict=True):
        assert np.array_equal(mine, theirs)
    for _ in range(40):
        session.single_step()
        again.single_step()
    assert np.array_equal(again.parameters, session.parameters)


def test_steps_of_another_network_are_refused():
    session = open_example("xor").session()
    session.single_step()
    with pytest.raises(StateError, match="steps of the timeline have 4 values"):
        session.restore(replace(session.state(), kept=walk(3)))
