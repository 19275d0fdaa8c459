"""Splits: every row in one part, the share kept, classes, groups and times as they should be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nnstudio.data.dataset import DataError
from nnstudio.data.splits import Fold, SplitKind, divide, fold_rows, read_fold, split_rows


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
    train, test = split_rows(SplitKind.RANDOM, 50, 0.3, 7)
    order = np.random.default_rng(7).permutation(50)
    assert np.array_equal(order[15:], train) and np.array_equal(order[:15], test)


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


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(SplitKind), st.integers(12, 60), st.integers(2, 5), st.sampled_from([0.0, 0.2]))
def test_every_row_that_is_not_for_testing_is_in_one_fold(kind, count, folds, ratio):
    numbers = np.arange(count) % 7
    seen = []
    for index in range(1, folds + 1):
        shares = {"test_ratio": ratio, "validation_ratio": 0.5, "seed": 3, "examples": ""}
        options = {**shares, "fold": f"{index} of {folds}"}
        train, validation, test = divide(kind, count, options, numbers, numbers, None)
        assert not {*train} & {*validation} and not {*train, *validation} & {*test} and len(train)
        seen += validation.tolist()
        if kind == SplitKind.IN_ORDER:
            assert train.max() < validation.min(), "only what came before is learned from"
        else:
            assert len(train) + len(validation) + len(test) == count
        if kind == SplitKind.BY_GROUP:
            assert not {*numbers[train]} & {*numbers[validation]}
    assert len(seen) == len(set(seen))
    if kind != SplitKind.IN_ORDER:
        assert sorted([*seen, *test]) == list(range(count))


def test_folds_hold_the_same_share_of_each_class():
    classes = np.random.default_rng(1).permutation(np.array([0] * 50 + [1] * 25 + [2] * 5))
    for index in range(1, 6):
        _train, validation = fold_rows(SplitKind.STRATIFIED, 80, Fold(index, 5), classes)
        assert np.bincount(classes[validation], minlength=3).tolist() == [10, 5, 1]


def test_the_validation_ratio_is_one_of_all_rows():
    options = {"test_ratio": 0.2, "validation_ratio": 0.1, "seed": 1, "fold": "", "examples": ""}
    train, validation, test = divide(SplitKind.RANDOM, 100, options)
    assert (len(train), len(validation), len(test)) == (70, 10, 20)
    without, nothing, same = divide(SplitKind.RANDOM, 100, {**options, "validation_ratio": 0.0})
    assert not len(nothing) and np.array_equal(same, test) and {*train, *validation} == {*without}


@pytest.mark.parametrize("text", ["3", "0 of 5", "6 of 5", "1 of 1", "1 of 1000", "a of b"])
def test_a_fold_that_is_none(text):
    with pytest.raises(DataError, match="such as 2 of 5"):
        read_fold(text)


def test_too_many_folds():
    with pytest.raises(DataError, match="Choose fewer"):
        fold_rows(SplitKind.BY_GROUP, 10, Fold(3, 3), None, np.arange(10) % 2)
