"""Live views look at kept steps: what they are shown is the network as it was, number by number."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pytest
from training.test_worker import job, ready, wait

from nnstudio.explain.activations import ActivationProbe
from nnstudio.explain.results import ResultsProbe
from nnstudio.explain.thumbnails import ThumbnailsProbe
from nnstudio.explain.weights import WeightsProbe
from nnstudio.project import open_example
from nnstudio.training.evaluation import Evaluation
from nnstudio.training.messages import Phase
from nnstudio.training.worker import Worker


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker()
    worker.set_full_speed(True)
    yield worker
    worker.close()


@dataclass(frozen=True)
class Steps:
    """A probe that tells which step it saw."""

    def run(self, session: Evaluation) -> Iterator[tuple[int, np.ndarray]]:
        yield session.steps, session.parameters.copy()


def trained(worker: Worker) -> tuple[int, ...]:
    """Train iris to its end; the kept steps."""
    ready(worker, job("iris", epochs=12))
    worker.start()
    wait(lambda: worker.snapshot().phase == Phase.FINISHED)
    return worker.snapshot().kept.steps


def test_a_probe_sees_the_past_and_then_the_present_again(worker):
    steps = trained(worker)
    worker.set_probe("p", Steps())
    taken = []

    def sees(step: int) -> bool:
        result = worker.take_result("p", worker.snapshot().start)
        if result is not None:
            taken.append(result)
        return bool(taken) and taken[-1][0] == step

    now = worker.snapshot().steps
    wait(lambda: sees(now))
    latest = taken[-1][1]
    worker.travel(steps[2])
    wait(lambda: sees(steps[2]))
    assert worker.snapshot().shown == steps[2] and worker.is_pictured()
    # The same run again, stopped there.
    again = open_example("iris").session()
    again.set_epochs(12)
    while again.steps < steps[2]:
        again.single_step()
    np.testing.assert_array_equal(taken[-1][1], again.parameters)
    worker.travel(None)
    wait(lambda: sees(now))
    np.testing.assert_array_equal(taken[-1][1], latest)
    assert worker.snapshot().shown is None


def test_the_views_numbers_at_a_kept_step_equal_numpy(worker):
    steps = trained(worker)
    checkpoint = worker.compute(
        lambda s: s.journal.checkpoints[s.journal.steps.index(steps[3])].copy()
    ).result(10)
    arrays = worker.compute(
        lambda s: {
            f"{p.node}.{p.name}": checkpoint[p.offset : p.offset + p.size].reshape(p.shape)
            for p in s.layout.parameters
        }
    ).result(10)
    data = open_example("iris").session().data
    probes = {
        "a": ActivationProbe("relu_1", 4), "w": WeightsProbe("dense_2"),
        "r": ResultsProbe(), "f": ThumbnailsProbe(("dense_1",)),
    }  # fmt: skip
    worker.travel(steps[3])
    for name, probe in probes.items():
        worker.set_probe(name, probe)
    activations = {}

    def all_there() -> bool:
        for name in probes:
            result = worker.take_result(name, worker.snapshot().start)
            if result is not None and result.step == steps[3]:
                activations[name] = result
        return len(activations) == len(probes)

    wait(all_there)
    x, y = data.part(data.watched)
    hidden = np.maximum(x @ arrays["dense_1.weight"] + arrays["dense_1.bias"], 0)
    np.testing.assert_allclose(activations["a"].values, hidden[4], rtol=1e-5, atol=1e-6)
    np.testing.assert_array_equal(activations["w"].arrays["weight"].values, arrays["dense_2.weight"])
    logits = hidden @ arrays["dense_2.weight"] + arrays["dense_2.bias"]
    matrix = np.zeros((3, 3), int)
    for truth, predicted in zip(y[:, 0].astype(int), logits.argmax(1), strict=True):
        matrix[truth, predicted] += 1
    np.testing.assert_array_equal(activations["r"].matrix, matrix)
    first = x[:1] @ arrays["dense_1.weight"] + arrays["dense_1.bias"]
    assert activations["f"].spans["dense_1"] == pytest.approx(
        (first.min(), first.mean(), first.max()), rel=1e-5
    )


def test_training_on_comes_back_to_now_and_is_not_disturbed(worker):
    steps = trained(worker)
    worker.travel(steps[1])
    wait(lambda: worker.snapshot().shown == steps[1])
    worker.start()
    wait(lambda: worker.snapshot().phase == Phase.FINISHED and worker.snapshot().epoch == 24)
    assert worker.snapshot().shown is None
    plain = open_example("iris").session()
    plain.set_epochs(12)
    for _ in plain.slices(12):
        pass
    for _ in plain.slices(24):
        pass
    np.testing.assert_array_equal(worker.compute(lambda s: s.parameters.copy()).result(10), plain.parameters)


def test_travelling_pauses_a_run_and_an_unknown_step_is_now(worker):
    ready(worker, job("spiral", epochs=1_000_000))
    worker.start()
    wait(lambda: len(worker.snapshot().kept.steps) > 3)
    worker.travel(worker.snapshot().kept.steps[0])
    wait(lambda: worker.snapshot().phase == Phase.PAUSED and worker.snapshot().shown == 0)
    worker.travel(-5)
    wait(lambda: worker.snapshot().shown is None)
    assert worker.snapshot().kept.bytes > 0
