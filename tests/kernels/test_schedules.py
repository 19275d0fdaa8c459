"""Schedules, clipping and penalties against their formulas and PyTorch's documented behaviour."""

from __future__ import annotations

import numpy as np
import pytest
from kernels.networks import MLP, samples

from nnkernels.planning.plan import build
from nnkernels.spec import schedules


def factors(name, steps, per_epoch=10, total=100, losses=(), **options):
    schedule = schedules[name]
    options = schedule.complete(options)
    memory = schedule.start
    for loss in losses:
        memory = schedule.remember(options, memory, loss)
    return schedule.factor(options, np.asarray(steps), per_epoch, total, memory)


CASES = [pytest.param(s, o, id=f"{s.id}-{i}") for s in schedules for i, o in enumerate(s.samples)]


@pytest.mark.parametrize("schedule, options", CASES)
def test_contract(schedule, options):
    whole = factors(schedule.id, np.arange(100), **options)
    assert whole.shape == (100,) and np.isfinite(whole).all() and (whole >= 0).all() and whole.any()
    # An epoch at a time, as a session asks.
    parts = [factors(schedule.id, np.arange(at, at + 10), **options) for at in range(0, 100, 10)]
    assert np.array_equal(np.concatenate(parts), whole)
    assert schedule.title and schedule.help.endswith(".") and type(schedule).__doc__


def test_step_cosine_and_linear():
    assert factors("step", [0, 29, 30, 60], every=3, gamma=0.1) == pytest.approx([1, 1, 0.1, 0.01])
    assert factors("cosine", [0, 50, 100, 200]) == pytest.approx([1, 0.5, 0, 0])
    assert factors("cosine", [50], final=0.2) == pytest.approx([0.6])
    assert factors("linear", [0, 25, 100], final=0.5) == pytest.approx([1, 0.875, 0.5])


def test_plateau_drops_after_more_than_wait_idle_epochs():
    losses = [5, 4, 4, 4, 4, 3]
    assert [factors("plateau", [0], losses=losses[:n], wait=2)[0] for n in range(7)] == [
        1,
        1,
        1,
        1,
        1,
        0.5,
        0.5,
    ]


def one_step(factor=None, **penalties):
    """Parameters before and after one SGD step at rate 1, and the plain gradient."""
    x, y = samples(8, 5, classes=3)
    program = build(MLP, (5,), "softmax_cross_entropy", "sgd", 8, 1, np.float64, penalties=penalties)
    count = program.layout.parameter_count
    program.params[:count] = start = program.layout.initial(1)
    program.set_data(x, y, np.arange(8))
    hyper = {"learning_rate": 1.0, "momentum": 0.0, "nesterov": 0.0, "weight_decay": 0.0}
    program.set_hyperparameters(hyper, None if factor is None else np.array([factor]))
    program.run(1)
    return start, program.params[:count].copy()


def test_penalties_and_clipping_change_the_gradient_as_they_say():
    start, after = one_step()
    gradient = start - after
    start, after = one_step(l1=0.1, l2=0.2)
    assert start - after == pytest.approx(gradient + 0.1 * np.sign(start) + 0.2 * start)
    start, after = one_step(clip_value=0.05)
    assert start - after == pytest.approx(np.clip(gradient, -0.05, 0.05))
    start, after = one_step(clip_norm=0.1)
    assert start - after == pytest.approx(gradient * 0.1 / (np.linalg.norm(gradient) + 1e-6))
    start, after = one_step(clip_norm=1e6)
    assert start - after == pytest.approx(gradient)


def test_the_rate_of_each_step_comes_from_the_table():
    start, after = one_step()
    assert one_step(factor=0.25)[1] == pytest.approx(start + 0.25 * (after - start))
