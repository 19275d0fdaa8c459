"""Balanced groups come equally often in each epoch; a run stays exact, and what cannot be is told."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnkernels.spec import SpecError
from nnstudio.data.dataset import Split
from nnstudio.data.groupings import Grouping
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import open_example
from nnstudio.training.balance import order_of_epoch
from nnstudio.training.session import Session
from nnstudio.training.state import TrainingState


def session(state: TrainingState | None = None, **settings) -> Session:
    """Two arms of points, of which every tenth is of another group."""
    project = open_example("spiral")
    data = project.load_data()
    parts = {part: (np.arange(len(data.part(part)[0])) % 10 == 0).astype(np.uint8) for part in Split}
    data = replace(data, groupings=(Grouping("arm", ("most", "few"), parts),))
    told = project.document.settings
    for name, value in settings.items():
        told = told.with_option(name, value)
    return Session(project.document.to_network(), data, told, 1, state)


@pytest.mark.parametrize("sizes", [(90, 10), (60, 30, 11), (97, 2, 1), (5, 5)])
def test_each_group_comes_equally_often_and_an_epoch_is_as_long_as_before(sizes):
    groups = np.random.default_rng(2).permutation(np.repeat(np.arange(len(sizes)), sizes))
    order = order_of_epoch(len(groups), groups, [1, 0])
    assert len(order) == sum(sizes)
    share = len(order) / len(sizes)
    for group, size in enumerate(sizes):
        times = np.bincount(order[groups[order] == group], minlength=len(groups))[groups == group]
        assert abs(times.sum() - share) < 1
        # Nobody comes twice before all others of the group came.
        assert times.max() - times.min() <= 1 and len(times) == size


def test_others_are_left_out_each_epoch_and_without_groups_nobody():
    groups = np.repeat([0, 1], [90, 10])
    orders = [order_of_epoch(100, groups, [1, epoch]) for epoch in range(30)]
    assert len(set(orders[0])) < 100 == len(set(np.concatenate(orders)))
    assert np.array_equal(orders[3], order_of_epoch(100, groups, [1, 3]))
    assert sorted(order_of_epoch(100, None, [1, 0])) == list(range(100))


def test_a_resumed_run_equals_one_that_was_never_interrupted():
    whole = session(balance="arm", epochs=3)
    for _ in whole.slices():
        pass
    first = session(balance="arm", epochs=3)
    while first.steps < 20:
        first.single_step()
    second = session(first.state(), balance="arm", epochs=3)
    for _ in second.slices():
        pass
    assert np.array_equal(second.program.params, whole.program.params)
    plain = session(epochs=3)
    for _ in plain.slices():
        pass
    assert not np.array_equal(plain.program.params, whole.program.params)


def test_a_column_that_is_not_there_is_told_with_those_that_are():
    with pytest.raises(SpecError, match=r"column 'leg'.*choose 'arm' or off"):
        session(balance="leg")
    project = open_example("celsius")
    project.document.set_settings(project.document.settings.with_option("balance", "leg"))
    with pytest.raises(SpecError, match="choose off"):
        project.session()


def test_settings_keep_the_column():
    settings = TrainingSettings().with_option("balance", "arm")
    assert TrainingSettings.from_dict(settings.to_dict()).balance == "arm"
    assert TrainingSettings().balance == ""
