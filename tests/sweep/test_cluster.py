"""Real workers: processes of this machine, which may be killed, and a scheduler that was started by hand."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
import psutil
import pytest
from distributed import Client
from sweep.projects import iris, plan_of

from nnstudio.from_data import project_from_data
from nnstudio.project import Project
from nnstudio.sweep import cluster as cluster_module
from nnstudio.sweep.cluster import Cluster
from nnstudio.sweep.plan import Plan
from nnstudio.sweep.results import TrialResult, WorkerEnded
from nnstudio.sweep.study import sweep
from nnstudio.sweep.trial import ClusterError, Outcome, Status, TrialOrder, train


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with Cluster(2) as cluster:
        yield cluster


def results_of(project: Project, plan: Plan, cluster: Cluster) -> dict[object, TrialResult]:
    """By the first of the values that are varied."""
    news = sweep(project, plan, cluster, os.urandom(4).hex())
    results = [n for n in news if isinstance(n, TrialResult)]
    return {next(iter(r.values.values())): r for r in results}


def trained_alone(project: Project, rate: float) -> np.ndarray:
    project.document.set_settings(project.document.settings.with_option("learning_rate", rate))
    session = project.session()
    for _ in session.slices():
        pass
    return session.state().params


def family() -> list[psutil.Process]:
    """This process and all that it started."""
    me = psutil.Process()
    return [me, *me.children(recursive=True)]


def busy_workers(cluster: Cluster) -> list[int]:
    """Processes that have something to train."""
    ids = cluster._client.run(os.getpid)
    return [ids[worker] for worker, orders in cluster._client.processing().items() if orders]


def test_two_processes_reach_what_one_training_reaches(cluster):
    assert cluster.workers == 2
    rates = (0.001, 0.01, 0.02, 0.05)
    results = results_of(iris(), plan_of(iris(), "learning_rate=0.001,0.01,0.02,0.05"), cluster)
    for rate in rates:
        assert np.array_equal(results[rate].runs[0].outcome.state.params, trained_alone(iris(), rate))


def test_it_listens_to_this_machine_alone(cluster):
    listening = [c.laddr.ip for p in family() for c in p.net_connections("inet") if c.status == "LISTEN"]
    assert len(listening) >= 3 and set(listening) == {"127.0.0.1"}


def test_a_stranger_of_this_machine_gets_no_answer(cluster):
    """Who may send work may run anything, so the address alone is not enough."""
    address = cluster._client.scheduler.address.replace("tls://", "tcp://")
    with pytest.raises(OSError):
        Client(address, timeout=1, set_as_default=False)


def test_a_worker_that_is_killed_costs_nothing_but_time(cluster):
    project = iris(600)
    plan = plan_of(project, "learning_rate=0.001,0.002,0.003,0.004,0.005")
    results, ended, killed = [], [], False
    for news in sweep(project, plan, cluster, "killing"):
        if not killed and (busy := busy_workers(cluster)):
            os.kill(busy[0], signal.SIGKILL)
            killed = True
        results += [news] if isinstance(news, TrialResult) else []
        ended += [news] if isinstance(news, WorkerEnded) else []
    assert killed and [e.orders >= 1 for e in ended] == [True]
    assert sorted(r.number for r in results) == [1, 2, 3, 4, 5]
    assert all(r.status == Status.TRAINED for r in results)
    again = next(r for r in results if r.values["learning_rate"] == 0.001)
    assert np.array_equal(again.runs[0].outcome.state.params, trained_alone(iris(600), 0.001))


def deadly(order: TrialOrder) -> Outcome:
    """In the place of a training: one that takes its worker with it."""
    if order.values["batch_size"] == 8:
        os._exit(1)
    return train(order)


def test_a_training_that_ends_every_worker_fails_alone(cluster, monkeypatch):
    monkeypatch.setattr(cluster_module, "train", deadly)
    # Otherwise it is tried three times more.
    monkeypatch.setattr(cluster._local.scheduler, "allowed_failures", 0)
    results = results_of(iris(), plan_of(iris(), "batch_size=8,16,32,64"), cluster)
    assert (results[8].status, results[8].message) == (
        Status.FAILED, "1 worker ended while it trained this, perhaps for want of memory."
    )  # fmt: skip
    assert all(results[size].status == Status.TRAINED for size in (16, 32, 64))


def test_a_table_travels_inside_the_project(cluster, tmp_path):
    path = tmp_path / "flats.csv"
    rows = [f"{a},{a * 2 + 1}" for a in range(60)]
    path.write_text("\n".join(["size,price", *rows, ""]), encoding="utf-8")
    project = project_from_data(path, {}).project
    project.document.set_settings(project.document.settings.with_option("epochs", 2))
    project.load_data()
    path.unlink()
    (result,) = results_of(project, plan_of(project, "batch_size=8", "seed=1..2"), cluster).values()
    assert result.status == Status.TRAINED and len(result.runs) == 2


# A scheduler with a worker of two threads, until its input is closed.
BY_HAND = """
import sys
from distributed import LocalCluster

if __name__ == "__main__":
    with LocalCluster(
        n_workers=1, threads_per_worker=2, processes=False, protocol="tcp", host="127.0.0.1", silence_logs=50,
        dashboard_address=None, scheduler_kwargs={"dashboard_address": "127.0.0.1:0", "dashboard": False},
    ) as cluster:
        print(cluster.scheduler_address, flush=True)
        sys.stdin.read()
"""


@contextmanager
def scheduler_by_hand(tmp_path: Path) -> Iterator[tuple[str, subprocess.Popen[str]]]:
    """Its address, and the process in which it is."""
    script = tmp_path / "by_hand.py"
    script.write_text(BY_HAND, encoding="utf-8")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip()
        assert address.startswith("tcp://127.0.0.1:")
        yield address, process
        process.communicate()


def test_a_scheduler_at_an_address_trains_the_same_and_may_be_lost(tmp_path):
    with scheduler_by_hand(tmp_path) as (address, process), Cluster(scheduler=address) as there:
        results = results_of(iris(), plan_of(iris(), "learning_rate=0.001,0.02,0.05"), there)
        going = sweep(iris(1_000_000), plan_of(iris(), "batch_size=8,16"), there, "cut")
        assert next(going) is None
        process.kill()
        with pytest.raises(ClusterError, match="no longer answers"):
            list(going)
    assert np.array_equal(results[0.02].runs[0].outcome.state.params, trained_alone(iris(), 0.02))
    assert all(r.status == Status.TRAINED for r in results.values())


def test_an_address_without_a_scheduler_is_told(monkeypatch):
    monkeypatch.setattr(cluster_module, "ANSWER_SECONDS", 0.1)
    with pytest.raises(ClusterError, match=r"No Dask scheduler answers at 'tcp://127\.0\.0\.1:9'"):
        Cluster(scheduler="tcp://127.0.0.1:9")


def test_what_is_left_ends_at_once(cluster):
    project = iris(1_000_000)
    with closing(sweep(project, plan_of(project, "batch_size=8,16"), cluster, "left")) as going:
        assert next(going) is None
    # Both workers are free again for what takes no time.
    results = results_of(iris(1), plan_of(iris(1), "batch_size=8,16"), cluster)
    assert all(r.status == Status.TRAINED for r in results.values())
