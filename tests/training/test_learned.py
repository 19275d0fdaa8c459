"""Edits keep what was learned: weights, curve, optimizer; what no longer fits starts again and is named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec
from nnstudio.project import Project, open_example
from nnstudio.training.learned import Carried, Learned
from nnstudio.training.session import Session
from nnstudio.training.surgery.changes import What


def session_of(project: Project) -> Session:
    return project.session()


def trained(project: Project, steps: int) -> Session:
    session = session_of(project)
    for _ in range(steps):
        session.single_step()
    return session


def with_options(project: Project, node: str, **options) -> None:
    graph = project.document.graph
    graph.replace_node(replace(graph[node], options={**graph[node].options, **options}))


def set_option(project: Project, name: str, value) -> None:
    project.document.set_settings(project.document.settings.with_option(name, value))


def taught(old: Session, project: Project) -> tuple[Session, Carried]:
    learned = Learned.of(old)
    assert learned is not None
    new = session_of(project)
    return new, learned.teach(new)


EDITS = [
    ("batch_size", 7), ("loss", "huber"), ("l2", 0.01), ("seed", 99), ("patience", 5), ("optimizer", "sgd"),
    ("schedule", "cosine"), ("clip_norm", 1.0),
]  # fmt: skip


@pytest.mark.parametrize("name, value", EDITS)
def test_a_changed_setting_keeps_weights_curve_and_counts(name, value):
    project = open_example("celsius")
    old = trained(project, 40)
    set_option(project, name, value)
    new, carried = taught(old, project)
    assert carried == Carried()
    assert np.array_equal(new.parameters, old.parameters)
    assert (new.steps, new.epoch, new.history) == (old.steps, old.epoch, old.history)
    new.single_step()
    assert new.steps == old.steps + 1


def test_optimizer_slots_are_kept_with_the_optimizer_and_begin_anew_with_another():
    project = open_example("spiral")
    old = trained(project, 40)
    set_option(project, "l2", 0.01)
    same, _ = taught(old, project)
    assert np.array_equal(same.program.params, old.program.params)
    set_option(project, "optimizer", "rmsprop")
    other, _ = taught(same, project)
    count = other.layout.parameter_count
    assert np.array_equal(other.program.params[:count], old.program.params[:count])
    assert not other.program.params[count:].any()
    # Saved and opened again, the optimizer's own count is known, too.
    other.single_step()
    project.state = other.state()
    again = session_of(project)
    other.single_step()
    again.single_step()
    assert np.array_equal(again.program.params, other.program.params) and again.steps == other.steps == 42


def test_training_goes_on_in_the_middle_of_an_epoch_where_the_samples_stay_the_same():
    project = open_example("spiral")
    old, never_edited = trained(project, 37), trained(project, 37)
    set_option(project, "patience", 50)
    new, _ = taught(old, project)
    assert new.data is not old.data, "the same samples, read again"
    for session in (new, never_edited):
        for _ in range(30):
            session.single_step()
    assert np.array_equal(new.program.params, never_edited.program.params)
    assert [r.loss for r in new.history] == [r.loss for r in never_edited.history]


def test_with_other_samples_the_running_epoch_begins_anew_and_the_weights_stay():
    project = open_example("spiral")
    old = trained(project, 37)
    options = {**project.document.data.options, "test_ratio": 0.3}
    project.document.set_data(replace(project.document.data, options=options))
    new, carried = taught(old, project)
    assert carried == Carried() and np.array_equal(new.parameters, old.parameters)
    assert (new.steps, new.history, new.state().cursor) == (old.steps, old.history, 0)
    new.single_step()


def test_another_seed_changes_the_order_of_samples_and_not_the_weights():
    project = open_example("spiral")
    old = trained(project, 37)
    ends = []
    for seed in (old.settings.seed + 1, old.settings.seed + 2):
        set_option(project, "seed", seed)
        new, _ = taught(old, project)
        assert np.array_equal(new.parameters, old.parameters)
        new.single_step()
        ends.append(new.parameters.copy())
    assert not np.array_equal(*ends)
    new.reset()
    fresh = session_of(project)
    assert np.array_equal(new.parameters, fresh.parameters), "reset draws by the new seed"


def test_before_the_first_step_there_is_nothing_to_keep():
    assert Learned.of(session_of(open_example("xor"))) is None


def test_freezing_freezes_what_was_learned():
    project = open_example("xor")
    old = trained(project, 60)
    with_options(project, "dense_1", frozen=True)
    new, carried = taught(old, project)
    assert carried == Carried()
    kept = {name: array for name, array in old.arrays().items() if name.startswith("dense_1.")}
    for _ in range(20):
        new.single_step()
    assert all(np.array_equal(new.arrays()[name], array) for name, array in kept.items())
    assert not np.array_equal(new.parameters, old.parameters)


def test_layers_that_keep_their_shape_keep_their_weights_and_the_others_what_fits():
    project = open_example("mnist-dense")
    old = trained(project, 3)
    dense = [n.id for n in project.document.graph.nodes if n.kind == "dense"]
    # A bottleneck: of what the last layer read only a part comes through.
    last = dense[-1]
    graph = project.document.graph
    extra = replace(graph.new_node("dense", 0, 0), options={**graph[dense[0]].options, "units": 24})
    graph.insert_node(extra)
    link = next(k for k in graph.links if k.target == last)
    graph.remove_link(link)
    graph.insert_link(type(link)(link.source, extra.id))
    graph.insert_link(type(link)(extra.id, last))
    new, carried = taught(old, project)
    assert [change.what for change in carried.changes] == [What.PASSES_ON, What.TAKES_FEWER]
    before, after = old.arrays(), new.arrays()
    fitted = f"{last}.weight"
    for name in before:
        assert np.array_equal(before[name], after[name]) == (name != fitted), name
    assert np.array_equal(after[fitted], before[fitted][:24])
    assert (new.steps, new.history) == (old.steps, old.history)
    assert new.checkpoint_steps == [new.steps]
    new.single_step()


def test_nodes_in_another_order_are_matched_by_their_names():
    project = open_example("iris")
    old = trained(project, 25)
    network = project.document.to_network()
    turned = Session(NetworkSpec(network.nodes[::-1], network.subnetworks), old.data, old.settings)
    learned = Learned.of(old)
    assert learned is not None
    assert learned.teach(turned) == Carried()
    assert all(np.array_equal(turned.arrays()[name], array) for name, array in old.arrays().items())
    old.single_step()
    turned.single_step()
    np.testing.assert_allclose(turned.arrays()["dense_1.weight"], old.arrays()["dense_1.weight"], rtol=1e-6)


def test_the_best_weights_of_early_stopping_stay_with_the_same_loss_and_go_with_another():
    project = open_example("celsius")
    set_option(project, "patience", 50)
    old = trained(project, 40)
    assert old.state().best is not None
    same = Session(project.document.to_network(), old.data, old.settings.with_option("batch_size", 9))
    learned = Learned.of(old)
    assert learned is not None
    learned.teach(same)
    best, kept = old.state().best, same.state().best
    assert kept is not None and best is not None
    assert kept.loss == best.loss and np.array_equal(kept.params, best.params)
    set_option(project, "loss", "huber")
    other, _ = taught(old, project)
    assert other.state().best is None


def test_checkpoints_are_kept_while_parameters_lie_where_they_lay():
    project = open_example("xor")
    old = trained(project, 30)
    set_option(project, "l2", 0.01)
    new, _ = taught(old, project)
    assert new.checkpoint_steps == old.checkpoint_steps and len(new.parameter_history) == len(
        old.checkpoint_steps
    )


def test_an_edit_that_keeps_all_parameters_goes_on_with_the_same_run():
    project = open_example("xor")
    old = trained(project, 3)
    set_option(project, "optimizer", "sgd")
    assert taught(old, project)[0].run == old.run
    dense = next(node.id for node in project.document.graph.nodes if node.kind == "dense")
    with_options(project, dense, units=5)
    assert taught(old, project)[0].run != old.run
