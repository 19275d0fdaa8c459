"""Figures of a run are of its weights, or are known to be of others: set by hand, edited, saved between."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnstudio.project import Project, open_example
from nnstudio.training.learned import Learned
from nnstudio.training.session import Session
from nnstudio.training.weights import set_weight

STEPS_PER_EPOCH = 3


@pytest.fixture
def session() -> Session:
    """Two epochs and a step of a network whose epochs have three steps."""
    session = open_example("celsius").session()
    assert session.steps_per_epoch == STEPS_PER_EPOCH
    return stepped(session, 2 * STEPS_PER_EPOCH + 1)


def stepped(session: Session, steps: int) -> Session:
    for _ in range(steps):
        session.single_step()
    return session


def test_a_weight_that_is_set_and_taken_back_alters_nothing(session):
    before = set_weight(session, "dense_1", "weight", 0, 4.0)
    assert session.alterations.any
    set_weight(session, "dense_1", "weight", 0, 5.0)
    set_weight(session, "dense_1", "bias", 0, 5.0)
    set_weight(session, "dense_1", "weight", 0, before)
    assert session.alterations.any, "the bias is still another"
    state = session.state()
    assert state.is_altered
    session.restore(replace(state, is_altered=False))
    assert not session.alterations.any


def test_figures_are_of_before_until_an_epoch_was_measured_that_began_since(session):
    set_weight(session, "dense_1", "weight", 0, 4.0)
    stepped(session, STEPS_PER_EPOCH - 1)
    assert session.epoch == 3 and session.alterations.any, "that epoch began before"
    stepped(session, STEPS_PER_EPOCH - 1)
    assert session.alterations.any
    stepped(session, 1)
    assert session.epoch == 4 and not session.alterations.any


def test_another_network_with_the_same_parameters_has_other_figures(session):
    learned = Learned.of(session)
    assert learned is not None
    project = open_example("celsius")
    same = project.session()
    learned.teach(same)
    assert not same.alterations.any
    project.document.set_settings(project.document.settings.with_option("loss", "huber"))
    other = project.session()
    learned.teach(other)
    assert other.alterations.any


def test_the_same_figures_before_saving_and_after_opening(session, tmp_path):
    project = open_example("celsius")
    assert session.figures is not None and session.figures[0] != session.history[-1].loss
    set_weight(session, "dense_1", "weight", 0, 4.0)
    project.state = session.state()
    project.save(tmp_path / "between.nns")
    again = Project.open(tmp_path / "between.nns").session()
    assert again.figures == session.figures and again.alterations.any
