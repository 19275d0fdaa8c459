"""Samples that lie in a file are asked for ahead of the training, which learns the same from them."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

import numpy as np
import pytest

from nnstudio.data import storage
from nnstudio.project import open_example
from nnstudio.training import prefetch
from nnstudio.training.prefetch import Prefetch
from nnstudio.training.session import Session


class AtOnce:
    """A helper that is through before anybody looks."""

    def __init__(self, *_how):
        pass

    def submit(self, what, *arguments):
        done = Future()
        done.set_result(what(*arguments))
        return done


@pytest.fixture
def asked(tmp_path, monkeypatch):
    """Rows that were asked for; all samples lie in files, and no faults are counted."""
    monkeypatch.setenv("NNSTUDIO_CACHE", str(tmp_path))
    monkeypatch.setenv(storage.VARIABLE, "0")
    rows: list[list[int]] = []
    monkeypatch.setattr(prefetch, "read_ahead", lambda _x, some: rows.append(some.tolist()))
    monkeypatch.setattr(prefetch, "ThreadPoolExecutor", AtOnce)
    monkeypatch.setattr(prefetch, "AHEAD_BYTES", 4 * prefetch.PAGE)
    monkeypatch.setattr(prefetch, "faults", lambda: None)
    return rows


def test_rows_are_asked_for_once_and_in_the_order_of_the_pass(asked):
    order = np.random.default_rng(1).permutation(10)
    follower = Prefetch(storage.zeros((10, prefetch.PAGE // 4)))
    follower.begin(order)
    follower.follow(0)
    assert asked == [order[:4].tolist()]
    for visited in range(10):
        follower.follow(visited)
    assert [row for some in asked for row in some] == order.tolist() and max(map(len, asked)) <= 4
    follower.begin(order[::-1])
    follower.follow(0)
    assert asked[-1] == order[::-1][:4].tolist()


def test_one_that_is_overtaken_goes_on_from_where_training_is(asked):
    follower = Prefetch(storage.zeros((10, prefetch.PAGE // 4)))
    follower.begin(np.arange(10))
    follower.follow(0)
    follower.follow(7)
    assert asked == [[0, 1, 2, 3], [7, 8, 9]]


def test_samples_in_memory_are_left_alone(asked):
    follower = Prefetch(np.zeros((10, 4), np.float32))
    follower.begin(np.arange(10))
    follower.follow(0)
    assert asked == []


def test_nothing_is_asked_for_before_training_has_waited_for_the_disk(asked, monkeypatch):
    waited = 3
    monkeypatch.setattr(prefetch, "faults", lambda: waited)
    follower = Prefetch(storage.zeros((10, prefetch.PAGE // 4)))
    follower.begin(np.arange(10))
    follower.follow(0)
    assert asked == []
    waited = 4
    follower.follow(1)
    follower.follow(5)
    assert asked == [[1, 2, 3, 4], [5, 6, 7, 8]]
    follower.begin(np.arange(10))
    follower.follow(0)
    assert len(asked) == 2, "a new pass begins without"


def test_what_was_waited_for_is_counted():
    counted = prefetch.faults()
    assert counted is None or counted >= 0


def test_training_from_a_file_learns_the_same(tmp_path, monkeypatch):
    session = open_example("spiral").session()
    settings = session.settings.with_option("epochs", 3)
    monkeypatch.setenv("NNSTUDIO_CACHE", str(tmp_path))
    monkeypatch.setenv(storage.VARIABLE, "0")
    x = storage.zeros(session.data.x_train.shape)
    x[:] = session.data.x_train
    learned = []
    for data in (session.data, replace(session.data, x_train=x)):
        run = Session(session.network, data, settings)
        for _progress in run.slices():
            pass
        learned.append(run.parameters.copy())
    assert np.array_equal(*learned)
