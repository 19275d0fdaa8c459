"""Splits: every row in one part, the share kept, classes, groups and times as they should be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnstudio.data.dataset import split
from nnstudio.data.tables.splits import SplitKind, split_rows


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(
    st.sampled_from(SplitKind),
    st.integers(1, 60),
    st.floats(0, 0.9),
    st.integers(0, 5),
    st.integers(1, 7),
)
def test_each_row_is_in_one_part_and_training_has_some(kind, count, ratio, seed, groups):
    numbers = np.arange(count) % groups
    train, test = split_rows(kind, count, ratio, seed, numbers, numbers, numbers)
    assert sorted([*train, *test]) == list(range(count)) and len(train) >= 1
    again = split_rows(kind, count, ratio, seed, numbers, numbers, numbers)
    assert np.array_equal(train, again[0]) and np.array_equal(test, again[1])


def test_random_is_as_it_always_was():
    x = np.arange(50)[:, None]
    train, test = split_rows(SplitKind.RANDOM, 50, 0.3, 7)
    before = split(x, x, 0.3, 7)
    assert np.array_equal(before[0][:, 0], train) and np.array_equal(before[2][:, 0], test)


def test_stratified_takes_the_same_share_of_each_class():
    classes = np.array([0] * 100 + [1] * 20 + [2])
    train, test = split_rows(SplitKind.STRATIFIED, 121, 0.3, 1, classes)
    assert np.bincount(classes[test], minlength=3).tolist() == [30, 6, 0]
    assert len(np.unique(classes[train[:60]])) > 1, "training rows are shuffled"


def test_groups_stay_together():
    groups = np.repeat(np.arange(10), 7)
    train, test = split_rows(SplitKind.BY_GROUP, 70, 0.3, 1, groups=groups)
    assert not set(groups[train]) & set(groups[test]) and len(test) == 21
    alone = split_rows(SplitKind.BY_GROUP, 9, 0.5, 1, groups=np.zeros(9, int))
    assert len(alone[0]) == 9


@pytest.mark.parametrize("times", [None, np.arange(20)[::-1]])
def test_the_last_ones_are_tested(times):
    train, test = split_rows(SplitKind.IN_ORDER, 20, 0.25, 1, times=times)
    when = np.arange(20) if times is None else times
    assert when[train].max() < when[test].min() and len(test) == 5 and (np.diff(when[train]) > 0).all()
