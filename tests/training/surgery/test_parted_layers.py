"""Layers whose arrays lie side by side keep what they learned: two readings, groups of channels, heads."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.learned import Learned
from nnstudio.training.session import Session
from nnstudio.training.surgery.flow import Pick
from nnstudio.training.surgery.pruning import Pruning


def chain(shape, *steps):
    """A session of steps (identifier, kind, options) in a row, with two numbers to learn."""
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(9, *shape)).astype(np.float32), rng.normal(size=(9, 2)).astype(np.float32)
    ends = (("flat", "flatten", {}), ("last", "dense", {"units": 2}), ("out", "output", {}))
    nodes, before = [NodeSpec("in", "input")], "in"
    for name, kind, options in (*steps, *ends):
        nodes.append(NodeSpec(name, kind, options, (before,)))
        before = name
    data = Dataset("toy", x, y, x, y)
    return Session(NetworkSpec(tuple(nodes)), data, TrainingSettings().with_option("loss", "mse"))


def edited(shape, before, now, steps=2):
    old, new = chain(shape, *before), chain(shape, *now)
    for _ in range(steps):
        old.single_step()
    learned = Learned.of(old)
    assert learned is not None
    return old, new, learned.teach(new)


def check_same(old, new, carried):
    assert not carried.lost and carried.keeps_function
    x = old.data.x_train
    np.testing.assert_allclose(new.predict(x), old.predict(x), rtol=1e-5, atol=1e-5)


def array(session, node, name):
    (slot,) = [s for s in session.layout.parameters if (s.node, s.name) == (node, name)]
    return session.parameters[slot.offset : slot.offset + slot.size].reshape(slot.shape)


@pytest.mark.parametrize("kind", ["simplernn", "lstm", "gru"])
@pytest.mark.parametrize("sequences", [False, True], ids=["last step", "all steps"])
def test_both_readings_get_more_units_and_predict_the_same(kind, sequences):
    def steps(units):
        options = {"units": units, "bidirectional": True, "return_sequences": sequences}
        return [("r", kind, options), ("d", "dense", {"units": 3})]

    check_same(*edited((5, 3), steps(4), steps(7)))


def test_a_second_reading_adds_nothing_at_first():
    def steps(both):
        return [("r", "gru", {"units": 4, "bidirectional": both}), ("d", "dense", {"units": 3})]

    old, new, carried = edited((5, 3), steps(False), steps(True))
    check_same(old, new, carried)
    assert np.array_equal(array(new, "r", "weight"), array(old, "r", "weight"))
    assert not array(new, "d", "weight")[4:].any() and array(new, "d", "weight")[:4].any()


def conv(filters, groups, **options):
    return "conv2d", {"filters": filters, "groups": groups, **options}


def test_a_grouped_convolution_gets_more_filters_in_each_group():
    def steps(filters):
        return [("a", *conv(4, 1)), ("g", *conv(filters, 2)), ("b", *conv(3, 1))]

    old, new, carried = edited((6, 6, 2), steps(4), steps(8))
    check_same(old, new, carried)
    # The second half of the filters takes after the second group.
    assert np.array_equal(array(new, "g", "weight")[..., 4:6], array(old, "g", "weight")[..., 2:4])


def test_a_grouped_convolution_takes_more_channels_than_before():
    def steps(filters):
        return [("a", *conv(filters, 1)), ("g", *conv(4, 2)), ("b", *conv(3, 1))]

    check_same(*edited((6, 6, 2), steps(4), steps(8)))


def test_filters_of_single_channels_go_with_their_channel():
    def steps(channels):
        return [("a", *conv(channels, 1)), ("g", *conv(2 * channels, channels)), ("b", *conv(3, 1))]

    old, new, carried = edited((6, 6, 2), steps(4), steps(6))
    check_same(old, new, carried)
    # Channels 4 and 5 are copies of 0 and 1.
    assert np.array_equal(array(new, "g", "weight")[..., 8:12], array(old, "g", "weight")[..., :4])


def test_other_groups_begin_anew_and_that_is_told():
    def steps(groups):
        return [("a", *conv(4, 1)), ("g", *conv(4, groups))]

    *_, carried = edited((6, 6, 2), steps(1), steps(2))
    assert carried.lost == ("g",)


def attention(units, heads):
    return [
        ("a", "dense", {"units": units}), ("m", "multiheadattention", {"heads": heads}),
        ("b", "dense", {"units": 3}),
    ]  # fmt: skip


@pytest.mark.parametrize("heads", [(2, 2), (2, 4)], ids=["larger heads", "more heads"])
def test_attention_over_more_features_predicts_the_same(heads):
    check_same(*edited((5, 3), attention(4, heads[0]), attention(8, heads[1])))


def test_a_new_number_of_a_query_is_zero_and_one_of_a_key_is_not():
    old, new, _carried = edited((5, 3), attention(4, 2), attention(8, 2))
    # Queries, keys and values of 8 each; a head has 4 of which 2 are new.
    weight = array(new, "m", "in_weight").reshape(8, 3, 2, 4)
    assert not weight[:, 0, :, 2:].any() and weight[:, 1, :, 2:].any()
    had = array(old, "m", "in_weight").reshape(4, 3, 2, 2)
    np.testing.assert_allclose(
        weight[:4, 0, :, :2] + weight[4:, 0, :, :2], had[:, 0] * np.sqrt(2), rtol=1e-4, atol=1e-5
    )


def test_the_optimizer_forgets_nothing_that_stayed():
    """Adam's memory of the second reading lies where its weights do."""

    def steps(units):
        return [("r", "gru", {"units": units, "bidirectional": True}), ("d", "dense", {"units": 3})]

    old, new, _carried = edited((5, 3), steps(4), steps(6))
    sizes = [len(session.parameters) for session in (old, new)]
    memory = [s.program.params[n : 2 * n] for s, n in zip((old, new), sizes, strict=True)]
    (was,) = [s for s in old.layout.parameters if (s.node, s.name) == ("d", "weight")]
    (now,) = [s for s in new.layout.parameters if (s.node, s.name) == ("d", "weight")]
    before = memory[0][was.offset : was.offset + was.size].reshape(was.shape)
    after = memory[1][now.offset : now.offset + now.size].reshape(now.shape)
    assert before.any()
    assert np.array_equal(after[[0, 1, 2, 3, 6, 7, 8, 9]], before)


def test_units_of_both_readings_are_removed_together():
    session = chain((5, 3), ("r", "gru", {"units": 4, "bidirectional": True}), ("d", "dense", {"units": 3}))
    session.single_step()
    weight = array(session, "d", "weight")
    weight[[2, 6]] = 0
    pruning = Pruning(session, "r", "units")
    units = pruning.look()
    # The one that nobody reads of either reading is still read by the others one step before.
    assert sorted(units.order) == [0, 1, 2, 3]
    removal = pruning.remove(units.kept(1))
    x, y, _part = session.samples()
    assert removal.before == pytest.approx(session.evaluate(x, y)[0])
    new = chain((5, 3), ("r", "gru", {"units": 3, "bidirectional": True}), ("d", "dense", {"units": 3}))
    learned = Learned.of(session)
    assert learned is not None
    learned.teach(new, {"r": Pick(units.kept(1))})
    assert removal.after == pytest.approx(new.evaluate(x, y)[0])
