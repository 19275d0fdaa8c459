"""The plane behind each layer, against products of matrices in NumPy."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset
from nnstudio.explain.plane import MOST_SAMPLES, Plane, PlaneProbe
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session


def session_of(
    units: int = 2, samples: int = 9, features: int = 2, more: tuple[NodeSpec, ...] = ()
) -> Session:
    """Input, Dense, Tanh, Dense of a single unit, Output; or what ``more`` says between Tanh and it."""
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("a", "dense", {"units": units}, ("i",)),
        NodeSpec("t", "tanh", {}, ("a",)),
        *more,
        NodeSpec("b", "dense", {"units": 1}, (more[-1].id if more else "t",)),
        NodeSpec("o", "output", {}, ("b",)),
    )
    x = np.random.default_rng(4).uniform(-3.4, 3.4, size=(samples, features)).astype(np.float32)
    session = Session(
        NetworkSpec(nodes), Dataset("d", x, x[:, :1] + 1, x[:0], x[:0, :1]), TrainingSettings(loss="mse")
    )
    session.parameters[:] = np.random.default_rng(5).normal(size=session.layout.parameter_count)
    return session


def plane_of(session: Session, **which) -> Plane:
    (plane,) = PlaneProbe(**which).run(session)
    return plane


def test_all_points_go_through_each_layer():
    session = session_of()
    plane, weights = plane_of(session, sample=4), {n: w.astype(float) for n, w in session.arrays().items()}
    first, moved, bent, single = plane.stages
    assert [s.node for s in plane.stages] == ["i", "a", "t", "b"] and plane.is_all and not plane.left_out
    wanted = first.points @ weights["a.weight"] + weights["a.bias"]
    np.testing.assert_allclose(moved.points, wanted, atol=1e-5)
    np.testing.assert_allclose(bent.points, np.tanh(wanted), atol=1e-5)
    np.testing.assert_allclose(
        single.points[:, 0], (np.tanh(wanted) @ weights["b.weight"] + weights["b.bias"])[:, 0], atol=1e-5
    )
    assert not single.points[:, 1].any() and (single.units, single.shown) == (1, (0,))
    np.testing.assert_array_equal(moved.weights, weights["a.weight"])
    np.testing.assert_array_equal(moved.bias, weights["a.bias"])
    assert bent.weights is None
    samples = first.points[plane.lines * plane.along : -1]
    np.testing.assert_array_equal(samples, session.data.x_train)
    np.testing.assert_array_equal(plane.targets, session.data.y_train)
    np.testing.assert_array_equal(first.points[-1], session.samples()[0][4])


def test_the_grid_has_upright_and_level_lines_at_whole_numbers_over_all_samples():
    plane = plane_of(session_of())
    lines = plane.stages[0].points[: plane.lines * plane.along].reshape(plane.lines, plane.along, 2)
    upright, level = np.split(lines, 2)
    assert plane.spacing == 0.5
    for group, fixed in ((upright, 0), (level, 1)):
        assert np.ptp(group[..., fixed], axis=1).max() == 0
        np.testing.assert_allclose(np.diff(group[:, 0, fixed]), plane.spacing)
        np.testing.assert_array_equal(np.unique(group[:, 0, fixed] % plane.spacing), [0])
        assert np.all(np.diff(group[..., 1 - fixed], axis=1) > 0)
        # Each line is as long as the others reach.
        assert group[..., 1 - fixed].min() == upright[0, 0, 1 - fixed]
    samples = plane.stages[0].points[plane.lines * plane.along :]
    assert np.all(lines.min((0, 1)) <= samples.min(0)) and np.all(lines.max((0, 1)) >= samples.max(0))


def test_of_more_than_two_units_those_that_are_chosen_are_shown():
    session = session_of(units=5)
    chosen, far = plane_of(session, units=(3, 1)), plane_of(session, units=(1, 99))
    weights = session.arrays()
    wanted = chosen.stages[0].points @ weights["a.weight"][:, [3, 1]] + weights["a.bias"][[3, 1]]
    np.testing.assert_allclose(chosen.stages[1].points, wanted, atol=1e-5)
    assert (chosen.stages[1].units, chosen.stages[1].shown, far.stages[1].shown) == (5, (3, 1), (1, 4))
    assert chosen.stages[1].weights is not None and chosen.stages[1].weights.shape == (2, 2)
    # Five numbers enter this one.
    assert chosen.stages[3].weights is None


def test_a_sample_of_ones_own_is_the_last_point():
    plane = plane_of(session_of(), own=(1.5, -2.0))
    assert plane.sample == -1 and plane.stages[0].points[-1].tolist() == [1.5, -2]


def test_many_samples_are_cut_and_counted():
    plane = plane_of(session_of(samples=MOST_SAMPLES + 40))
    assert len(plane.targets) == MOST_SAMPLES and plane.total == MOST_SAMPLES + 40
    assert len(plane.stages[0].points) == plane.lines * plane.along + MOST_SAMPLES + 1


@pytest.mark.parametrize("spread", [0.0, 1e-4, 1e5])
def test_however_wide_the_samples_lie_there_are_a_few_lines(spread):
    session = session_of()
    session.data.x_train[:] = session.data.x_train / 3.4 * spread
    assert 6 <= plane_of(session).lines <= 40


def test_what_is_no_list_of_numbers_and_other_branches_are_named():
    more = (
        NodeSpec("r", "reshape", {"target": "1, 2"}, ("t",)),
        NodeSpec("l", "flatten", {}, ("r",)),
        NodeSpec("side", "dense", {"units": 2}, ("i",)),
        NodeSpec("sum", "add", {}, ("l", "side")),
    )
    plane = plane_of(session_of(more=more))
    assert plane.left_out == ("r",) and not plane.is_all
    assert [s.node for s in plane.stages] == ["i", "a", "t", "sum", "b"]


def test_of_other_data_there_is_no_plane():
    assert list(PlaneProbe().run(session_of(features=3))) == []
