"""Runs of several optimizer groups: resumed exactly, saved, edited on the way, and refused where need be."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from nnkernels.program import Target
from nnkernels.spec import NodeError, SpecError
from nnstudio.model.commands import ChangeNode
from nnstudio.model.document import DataReference
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import Project, open_example
from nnstudio.training.curve import Epoch
from nnstudio.training.learned import Learned
from nnstudio.training.learner import kernels_needed
from nnstudio.training.output_losses import MOST_ROWS, OutputLosses
from nnstudio.training.session import Diverged, Session

START = Path(__file__).parents[2] / "resources" / "lessons" / "gan" / "start.nns"


def gan(**settings: object) -> Project:
    """The lesson's points, generator and judge, for a few epochs."""
    project = Project.open(START)
    for name, value in {"epochs": 3, **settings}.items():
        changed = project.document.settings.with_option(name.replace("__", "."), value)
        project.document.set_settings(changed)
    return project


def finish(session: Session) -> Session:
    for _ in session.slices():
        pass
    return session


@pytest.mark.parametrize("stop_after", [1, 2, 17, 40])
def test_a_resumed_run_equals_one_that_was_never_interrupted(stop_after):
    whole = finish(gan(turns="judge 2, generator 1").session())
    first = gan(turns="judge 2, generator 1").session()
    while first.steps < stop_after:
        first.single_step()
    project = gan(turns="judge 2, generator 1")
    project.state = first.state()
    second = finish(project.session(threads=2))
    assert np.array_equal(second.program.params, whole.program.params)
    assert [(r.loss, r.accuracy) for r in second.history] == [(r.loss, r.accuracy) for r in whole.history]
    assert np.array_equal(second.outputs.rows, whole.outputs.rows)


def test_a_saved_run_goes_on_from_the_file(tmp_path):
    whole = finish(gan(epochs=4).session())
    project = gan(epochs=4)
    session = project.session()
    for done in session.slices():
        if isinstance(done, Epoch) and done.epoch == 2:
            break
    session.single_step()
    project.state = session.state()
    project.save(tmp_path / "half.nns")
    again = Project.open(tmp_path / "half.nns")
    assert again.document.settings == project.document.settings
    second = finish(again.session())
    assert np.array_equal(second.program.params, whole.program.params)
    assert np.array_equal(second.outputs.rows, whole.outputs.rows) and second.outputs.epochs == [1, 2, 3, 4]


def test_an_epoch_that_did_not_ask_the_first_output_has_the_accuracy_of_the_latest_that_did():
    session = finish(gan(turns="judge 1, generator 20", epochs=12).session())
    asked = ~np.isnan(session.outputs.rows[:, 0])
    assert 0 < asked.sum() < len(asked)
    known = float("nan")
    for row, is_asked in zip(session.history, asked, strict=True):
        assert is_asked or row.accuracy == known
        known = row.accuracy


def test_groups_without_a_comma_between_them_are_told_so():
    with pytest.raises(SpecError, match="names several groups"):
        gan(turns="judge 20 generator 1").session()


def test_losses_of_an_epoch_are_means_over_the_steps_that_asked():
    session = gan(turns="judge 3, generator 1").session()
    sums, counts = np.zeros(3), np.zeros(3)
    while not session.history:
        before = session.program.visited
        session.single_step()
        samples = (session.program.visited or len(session.data.x_train)) - before
        losses = session.program.losses[0]
        sums += np.nan_to_num(losses)
        counts += np.where(np.isnan(losses), 0, samples)
    assert session.outputs.rows[0] == pytest.approx(sums / counts)
    assert counts[0] == counts[1] > counts[2] > 0
    assert session.history[0].loss == pytest.approx((sums / counts).sum())


def test_the_first_steps_of_a_run_are_kept_for_the_timeline():
    session = gan().session()
    moved = []
    for _ in range(4):
        session.single_step()
    history = session.parameter_history
    judge = next(s for s in session.layout.parameters if s.node.startswith("judge/"))
    maker = next(s for s in session.layout.parameters if s.node.startswith("gen/"))
    for before, after in pairwise(history):
        spans = [slice(slot.offset, slot.offset + slot.size) for slot in (judge, maker)]
        moved.append(tuple((before[span] != after[span]).any() for span in spans))
    assert session.checkpoint_steps == [0, 1, 2, 3, 4]
    assert moved == [(True, False), (False, True), (True, False), (False, True)]


def test_a_run_goes_on_with_another_learning_rate_of_a_group():
    session = finish(gan().session())
    learned = Learned.of(session)
    assert learned is not None
    other = gan(judge__learning_rate=0.01, epochs=6).session()
    assert learned.teach(other).is_same
    assert np.array_equal(other.program.params, session.program.params)
    assert other.outputs.epochs == [1, 2, 3]
    finish(other)
    assert other.outputs.epochs[-1] == 6


def test_the_curves_of_the_outputs_go_on_with_other_data():
    session = finish(gan().session())
    learned = Learned.of(session)
    assert learned is not None
    project = gan(epochs=6)
    options = {**project.document.data.options, "shape": "two moons"}
    project.document.set_data(DataReference("imitation", options))
    other = project.session()
    learned.teach(other)
    assert other.outputs.epochs == [1, 2, 3] == [row.epoch for row in other.history]
    assert np.array_equal(other.outputs.rows, session.outputs.rows)
    finish(other)
    assert other.outputs.epochs == [1, 2, 3, 4, 5, 6]


def test_another_optimizer_of_a_group_begins_with_an_empty_memory():
    session = finish(gan().session())
    learned = Learned.of(session)
    assert learned is not None
    other = gan(judge__optimizer="sgd").session()
    learned.teach(other)
    count = session.layout.parameter_count
    assert np.array_equal(other.parameters, session.parameters) and not other.program.params[count:].any()


def test_a_run_that_diverges_goes_back_to_before_the_step():
    wild = {"generator__optimizer": "sgd", "generator__learning_rate": 1000.0, "generator__momentum": 0.9}
    session = gan(**wild).session()
    with pytest.raises(Diverged, match="diverged at step"):
        finish(session)
    assert np.isfinite(session.program.params).all() and session.divergence is not None
    again = gan(**wild).session()
    while again.steps < session.steps:
        again.single_step()
    assert np.array_equal(again.program.params, session.program.params)


def test_all_operators_of_all_groups_are_compiled_ahead():
    project = gan(judge__optimizer="sgd", generator__optimizer="rmsprop")
    names = kernels_needed(project.document.to_network(), project.load_data(), project.document.settings)
    assert {"sgd_kernel", "rmsprop_kernel"} <= {name.rpartition(".")[2] for name in names}


def refused(node: str, **options: object) -> Exception:
    project = gan()
    for name, value in options.items():
        ChangeNode(project.document.graph, node, name, value).redo()
    with pytest.raises(SpecError) as caught:
        project.session()
    return caught.value


def test_what_cannot_be_learned_is_refused_where_it_stands():
    first = refused("real", target="1")
    assert isinstance(first, NodeError) and first.node == "real" and "compared with the data" in str(first)
    between = refused("caught", target="2")
    assert isinstance(between, NodeError) and "a number from 0 to 1 as its target; received 2" in str(between)
    unread = refused("caught", target="zero")
    assert isinstance(unread, NodeError) and "received 'zero'" in str(unread)
    nobody = refused("fooled", trains="forger")
    assert isinstance(nobody, NodeError) and nobody.node == "fooled" and "'forger'" in str(nobody)


def test_settings_of_groups_are_read_as_they_are_written():
    settings = gan(judge__optimizer="sgd", judge__momentum=0.5).document.settings
    again = TrainingSettings.from_dict(json.loads(json.dumps(settings.to_dict())))
    assert again == settings and again.group("judge").optimizer_options["momentum"] == 0.5
    older = {key: value for key, value in settings.to_dict().items() if key != "groups"}
    assert TrainingSettings.from_dict(older).groups == {}


def test_a_group_learns_with_the_optimizer_of_the_run_until_it_has_its_own():
    settings = open_example("spiral").document.settings
    assert settings.group("judge").hyperparameters() == settings.hyperparameters()
    own = settings.with_option("judge.learning_rate", 0.5)
    assert own.group("judge").hyperparameters()["learning_rate"] == 0.5
    assert own.hyperparameters() == settings.hyperparameters()
    with pytest.raises(SpecError, match="Learning rate must be"):
        settings.with_option("judge.learning_rate", -1)


def test_rows_of_a_long_run_are_thinned():
    targets = [Target(name, name, "mse", 1.0, None) for name in "ab"]
    outputs = OutputLosses(targets)
    for epoch in range(1, MOST_ROWS + 2):
        outputs.add(np.full((1, 2), float(epoch)), np.zeros(1), 1, 1)
        outputs.end_epoch(epoch)
    assert len(outputs.epochs) == len(outputs.rows) == MOST_ROWS // 2 + 1
    assert outputs.epochs[-1] == MOST_ROWS + 1
    assert (outputs.rows[:, 0] == outputs.epochs).all()


def test_an_output_that_an_epoch_does_not_ask_counts_as_it_was():
    targets = [Target("a", "a", "mse", 1.0, None), Target("b", "b", "mse", 2.0, None)]
    outputs = OutputLosses(targets)
    outputs.add(np.array([[1.0, np.nan], [np.nan, 3.0]]), np.zeros(2), 1, 2)
    assert outputs.together()[0] == 1 + 2 * 3
    outputs.end_epoch(1)
    outputs.add(np.array([[5.0, np.nan]]), np.zeros(1), 1, 1)
    assert outputs.together()[0] == 5 + 2 * 3
    outputs.end_epoch(2)
    assert np.isnan(outputs.rows[1, 1])
    assert OutputLosses(targets, outputs.saved()).together()[0] == 5 + 2 * 3


def test_a_step_that_does_not_ask_the_first_output_leaves_the_accuracy_as_it_was():
    targets = [Target("a", "a", "mse", 1.0, None), Target("b", "b", "mse", 1.0, None)]
    outputs = OutputLosses(targets)
    outputs.add(np.array([[1.0, np.nan]]), np.array([3.0]), 4, 4)
    outputs.end_epoch(1)
    outputs.add(np.array([[np.nan, 1.0]]), np.zeros(1), 4, 4)
    assert outputs.together()[1] == 0.75
    assert OutputLosses(targets, outputs.saved()).together()[1] == 0.75
    outputs.add(np.array([[1.0, np.nan]]), np.array([1.0]), 4, 4)
    assert outputs.together()[1] == 0.25


def test_a_network_with_one_output_keeps_no_losses_of_it():
    session = open_example("xor").session()
    session.single_step()
    assert session.outputs.names == () and session.state().outputs is None
