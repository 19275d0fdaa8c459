"""What a sweep costs beside its trainings: `python tests/benchmarks/sweep_costs.py [spread|instant|store]`.

``spread``: 60 trainings on two processes against the same on one, in turn. ``instant``: 1,000 settings whose
training takes no time, through a real cluster of one process: time for each, and memory. ``store``: what it
takes to keep as many runs.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
import unittest.mock
from dataclasses import replace
from pathlib import Path

import psutil

from nnstudio.data.dataset import sources
from nnstudio.project import Project, open_example
from nnstudio.runs.store import RunStore
from nnstudio.sweep.cluster import Cluster
from nnstudio.sweep.keeping import SweepKeeper
from nnstudio.sweep.plan import Method, Plan
from nnstudio.sweep.results import TrialResult
from nnstudio.sweep.space import read_space
from nnstudio.sweep.study import sweep
from nnstudio.sweep.trial import Outcome, Status, TrialOrder

PAIRS, SETTINGS, INSTANT = 3, 60, 1000


def plan_of(project: Project, texts: list[str], method: Method, trials: int) -> Plan:
    return Plan(read_space(project.document, sources[project.document.data.kind], texts), method, trials)


def timed(project: Project, plan: Plan, cluster: Cluster) -> tuple[float, float]:
    """Seconds of a sweep, and those that its trainings took in all."""
    started, trained = time.perf_counter(), 0.0
    for news in sweep(project, plan, cluster, os.urandom(8).hex()):
        if isinstance(news, TrialResult):
            assert news.status == Status.TRAINED, news.message
            trained += sum(run.outcome.seconds for run in news.runs)
    return time.perf_counter() - started, trained


def spread() -> None:
    """Two processes against one, pair by pair; each has loaded data and kernels before."""
    project = open_example("mnist-dense")
    plan = plan_of(project, ["learning_rate=1e-4..1e-2:log"], Method.RANDOM, SETTINGS)
    warm = plan_of(project, ["learning_rate=1e-4..1e-2:log"], Method.RANDOM, 4)
    with Cluster(1) as one, Cluster(2) as two:
        for cluster in (one, two):
            timed(project, warm, cluster)
        ratios = []
        for _ in range(PAIRS):
            alone, of_one = timed(project, plan, one)
            both, of_two = timed(project, plan, two)
            ratios.append(alone / both)
            lost = 1000 * (alone - of_one) / SETTINGS
            print(f"one process {alone:.1f} s, training {of_one:.1f} s: {lost:.0f} ms a setting beside it")
            print(f"two processes {both:.1f} s, training {of_two:.1f} s in all: {alone / both:.2f} times")
    print(f"median {statistics.median(ratios):.2f} times as fast")


def instantly(order: TrialOrder) -> Outcome:
    """In the place of a training."""
    value = abs(order.values["learning_rate"] - 0.01) + order.values["l2"]
    return Outcome(Status.TRAINED, {"val_loss": value}, order.epochs)


def instant() -> None:
    """The coordinator, the cluster and the sampler alone."""
    project = open_example("iris")
    texts = ["learning_rate=1e-4..1e-1:log", "l2=0..1"]
    for method in (Method.RANDOM, Method.TPE):
        with Cluster(1) as cluster, unittest.mock.patch("nnstudio.sweep.cluster.train", instantly):
            before = psutil.Process().memory_info().rss
            seconds, _ = timed(project, plan_of(project, texts, method, INSTANT), cluster)
            grown = (psutil.Process().memory_info().rss - before) / 2**20
        print(
            f"{INSTANT} instant settings by {method}: {1000 * seconds / INSTANT:.1f} ms each; {grown:+.0f} MB"
        )


def store() -> None:
    """One training, kept again and again as another one."""
    project = open_example("iris")
    plan = plan_of(project, ["learning_rate=0.001,0.002"], Method.GRID, 1)
    with Cluster(1) as cluster:
        news = list(sweep(project, plan, cluster, "store"))
    result = next(n for n in news if isinstance(n, TrialResult))
    with tempfile.TemporaryDirectory() as folder:
        runs = RunStore(Path(folder) / "runs.sqlite")
        keeper = SweepKeeper(runs, project, None, project.load_data(), "store")
        started = time.perf_counter()
        for _ in range(INSTANT):
            list(keeper.keep(as_another(result)))
        took = 1000 * (time.perf_counter() - started) / INSTANT
        print(f"{INSTANT} runs kept: {took:.1f} ms each, {runs.used_bytes / 1000 / INSTANT:.1f} kB each")


def as_another(result: TrialResult) -> TrialResult:
    """The same numbers under another identity."""
    (run,) = result.runs
    assert run.outcome.state is not None
    state = replace(run.outcome.state, run=os.urandom(16).hex())
    return replace(result, runs=(replace(run, outcome=replace(run.outcome, state=state)),))


if __name__ == "__main__":
    for name in sys.argv[1:] or ["spread", "instant", "store"]:
        {"spread": spread, "instant": instant, "store": store}[name]()
