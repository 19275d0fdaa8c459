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
import threading
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
from nnstudio.training.priority import lower_priority
from nnstudio.training.session import Session

PAIRS, SETTINGS, INSTANT = 3, 60, 1000


def plan_of(project: Project, texts: list[str], method: Method, trials: int) -> Plan:
    return Plan(read_space(project.document, sources[project.document.data.kind], texts), method, trials)


def timed(project: Project, plan: Plan, cluster: Cluster) -> float:
    """Seconds of a sweep."""
    started = time.perf_counter()
    for news in sweep(project, plan, cluster, os.urandom(8).hex()):
        if isinstance(news, TrialResult):
            assert news.status == Status.TRAINED, news.message
    return time.perf_counter() - started


def bare(project: Project, rates: list[float]) -> float:
    """Seconds of such trainings one after the other, without a sweep, at the same priority."""
    settings, data = project.document.settings, project.load_data()

    def train_all() -> None:
        lower_priority()
        for rate in rates:
            chosen = settings.with_option("learning_rate", rate)
            session = Session(project.document.to_network(), data, chosen, looks_back=False)
            for _ in session.slices():
                pass

    started = time.perf_counter()
    thread = threading.Thread(target=train_all)
    thread.start()
    thread.join()
    return time.perf_counter() - started


def processor_seconds() -> float:
    """What this process and all that it started have used of the processors."""
    me = psutil.Process()
    times = [process.cpu_times() for process in (me, *me.children(recursive=True))]
    return sum(t.user + t.system for t in times)


def spread() -> None:
    """Two processes against one, and against no sweep at all, in turn; all is loaded before."""
    project = open_example("mnist-dense")
    project.document.set_settings(project.document.settings.with_option("epochs", 10))
    texts = [f"learning_rate=0.0001..0.01:log:{SETTINGS}"]
    plan, warm = (plan_of(project, texts, Method.GRID, trials) for trials in (SETTINGS, 4))
    rates = [s["learning_rate"] for s in plan.space.grid()]
    ratios, costs, loads = [], [], []
    with Cluster(1) as one, Cluster(2) as two:
        timed(project, warm, one), timed(project, warm, two), bare(project, rates[:2])
        for _ in range(PAIRS):
            before = processor_seconds()
            without, between = bare(project, rates), processor_seconds()
            alone, after = timed(project, plan, one), processor_seconds()
            both = timed(project, plan, two)
            ratios.append(alone / both)
            costs.append(1000 * (alone - without) / SETTINGS)
            loads.append(1000 * ((after - between) - (between - before)) / SETTINGS)
            print(f"without a sweep {without:.1f} s, one process {alone:.1f} s, two {both:.1f} s", flush=True)
    print(f"two processes: {statistics.median(ratios):.2f} times as fast as one (median of {PAIRS})")
    print(f"a setting costs {statistics.median(costs):.0f} ms more than its training alone")
    print(f"of the processors, {statistics.median(loads):.0f} ms, which does not depend on what else runs")


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
            seconds = timed(project, plan_of(project, texts, method, INSTANT), cluster)
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
