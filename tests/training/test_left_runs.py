"""The worker hands up what a run had learned, to its last step, whenever another takes its place."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from training.test_worker import edited, job, ready, wait, weights

from nnstudio.training.learned import Aside
from nnstudio.training.left_runs import LeftRun, Status
from nnstudio.training.messages import Job, Phase
from nnstudio.training.worker import Worker


@pytest.fixture
def worker() -> Iterator[Worker]:
    worker = Worker()
    worker.set_full_speed(True)
    yield worker
    worker.close()


def stepped(worker: Worker, order: Job, steps: int = 3) -> tuple[np.ndarray, str]:
    """Weights and run after so many steps, which hand up nothing by themselves."""
    ready(worker, order)
    for _ in range(steps):
        worker.step()
    now, run = weights(worker), worker.compute(lambda session: session.run).result(60)
    assert worker.take_left() == []
    return now, run


def only(worker: Worker) -> LeftRun:
    """The one that was left, once the worker has done all that it was told."""
    worker.ask(lambda: None).result(60)
    (left,) = worker.take_left()
    assert worker.take_left() == []
    return left


def holds(left: LeftRun, values: np.ndarray, steps: int) -> bool:
    """Whether these values and steps were handed up."""
    state = left.learned.state
    return state.step == steps and np.array_equal(state.params[: len(values)], values)


def test_a_reset_leaves_the_run_as_it_was_and_begins_another(worker):
    before, run = stepped(worker, replace(job("xor"), project="mine"))
    worker.reset()
    left = only(worker)
    assert holds(left, before, 3) and (left.run, left.project) == (run, "mine")
    assert left.is_over and left.status == Status.REPLACED
    assert worker.compute(lambda session: session.run).result(60) != run


def test_an_edit_that_costs_weights_leaves_them_and_one_that_costs_none_goes_on(worker):
    first = replace(job("xor"), project="as it was")
    before, run = stepped(worker, first)
    ready(worker, edited(first, l2=0.01))
    worker.ask(lambda: None).result(60)
    assert worker.take_left() == []
    ready(worker, replace(edited(first, units=7), run_id=3, project="edited"))
    left = only(worker)
    assert holds(left, before, 3) and left.run == run and left.is_over
    assert left.project == "as it was"


def test_what_an_undo_brings_back_goes_on_under_its_name(worker):
    first = job("xor")
    _, run = stepped(worker, first)
    aside = Aside()
    ready(worker, replace(edited(first, units=7), leaves=aside))
    only(worker)
    worker.step()
    ready(worker, replace(first, run_id=3, goes_on=True, back=aside))
    # The other network's run is over.
    assert only(worker).run != run
    worker.step()
    worker.keep()
    left = only(worker)
    assert left.run == run and left.learned.state.step == 4 and not left.is_over


@pytest.mark.parametrize("layer, units", [("tanh", 7), ("sigmoid", 4)])
def test_another_network_that_was_never_trained_is_no_run(worker, layer, units):
    """Also one with the same parameters: what was learned is the other's, and stays as it was."""
    first = job("xor")
    before, run = stepped(worker, first)
    other = edited(first, units=units)
    nodes = tuple(replace(n, layer=layer) if n.layer == "tanh" else n for n in other.network.nodes)
    assert nodes != first.network.nodes
    ready(worker, replace(other, network=replace(other.network, nodes=nodes)))
    left = only(worker)
    assert holds(left, before, 3) and left.run == run and left.is_over
    worker.unload(3)
    worker.ask(lambda: None).result(60)
    assert worker.take_left() == []


def test_a_network_that_cannot_run_keeps_what_was_learned_and_another_project_leaves_it(worker):
    first = job("xor")
    before, _ = stepped(worker, first)
    nodes = tuple(n for n in first.network.nodes if n.layer != "output")
    broken = replace(first, run_id=2, network=replace(first.network, nodes=nodes), goes_on=True)
    ready(worker, broken)
    left = only(worker)
    assert holds(left, before, 3) and not left.is_over
    worker.unload(3)
    left = only(worker)
    assert holds(left, before, 3) and left.is_over


def test_a_run_that_ends_pauses_or_goes_on_says_so(worker):
    ready(worker, job("xor", epochs=1_000_000))
    worker.start()
    wait(lambda: worker.snapshot().steps > 10)
    worker.keep()
    assert only(worker).status == Status.RUNNING
    worker.pause()
    left = only(worker)
    assert left.status == Status.STOPPED and left.learned.state.step == worker.snapshot().steps
    worker.set_epochs(worker.snapshot().epoch + 2)
    worker.start()
    wait(lambda: worker.snapshot().phase == Phase.FINISHED)
    assert only(worker).status == Status.FINISHED
    # It had finished, whatever comes after it.
    worker.unload(2)
    left = only(worker)
    assert left.status == Status.FINISHED and left.is_over


def test_a_run_that_diverges_leaves_its_last_good_weights(worker):
    ready(worker, job("celsius", optimizer="sgd", learning_rate=900.0))
    worker.step()
    worker.start()
    wait(lambda: worker.snapshot().phase == Phase.DIVERGED)
    left = only(worker)
    assert left.status == Status.STOPPED and np.isfinite(left.learned.state.params).all()
    assert left.reason == worker.snapshot().message and "diverged" in left.reason
    worker.keep()
    assert only(worker).reason == left.reason
    assert holds(left, weights(worker), left.learned.state.step)


def test_the_end_of_the_program_leaves_what_was_learned(worker):
    before, _ = stepped(worker, job("xor"))
    worker.close()
    (left,) = worker.take_left()
    assert holds(left, before, 3)


def test_a_run_without_a_step_leaves_nothing(worker):
    ready(worker, job("xor"))
    worker.reset()
    worker.unload(2)
    worker.ask(lambda: None).result(60)
    assert worker.take_left() == []


def test_of_two_left_behind_each_other_the_later_stands_for_both(worker):
    stepped(worker, job("xor"))
    worker.keep()
    worker.step()
    worker.reset()
    left = only(worker)
    assert left.learned.state.step == 4 and left.is_over
