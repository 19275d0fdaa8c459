"""The loss surface equals direct evaluations, closed forms and the definitions of its directions."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.explain import surface
from nnstudio.explain.directions import Pick, path_plane, picked_plane, plane_of, random_plane
from nnstudio.explain.surface import SliceProbe, SurfaceProbe, sizes
from nnstudio.model.settings import TrainingSettings
from nnstudio.project import Project, open_example
from nnstudio.training.session import Session
from nnstudio.training.weights import weights_of


def last(probe, session):
    return [r for r in probe.run(session) if r is not None][-1]


def line(units: int = 1, bias: bool = True, features: int = 1) -> Session:
    """Linear regression: its loss is an exact paraboloid."""
    rng = np.random.default_rng(0)
    x = rng.normal(size=(50, features)).astype(np.float32)
    y = 3 * x[:, :1] - 1
    options = {"units": units, "bias": bias}
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("d", "dense", options, ("i",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    data = Dataset("line", x, y, x[:0], y[:0])
    return Session(NetworkSpec(nodes), data, TrainingSettings())


def test_the_surface_of_a_linear_regression_is_its_paraboloid():
    session = line()
    result = last(SurfaceProbe(), session)
    assert result.plane.method == "exact: the only two weights" and result.plane.is_exact
    assert result.plane.axes == ("d.weight", "d.bias")
    left, bottom, right, top = result.extent
    x, y = (a[:, 0].astype(float) for a in (session.data.x_train, session.data.y_train))
    w, b = np.meshgrid(np.linspace(left, right, 33), np.linspace(bottom, top, 33))
    expected = np.mean((w[..., None] * x + b[..., None] - y) ** 2, -1)
    np.testing.assert_allclose(result.values, expected, rtol=1e-5)


def test_with_one_weight_the_surface_is_a_line_and_exact():
    session = line(bias=False)
    result = last(SurfaceProbe(size=21), session)
    assert result.plane.method == "exact: the only weight" and result.values.shape == (1, 21)
    left, _, right, _ = result.extent
    x, y = (a[:, 0].astype(float) for a in (session.data.x_train, session.data.y_train))
    expected = [np.mean((w * x - y) ** 2) for w in np.linspace(left, right, 21)]
    np.testing.assert_allclose(result.values[0], expected, rtol=1e-5)
    assert result.here[0] == pytest.approx(float(session.parameters[0]))


@pytest.mark.parametrize("method", ["random", "path", "picked"])
def test_values_equal_a_direct_evaluation_and_leave_the_weights_alone(method):
    session = open_example("iris").session()
    for _ in range(40):
        session.single_step()
    before = session.parameters.copy()
    picks = (Pick("dense_1", "weight", 3), Pick("dense_2", "bias", 1))
    probe = SurfaceProbe(method, seed=3, samples=100, size=11, picks=picks)
    result = last(probe, session)
    assert np.array_equal(session.parameters, before)
    plane = result.plane
    x, y = session.data.x_train[: result.samples], session.data.y_train[: result.samples]
    ticks = np.linspace(-1, 1, 11)
    for j, i in ((2, 7), (10, 0), (5, 5)):
        session.parameters[:] = plane.centre + ticks[i] * plane.first + ticks[j] * plane.second
        direct, _ = session.evaluate(x, y)
        assert result.values[j, i] == pytest.approx(direct, rel=1e-5)
    session.parameters[:] = before
    assert result.loss == pytest.approx(session.evaluate(x, y)[0], rel=1e-5)


def test_many_samples_go_through_in_batches_and_give_the_same():
    session = open_example("spiral").session()
    centre = session.parameters.copy()
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=(2, len(centre))) / 10
    x, y = session.data.x_train[:384], session.data.y_train[:384]
    positions = rng.uniform(-1, 1, (9, 2))
    losses = session.survey(centre, first, second, positions, x, y)
    for (a, b), result in zip(positions, losses, strict=True):
        session.parameters[:] = centre + a * first + b * second
        assert result == pytest.approx(session.evaluate(x, y)[0], rel=1e-5)


def test_each_filter_of_a_random_direction_has_the_norm_of_its_filter():
    session = open_example("mnist-convnet").session()
    plane = random_plane(session, 0)
    for slot in session.layout.parameters:
        part = slice(slot.offset, slot.offset + slot.size)
        if len(slot.shape) == 1:
            assert not plane.first[part].any()
            continue
        ours, theirs = (v[part].reshape(-1, slot.shape[-1]) for v in (plane.first, plane.centre))
        np.testing.assert_allclose(np.linalg.norm(ours, axis=0), np.linalg.norm(theirs, axis=0))


def test_rows_of_a_table_and_painted_filters_keep_their_norms_too():
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("table", "embedding", {"size": 6, "dimensions": 4}, ("i",)),
        NodeSpec("p", "reshape", {"target": "2, 2, 4"}, ("table",)),
        NodeSpec("paint", "convtranspose2d", {"filters": 3, "kernel_size": 2}, ("p",)),
        NodeSpec("f", "flatten", {}, ("paint",)),
        NodeSpec("d", "dense", {"units": 1}, ("f",)),
        NodeSpec("o", "output", {}, ("d",)),
    )
    x = np.random.default_rng(0).integers(0, 6, (8, 4)).astype(np.float32)
    data = Dataset("codes", x, x[:, :1], x[:0], x[:0, :1])
    session = Session(NetworkSpec(nodes), data, TrainingSettings())
    plane, units = random_plane(session, 0), {"table": 0, "paint": 2}
    for slot in session.layout.parameters:
        if slot.node in units and slot.name == "weight":
            part, unit = slice(slot.offset, slot.offset + slot.size), units[slot.node]
            ours, theirs = (
                np.moveaxis(v[part].reshape(slot.shape), unit, 0).reshape(slot.shape[unit], -1)
                for v in (plane.first, plane.centre)
            )
            np.testing.assert_allclose(np.linalg.norm(ours, axis=1), np.linalg.norm(theirs, axis=1))


def test_the_path_lies_in_the_plane_of_its_main_directions_as_scikit_would_say():
    session = open_example("iris").session()
    for _ in range(60):
        session.single_step()
    plane = path_plane(session, 0)
    assert plane.method == "main directions of the path (PCA)"
    offsets = np.array(session.parameter_history, float) - session.parameters
    kept = offsets[:: -(-len(offsets) // 64)]
    _, strengths, axes = np.linalg.svd(kept, full_matrices=False)
    assert plane.explained == pytest.approx((strengths[:2] ** 2).sum() / (strengths**2).sum(), rel=1e-3)
    expected = np.abs(kept @ axes[:2].T)
    np.testing.assert_allclose(
        np.abs(plane.project(session.parameter_history[:: -(-len(offsets) // 64)])), expected, atol=1e-3
    )
    # All of the path is in the picture.
    assert (np.abs(plane.project(session.parameter_history)) < np.array(plane.unit)).all()


def test_before_there_is_a_path_the_directions_are_random_and_it_says_so():
    assert "no path yet" in path_plane(open_example("iris").session(), 0).method


def test_numbers_inside_a_composite_can_be_picked():
    block = ("transformerblock", {"heads": 1, "hidden": 3, "dropout": 0.0})
    nodes = (
        NodeSpec("i", "input"), NodeSpec("r", "reshape", {"target": "2, 2"}, ("i",)),
        NodeSpec("t", *block, ("r",)), NodeSpec("f", "flatten", {}, ("t",)),
        NodeSpec("d", "dense", {"units": 1}, ("f",)), NodeSpec("o", "output", {}, ("d",)),
    )  # fmt: skip
    x = np.random.default_rng(0).normal(size=(20, 4)).astype(np.float32)
    session = Session(NetworkSpec(nodes), Dataset("four", x, x[:, :1], x[:0], x[:0, :1]), TrainingSettings())
    arrays = weights_of(session, "t")
    name = next(n for n in arrays if n.endswith("in_weight"))
    plane = picked_plane(session, (Pick("t", name, 3), Pick("t", name, 4)))
    for axis, index in ((plane.first, 3), (plane.second, 4)):
        (position,) = np.flatnonzero(axis)
        assert session.parameters[position] == arrays[name].ravel()[index]


def test_a_picked_weight_that_is_gone_falls_back():
    session = open_example("iris").session()
    with pytest.raises(KeyError):
        picked_plane(session, (Pick("ghost", "weight", 0), Pick("dense_1", "weight", 0)))
    assert "random" in plane_of(session, "picked", 0, (Pick("ghost", "weight", 0),) * 2).method


def test_the_surface_gets_finer_and_the_path_ends_at_the_centre():
    session = open_example("xor").session()
    for _ in range(30):
        session.single_step()
    results = [r for r in SurfaceProbe().run(session) if r is not None]
    assert [len(r.values) for r in results] == sizes(33) == [5, 9, 17, 33]
    for result in results:
        middle = len(result.values) // 2
        assert result.values[middle, middle] == pytest.approx(result.loss), "the caption tells both"
    assert len(results[-1].path) > 10 and results[-1].finished and not results[0].finished
    start = session.layout.initial(session.settings.seed) - session.parameters
    plane = random_plane(session, 0)
    basis = np.stack([plane.first, plane.second], 1)
    np.testing.assert_allclose(results[-1].path[0], np.linalg.pinv(basis) @ start, rtol=1e-4, atol=1e-6)
    np.testing.assert_allclose(results[-1].path[-1], 0, atol=1e-12)
    assert np.array_equal(results[0].values, results[1].values[::2, ::2])


def test_a_pinned_surface_stays_while_the_path_goes_on():
    session = open_example("xor").session()
    probe = SurfaceProbe(follows=False, size=11)
    before = last(probe, session)
    for _ in range(20):
        session.single_step()
    after = last(probe, session)
    assert after.values is before.values and after.step == 20
    assert len(after.path) > len(before.path) and after.here != before.here


def test_the_slice_goes_down_the_gradient_of_a_line_as_calculus_says():
    session = line()
    cut = last(SliceProbe(), session)
    x, y = (a[:, 0].astype(float) for a in (session.data.x_train, session.data.y_train))
    w, b = session.parameters.astype(float)
    error = w * x + b - y
    gradient = np.array([np.mean(2 * error * x), np.mean(2 * error)])
    assert cut.norm == pytest.approx(np.linalg.norm(gradient), rel=1e-4)
    rate = session.hyperparameters["learning_rate"]
    for step, loss in zip(cut.steps, cut.losses, strict=True):
        v, c = np.array([w, b]) - step * rate * gradient
        assert loss == pytest.approx(np.mean((v * x + c - y) ** 2), rel=1e-4)


def test_batch_norm_statistics_are_frozen_and_it_is_said():
    plain = line()
    assert not last(SurfaceProbe(size=11), plain).frozen_statistics
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("d", "dense", {"units": 3}, ("i",)),
        NodeSpec("n", "batchnorm", {}, ("d",)),
        NodeSpec("o", "dense", {"units": 1}, ("n",)),
        NodeSpec("out", "output", {}, ("o",)),
    )
    session = Session(NetworkSpec(nodes), plain.data, TrainingSettings())
    for _ in range(10):
        session.single_step()
    for method in ("random", "path"):
        result = last(SurfaceProbe(method, size=11), session)
        assert result.frozen_statistics
        for slot in session.layout.parameters:
            if not slot.trained:
                part = slice(slot.offset, slot.offset + slot.size)
                assert not result.plane.first[part].any() and not result.plane.second[part].any()


def test_coarse_grids_are_left_out_only_where_they_would_flicker(monkeypatch):
    session, probe = open_example("xor").session(), SurfaceProbe(size=21)
    late = 0.0
    monkeypatch.setattr(surface, "time", SimpleNamespace(perf_counter=lambda: late))

    def sizes_seen(wait):
        nonlocal late
        seen = []
        for results in probe.run(session):
            late += wait
            if results is not None:
                seen.append(results.values.shape[0])
        return seen

    assert sizes_seen(0.0)[0] < 21, "nothing is known of how long it takes"
    assert sizes_seen(0.0) == [21]
    # The network learns at full speed: now and then there is time for a piece.
    assert sizes_seen(1.0) == sizes(21)


@pytest.fixture
def pieces(monkeypatch):
    """Plays a probe a point at a time, each of which takes 15 ms of the test's clock; its results."""
    now = 100.0
    monkeypatch.setattr(surface, "time", SimpleNamespace(perf_counter=lambda: now))
    monkeypatch.setattr(surface, "SECONDS_PER_PIECE", 0.0)

    def play(probe, session, learns):
        nonlocal now
        seen = []
        for result in probe.run(session):
            now += 0.015
            if learns:
                session.single_step()
            if result is not None:
                seen.append(result)
        return seen

    return play


def test_while_a_slow_network_learns_its_surface_becomes_finer_and_is_of_one_step(pieces):
    session, probe = open_example("xor").session(), SurfaceProbe()
    pictures = [pieces(probe, session, True) for _ in range(40)]
    assert [len(r.values) for r in pictures[0]] == [5, 9], "blocks first, at once something finer"
    # As long as it was watched for a short time, as fine a one follows; then finer ones that take longer.
    assert [len(r.values) for r in pictures[1]] == [9]
    assert [len(r.values) for r in pictures[-1]] == [17]
    for before, after in pairwise(r for results in pictures for r in results):
        assert len(after.values) >= len(before.values), "never coarser than what is in sight"
    for results in pictures:
        assert results[-1].finished and results[-1].is_hurried
        assert results[-1].step < session.steps
    last_one = pictures[-1][-1]
    # The middle is the loss at the weights of that step, whatever was learned while it was computed.
    assert last_one.values[8, 8] == pytest.approx(last_one.loss)
    assert last_one.seconds < surface.MOST_SECONDS


def test_in_a_pause_it_is_refined_to_the_end_however_slow_the_network_is(pieces):
    session, probe = open_example("xor").session(), SurfaceProbe()
    pieces(probe, session, True)
    results = pieces(probe, session, False)
    assert len(results[-1].values) == 33 and results[-1].finished and not results[-1].is_hurried


def test_a_surface_that_is_kept_in_place_is_refined_while_the_network_learns(pieces):
    session, probe = open_example("xor").session(), SurfaceProbe(follows=False)
    results = pieces(probe, session, True)
    assert len(results[-1].values) == 33 and not results[-1].is_hurried
    assert probe.patience == np.inf, "nor is it given up from outside"


def test_a_large_network_is_looked_at_with_few_samples_first_and_then_with_more(monkeypatch):
    session = open_example("iris").session()
    flops = sum(n.layer.flops(n.options, n.input_shapes) for n in session.layout.nodes.values())
    # As if it were so large that 9 x 9 points of 40 samples are affordable.
    monkeypatch.setattr(surface, "ROUGH_FLOPS", 40 * 81 * flops)
    monkeypatch.setattr(surface, "QUICK_SECONDS", 0.0)
    results = [r for r in SurfaceProbe(size=17).run(session) if r is not None]
    assert [(len(r.values), r.samples) for r in results] == [(5, 40), (9, 40), (17, 40), (17, 82)]
    x, y = session.data.x_train, session.data.y_train
    assert results[-1].values[8, 8] == pytest.approx(session.evaluate(x, y)[0], rel=1e-4)
    assert [r.finished for r in results] == [False, False, False, True]


def test_a_surface_says_which_losses_are_added_and_whether_players_contest_the_sum():
    single = last(SurfaceProbe(samples=128, size=5), line())
    assert single.added == () and not single.is_contested
    game = Project.open(Path(__file__).parents[2] / "resources" / "lessons" / "gan" / "start.nns").session()
    contested = last(SurfaceProbe(samples=128, size=5), game)
    outputs = [n.id for n in game.network.nodes if n.layer == "output"]
    assert sorted(contested.added) == sorted(outputs) and contested.is_contested
