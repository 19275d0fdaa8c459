"""What the lessons on photos state as numbers, computed here with plain NumPy, against their networks."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio.lessons.actions import AddLayer, Reset, SetData, SetSetting, SetWeight, Train
from nnstudio.lessons.player import Player

LESSONS = Path(__file__).parents[2] / "resources" / "lessons"


@pytest.fixture
def vector() -> Player:
    return Player(LESSONS / "picture-as-vector" / "start.nns")


def part(player: Player, which: str) -> tuple[np.ndarray, np.ndarray]:
    """Photos (n, numbers) as rows, and whether each is a cat."""
    x, y = player.session.data.part(which)
    return x.reshape(len(x), -1).astype(np.float64), y[:, 0] == 1


def share(said: np.ndarray, truth: np.ndarray) -> float:
    return float(np.mean(said == truth))


def of_neuron(player: Player, which: str) -> float:
    """The share of a part whose sum, added up here, is on the right side of 0."""
    rows, is_cat = part(player, which)
    network = player.network()
    weights, bias = (network.weights("Sum", name, False) for name in ("weight", "bias"))
    # A product added up in another order may have another sign where it is 0 but for rounding.
    return share(rows @ weights[:, 0] + bias > 1e-6, is_cat)


class TestPictureAsVector:
    def test_pixels_and_their_numbers_in_the_row(self, vector):
        x, rows = vector.session.data.x_validation, part(vector, "validation")[0]
        assert round(float(x[12, 18 - 1, 10 - 1, 0]) * 255) == 47 and round(47 / 255, 3) == 0.184
        middle, left = x[:, 17 - 1, 17 - 1, 0], x[:, 32 - 1, 8 - 1, 0]
        assert np.array_equal(rows[:, 529 - 1], middle) and np.array_equal(rows[:, 1000 - 1], left)
        assert np.array_equal(rows[:, 968 - 1], x[:, 31 - 1, 8 - 1, 0])

    def test_the_neuron_of_zeros_says_no_to_everything_which_is_right_for_the_most(self, vector):
        is_cat = part(vector, "test")[1]
        assert (len(is_cat), (~is_cat).sum()) == (216, 120) and round(120 / 216, 3) == 0.556
        assert (vector.session.predict(vector.session.data.x_test) == 0.5).all()
        assert vector.network().score("test")[1] == pytest.approx(120 / 216)

    def test_furry_in_numbers_is_right_for_53_percent(self, vector):
        rows, is_cat = part(vector, "test")
        differences = np.abs(np.diff(rows.reshape(-1, 32, 32) * 255, axis=2)).mean((1, 2))
        assert round(share(differences > 21, is_cat), 2) == 0.53

    def test_bright_in_the_middle_is_worse_than_always_no(self, vector):
        vector.play(
            (
                SetWeight(node="Sum", value=20, at=(528, 0)),
                SetWeight(node="Sum", parameter="bias", value=-10, at=(0,)),
            )
        )
        rows, is_cat = part(vector, "validation")
        rule, never = share(rows[:, 528] > 0.5, is_cat), share(np.zeros(len(rows), bool), is_cat)
        assert (round(rule, 3), round(never, 3)) == (0.546, 0.557)
        assert vector.network().score("validation")[1] == pytest.approx(rule)

    def test_learned_from_grey_it_knows_its_own_photos_only_and_colours_tell_a_little(self, vector):
        vector.play((Train(),))
        assert vector.session.epoch == 40 and len(vector.session.data.x_train) == 551
        assert of_neuron(vector, "training") == pytest.approx(0.682, abs=0.01)
        assert of_neuron(vector, "test") == pytest.approx(0.556, abs=0.015)
        vector.play((SetData(option="channels", value="colour"), Reset(), Train()))
        assert part(vector, "test")[0].shape[1] == 3072
        assert of_neuron(vector, "test") == pytest.approx(0.625, abs=0.02)

    def test_each_weight_of_alpha_is_the_bias_once_more(self, vector):
        vector.play((SetData(option="channels", value="colour and alpha"), Reset(), Train()))
        network = vector.network()
        weights, bias = (network.weights("Sum", name, False) for name in ("weight", "bias"))
        assert len(weights) == 4096 and bias.item() != 0
        assert weights[3::4, 0] == pytest.approx(np.full(1024, bias.item()), rel=1e-3)
        assert of_neuron(vector, "test") < 0.64


@pytest.fixture
def animals() -> Player:
    return Player(LESSONS / "cat-dog" / "start.nns")


def bars(player: Player, which: str) -> tuple[np.ndarray, np.ndarray]:
    """Probabilities (n, 2) of cat and dog, by softmax of the scores, and which of them is true (n,)."""
    x, y = player.session.data.part(which)
    scores = player.session.predict(x, player.network().names["Scores"]).astype(np.float64)
    powers = np.exp(scores - scores.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True), y[:, 0].astype(int)


def right(player: Player, which: str) -> float:
    likely, true = bars(player, which)
    return share(likely.argmax(1), true)


def loss(player: Player, which: str) -> float:
    likely, true = bars(player, which)
    return float(-np.log(likely[np.arange(len(true)), true]).mean())


class TestCatDog:
    """Learned numbers have a tolerance: another processor adds up in another order, and 86 photos are few."""

    def test_before_training_both_bars_are_at_a_half_and_one_step_moves_those_of_other_photos(self, animals):
        before, _ = bars(animals, "validation")
        assert (before == 0.5).all()
        kinds = [node.kind for node in animals.project.document.graph.nodes]
        assert (kinds.count("conv2d"), kinds.count("dense")) == (3, 1)
        assert [len(animals.session.data.part(p)[0]) for p in ("training", "validation", "test")] == [
            490,
            86,
            192,
        ]
        animals.session.single_step()
        after, _ = bars(animals, "validation")
        assert np.abs(after - 0.5).max(1).all() and np.abs(after - 0.5).max() < 0.1

    def test_it_learns_its_own_photos_by_heart_and_promises_more_than_it_keeps(self, animals):
        animals.play((Train(),))
        assert animals.session.epoch == 20
        assert right(animals, "training") == pytest.approx(0.953, abs=0.03)
        assert right(animals, "validation") == pytest.approx(0.698, abs=0.05)
        assert loss(animals, "validation") == pytest.approx(0.609, abs=0.06)
        likely, _ = bars(animals, "validation")
        assert likely.max(1).mean() == pytest.approx(0.785, abs=0.03)
        assert animals.network().score("validation") == pytest.approx(
            (loss(animals, "validation"), right(animals, "validation")), rel=1e-5
        )

    def test_mirrored_and_moved_photos_teach_it_more_and_dropout_makes_it_less_sure(self, animals):
        both = (
            AddLayer(kind="randomflip", behind="Photo"),
            AddLayer(kind="randomshift", behind="RandomFlip"),
        )
        animals.play((*both, SetSetting(setting="epochs", value=40), Reset(), Train()))
        assert right(animals, "training") == pytest.approx(0.861, abs=0.05)
        assert loss(animals, "validation") == pytest.approx(0.501, abs=0.08)
        assert right(animals, "test") == pytest.approx(0.776, abs=0.06)
        sure = bars(animals, "validation")[0].max(1).mean()
        animals.play((AddLayer(kind="dropout", behind="Flatten"), Reset(), Train()))
        assert loss(animals, "validation") == pytest.approx(0.541, abs=0.08)
        assert right(animals, "test") == pytest.approx(0.760, abs=0.06)
        assert bars(animals, "validation")[0].max(1).mean() < sure
