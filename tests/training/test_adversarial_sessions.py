"""Runs with adversarial strength: resumed exactly, evaluated without it, harder to fool in the end."""

from __future__ import annotations

import numpy as np
import pytest
from explain.explained import pictures, session

from nnstudio.data.dataset import Dataset
from nnstudio.explain.attacks import Attack
from nnstudio.explain.differentiable import Differentiable
from nnstudio.explain.targets import ends_of
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.adversarial import push_of
from nnstudio.training.learner import kernels_needed
from nnstudio.training.session import Session

STRENGTH = "adversarial_strength"


def finish(session: Session) -> Session:
    for _ in session.slices():
        pass
    return session


def runs(threads: int = 1, **extras) -> Session:
    return session(threads=threads, extras={STRENGTH: 0.1, **extras})


@pytest.mark.parametrize("stop_after", [1, 3])
def test_a_resumed_run_equals_one_that_was_never_interrupted(stop_after):
    whole = finish(runs())
    first = runs()
    while first.steps < stop_after:
        first.single_step()
    second = runs(2)
    second.restore(first.state())
    finish(second)
    assert np.array_equal(second.program.params, whole.program.params)
    assert [row.loss for row in second.history] == [row.loss for row in whole.history]


def test_evaluation_sees_samples_as_they_are_and_training_those_that_fool():
    trained, plain = finish(runs()), session()
    plain.program.set_parameters(trained.parameters)
    x, y, _ = trained.samples()
    assert trained.evaluate(x, y) == plain.evaluate(x, y)
    # The same weights: pushed samples have a larger loss.
    losses = [of.single_step().loss for of in (runs(), session())]
    assert losses[0] > losses[1]


def robust(trained: Session, strength: float) -> float:
    """The share of samples that are still taken for what they are."""
    x, y, _ = trained.samples()
    ends, network = ends_of(trained.data), Differentiable(trained)
    attack = Attack(y.ravel().astype(int), False, ends.low, ends.high)
    *_, changed = attack.run(network, x, strength, 1)
    return 1 - float(attack.succeeds(network.classes(changed)).mean())


def test_it_makes_a_network_harder_to_fool():
    settings = {"epochs": 60, "batch_size": 20, "optimizer_options": {"learning_rate": 0.01}}
    data = pictures(200)
    plain = finish(session(data=data, **settings))
    hard = finish(session(data=data, extras={STRENGTH: 0.05}, **settings))
    assert robust(plain, 0.0) > 0.95 and robust(hard, 0.0) > 0.95
    assert robust(hard, 0.1) > 0.9 > robust(plain, 0.1) + 0.2


def test_the_strength_is_a_share_of_what_each_input_can_be():
    x = np.array([[0.0, -3.0], [2.0, 1.0]], np.float32)
    data = Dataset("table", x, x[:, :1], x, x[:, :1], (), ("a", "b"), ("t",))
    push = push_of(data, 0.25)
    assert push.room.tolist() == [0.5, 1.0] and push.low.tolist() == [0, -3] and push.high.tolist() == [2, 1]
    assert push_of(data, 0.0) is None


def test_the_operator_is_named_before_a_run():
    needed = [kernels_needed(of.network, of.data, of.settings) for of in (session(), runs())]
    assert {name.rpartition(".")[2] for name in needed[1] - needed[0]} == {"push"}


def test_settings_keep_the_strength():
    settings = TrainingSettings().with_option(STRENGTH, 0.2)
    assert TrainingSettings.from_dict(settings.to_dict()).extra(STRENGTH) == 0.2
