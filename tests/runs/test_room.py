"""The store stays within its bounds: weights go first, then runs, the oldest first, and all is said."""

from __future__ import annotations

import os

import pytest
from runs.recorded import record

from nnstudio.runs.record import RunContent, RunStatus
from nnstudio.runs.room import in_bytes
from nnstudio.runs.store import RunStore

WEIGHTS = 2**17


@pytest.fixture
def store(tmp_path) -> RunStore:
    """Ten runs of 128 kB of weights, and 16 kB of all else."""
    store = RunStore(tmp_path / "runs.sqlite")
    for number in range(10):
        content = RunContent(project=os.urandom(2**14), final=os.urandom(WEIGHTS))
        assert store.save(record(number, name=f"run {number}"), content) == ()
    return store


def with_weights(store: RunStore) -> str:
    return "".join(run.name[-1] for run in store.list(order="name", is_descending=False) if run.has_weights)


def test_the_oldest_lose_their_weights_and_stay_listed(store):
    told = store.set_limit(store.used_bytes - 3 * WEIGHTS)
    assert len(store.list()) == 10 and not store.removed()
    kept = with_weights(store)
    assert kept in ("3456789", "456789") and f"{10 - len(kept)} older runs (“run 0”, “run 1”" in told[0]


def test_then_the_oldest_go_and_the_file_shrinks(store):
    told = store.set_limit(2**17)
    assert store.used_bytes <= 2**17
    gone, left = [[run.name for run in runs] for runs in (store.removed(), store.list())]
    assert 0 < len(left) < 9 and sorted(gone) + sorted(left) == [f"run {number}" for number in range(10)]
    assert f"{len(gone)} older runs (“run 0”" in told[1] and "Pin runs" in told[1]


def test_pinned_and_running_runs_stay_and_it_is_said_that_they_are_too_large(store):
    store.set_pinned("run 0", True)
    store.save(record(1, name="run 1", status=RunStatus.RUNNING))
    told = store.set_limit(2**16)
    assert {run.name for run in store.list()} == {"run 0", "run 1"} and with_weights(store) == "01"
    assert "The runs that must stay take" in told[-1] and "more than the limit of 64 kB" in told[-1]


def test_a_new_run_makes_room_by_itself_and_is_never_the_one_that_goes(store):
    store.set_limit(store.used_bytes)
    told = store.save(record(99, name="run x"), RunContent(project=b"{}", final=os.urandom(3 * WEIGHTS)))
    assert "weights of" in told[0] and store.used_bytes <= store.limit
    assert store.get("run x").has_weights and with_weights(store)[0] != "0"


def test_discarded_runs_go_before_anything_that_is_listed(store):
    store.discard([record(9).id])
    assert store.set_limit(store.used_bytes - WEIGHTS // 2) == ()
    assert with_weights(store) == "012345678" and store.restore([record(9).id]) == 1


def test_the_limit_is_kept(store):
    store.set_limit(10**9)
    assert RunStore(store.path).limit == 10**9


@pytest.mark.parametrize(
    "size, text", [(0, "0 kB"), (3600, "4 kB"), (1.5 * 2**20, "1.5 MB"), (2**31, "2,048 MB")]
)
def test_sizes_are_told_in_a_unit_that_fits(size, text):
    assert in_bytes(size) == text
