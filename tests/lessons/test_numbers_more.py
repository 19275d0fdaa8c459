"""What the lessons on learning state as numbers, computed here with plain NumPy, against their networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio.explain.arithmetic import ArithmeticProbe, Operation
from nnstudio.explain.function_curve import FunctionCurveProbe
from nnstudio.lessons.actions import AddLayer, RemoveLayer, Reset, SetSetting, SetWeight, Train
from nnstudio.lessons.player import Player

LESSONS = Path(__file__).parents[2] / "resources" / "lessons"


def player_of(lesson: str) -> Player:
    return Player(LESSONS / lesson / "start.nns")


def inputs_of(player: Player) -> np.ndarray:
    """The training part (n, f), as the network gets it, float64."""
    x, _y = player.session.data.part("training")
    return x.reshape(len(x), -1).astype(np.float64)


def told(player: Player, kind: Operation, node: str = "", unit: int = 0, sample: int = 0) -> float:
    """What the view Arithmetic works out for an operation."""
    engine = player.network().names.get(node, "")
    (seen,) = ArithmeticProbe(kind, engine, unit, sample).run(player.session)
    assert (seen.stages[seen.at].kind, seen.stages[seen.at].node) == (kind, engine)
    assert seen.told.result == pytest.approx(seen.told.engine, rel=1e-5)
    return float(seen.told.result)


def softmax(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max())
    return np.asarray(powers / powers.sum())


class TestHotDog:
    def test_softmax_of_the_two_scores_and_of_both_raised_by_4(self):
        wanted = softmax(np.array([-4, 5.2]))
        assert wanted == pytest.approx(softmax(np.array([0, 9.2])))
        assert wanted.round(4).tolist() == [0.0001, 0.9999]
        player = player_of("hot-dog")
        assert player.network().values("Scores", [0, 0]) == pytest.approx([-4, 5.2])
        assert player.network().values("", [0, 0]) == pytest.approx(wanted, rel=1e-5)
        biases = (
            SetWeight(node="Scores", parameter="bias", at=(i,), value=v) for i, v in enumerate((0, 9.2))
        )
        player.play(tuple(biases))
        assert player.network().values("", [0, 0]) == pytest.approx(wanted, rel=1e-5)

    @pytest.mark.parametrize(
        "photo, sample, p, natural, decimal",
        [([10, 10], 8, 0.78, 0.2485, 0.1079), ([10, 5], 0, 0.35, 1.0498, 0.4559)],
    )
    def test_the_loss_of_a_probability_is_its_natural_logarithm(self, photo, sample, p, natural, decimal):
        assert (round(-np.log(p), 4), round(-np.log10(p), 4)) == (natural, decimal)
        player = player_of("hot-dog")
        assert inputs_of(player)[sample].tolist() == photo
        assert player.network().values("", photo)[0] == pytest.approx(p, abs=2e-5)
        assert round(told(player, Operation.LOSS, sample=sample), 4) == natural

    def test_without_the_node_the_loss_still_works_softmax_out(self):
        player = player_of("hot-dog")
        before = player.network().score("training")
        player.play((RemoveLayer(node="Probabilities"),))
        assert player.network().score("training") == pytest.approx(before)
        assert round(before[0], 3) == 0.519

    def test_training_ends_where_plain_gradient_descent_does(self):
        player = player_of("hot-dog")
        x, (_x, y) = inputs_of(player), player.session.data.part("training")
        truth = np.eye(2)[y[:, 0].astype(int)]
        weight, bias = np.array([[0.3, -0.36963], [0.2, -0.17694]]), np.array([-4, 5.2])
        for _epoch in range(400):
            wrong = np.array([softmax(row) for row in x @ weight + bias]) - truth
            weight, bias = weight - 0.02 * x.T @ wrong / len(x), bias - 0.02 * wrong.mean(0)
        player.play((Train(),))
        assert player.network().weights("Scores", "weight", True) == pytest.approx(weight, abs=1e-4)
        assert player.network().values("", [10, 5])[0] == pytest.approx(0.967, abs=5e-4)
        assert player.network().score("training") == pytest.approx((0.047, 1.0), abs=5e-4)


def descended(x: np.ndarray, y: np.ndarray, rate: float, momentum: float = 0.0) -> tuple[float, float, float]:
    """Weight, bias and mean squared error after 60 steps down from (2, 0); not finite where it diverged."""
    at, speed, rows = np.array([2.0, 0.0]), np.zeros(2), np.c_[x, np.ones(len(x))]
    for _step in range(60):
        speed = momentum * speed - rate * 2 * rows.T @ (rows @ at - y) / len(x)
        at = at + speed
    return float(at[0]), float(at[1]), float(np.mean((rows @ at - y) ** 2))


class TestDescent:
    @pytest.mark.parametrize(
        "rate, momentum, loss",
        [(0.0005, 0, 15.64), (0.05, 0, 0.02), (0.1, 0, 25.53), (0.01, 0, 0.81), (0.01, 0.8, 0.02)],
    )
    def test_60_steps_end_where_they_do_by_hand(self, rate, momentum, loss):
        player = player_of("descent")
        x, y = player.session.data.part("training")
        wanted = descended(x[:, 0].astype(float), y[:, 0].astype(float), rate, momentum)
        settings = {"learning_rate": rate, "momentum": momentum}
        player.play((*(SetSetting(setting=n, value=v) for n, v in settings.items()), Reset(), Train()))
        network = player.network()
        got = [network.weights("Minutes", name, True).item() for name in ("weight", "bias")]
        assert got == pytest.approx(wanted[:2], abs=1e-3)
        assert network.score("training")[0] == pytest.approx(wanted[2], rel=1e-3)
        assert round(wanted[2], 2) == loss

    def test_the_valley_bends_by_20_and_2_so_that_a_tenth_is_the_limit(self):
        rows = np.c_[inputs_of(player_of("descent")), np.ones(11)]
        assert np.linalg.eigvalsh(2 * rows.T @ rows / 11) == pytest.approx([2, 20])

    def test_above_the_limit_it_diverges(self):
        player = player_of("descent")
        player.play((SetSetting(setting="learning_rate", value=0.2), Reset(), Train()))
        assert player.work().has_diverged


def outcome(parameters: dict[str, np.ndarray]) -> float:
    """The squared error of the 2-2-1 net for (2, 1), which should give 1."""
    hidden = np.maximum(0, np.array([2, 1]) @ parameters["Hidden.weight"] + parameters["Hidden.bias"])
    return float((hidden @ parameters["Result.weight"] + parameters["Result.bias"] - 1).item() ** 2)


class TestBackprop:
    @pytest.fixture
    def parameters(self):
        return {
            "Hidden.weight": np.array([[0.5, -1], [1, 1]]),
            "Hidden.bias": np.zeros(2),
            "Result.weight": np.array([[1.5], [2]]),
            "Result.bias": np.zeros(1),
        }

    def test_one_step_of_the_engine_follows_finite_differences(self, parameters):
        player = player_of("backprop")
        assert outcome(parameters) == 4
        assert player.network().score("training")[0] == pytest.approx(4)
        slopes = {}
        for name, values in parameters.items():
            slopes[name] = np.zeros(values.shape)
            for at in np.ndindex(values.shape):
                both = []
                for change in (0.01, -0.01):
                    nudged = values.copy()
                    nudged[at] += change
                    both.append(outcome({**parameters, name: nudged}))
                slopes[name][at] = (both[0] - both[1]) / 0.02
        assert slopes["Result.weight"][:, 0] == pytest.approx([8, 0])
        assert slopes["Hidden.weight"] == pytest.approx(np.array([[12, 0], [6, 0]]))
        player.play((Train(),))
        after = {name: values - 0.01 * slopes[name] for name, values in parameters.items()}
        for name, values in after.items():
            got = player.network().weights(*name.split("."), True)
            assert got == pytest.approx(values, abs=1e-6), name
        assert player.network().score("training")[0] == pytest.approx(outcome(after), rel=1e-5)
        assert round(outcome(after), 3) == 1.661

    @pytest.mark.parametrize(
        "kind, node, unit, number",
        [
            (Operation.FORWARD, "Result", 0, 3), (Operation.LOSS, "", 0, 4),
            (Operation.BACKWARD, "ReLU", 0, 6), (Operation.BACKWARD, "ReLU", 1, 8),
            (Operation.BACKWARD, "Hidden", 0, 6), (Operation.BACKWARD, "Hidden", 1, 0),
        ],
    )  # fmt: skip
    def test_arithmetic_tells_the_numbers_of_the_walk_back(self, kind, node, unit, number):
        assert told(player_of("backprop"), kind, node, unit) == pytest.approx(number)

    @pytest.mark.parametrize("weight, loss", [(1.51, 4.0804), (1.49, 3.9204)])
    def test_the_two_tries(self, weight, loss):
        player = player_of("backprop")
        player.play((SetWeight(node="Result", value=weight),))
        assert player.network().score("training")[0] == pytest.approx(loss, abs=1e-5)
        assert (2 * weight - 1) ** 2 == pytest.approx(loss)


class TestActivations:
    @pytest.mark.parametrize(
        "kind, function, told_as",
        [
            ("step", lambda z: float(z > 0), (0, 1)),
            ("sigmoid", lambda z: 1 / (1 + np.exp(-z)), (0.1192, 0.8808)),
            ("tanh", lambda z: 2 / (1 + np.exp(-2 * z)) - 1, (-0.964, 0.964)),
            ("relu", lambda z: max(0.0, z), (0, 2)),
            ("softmax", lambda z: softmax(np.array([z])).item(), (1, 1)),
        ],
    )
    def test_values_for_2_and_4_hours(self, kind, function, told_as):
        player = player_of("activations")
        player.play((RemoveLayer(node="Step"), AddLayer(kind=kind, behind="Sum")))
        for hours, stated in zip((2, 4), told_as, strict=True):
            wanted = function(2 * hours - 6)
            assert round(wanted, 4) == stated
            assert player.network().values("", [hours]).item() == pytest.approx(wanted, abs=1e-6)

    def test_softmax_of_2_and_0_is_the_sigmoid_of_2(self):
        assert softmax(np.array([2.0, 0.0])) == pytest.approx([1 / (1 + np.exp(-2)), 1 / (1 + np.exp(2))])

    @pytest.mark.parametrize("hours, slope", [(3, 0.25), (4, 0.105), (2, 0.105), (5, 0.018)])
    def test_the_function_of_the_sigmoid_has_the_sum_on_it_and_its_slope(self, hours, slope):
        at = 2 * hours - 6
        low, value, high = (1 / (1 + np.exp(-(at + change))) for change in (-1e-4, 0, 1e-4))
        assert round((high - low) / 2e-4, 3) == slope
        player = player_of("activations")
        player.play((RemoveLayer(node="Step"), AddLayer(kind="sigmoid", behind="Sum")))
        names = player.network().names
        (seen,) = FunctionCurveProbe(names["Sum"], own=(hours,)).run(player.session)
        assert seen.shown == names["Sigmoid"]
        assert seen.at == pytest.approx((at, value, (high - low) / 2e-4), abs=1e-5)
        assert seen.slope.max() == pytest.approx(0.25), "nowhere is it steeper"

    @pytest.mark.parametrize("kind, weight", [("softmax", 2), ("tanh", 2.82)])
    def test_the_weight_moves_only_where_there_is_a_slope(self, kind, weight):
        player = player_of("activations")
        player.play((RemoveLayer(node="Step"), AddLayer(kind=kind, behind="Sum"), Train()))
        assert player.network().weights("Sum", "weight", True).item() == pytest.approx(weight, abs=5e-3)
