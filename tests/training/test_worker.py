"""The worker's thread: obeys between slices, keeps every row, gives probes their turn."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from nnstudio.project import open_example
from nnstudio.training.messages import Job, Snapshot
from nnstudio.training.worker import Worker


def wait(condition, seconds: float = 60.0):
    """Poll until a condition holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        threading.Event().wait(0.002)


@pytest.fixture
def worker() -> Iterator[Worker]:
    made = Worker()
    yield made
    made.close()


def job(name: str, run_id: int = 1, **settings) -> Job:
    project = open_example(name)
    chosen = project.document.settings
    for key, value in settings.items():
        chosen = chosen.with_option(key, value)
    return Job(run_id, project.document.graph.to_network(), project.load_data(), chosen)


def ready(worker: Worker, order: Job) -> Snapshot:
    worker.load(order)
    wait(lambda: worker.snapshot().run_id == order.run_id and worker.snapshot().phase != "preparing")
    return worker.snapshot()


def test_a_run_from_start_to_end_keeps_every_row(worker):
    worker.set_full_speed(True)
    assert ready(worker, job("xor", epochs=50)).phase == "ready"
    worker.start()
    wait(lambda: worker.snapshot().phase == "finished")
    assert [r.epoch for r in worker.rows(0)] == list(range(1, 51))
    assert worker.snapshot().rows == 50
    worker.start()
    wait(lambda: worker.snapshot().phase == "finished" and worker.snapshot().epoch == 100)


def test_pause_step_and_resume(worker):
    ready(worker, job("spiral"))
    worker.start()
    wait(lambda: worker.snapshot().steps > 100)
    worker.pause()
    wait(lambda: worker.snapshot().phase == "paused")
    steps = worker.snapshot().steps
    worker.step()
    wait(lambda: worker.snapshot().steps == steps + 1)
    assert worker.snapshot().phase == "paused"
    worker.start()
    wait(lambda: worker.snapshot().steps > steps + 100)


def test_reset_gives_the_same_run_again(worker):
    worker.set_full_speed(True)
    ready(worker, job("xor", epochs=5))
    curves = []
    for _ in range(2):
        worker.start()
        wait(lambda: worker.snapshot().phase == "finished")
        curves.append([r.loss for r in worker.rows(0)])
        worker.reset()
        wait(lambda: worker.snapshot().phase == "ready" and worker.snapshot().steps == 0)
    assert curves[0] == curves[1]


def test_watching_is_paced_and_full_speed_is_not(worker):
    ready(worker, job("xor", epochs=1_000_000))
    worker.start()
    wait(lambda: worker.snapshot().epoch >= 30)
    slow, started = worker.snapshot().epoch, time.monotonic()
    wait(lambda: time.monotonic() - started > 0.5)
    paced = worker.snapshot().epoch - slow
    worker.set_full_speed(True)
    fast, started = worker.snapshot().epoch, time.monotonic()
    wait(lambda: time.monotonic() - started > 0.5)
    assert worker.snapshot().epoch - fast > 3 * paced


def test_divergence_stops_the_run_and_shows_nan(worker):
    ready(worker, job("celsius", optimizer="sgd", learning_rate=900.0))
    worker.start()
    wait(lambda: worker.snapshot().phase == "diverged")
    assert math.isnan(worker.snapshot().loss) and "diverged" in worker.snapshot().message


def test_a_network_that_cannot_work_is_a_sentence(worker):
    broken = job("iris")
    nodes = tuple(n for n in broken.network.nodes if n.layer != "output")
    snapshot = ready(worker, Job(7, type(broken.network)(nodes), broken.data, broken.settings))
    assert snapshot.phase == "failed" and "Output" in snapshot.message
    assert ready(worker, job("iris", 8)).phase == "ready"


@dataclass(frozen=True)
class CountingProbe:
    """Yields the step that it saw, in three pieces."""

    def run(self, session):
        yield None
        yield session.steps
        yield session.steps


def test_probes_are_answered_before_during_and_after_training(worker):
    ready(worker, job("spiral"))
    worker.set_probe("view", CountingProbe())
    wait(lambda: worker.take_result("view", worker.snapshot().start) == 0)
    worker.start()
    wait(lambda: (worker.take_result("view", worker.snapshot().start) or 0) > 100)
    worker.pause()
    wait(lambda: worker.snapshot().phase == "paused")
    steps = worker.snapshot().steps
    worker.step()
    wait(lambda: worker.take_result("view", worker.snapshot().start) == steps + 1)
    worker.set_probe("view", None)


def test_a_picture_is_kept_for_who_does_not_know_yet_that_training_began_anew(worker):
    worker.set_probe("view", CountingProbe())
    before = ready(worker, job("spiral")).start
    worker.reset()
    wait(lambda: worker.snapshot().start == before + 1)
    # Two pieces say the same: once the worker rests, both were made.
    wait(lambda: not worker.compute(lambda s: worker._probes.are_waiting(s, False)).result(10))
    assert worker.take_result("view", before) is None
    assert worker.take_result("view", before + 1) == 0
    assert worker.take_result("view", before + 1) is None


class BrokenProbe:
    """Fails."""

    def run(self, session):
        raise RuntimeError("no such thing")
        yield


def test_a_bug_is_seen_and_does_not_end_the_thread(worker, caplog):
    ready(worker, job("xor"))
    worker.set_probe("view", BrokenProbe())
    wait(lambda: worker.snapshot().phase == "failed")
    assert "no such thing" in worker.snapshot().message
    worker.set_probe("view", None)
    assert ready(worker, job("xor", 2)).phase == "ready"
    caplog.clear()


def test_states_come_on_request_and_when_another_job_comes(worker):
    ready(worker, job("xor"))
    worker.step()
    wait(lambda: worker.snapshot().steps == 1)
    worker.request_state()
    states: list = []
    wait(lambda: states.extend(worker.take_states()) or states)
    assert states[0][0] == 1 and states[0][1].step == 1
    states.clear()
    ready(worker, job("iris", 2))
    wait(lambda: states.extend(worker.take_states()) or states)
    assert states[0][0] == 1


def test_the_worker_yields_to_the_window():
    import os
    import sys

    if sys.platform != "linux":
        pytest.skip("niceness of a single thread is a Linux matter")
    made = Worker()
    native = made._thread.native_id
    wait(lambda: os.getpriority(os.PRIO_PROCESS, native) == 10)
    made.close()
