"""What views show equals an independent computation."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.explain.activations import ActivationProbe, NoActivations, decide
from nnstudio.explain.boundary import BoundaryProbe
from nnstudio.explain.end_classes import plane_points
from nnstudio.explain.thumbnails import (
    EDGE,
    ChosenSample,
    ThumbnailsProbe,
    formula_of,
    of_sample,
    over_plane,
)
from nnstudio.explain.weights import WeightsProbe, describe
from nnstudio.lessons.lesson import shipped_lesson
from nnstudio.lessons.player import Player
from nnstudio.project import open_example
from nnstudio.training.session import Session
from nnstudio.training.weights import set_weight


def last(probe, session):
    return [r for r in probe.run(session) if r is not None][-1]


def test_activations_equal_numpy():
    session = open_example("iris").session()
    result = last(ActivationProbe("relu_1", 3), session)
    arrays = session.arrays()
    samples, truth = session.data.part(session.data.watched)
    x = samples[3]
    expected = np.maximum(x @ arrays["dense_1.weight"] + arrays["dense_1.bias"], 0)
    np.testing.assert_allclose(result.values, expected, rtol=1e-5, atol=1e-6)
    assert result.label == session.data.classes[int(truth[3, 0])]


def test_activations_of_a_picture_are_feature_maps():
    session = open_example("mnist-convnet").session()
    result = last(ActivationProbe("conv2d_1", 0), session)
    assert result.values.shape == (28, 28, 16) and result.source.shape == (28, 28, 1)


def test_a_node_that_is_gone_shows_nothing():
    (nothing,) = ActivationProbe("ghost", 0).run(open_example("iris").session())
    assert nothing == NoActivations(0, "ghost")


def test_the_boundary_is_the_probability_of_the_second_class():
    session = open_example("spiral").session()
    result = last(BoundaryProbe(20), session)
    _, bottom, right, _ = result.extent
    corner = np.array([[right, bottom]], np.float32)
    assert result.values[0, -1] == pytest.approx(session.predict(corner)[0, 0], rel=1e-5)
    assert result.values.shape == (20, 20)


def test_decisions_from_logits_and_from_probabilities_agree():
    session = open_example("iris").session()
    x = session.data.x_test
    chosen, share = decide(session, session.predict(x))
    _, accuracy = session.evaluate(x, session.data.y_test)
    assert (chosen == session.data.y_test[:, 0]).mean() == pytest.approx(accuracy)
    assert ((share > 1 / 3 - 1e-6) & (share <= 1)).all()


def test_thumbnails_over_the_plane_are_the_units_outputs_with_zero_in_the_middle():
    session = open_example("spiral").session()
    (result,) = ThumbnailsProbe(("dense_1", "ghost", "input_1")).run(session)
    assert set(result.thumbnails) == {"dense_1", "input_1"}
    face = result.thumbnails["dense_1"]
    points = plane_points(session.data.all_inputs(), EDGE)
    arrays = session.arrays()
    values = points @ arrays["dense_1.weight"] + arrays["dense_1.bias"]
    unit = values[:, 3].reshape(EDGE, EDGE)
    expected = np.clip(128 + 127 * unit / np.abs(unit).max(), 1, 255)
    np.testing.assert_allclose(face.tiles[3], expected, atol=1.01)
    # The first row is the top of the plane: there the second input is largest.
    assert points[0, 1] > session.data.x_train[:, 1].max() > points[-1, 1]


def test_thumbnails_of_pictures_are_feature_maps_and_of_the_rest_strips():
    session = open_example("mnist-convnet").session()
    (result,) = ThumbnailsProbe(("conv2d_1", "dense_1")).run(session)
    maps = session.predict(session.data.part(session.data.watched)[0][:1], "conv2d_1")[0]
    assert result.thumbnails["conv2d_1"].tiles.shape == (16, 28, 28)
    first = maps[..., 0]
    expected = 128 + 127 * first / np.abs(first).max()
    np.testing.assert_allclose(result.thumbnails["conv2d_1"].tiles[0], expected, atol=1.01)
    assert result.thumbnails["dense_1"].tiles.shape == (1, 1, 64)


def test_thumbnails_are_of_the_sample_that_is_chosen_or_of_ones_own():
    session = open_example("iris").session()
    samples = session.data.part(session.data.watched)[0]
    own = (0.5, -1.0, 0.25, 2.0)
    for chosen, number, expected in (
        (ChosenSample(), 0, samples[0]),
        (ChosenSample(3), 3, samples[3]),
        (ChosenSample(len(samples) + 2), 2, samples[2]),
        (ChosenSample(3, own), -1, np.array(own)),
    ):
        (result,) = ThumbnailsProbe(("input_1",), (), chosen).run(session)
        assert result.sample == number
        np.testing.assert_allclose(result.thumbnails["input_1"].values, expected, rtol=1e-6)
    (nowhere,) = ThumbnailsProbe(("dense_1",), (), ChosenSample(3)).run(open_example("spiral").session())
    assert nowhere.sample is None


def test_what_is_flattened_is_shown_as_the_picture_that_it_was():
    session = open_example("mnist-dense").session()
    (flat,) = (name for name, node in session.layout.nodes.items() if node.layer.id == "flatten")
    (result,) = ThumbnailsProbe((flat, "dense_1")).run(session)
    seen, pixels = result.thumbnails[flat], session.data.part(session.data.watched)[0][0, ..., 0]
    assert seen.kind == "picture" and seen.left_out == ""
    np.testing.assert_allclose(seen.tiles[0], 128 + 127 * pixels / pixels.max(), atol=1.01)
    assert result.thumbnails["dense_1"].kind == "values"


def test_a_unit_with_few_weights_is_written_as_what_it_computes():
    session = open_example("celsius").session()
    set_weight(session, "dense_1", "weight", 0, 1.8)
    set_weight(session, "dense_1", "bias", 0, 32)
    (result,) = ThumbnailsProbe(("input_1", "dense_1")).run(session)
    assert result.thumbnails["dense_1"].formula == "1.8 · x + 32"
    assert result.thumbnails["input_1"].formula == ""
    set_weight(session, "dense_1", "weight", 0, -0.25)
    set_weight(session, "dense_1", "bias", 0, -1.5)
    assert formula_of(session, "dense_1") == "-0.25 · x - 1.5"
    xor = open_example("xor").session()
    assert formula_of(xor, "dense_1") == "", "many units are no line"
    last = [name for name, node in xor.layout.nodes.items() if node.layer.id == "dense"][-1]
    assert formula_of(xor, last) == "", "x1 and x2 are columns of the data, not what another layer gives"
    plain = straight(open_example("xor"))
    for at, value in enumerate((0.5, -2)):
        set_weight(plain, "dense_1", "weight", at, value)
    set_weight(plain, "dense_1", "bias", 0, -1)
    assert formula_of(plain, "dense_1") == "0.5 · x1 - 2 · x2 - 1"
    second = straight(open_example("xor"), {"columns": "2"})
    set_weight(second, "dense_1", "weight", 0, 0.5)
    set_weight(second, "dense_1", "bias", 0, -1)
    assert formula_of(second, "dense_1") == "0.5 · x2 - 1"


def straight(project, options=None):
    """A session of a project's data with a Dense layer of one unit, a Sigmoid and nothing else."""
    network = NetworkSpec(
        (
            NodeSpec("input_1", "input", options or {}),
            NodeSpec("dense_1", "dense", {"units": 1}, ("input_1",)),
            NodeSpec("sigmoid_1", "sigmoid", {}, ("dense_1",)),
            NodeSpec("output_1", "output", {}, ("sigmoid_1",)),
        )
    )
    return Session(network, project.load_data(), project.document.settings)


def test_a_thumbnail_shows_what_is_not_finite_and_survives_a_constant():
    values = np.zeros((EDGE * EDGE, 3))
    values[5, 1] = np.nan
    face = over_plane(values)
    assert face.tiles[1].ravel()[5] == 0
    assert (face.tiles[0] == 128).all()
    assert (of_sample(np.full((4, 4, 2), 7.0)).tiles == 255).all()


def test_spans_and_weights_equal_numpy():
    session = open_example("iris").session()
    (result,) = ThumbnailsProbe(("relu_1",)).run(session)
    arrays = session.arrays()
    x = session.data.part(session.data.watched)[0][:1]
    expected = np.maximum(x @ arrays["dense_1.weight"] + arrays["dense_1.bias"], 0)
    np.testing.assert_allclose(
        result.spans["relu_1"], (expected.min(), expected.mean(), expected.max()), rtol=1e-5, atol=1e-6
    )
    (weights,) = WeightsProbe("dense_1").run(session)
    values = weights.arrays["weight"].values
    np.testing.assert_array_equal(values, arrays["dense_1.weight"])
    edges = weights.arrays["weight"].edges
    counted = [int(((values >= a) & (values < b)).sum()) for a, b in itertools.pairwise(edges)]
    np.testing.assert_array_equal(weights.arrays["weight"].counts, counted)
    assert next(iter(WeightsProbe("relu_1").run(session))).arrays == {}


def test_gradients_of_a_layer_equal_numpy():
    session = open_example("celsius").session()
    session.single_step()
    (result,) = WeightsProbe("dense_1", "gradient").run(session)
    arrays = {k: v.astype(float) for k, v in session.arrays().items()}
    x, y = session.data.x_train.astype(float), session.data.y_train.astype(float)
    error = x @ arrays["dense_1.weight"] + arrays["dense_1.bias"] - y
    assert result.samples == len(x)
    np.testing.assert_allclose(result.arrays["weight"].values, 2 * x.T @ error / len(x), rtol=1e-4)
    np.testing.assert_allclose(result.arrays["bias"].values, 2 * error.mean(0), rtol=1e-4)
    assert next(iter(WeightsProbe("ghost", "gradient").run(session))).arrays == {}


def test_the_history_counts_the_values_at_kept_steps():
    session = open_example("iris").session()
    for _ in range(150):
        session.single_step()
    (result,) = WeightsProbe("dense_1", "time").run(session)
    past = result.history["weight"]
    assert past.steps[0] == 0 and past.steps[-1] == session.steps and len(past.steps) <= 66
    slot = next(s for s in session.layout.parameters if (s.node, s.name) == ("dense_1", "weight"))
    for row in (0, 7, len(past.steps) - 2):
        checkpoint = session.journal.checkpoints[session.journal.steps.index(past.steps[row])]
        values = checkpoint[slot.offset : slot.offset + slot.size]
        counted = [int(((values >= a) & (values < b)).sum()) for a, b in itertools.pairwise(past.edges)]
        np.testing.assert_array_equal(past.counts[row], counted)
    assert (past.counts.sum(1) == slot.size).all()


def test_one_weight_is_written_where_it_belongs():
    session = open_example("iris").session()
    before = {name: values.copy() for name, values in session.arrays().items()}
    set_weight(session, "dense_2", "weight", 5, 0.625)
    after = session.arrays()
    assert after["dense_2.weight"].flat[5] == np.float32(0.625)
    before["dense_2.weight"].flat[5] = 0.625
    for name, values in after.items():
        np.testing.assert_array_equal(values, before[name])
    with pytest.raises(KeyError):
        set_weight(session, "ghost", "weight", 0, 1.0)
    with pytest.raises(KeyError):
        set_weight(session, "dense_2", "weight", 10**6, 1.0)


def test_the_insides_of_opened_nodes_are_the_first_weights_with_their_flat_indices():
    session = open_example("iris").session()
    names = ("dense_1", "relu_1", "dense_2")
    (result,) = ThumbnailsProbe(names, ("dense_2", "relu_1", "ghost")).run(session)
    assert list(result.insides) == ["dense_2"]
    weight, inside = session.arrays()["dense_2.weight"], result.insides["dense_2"]
    assert inside.array == "weight" and inside.shape == weight.shape
    np.testing.assert_array_equal(inside.values, weight[:16, :16])
    np.testing.assert_array_equal(weight.ravel()[inside.indices], inside.values)


def test_data_with_one_input_show_each_unit_as_a_curve_over_it():
    session = open_example("celsius").session()
    (result,) = ThumbnailsProbe(("input_1",)).run(session)
    thumbnail = result.thumbnails["input_1"]
    assert thumbnail.kind == "line" and thumbnail.tiles.shape == (1, 1, 2 * EDGE)
    assert (np.diff(thumbnail.tiles[0, 0].astype(int)) > 0).all()


@pytest.mark.parametrize("value", [1.0, 0.0, -0.003])
def test_values_that_are_all_the_same_have_a_scale_that_can_be_read(value):
    described = describe(np.full(7, value, np.float32))
    span = float(np.ptp(described.edges))
    assert span == pytest.approx(2 * abs(float(np.float32(value))) or 2.0)
    assert described.counts.sum() == 7 and described.edges[0] < value < described.edges[-1]


def test_thumbnails_name_columns_and_classes_and_nothing_between():
    session = open_example("iris").session()
    (result,) = ThumbnailsProbe(("input_1", "relu_1", "dense_2", "output_1")).run(session)
    names = {name: thumbnail.names for name, thumbnail in result.thumbnails.items()}
    assert names["input_1"] == session.data.features and names["relu_1"] == ()
    assert names["dense_2"] == names["output_1"] == ("setosa", "versicolor", "virginica")


def test_an_input_tells_the_numbers_of_the_data_and_shows_what_enters():
    session = open_example("iris").session()
    (result,) = ThumbnailsProbe(("input_1", "dense_1"), (), ChosenSample(2)).run(session)
    data, inner = session.data, result.thumbnails["dense_1"]
    entered = data.part(data.watched)[0][2]
    flower = result.thumbnails["input_1"]
    np.testing.assert_array_equal(flower.values, entered)
    np.testing.assert_allclose(flower.told, entered * data.x_scale + data.x_shift, rtol=1e-5)
    assert inner.told == ()


def test_the_bar_of_a_probability_is_as_long_as_it_is_large():
    folder = shipped_lesson("driving-test")
    assert folder is not None
    session = Player(folder.project).session
    (result,) = ThumbnailsProbe(tuple(session.layout.nodes)).run(session)
    name = next(n for n, node in session.layout.nodes.items() if node.layer.id == "sigmoid")
    bars = result.thumbnails[name]
    assert bars.values[0] < 0.95
    np.testing.assert_array_equal(bars.tiles[0, 0], np.rint(128 + 127 * bars.values))
    # What has no such bounds fills its own range.
    entering = result.thumbnails[session.layout.nodes[name].inputs[0]]
    assert np.abs(entering.tiles.astype(int) - 128).max() >= 127


def test_weights_of_a_node_that_is_not_in_the_network_are_told_from_none():
    session = open_example("iris").session()
    (loose,) = WeightsProbe("dense_9").run(session)
    (bare,) = WeightsProbe("relu_1").run(session)
    assert (loose.arrays, loose.is_known) == ({}, False) and (bare.arrays, bare.is_known) == ({}, True)
