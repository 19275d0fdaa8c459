"""What was learned goes on in an edited network: bit for bit where it fits, unchanged where it can."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from training.surgery.edited import add, apart, insert, learned, set_options, taught

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnkernels.program import Layout
from nnstudio.model.commands import Remove
from nnstudio.model.graph import Link
from nnstudio.model.growth import Split
from nnstudio.model.inference import NodeFacts
from nnstudio.training.surgery import graft as surgery
from nnstudio.training.surgery.changes import What
from nnstudio.training.surgery.flow import Pick
from nnstudio.training.surgery.graft import Fate, Graft

SPIRAL, CONVNET = "spiral", "mnist-convnet"


def wider(graph):
    set_options(graph, "dense_1", units=21)


def both_wider(graph):
    set_options(graph, "dense_1", units=19)
    set_options(graph, "dense_2", units=40)


def deeper(graph):
    insert(graph, "tanh_1", "dense", units=16)


def deeper_and_wider(graph):
    insert(graph, "tanh_1", "dense", units=30)


def normalised(graph):
    insert(graph, "dense_1", "batchnorm")


def normalised_twice(graph):
    insert(graph, "dense_1", "batchnorm")
    insert(graph, "tanh_1", "batchnorm", statistics="cumulative")


def normalised_and_wider(graph):
    insert(graph, "dense_1", "batchnorm")
    set_options(graph, "dense_1", units=20)


def slopes(graph):
    insert(graph, "dense_2", "prelu", per_channel=True)


def branched(graph):
    """A residual branch of two layers around nothing."""
    units = graph["dense_1"].options["units"]
    first, bent, last = add(graph, "dense", units=24), add(graph, "relu"), add(graph, "dense", units=units)
    join = insert(graph, "tanh_1", "add")
    for source, target in ((first, bent), (bent, last), (last, join), ("tanh_1", first)):
        graph.insert_link(Link(source, target))


def beside(graph):
    """A new branch put beside what a layer gives."""
    extra = add(graph, "dense", units=5)
    join = insert(graph, "tanh_1", "concatenate")
    graph.insert_link(Link("input_1", extra))
    graph.insert_link(Link(extra, join))


def dropped_out(graph):
    insert(graph, "tanh_1", "dropout")


def bias_of_zero(graph):
    set_options(graph, "dense_2", bias=True)


def more_filters(graph):
    set_options(graph, "conv2d_1", filters=20)


def more_filters_before_flatten(graph):
    set_options(graph, "conv2d_2", filters=35)


def larger_windows(graph):
    set_options(graph, "conv2d_1", kernel_size=7)
    set_options(graph, "conv2d_2", kernel_size=6)


def another_convolution(graph):
    insert(graph, "relu_1", "conv2d", filters=18, kernel_size=4)


def normalised_pictures(graph):
    insert(graph, "conv2d_1", "batchnorm")


def memory(session, names):
    """What the optimizer remembers of these arrays, slot by slot."""
    count = session.layout.parameter_count
    for start in range(count, len(session.program.params), count):
        for slot in session.layout.parameters:
            if f"{slot.node}.{slot.name}" in names:
                yield session.program.params[start + slot.offset :][: slot.size]


EDITS = [
    (SPIRAL, wider), (SPIRAL, both_wider), (SPIRAL, deeper), (SPIRAL, deeper_and_wider),
    (SPIRAL, normalised), (SPIRAL, normalised_twice), (SPIRAL, normalised_and_wider), (SPIRAL, slopes),
    (SPIRAL, branched), (SPIRAL, beside), (SPIRAL, dropped_out), (SPIRAL, bias_of_zero),
    (CONVNET, more_filters), (CONVNET, more_filters_before_flatten), (CONVNET, larger_windows),
    (CONVNET, another_convolution), (CONVNET, normalised_pictures),
]  # fmt: skip


@pytest.mark.parametrize("name, edit", EDITS, ids=[edit.__name__ for _, edit in EDITS])
def test_an_edit_that_need_not_change_a_prediction_does_not(name, edit):
    project, old = learned(name, 30 if name == SPIRAL else 2)
    edit(project.document.graph)
    new, carried = taught(old, project)
    assert apart(old, new) <= 1e-5
    assert carried.goes_on and carried.keeps_function
    assert (new.steps, new.epoch, new.history) == (old.steps, old.epoch, old.history)
    before, after = old.arrays(), new.arrays()
    alike = [n for n in before if n in after and before[n].shape == after[n].shape]
    assert alike, "some arrays of every one of these networks are untouched"
    assert all(np.array_equal(before[n], after[n]) for n in alike)
    assert all(map(np.array_equal, memory(old, alike), memory(new, alike)))
    new.single_step()
    assert np.isfinite(new.parameters).all() and new.steps == old.steps + 1


def test_fewer_units_keep_the_first_ones_or_those_that_were_picked():
    project, old = learned(SPIRAL, 5)
    set_options(project.document.graph, "dense_1", units=3)
    before = old.arrays()
    for picks, units in ((None, [0, 1, 2]), ({"dense_1": Pick((1, 4, 7))}, [1, 4, 7])):
        new, carried = taught(old, project, picks)
        after = new.arrays()
        assert np.array_equal(after["dense_1.weight"], before["dense_1.weight"][:, units])
        assert np.array_equal(after["dense_1.bias"], before["dense_1.bias"][units])
        assert np.array_equal(after["dense_2.weight"], before["dense_2.weight"][units])
        assert carried.difference is not None and carried.difference.largest > 1e-3
        assert new.state().is_altered and new.checkpoint_steps == [new.steps] and not carried.keeps_past


@pytest.mark.parametrize("name, node", [(SPIRAL, "dense_1"), (CONVNET, "conv2d_1")])
def test_a_layer_in_two_predicts_the_same_and_nothing_is_dropped(name, node):
    project, old = learned(name, 6)
    graph = project.document.graph
    step = Split(graph, node, NodeFacts(shape=old.layout.nodes[node].shape))
    project.document.history.push(step)
    picks = {
        node: Pick(tuple(range(step.left))),
        step.other: Pick(tuple(range(step.left, step.units)), node),
    }
    new, carried = taught(old, project, picks)
    assert apart(old, new) <= 1e-5 and carried.keeps_past and not carried.lost
    (change,) = carried.changes
    assert change.told({step.other: "Second", node: "First"}) == (
        f"'Second' takes over {step.units - step.left} units of 'First', with all that they learned"
    )
    # The optimizer goes on as well: both networks take the same step, where no Dropout draws for each node.
    if name == SPIRAL:
        old.single_step()
        new.single_step()
        assert apart(old, new) <= 1e-4


def test_copies_of_a_unit_learn_something_of_their_own():
    project, old = learned("xor", 30)
    set_options(project.document.graph, "dense_1", units=8)
    new, _carried = taught(old, project)
    weight = new.arrays()["dense_1.weight"]
    assert np.array_equal(weight[:, :4], weight[:, 4:])
    for _ in range(300):
        new.single_step()
    weight = new.arrays()["dense_1.weight"]
    assert np.abs(weight[:, :4] - weight[:, 4:]).max(0).min() > 1e-3


def test_each_copy_gets_about_half_of_the_weights_that_leave_and_all_of_them_sum_up():
    project, old = learned("xor", 30)
    set_options(project.document.graph, "dense_1", units=6)
    new, _carried = taught(old, project)
    before, after = old.arrays()["dense_2.weight"], new.arrays()["dense_2.weight"]
    assert np.array_equal(after[2:4], before[2:4]), "units without a copy keep theirs"
    np.testing.assert_allclose(after[:2] + after[4:], before[:2], rtol=1e-6)
    share = after[4:] / before[:2]
    assert (share >= 0.4).all() and (share <= 0.6).all()


def test_the_memory_of_the_optimizer_follows_its_weights():
    project, old = learned(SPIRAL, 20)
    set_options(project.document.graph, "dense_1", units=20)
    insert(project.document.graph, "tanh_2", "dense", units=8)
    new, _carried = taught(old, project)
    count, was = new.layout.parameter_count, old.layout.parameter_count
    slots = {(s.node, s.name): s for s in new.layout.parameters}
    for block in (1, 2):
        for slot in old.layout.parameters:
            before = old.program.params[block * was + slot.offset :][: slot.size].reshape(slot.shape)
            now = slots[slot.node, slot.name]
            after = new.program.params[block * count + now.offset :][: now.size].reshape(now.shape)
            part = tuple(slice(n) for n in slot.shape)
            assert np.array_equal(after[part], before), (slot.node, slot.name)
        fresh = slots[next(n for n, _ in slots if n not in old.layout.nodes), "weight"]
        # A new layer has no speed yet, but squares that were measured.
        begun = new.program.params[block * count + fresh.offset :][: fresh.size]
        assert (begun > 0).all() if block == 2 else not begun.any()
    assert new.state().optimizer_began == old.state().optimizer_began


def test_the_timeline_goes_on_over_an_edit_that_changes_no_prediction():
    project, old = learned(SPIRAL, 30)
    wider(project.document.graph)
    new, _carried = taught(old, project)
    assert new.checkpoint_steps == old.checkpoint_steps and len(new.checkpoint_steps) > 5
    x = np.ascontiguousarray(old.data.x_train[:50])
    for was, now in zip(old.parameter_history, new.parameter_history, strict=True):
        old.program.set_parameters(was)
        new.program.set_parameters(now)
        assert np.abs(old.predict(x) - new.predict(x)).max() <= 1e-5


def test_a_layer_that_is_drawn_anew_begins_anew():
    """Deleted and put there again, with the same units: nobody asked for what the old one had learned."""
    project, old = learned(SPIRAL, 6)
    document, graph = project.document, project.document.graph
    document.history.push(Remove(graph, ["dense_2"], (), True))
    units = old.layout.nodes["dense_2"].options["units"]
    name = insert(graph, "tanh_1", "dense", units=units)
    assert name != "dense_2"
    new, carried = taught(old, project)
    weights = {
        (s.node, s.name): session.parameters[s.offset : s.offset + s.size]
        for session in (old, new)
        for s in session.layout.parameters
    }
    assert not np.array_equal(weights[name, "weight"], weights["dense_2", "weight"])
    assert {change.what for change in carried.changes if change.node == "dense_2"} == {What.GONE}


def test_a_network_of_which_nothing_is_left_starts_again():
    project, old = learned("xor", 5)
    graph = project.document.graph
    for name in ("dense_1", "dense_2"):
        node = graph[name]
        (source,), (target,) = graph.sources(name), graph.targets(name)
        for link in graph.links_of([name]):
            graph.remove_link(link)
        graph.remove_node(name)
        graph.insert_node(replace(node, id=f"other_{name}"))
        graph.insert_link(Link(source, f"other_{name}"))
        graph.insert_link(Link(f"other_{name}", target))
    # Without it, they would be known as the same layers under other names.
    insert(graph, "other_dense_2", "tanh")
    new, carried = taught(old, project)
    assert not carried.goes_on and new.is_new and new.steps == 0


def dense(columns: int) -> Layout:
    nodes = (
        NodeSpec("in", "input"), NodeSpec("d", "dense", {"units": 2}, ("in",)),
        NodeSpec("out", "output", {}, ("d",)),
    )  # fmt: skip
    return Layout.of(NetworkSpec(nodes), (columns,), "mse")


def test_columns_of_the_data_are_told_by_their_names():
    before, now = dense(3), dense(4)
    graft = Graft(before, now, None, (("a", "b", "c"), ("c", "new", "a", "b")))
    old = np.arange(8, dtype=np.float32)
    values = graft.values(old, np.full(now.parameter_count, 9.0, np.float32))
    weight = values[:8].reshape(4, 2)
    assert np.array_equal(weight[[2, 3, 0]], old[:6].reshape(3, 2)) and not weight[1].any()
    assert [plan.fate for plan in graft.arrays] == [Fate.FITTED, Fate.KEPT]


def test_in_which_parts_copies_share_is_drawn_once_for_all_steps_of_a_past(monkeypatch):
    project, old = learned(SPIRAL, 2)
    both_wider(project.document.graph)
    new, drawn, draw = project.session(), [], surgery._shares
    monkeypatch.setattr(surgery, "_shares", lambda key, *rest: drawn.append(key) or draw(key, *rest))
    graft, fresh = Graft(old.layout, new.layout), new.parameters.copy()
    then, now = graft.values(old.parameters / 2, fresh), graft.values(old.parameters, fresh)
    assert len(drawn) == len(set(drawn)) == 2
    # As who has only one of them moves it.
    np.testing.assert_array_equal(now, Graft(old.layout, new.layout).values(old.parameters, fresh))
    assert (then != now).any()
