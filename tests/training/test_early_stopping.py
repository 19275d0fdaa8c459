"""Schedules and early stopping inside a session: deterministic, resumable, the best weights return."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnstudio.data.dataset import Split
from nnstudio.explain.weights import Aspect, WeightsProbe
from nnstudio.from_data import project_from_data
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import Project, open_example
from nnstudio.training.curve import Epoch
from nnstudio.training.session import Session


def project_with(name: str, **settings) -> Project:
    project = open_example(name)
    for key, value in settings.items():
        project.document.set_settings(project.document.settings.with_option(key, value))
    return project


def finish(session) -> list[Epoch]:
    return [done for done in session.slices() if isinstance(done, Epoch)]


@pytest.mark.parametrize("schedule", ["step", "cosine", "linear", "plateau"])
def test_a_scheduled_run_resumes_exactly(schedule, tmp_path):
    project = project_with("xor", schedule=schedule, epochs=6, warmup_steps=30)
    whole = project.session()
    finish(whole)
    first = project.session()
    for _ in range(70):
        first.single_step()
    project.state = first.state()
    project.save(tmp_path / "p.nns")
    second = Project.open(tmp_path / "p.nns").session()
    finish(second)
    assert np.array_equal(second.program.params, whole.program.params)


def test_a_rate_that_has_fallen_to_nothing_moves_nothing():
    session = project_with("xor", schedule="step", every=1, gamma=0.0, epochs=3).session()
    curve = finish(session)
    assert curve[0].val_loss == curve[1].val_loss == curve[2].val_loss


def test_early_stopping_ends_the_run_with_the_best_weights():
    project = project_with("iris", patience=5, epochs=2000, learning_rate=0.05)
    session = project.session()
    curve = finish(session)
    assert len(curve) < 2000
    best = min(range(len(curve)), key=lambda i: curve[i].val_loss)
    assert len(curve) - 1 - best == 5
    loss, _ = session.evaluate(*session.data.part(session.data.watched))
    assert loss == curve[best].val_loss


def test_a_run_that_ends_as_planned_has_the_best_weights_until_it_goes_on():
    # Steps as long as these only make it worse.
    session = project_with("xor", patience=50, epochs=4, learning_rate=0.9).session()
    rows = finish(session)
    best = min(rows, key=lambda row: row.watched)
    assert session.returned_to == (best.epoch, best.steps) and best.epoch < 4
    assert session.steps == best.steps and session.steps_done == rows[-1].steps
    assert session.evaluate(*session.data.part(session.data.watched))[0] == best.watched
    session.single_step()
    assert session.returned_to is None and session.steps == rows[-1].steps + 1


def test_a_run_that_was_saved_when_it_should_stop_stops():
    project = project_with("xor", patience=1, epochs=9, learning_rate=0.9)
    whole, first = project.session(), project.session()
    rows = finish(whole)
    while first.epoch < len(rows):
        first.single_step()
    project.state = first.state()
    second = project.session()
    assert not finish(second) and np.array_equal(second.parameters, whole.parameters)


def test_early_stopping_survives_a_save(tmp_path):
    project = project_with("iris", patience=5, epochs=2000, learning_rate=0.05)
    whole = project.session()
    rows = finish(whole)
    first = project.session()
    while first.epoch < len(rows) - 2:
        first.single_step()
    project.state = first.state()
    project.save(tmp_path / "p.nns")
    second = Project.open(tmp_path / "p.nns").session()
    finish(second)
    assert second.epoch == whole.epoch and np.array_equal(second.parameters, whole.parameters)


def test_settings_survive_a_round_trip_and_old_ones_get_defaults():
    result = TrainingSettings()
    for name, value in {
        "loss": "huber", "delta": 2.0, "optimizer": "sgd", "nesterov": True, "schedule": "cosine",
        "final": 0.1, "l2": 0.01, "patience": 3,
    }.items():  # fmt: skip
        result = result.with_option(name, value)
    assert TrainingSettings.from_dict(result.to_dict()) == result
    old = {"loss": "mse", "optimizer": "adam", "batch_size": 8, "epochs": 2, "seed": 0}
    assert TrainingSettings.from_dict(old).schedule == "constant"


def test_validation_is_what_is_watched_and_the_test_part_changes_nothing(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b,y\n" + "".join(f"{i % 13},{i % 7},{i % 13 * 2 - i % 7}\n" for i in range(120)))
    project = project_from_data(path, {}).project
    project.document.set_settings(project.document.settings.with_option("epochs", 3))
    session = project.session()
    curve = finish(session)
    data = session.data
    assert data.watched == Split.VALIDATION and data.judging == Split.TEST
    assert curve[-1].val_loss == session.evaluate(data.x_validation, data.y_validation)[0]
    other = replace(data, x_test=data.x_test + 9)
    again = Session(session.network, other, session.settings)
    assert finish(again)[-1].val_loss == curve[-1].val_loss
    assert np.array_equal(again.parameters, session.parameters)


def test_weights_that_came_back_say_whose_they_are_when_saved_and_trained_on(tmp_path):
    project = project_with("xor", patience=2, epochs=9, learning_rate=0.9)
    session = project.session()
    rows = finish(session)
    best = min(rows, key=lambda row: row.watched)
    assert session.returned_to == (best.epoch, best.steps) and best.epoch < rows[-1].epoch
    (node,) = [n.id for n in project.document.graph.nodes if n.kind == "dense"][:1]
    (told,) = WeightsProbe(node, Aspect.TIME).run(session)
    assert list(told.history["weight"].steps) == sorted(told.history["weight"].steps)
    project.state = session.state()
    project.save(tmp_path / "early.nns")
    again = Project.open(tmp_path / "early.nns").session()
    assert again.returned_to == session.returned_to and again.steps == best.steps
    assert again.steps_done == rows[-1].steps
    # A step of the timeline keeps the weights that were there then, not those that came back.
    assert again.checkpoint_steps == session.checkpoint_steps
    # Training on only makes it worse: the weights that come back once more are the same ones.
    again.set_epochs(again.epoch + 9)
    finish(again)
    assert again.returned_to is not None
    if min(row.watched for row in again.history[len(rows) :]) > best.watched:
        assert again.returned_to == (best.epoch, best.steps)
