"""What lessons state as numbers, computed here with plain NumPy, against what their networks give."""

from __future__ import annotations

from itertools import product
from pathlib import Path

import numpy as np
import pytest

from nnstudio.explain.surface import SurfaceProbe
from nnstudio.lessons.actions import (
    Action,
    AddLayer,
    ChooseData,
    Reset,
    SetData,
    SetOption,
    SetSetting,
    SetWeight,
    Train,
)
from nnstudio.lessons.player import Player

LESSONS = Path(__file__).parents[2] / "resources" / "lessons"


def player_of(lesson: str) -> Player:
    return Player(LESSONS / lesson / "start.nns")


def training_part(player: Player) -> tuple[np.ndarray, np.ndarray]:
    """Inputs (n, f) and targets (n,) as the network gets them, float64."""
    x, y = player.session.data.part("training")
    return x.reshape(len(x), -1).astype(np.float64), y[:, 0].astype(np.float64)


def trained(player: Player, **settings: object) -> Player:
    """Begun again with other settings, and trained to the end."""
    player.play((*(SetSetting(setting=name, value=v) for name, v in settings.items()), Reset(), Train()))
    return player


class TestVending1:
    def test_the_days_have_the_means_that_the_three_losses_follow_from(self):
        x, y = training_part(player_of("vending-1"))
        visitors = x[:, 0]
        assert np.mean(visitors**2) == 9850
        assert np.mean(visitors * y) == 2367.25
        assert round(float(np.mean(y**2)), 2) == 576.33
        assert (105, 21) in set(zip(visitors, y, strict=True))

    @pytest.mark.parametrize("weight, loss", [(0.50, 671.58), (0.51, 723.72), (0.49, 621.41)])
    def test_the_loss_at_three_weights(self, weight, loss):
        player = player_of("vending-1")
        player.play((SetWeight(node="Bottles", value=weight),))
        assert round(player.network().score("training")[0], 2) == loss
        x, y = training_part(player)
        assert round(float(np.mean((weight * x[:, 0] - y) ** 2)), 2) == loss

    def test_at_the_start_105_visitors_give_52_and_a_half_bottles(self):
        assert player_of("vending-1").network().values("", [105.0]) == pytest.approx([52.5])

    def test_the_hill_climber_ends_at_a_multiple_of_its_step_and_the_slope_at_the_lowest_loss(self):
        player = player_of("vending-1")
        climbed = trained(player).network().weights("Bottles", "weight", True)
        assert climbed.item() == pytest.approx(0.24, abs=1e-5)
        followed = trained(player, optimizer="sgd", learning_rate=0.00002).network()
        assert followed.weights("Bottles", "weight", True).item() == pytest.approx(2367.25 / 9850, abs=1e-5)


def least_loss(columns: np.ndarray, y: np.ndarray) -> float:
    """The lowest mean squared error of any weights (f,) of some inputs (n, f), without a bias."""
    weights = np.linalg.lstsq(columns, y, rcond=None)[0]
    return float(np.mean((columns @ weights - y) ** 2))


class TestVending2:
    def test_two_inputs_beat_the_best_weight_of_one(self):
        player = player_of("vending-2")
        x, y = training_part(player)
        one, two = least_loss(x[:, :1], y), least_loss(x, y)
        reached = trained(player, momentum=0.9).network().score("training")[0]
        assert round(one, 2) == 7.41 and two < reached < 0.83
        assert reached == pytest.approx(0.8213, abs=5e-4)

    def test_without_momentum_as_many_epochs_stay_far_from_the_lowest_point(self):
        player = trained(player_of("vending-2"))
        assert 4.5 < player.network().score("training")[0] < 4.7


@pytest.mark.parametrize("lesson", ["vending-2", "celsius"])
def test_the_loss_surface_equals_the_closed_form(lesson):
    player = player_of(lesson)
    x, y = training_part(player)
    (*_, surface) = (s for s in SurfaceProbe(size=33).run(player.session) if s is not None)
    left, bottom, right, top = surface.extent
    first, second = np.linspace(left, right, 33)[None, :, None], np.linspace(bottom, top, 33)[:, None, None]
    # One input has a bias.
    other = x[:, 1] if x.shape[1] == 2 else np.ones(len(x))
    losses = ((first * x[:, 0] + second * other - y) ** 2).mean(-1)
    assert surface.plane.is_exact
    assert surface.values == pytest.approx(losses, rel=1e-5)


class TestHousePrice:
    def test_the_price_list_that_is_read_off_is_the_least_squares_fit_of_the_sales(self):
        player = trained(player_of("house-price"))
        data, (x, y) = player.session.data, training_part(player)
        x, y = x * data.x_scale + data.x_shift, y * data.y_scale + data.y_shift
        wanted = np.linalg.lstsq(np.c_[x, np.ones(len(x))], y, rcond=None)[0]
        got = player.network().weights("Price", "weight", True)[:, 0]
        assert got == pytest.approx(wanted[:3], rel=2e-3)
        # Near the list that the sales were made by, as far as they tell.
        assert np.abs(got - [100, 1000, -30]).max() < 20
        assert got == pytest.approx([101.4, 1018.0, -47.3], abs=0.5)


class TestFestival:
    def test_a_total_of_26_is_more_than_25_and_the_threshold_as_a_bias_decides_alike_for_all_marks(self):
        importance, marks = np.array([4, 2, 2, 1]), np.array(list(product(range(1, 6), repeat=4)))
        assert importance @ [3, 2, 4, 2] == 26
        player = player_of("festival")
        player.play(
            (
                *(SetWeight(node="Total", value=float(v), at=(i, 0)) for i, v in enumerate(importance)),
                SetWeight(node="Total", parameter="bias", value=-25, at=(0,)),
            )
        )
        network = player.network()
        assert network.values("Total", [3, 2, 4, 2]) == pytest.approx([1])
        goes = network.evaluation.predict(marks.astype(np.float32))[:, 0]
        assert np.array_equal(goes, (marks @ importance > 25).astype(np.float32))
        assert 0 < goes.mean() < 1


# Weights for age, sex and lessons, and the bias.
PARKING, ROAD = (3.0, -0.5, 10.0, -200.0), (6.0, 0.5, 4.0, -200.0)


def chance(age: float, sex: float, lessons: float) -> tuple[float, float, float]:
    """Parking, road and the probability to pass."""
    person = np.array([age, sex, lessons, 1])
    parking, road = np.maximum(0, PARKING @ person), np.maximum(0, ROAD @ person)
    return float(parking), float(road), float(1 / (1 + np.exp(3 - 0.01 * parking - 0.025 * road)))


class TestDrivingTest:
    @pytest.fixture
    def network(self):
        player = player_of("driving-test")
        player.play(
            (
                *(SetWeight(node="Road sum", value=v, at=(i, 0)) for i, v in enumerate(ROAD[:3])),
                SetWeight(node="Road sum", parameter="bias", value=ROAD[3], at=(0,)),
            )
        )
        return player.network()

    @pytest.mark.parametrize(
        "person, skills, percent",
        [((20, 1, 10), (0, 0), "4.74 %"), ((50, -1, 20), (150.5, 179.5), "95.22 %")],
    )
    def test_skills_and_chance_of_a_man_of_20_and_a_woman_of_50(self, network, person, skills, percent):
        assert chance(*person)[:2] == skills
        for given in (chance(*person)[2], network.values("Pass", person)[0], network.values("", person)[1]):
            assert f"{given * 100:.2f} %" == percent
        assert [network.values(n, person)[0] for n in ("Parking", "Road")] == pytest.approx(skills)

    def test_the_logit_of_the_woman(self, network):
        assert network.values("Pass sum", [50, -1, 20])[0] == pytest.approx(2.9925, abs=1e-5)

    def test_at_20_years_32_lessons_are_the_fewest_for_more_than_half(self, network):
        assert chance(20, 1, 31)[2] < 0.5 < chance(20, 1, 32)[2]
        assert network.values("Pass", [20, 1, 31])[0] < 0.5 < network.values("Pass", [20, 1, 32])[0]


class TestWhyActivations:
    def test_layers_without_activation_collapse_into_one_to_float_precision(self):
        player = player_of("why-activations")
        player.play((AddLayer(kind="dense", behind="First", options={"units": 8}), Reset(), Train()))
        network, (x, _y) = player.network(), training_part(player)
        weight, bias = np.eye(1), np.zeros(1)
        for layer in ("First", "Dense", "Second"):
            matrix = network.weights(layer, "weight", False)
            weight, bias = weight @ matrix, bias @ matrix + network.weights(layer, "bias", False)
        deep = np.array([network.values("", list(row))[0] for row in x])
        assert np.abs((x @ weight + bias)[:, 0] - deep).max() < 4 * np.spacing(np.float32(10))

    def test_deep_and_alone_end_at_the_least_squares_line_and_a_relu_at_the_bill(self):
        player = player_of("why-activations")
        x, y = training_part(player)
        line = np.polyfit(x[:, 0], y, 1)
        linear = trained(player).network().values("", [6])
        assert linear == pytest.approx([np.polyval(line, 6)] * 2, abs=1e-4)
        deep = AddLayer(kind="dense", behind="First", options={"units": 8})
        player.play((deep, AddLayer(kind="relu", behind="Dense"), Reset(), Train()))
        bent = player.network().values("", [12])
        assert bent[0] == pytest.approx(5 + 2 * 9, abs=0.01)
        assert bent[1] == pytest.approx(np.polyval(line, 12), abs=0.01)

    def test_by_hand_three_neurons_are_the_line_5x_plus_2(self):
        network = player_of("why-activations").network()
        assert [network.values("", [x])[0] for x in (0, 2, 6)] == pytest.approx([2, 12, 32])


class TestXor:
    HIDDEN = (
        AddLayer(kind="dense", behind="Point", options={"units": 6}),
        AddLayer(kind="tanh", behind="Dense"),
    )

    def accuracy(self, player: Player) -> float:
        """The share of the points whose class is predicted, counted here."""
        x, y = training_part(player)
        likely = player.session.predict(x.astype(np.float32))[:, 0] > 0.5
        return float(np.mean(likely == (y > 0.5)))

    def test_purple_is_where_both_have_the_same_sign_and_no_line_parts_the_points(self):
        player = player_of("xor")
        x, y = training_part(player)
        assert np.array_equal(y > 0.5, x[:, 0] * x[:, 1] > 0)
        assert self.accuracy(trained(player)) < 0.7

    def test_a_hidden_layer_reaches_97_percent_from_random_weights_and_54_from_zeros(self):
        player = player_of("xor")
        player.play((*self.HIDDEN, Reset(), Train()))
        assert self.accuracy(player) == pytest.approx(0.975)
        zeros = [SetOption(node=node, option="init", value="zeros") for node in ("Dense", "Decision")]
        player.play((*zeros, Reset(), Train()))
        assert self.accuracy(player) == pytest.approx(0.54)
        assert not player.network().weights("Dense", "weight", False).any()

    def test_units_that_begin_alike_stay_alike(self):
        player = player_of("xor")
        options = (
            ("Dense", "init", "by_hand"),
            ("Dense", "init_values", "0.5"),
            ("Decision", "init", "zeros"),
        )
        alike = [SetOption(node=node, option=option, value=value) for node, option, value in options]
        player.play((*self.HIDDEN, *alike, Reset(), Train()))
        weights = player.network().weights("Dense", "weight", False)
        assert weights == pytest.approx(weights[:, :1].repeat(6, 1), abs=1e-6)
        assert abs(weights[0, 0] - 0.5) > 0.1


class TestHeightWeight:
    def test_straight_is_too_stiff_a_bend_fits_and_too_much_of_it_overfits(self):
        def hidden(units: int, behind: str, name: str) -> tuple[AddLayer, AddLayer]:
            dense = AddLayer(kind="dense", behind=behind, options={"units": units})
            return dense, AddLayer(kind="tanh", behind=name)

        line, curve, large = (player_of("height-weight") for _ in range(3))
        curve.play(hidden(4, "Animal", "Dense"))
        large.play((*hidden(64, "Animal", "Dense"), *hidden(64, "Tanh", "Dense 2")))
        scores = [
            [trained(player, epochs=epochs).network().score(part) for part in ("training", "test")]
            for player, epochs in ((line, 100), (curve, 100), (large, 600))
        ]
        (_, straight), (_, bent), (learned, overfitted) = scores
        assert (straight[1], bent[1], learned[1]) == pytest.approx((0.68, 0.88, 0.99))
        assert bent[0] < 0.36 < 0.9 < overfitted[0] and learned[0] < 0.03


class TestOverfitting:
    REMEDIES = {
        "early stopping": (SetSetting(setting="patience", value=20),),
        "L2": (SetSetting(setting="l2", value=0.01),),
        "dropout": tuple(AddLayer(kind="dropout", behind=f"ReLU {i}") for i in (1, 2)),
        "more data": (SetData(option="samples", value=1600),),
    }

    def losses(self, actions: tuple[Action, ...]) -> tuple[float, float]:
        """Of the training and of the validation part, in the end."""
        player = player_of("overfitting")
        player.play((*actions, Reset(), Train()))
        network = player.network()
        return network.score("training")[0], network.score("validation")[0]

    def test_without_a_remedy_the_curves_part(self):
        learned, watched = self.losses(())
        assert learned < 0.01 and watched == pytest.approx(0.288, abs=0.002)

    @pytest.mark.parametrize("remedy", REMEDIES)
    def test_each_remedy_brings_them_together(self, remedy):
        learned, watched = self.losses(self.REMEDIES[remedy])
        assert learned > 0.03 and watched < 0.2


class TestPlayground:
    TWO_LAYERS = (
        AddLayer(kind="dense", behind="Point", options={"units": 16}),
        AddLayer(kind="tanh", behind="Dense"),
        AddLayer(kind="dense", behind="Tanh", options={"units": 16}),
        AddLayer(kind="tanh", behind="Dense 2"),
        SetSetting(setting="learning_rate", value=0.01),
        SetSetting(setting="epochs", value=200),
    )

    @pytest.mark.parametrize(
        "kind, actions, low, high",
        [
            ("circle", (), 0.4, 0.7),
            ("gaussian", (), 0.99, 1.0),
            ("circle", (AddLayer(kind="square", behind="Point"),), 0.99, 1.0),
            ("circle", TWO_LAYERS[:2], 0.95, 1.0),
            ("spiral", TWO_LAYERS, 0.95, 0.97),
        ],
        ids=["line", "clouds", "squares", "hidden", "spiral"],
    )
    def test_each_pattern_is_learned_by_the_least_that_can(self, kind, actions, low, high):
        player = player_of("playground")
        player.play((ChooseData(kind=kind), *actions, Reset(), Train()))
        x, y = player.session.data.part("test")
        right = float(np.mean((player.session.predict(x)[:, 0] > 0.5) == (y[:, 0] > 0.5)))
        assert low <= right <= high
