"""What the lesson on hidden layers states, computed here with plain NumPy, against what its network gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio.explain.end_classes import plane_points
from nnstudio.explain.plane import PlaneProbe
from nnstudio.explain.thumbnails import EDGE, ZERO, ThumbnailsProbe
from nnstudio.lessons.actions import AddLayer, Reset, SetOption, SetWeight, Train
from nnstudio.lessons.player import Player

START = Path(__file__).parents[2] / "resources" / "lessons" / "hidden-layers" / "start.nns"
FOUR_UNITS = (
    SetOption(node="First", option="init", value="glorot"),
    SetOption(node="First", option="units", value=4),
)
SECOND = (
    AddLayer(kind="dense", behind="Tanh", options={"units": 2}),
    AddLayer(kind="tanh", behind="Dense"),
)


def best_line(points: np.ndarray, is_second: np.ndarray) -> float:
    """The most of the points (n, 2) that a straight line of any of many directions can get right."""
    best = 0.0
    for angle in np.linspace(0, np.pi, 361):
        order = np.argsort(points @ [np.cos(angle), np.sin(angle)])
        # So many of the second class lie before each point, and of the first behind it.
        second = np.concatenate([[0], np.cumsum(is_second[order])])
        first = np.arange(len(points) + 1) - second
        right = first + second[-1] - second
        best = max(best, float(np.maximum(right, len(points) - right).max()) / len(points))
    return best


@pytest.fixture
def player() -> Player:
    return Player(START)


def training_part(player: Player) -> tuple[np.ndarray, np.ndarray]:
    x, y = player.session.data.part("training")
    return x.astype(np.float64), y[:, 0] > 0.5


def test_with_four_edges_all_test_points_are_right(player):
    player.play((*FOUR_UNITS, Reset(), Train()))
    x, y = player.session.data.part("test")
    assert np.mean((player.session.predict(x)[:, 0] > 0.5) == (y[:, 0] > 0.5)) == 1


def test_a_vector_is_multiplied_by_the_matrix(player):
    matrix = np.array([[0.2, -0.2], [0.4, 0.3]])
    assert np.array([2, 1]) @ matrix == pytest.approx([0.8, -0.1])
    assert player.network().values("First", [2, 1]) == pytest.approx([0.8, -0.1], abs=1e-6)
    (plane,) = PlaneProbe(own=(2, 1)).run(player.session)
    before, behind, bent, *_ = (stage.points for stage in plane.stages)
    assert behind == pytest.approx(before @ matrix, abs=1e-5)
    assert behind[-1] == pytest.approx([0.8, -0.1], abs=1e-6)
    assert bent == pytest.approx(np.tanh(before @ matrix), abs=1e-5)


def test_the_quarter_turn(player):
    matrix = np.array([[0.0, 1.0], [-1.0, 0.0]])
    x = np.array([[3.0, 0.5], [-1.0, 2.0]])
    assert np.array_equal(x @ matrix, np.stack([-x[:, 1], x[:, 0]], 1))
    player.play(tuple(SetWeight(node="First", at=at, value=float(matrix[at])) for at in np.ndindex(2, 2)))
    for point, turned in zip(x, x @ matrix, strict=True):
        assert player.network().values("First", list(point)) == pytest.approx(turned)


def test_a_straight_line_gets_74_percent_right_at_the_input_and_all_behind_the_second_layer(player):
    x, is_purple = training_part(player)
    assert best_line(x, is_purple) == pytest.approx(0.74, abs=0.005)
    player.play((*FOUR_UNITS, *SECOND, Reset(), Train()))
    network = player.network()
    assert best_line(network.evaluation.predict(x, network.names["Tanh 2"]), is_purple) == 1


def test_units_of_the_first_layer_see_straight_edges_and_those_of_the_second_do_not(player):
    player.play((*FOUR_UNITS, *SECOND, Reset(), Train()))
    network = player.network()
    names = [network.names[name] for name in ("First", "Dense")]
    (seen,) = ThumbnailsProbe(tuple(names)).run(network.evaluation)
    points = plane_points(network.evaluation.data.all_inputs(), EDGE).astype(np.float64)
    weights, bias = (network.weights("First", name, False) for name in ("weight", "bias"))
    edges = points @ weights + bias
    first, second = (seen.thumbnails[name].tiles.reshape(-1, len(points)).T for name in names)
    # Next to its edge, a unit is as good as 0.
    clear = np.abs(edges) > 0.02 * np.abs(edges).max(0)
    assert np.array_equal((first > ZERO)[clear], (edges > 0)[clear])
    assert [best_line(points, unit > ZERO) for unit in first.T] == pytest.approx([1] * 4, abs=0.02)
    assert min(best_line(points, unit > ZERO) for unit in second.T) < 0.95
