"""After an edit that changes no prediction, the next steps of training keep what was learned, too."""

from __future__ import annotations

from functools import cache

import numpy as np
import pytest
from training.surgery.edited import insert, learned, set_options, taught

from nnkernels.spec import optimizers
from nnstudio.model.growth import Branch
from nnstudio.model.inference import NodeFacts
from nnstudio.project import Project, open_example
from nnstudio.training.session import Session
from nnstudio.training.surgery.beginning import squares_of

RATES = {"adam": 0.01, "rmsprop": 0.003, "sgd": 0.1}


def spiral(optimizer: str) -> Project:
    project = open_example("spiral")
    document = project.document
    for name, value in (("optimizer", optimizer), ("learning_rate", RATES[optimizer])):
        document.set_settings(document.settings.with_option(name, value))
    return project


@cache
def trained(optimizer: str) -> Session:
    session = spiral(optimizer).session()
    for _ in session.slices(150):
        pass
    return session


def deeper(project: Project) -> None:
    insert(project.document.graph, "tanh_1", "dense", units=8)


def wider(project: Project) -> None:
    set_options(project.document.graph, "dense_1", units=12)


def branched(project: Project) -> None:
    shape = trained("adam").layout.nodes["tanh_1"].shape
    project.document.history.push(Branch(project.document.graph, "tanh_1", NodeFacts(shape=shape)))


def worst(session: Session, steps: int = 200) -> float:
    """The largest mean loss of twenty steps in a row."""
    losses = []
    for _ in range(steps):
        session.single_step()
        losses.append(session.program.loss / session.program.batch)
    return float(np.reshape(losses, (-1, 20)).mean(1).max())


def forgotten(session: Session) -> Session:
    """The same with an optimizer that remembers nothing of a new layer."""
    count = session.layout.parameter_count
    for slot in session.layout.parameters:
        if slot.node not in trained("adam").layout.nodes:
            for start in range(count, len(session.program.params), count):
                session.program.params[start + slot.offset :][: slot.size] = 0
    return session


@pytest.mark.parametrize("edit", [deeper, wider, branched])
@pytest.mark.parametrize("optimizer", ["adam", "rmsprop"])
def test_the_next_steps_keep_what_was_learned(optimizer, edit):
    old, project = trained(optimizer), spiral(optimizer)
    usual, _ = taught(old, spiral(optimizer))
    edit(project)
    new, _ = taught(old, project)
    assert worst(new) <= 2 * worst(usual)


def test_without_a_memory_the_next_steps_would_not():
    old, project = trained("adam"), spiral("adam")
    deeper(project)
    new, _ = taught(old, project)
    usual, _ = taught(old, spiral("adam"))
    assert worst(forgotten(new)) > 3 * worst(usual)


def test_optimizers_that_remember_squares_are_known_by_what_they_do():
    known = {optimizer.id: squares_of(optimizer) for optimizer in optimizers}
    shipped = {"adam": (1,), "adamw": (1,), "rmsprop": (0,), "adagrad": (0,)}
    assert known == dict.fromkeys(known, ()) | shipped


def test_squares_are_those_of_gradients_on_the_data():
    project = open_example("iris")
    whole = len(project.session().data.x_train)
    project.document.set_settings(project.document.settings.with_option("batch_size", whole))
    old = project.session()
    for _ in range(20):
        old.single_step()
    node = insert(project.document.graph, "dense_1", "dense", units=16)
    new, _ = taught(old, project)
    (slot,) = [s for s in new.layout.parameters if (s.node, s.name) == (node, "weight")]
    begun = new.program.params[2 * new.layout.parameter_count + slot.offset :][: slot.size]
    program = new.gradients(new.data.x_train, new.data.y_train)
    squares = program.gradient(slot).ravel().astype(np.float64) ** 2
    # In one proportion, but for those that are raised to what is usual in the network.
    raised = np.isclose(begun, begun.min(), rtol=1e-5)
    assert 20 < raised.sum() < raised.size - 20
    np.testing.assert_allclose((begun / squares)[~raised], (begun / squares)[~raised][0], rtol=1e-3)


def test_a_layer_that_will_learn_too_fast_is_told_with_a_factor_that_helps():
    old, project = trained("sgd"), spiral("sgd")
    deeper(project)
    new, carried = taught(old, project)
    (fast,) = carried.beginning.fast
    told = carried.beginning.told({fast.node: "Second"})
    assert told.startswith("'Second' may learn too fast and undo what was learned: a step there changes")
    assert told.endswith(f"A learning rate factor of {fast.factor:g} prevents that.")
    set_options(project.document.graph, fast.node, learning_rate_factor=fast.factor)
    calm, carried = taught(old, project)
    assert not carried.beginning.fast
    assert worst(calm) < worst(new) / 2


def test_a_training_loss_that_rises_with_a_new_layer_is_told():
    old, project = trained("adam"), spiral("adam")
    node = insert(project.document.graph, "dense_1", "batchnorm")
    new, carried = taught(old, project)
    rise = carried.beginning.rise
    assert rise.nodes == (node,) and rise.before == old.history[-1].loss
    new.single_step()
    assert new.program.loss / new.program.batch > 2 * rise.before
    told = carried.beginning.told({node: "Norm"})
    assert (
        told.startswith("The training loss rises from ") and "'Norm' goes by chance or by the batch" in told
    )
    # It is as large as before the first epoch.
    assert told.endswith("Training on may undo what was learned.") and carried.beginning.is_risky
    other = spiral("adam")
    deeper(other)
    assert taught(old, other)[1].beginning.rise is None


def test_where_nothing_is_new_nothing_is_measured():
    project, old = learned("celsius", 10)
    project.document.set_settings(project.document.settings.with_option("l2", 0.01))
    new, carried = taught(old, project)
    assert carried.beginning == type(carried.beginning)()
    assert np.array_equal(new.program.params, old.program.params)
