"""The worker's thread: obeys between slices, keeps every row, gives probes their turn."""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pytest

from nnkernels.spec import SpecError
from nnstudio.project import open_example
from nnstudio.training import current_run
from nnstudio.training import worker as worker_module
from nnstudio.training.learned import Aside
from nnstudio.training.messages import Job, Phase, Snapshot
from nnstudio.training.weights import Replaced
from nnstudio.training.worker import Worker


def wait(condition, seconds: float = 60.0):
    """Poll until a condition holds."""
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until, "waited in vain"
        threading.Event().wait(0.002)


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.close()


def job(name: str, run_id: int = 1, **settings) -> Job:
    project = open_example(name)
    chosen = project.document.settings
    for key, value in settings.items():
        chosen = chosen.with_option(key, value)
    return Job(run_id, project.document.graph.to_network(), project.load_data(), chosen)


def ready(worker: Worker, order: Job) -> Snapshot:
    worker.load(order)
    wait(lambda: worker.snapshot().run_id == order.run_id and worker.snapshot().phase != Phase.PREPARING)
    return worker.snapshot()


def test_a_run_from_start_to_end_keeps_every_row(worker):
    worker.set_full_speed(True)
    assert ready(worker, job("xor", epochs=50)).phase == Phase.READY
    worker.start()
    wait(lambda: worker.snapshot().phase == Phase.FINISHED)
    assert [r.epoch for r in worker.rows(0)] == list(range(1, 51))
    assert worker.snapshot().rows == 50
    worker.start()
    wait(lambda: worker.snapshot().phase == Phase.FINISHED and worker.snapshot().epoch == 100)


def test_pause_step_and_resume(worker):
    ready(worker, job("spiral"))
    worker.start()
    wait(lambda: worker.snapshot().steps > 100)
    worker.pause()
    wait(lambda: worker.snapshot().phase == Phase.PAUSED)
    steps = worker.snapshot().steps
    worker.step()
    wait(lambda: worker.snapshot().steps == steps + 1)
    assert worker.snapshot().phase == Phase.PAUSED
    worker.start()
    wait(lambda: worker.snapshot().steps > steps + 100)


def test_reset_gives_the_same_run_again(worker):
    worker.set_full_speed(True)
    ready(worker, job("xor", epochs=5))
    curves = []
    for _ in range(2):
        worker.start()
        wait(lambda: worker.snapshot().phase == Phase.FINISHED)
        curves.append([r.loss for r in worker.rows(0)])
        worker.reset()
        wait(lambda: worker.snapshot().phase == Phase.READY and worker.snapshot().steps == 0)
    assert curves[0] == curves[1]


class Clock:
    """Time that passes where somebody sleeps, and a little where somebody looks at it."""

    def __init__(self) -> None:
        self.slept = self.looked = 0.0

    @property
    def now(self) -> float:
        return self.slept + self.looked

    def perf_counter(self) -> float:
        self.looked += 1e-4
        return self.now

    def sleep(self, seconds: float) -> None:
        self.slept += seconds


def test_watching_is_paced_and_full_speed_is_not(worker, monkeypatch):
    clock = Clock()
    monkeypatch.setattr(worker_module, "time", clock)
    monkeypatch.setattr(current_run, "time", clock)

    def train_past(epoch: int) -> int:
        worker.start()
        wait(lambda: worker.snapshot().epoch >= epoch)
        worker.pause()
        wait(lambda: worker.snapshot().phase == Phase.PAUSED)
        return worker.snapshot().epoch

    ready(worker, job("xor", epochs=1_000_000))
    epochs = train_past(30)
    # A tenth of a second may be caught up on.
    assert epochs <= (clock.now + 0.1) * current_run.WATCH_EPOCHS_PER_SECOND + 2
    slept = clock.slept
    worker.set_full_speed(True)
    epochs = train_past(epochs + 500)
    assert clock.slept == slept
    # What was done early is not waited for.
    worker.set_full_speed(False)
    train_past(epochs + 3)
    assert clock.slept - slept < 1


def test_divergence_stops_the_run_and_shows_nan(worker):
    ready(worker, job("celsius", optimizer="sgd", learning_rate=900.0))
    worker.start()
    wait(lambda: worker.snapshot().phase == Phase.DIVERGED)
    assert math.isnan(worker.snapshot().loss) and "diverged" in worker.snapshot().message


def test_a_network_that_cannot_work_is_a_sentence(worker):
    broken = job("iris")
    nodes = tuple(n for n in broken.network.nodes if n.layer != "output")
    snapshot = ready(worker, Job(7, type(broken.network)(nodes), broken.data, broken.settings))
    assert snapshot.phase == Phase.FAILED and "Output" in snapshot.message
    assert ready(worker, job("iris", 8)).phase == Phase.READY


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
    wait(lambda: worker.snapshot().phase == Phase.PAUSED)
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
    wait(lambda: worker.snapshot().phase == Phase.FAILED)
    assert "no such thing" in worker.snapshot().message
    worker.set_probe("view", None)
    assert ready(worker, job("xor", 2)).phase == Phase.READY
    caplog.clear()


class GreedyProbe:
    """Wants more memory than there is."""

    def run(self, session):
        if session.steps > 5:
            raise SpecError("This network would need 99 GiB of memory.")
        yield None


def test_a_view_that_needs_too_much_memory_costs_nothing_of_what_was_learned(worker):
    ready(worker, job("xor", epochs=1_000_000))
    worker.start()
    wait(lambda: worker.snapshot().steps > 5)
    worker.set_probe("view", GreedyProbe())
    wait(lambda: worker.snapshot().phase == Phase.PAUSED)
    assert "99 GiB of memory" in worker.snapshot().message and worker.snapshot().steps > 5
    worker.set_probe("view", None)
    steps = worker.snapshot().steps
    worker.start()
    wait(lambda: worker.snapshot().steps > steps + 10)


def test_states_come_on_request(worker):
    ready(worker, job("xor"))
    worker.step()
    wait(lambda: worker.snapshot().steps == 1)
    assert worker.compute(lambda session: session.state()).result(60).step == 1


def edited(order: Job, **options) -> Job:
    """The same job after an edit of dense_1, or of settings."""
    settings = order.settings
    for name in [n for n in options if n in ("l2", "seed", "batch_size")]:
        settings = settings.with_option(name, options.pop(name))
    nodes = tuple(
        replace(n, options={**n.options, **options}) if n.id == "dense_1" else n for n in order.network.nodes
    )
    network = replace(order.network, nodes=nodes)
    return replace(order, run_id=order.run_id + 1, network=network, settings=settings, goes_on=True)


def weights(worker: Worker) -> np.ndarray:
    return worker.compute(lambda session: session.parameters.copy()).result(60)


def test_an_edit_that_keeps_every_shape_goes_on_while_it_runs(worker):
    first = job("xor", epochs=1_000_000)
    ready(worker, first)
    worker.start()
    wait(lambda: worker.snapshot().epoch > 5)
    worker.load(edited(first, l2=0.001))
    wait(lambda: worker.snapshot().run_id == 2 and worker.snapshot().phase == Phase.RUNNING)
    rows = worker.rows(0)
    assert len(rows) > 5 and [r.epoch for r in rows] == list(range(1, len(rows) + 1))
    steps = worker.snapshot().steps
    wait(lambda: worker.snapshot().steps > steps + 10)


def test_an_edit_of_a_shape_goes_on_and_the_way_back_brings_what_was_learned(worker):
    first = job("xor")
    ready(worker, first)
    for _ in range(3):
        worker.step()
    before, four, seven = weights(worker), Aside(), Aside()
    steps = worker.snapshot().steps
    changed = ready(worker, replace(edited(first, units=7), leaves=four))
    assert changed.phase == Phase.PAUSED and changed.steps == steps and changed.carried.keeps_function
    worker.step()
    wait(lambda: worker.snapshot().steps == steps + 1)
    wider = weights(worker)
    back = ready(worker, replace(first, run_id=3, goes_on=True, back=four, leaves=seven))
    assert back.phase == Phase.PAUSED and back.steps == steps and back.carried.is_same
    assert np.array_equal(weights(worker), before)
    # And forth again: neither loses what it had.
    ready(worker, replace(edited(first, units=7), run_id=4, back=seven))
    assert np.array_equal(weights(worker), wider)


def test_what_was_learned_outlasts_a_network_that_cannot_run(worker):
    first = job("xor")
    ready(worker, first)
    worker.step()
    before = weights(worker)
    nodes = tuple(n for n in first.network.nodes if n.layer != "output")
    broken = replace(first, run_id=2, network=replace(first.network, nodes=nodes), goes_on=True)
    assert ready(worker, broken).phase == Phase.FAILED
    assert ready(worker, replace(first, run_id=3, goes_on=True)).steps == 1
    assert np.array_equal(weights(worker), before)


def test_a_reset_while_the_network_cannot_run_holds_for_the_next_that_can(worker):
    first = job("xor")
    ready(worker, first)
    worker.step()
    nodes = tuple(n for n in first.network.nodes if n.layer != "output")
    worker.load(replace(first, run_id=2, network=replace(first.network, nodes=nodes), goes_on=True))
    # The window may not have seen yet that it failed, so it does not plan anew by itself.
    worker.reset()
    again = ready(worker, replace(first, run_id=3, goes_on=True))
    assert (again.phase, again.steps) == (Phase.READY, 0)


def test_weights_that_were_set_by_hand_before_the_first_step_outlast_an_edit(worker):
    first = job("xor")
    ready(worker, first)
    worker.set_weight("dense_1", "weight", 0, 4.5, Replaced())
    ready(worker, edited(first, seed=9))
    assert 4.5 in weights(worker)
    # What nobody touched is drawn by the new seed instead.
    fresh = edited(job("iris", 3), seed=9)
    ready(worker, job("iris", 3))
    untouched = weights(worker)
    ready(worker, fresh)
    assert not np.array_equal(weights(worker), untouched)


def test_what_is_put_aside_before_a_reset_comes_back_with_its_curve(worker):
    worker.set_full_speed(True)
    first = job("xor", epochs=5)
    ready(worker, first)
    worker.start()
    wait(lambda: worker.snapshot().phase == Phase.FINISHED)
    before, rows, aside = weights(worker), worker.rows(0), Aside()
    worker.put_aside(aside)
    worker.reset()
    wait(lambda: worker.snapshot().steps == 0)
    assert not np.array_equal(weights(worker), before) and worker.rows(0) == []
    again = Aside()
    worker.put_aside(again)
    back = ready(worker, replace(first, run_id=2, goes_on=True, aside=aside))
    assert np.array_equal(weights(worker), before) and worker.rows(0) == rows and back.epoch == 5
    # Nothing had been learned since the reset: doing it again stands at the start.
    assert ready(worker, replace(first, run_id=3, goes_on=True, aside=again)).steps == 0


def test_what_was_reset_stays_reset_through_an_edit(worker):
    first = job("xor")
    ready(worker, first)
    worker.step()
    # A way there and back puts it where an undo would find it.
    ready(worker, edited(first, units=7))
    assert ready(worker, replace(first, run_id=3, goes_on=True)).steps == 1
    worker.reset()
    assert ready(worker, replace(edited(first, l2=0.1), run_id=4)).steps == 0


def test_another_project_takes_nothing_from_the_one_before(worker):
    ready(worker, job("xor"))
    worker.step()
    assert ready(worker, job("xor", 2)).steps == 0
    ready(worker, edited(job("xor", 2), l2=0.1))
    assert worker.snapshot().steps == 0


def test_the_worker_yields_to_the_window():
    import os
    import sys

    if sys.platform != "linux":
        pytest.skip("niceness of a single thread is a Linux matter")
    worker = Worker()
    native = worker._thread.native_id
    wait(lambda: os.getpriority(os.PRIO_PROCESS, native) == 10)
    worker.close()
