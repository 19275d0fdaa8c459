"""What the lessons on pictures state as numbers, counted here in another way than the studio does."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio.explain.reactions import ReactionsProbe
from nnstudio.explain.results import ResultsProbe
from nnstudio.lessons.actions import AddLayer, Reset, SetSetting, Train
from nnstudio.lessons.player import Player

LESSONS = Path(__file__).parents[2] / "resources" / "lessons"


def player_of(lesson: str) -> Player:
    return Player(LESSONS / lesson / "start.nns")


def right(player: Player, x: np.ndarray, y: np.ndarray) -> float:
    """Share of samples whose digit gets the largest share."""
    return float((player.session.predict(x).argmax(1) == y[:, 0]).mean())


def weights_in(player: Player, node: str) -> int:
    engine = player.network().names[node]
    return sum(slot.size for slot in player.session.layout.parameters if slot.node == engine)


class TestDigits:
    def test_ten_units_have_784_weights_and_a_bias_each(self):
        assert weights_in(player_of("digits"), "Digit") == 28 * 28 * 10 + 10 == 7850

    def test_ten_units_beat_the_nearest_of_ten_means(self):
        player = player_of("digits")
        data = player.session.data
        assert (len(data.x_train), len(data.x_validation), len(data.x_test)) == (5520, 480, 1000)
        rows, pictures = data.x_test.reshape(1000, -1), data.x_train.reshape(5520, -1)
        means = [pictures[data.y_train[:, 0] == digit].mean(0) for digit in range(10)]
        distances = np.stack([((rows - mean) ** 2).sum(1) for mean in means], 1)
        nearest = float((distances.argmin(1) == data.y_test[:, 0]).mean())
        assert round(nearest, 3) == 0.818
        player.play((Train(),))
        assert right(player, data.x_test, data.y_test) == pytest.approx(0.89, abs=0.01)
        results = [r for r in ResultsProbe().run(player.session) if r is not None][-1]
        assert results.top5 == pytest.approx(0.99, abs=0.005)

    def test_digits_that_are_moved_by_2_pixels_are_read_once_training_has_moved_them(self):
        player = player_of("digits")
        hidden = AddLayer(kind="dense", behind="Flatten", options={"units": 128})
        faster = SetSetting(setting="learning_rate", value=0.003)
        player.play((hidden, AddLayer(kind="relu", behind="Dense"), faster, Reset(), Train()))
        data = player.session.data
        # The ink keeps 4 pixels from every border, so that none is lost.
        moved = np.roll(data.x_test, (2, 2), (1, 2))
        assert right(player, data.x_validation, data.y_validation) == pytest.approx(0.935, abs=0.01)
        assert right(player, data.x_test, data.y_test) == pytest.approx(0.93, abs=0.01)
        assert right(player, moved, data.y_test) == pytest.approx(0.39, abs=0.03)
        kinds = ("randomzoom", "randomrotation", "randomshift")
        player.play((*(AddLayer(kind=kind, behind="Picture") for kind in kinds), Reset(), Train()))
        assert right(player, moved, data.y_test) == pytest.approx(0.9, abs=0.02)


class TestConvnet:
    def test_eight_filters_have_fewer_weights_than_eight_units(self):
        player = player_of("convnet")
        assert weights_in(player, "Filters 1") == 8 * 25 + 8 == 208
        assert 28 * 28 * 8 + 8 == 6280
        assert weights_in(player, "Digit") == 14 * 14 * 8 * 10 + 10

    def test_a_filter_of_the_second_round_sees_10_by_10_pixels(self):
        player = player_of("convnet")
        second = [("conv2d", "Pool 1"), ("relu", "Conv2D"), ("maxpool2d", "ReLU")]
        player.play(tuple(AddLayer(kind=kind, behind=behind) for kind, behind in second))
        seen = {}
        for name in ("ReLU 1", "ReLU", "Digit"):
            *_, told = ReactionsProbe(player.network().names[name]).run(player.session)
            seen[name] = told.seen
        assert seen == {"ReLU 1": (5, 5), "ReLU": (10, 10), "Digit": (28, 28)}
        assert weights_in(player, "Conv2D") == 16 * (3 * 3 * 8 + 1)
        assert weights_in(player, "Digit") == 7 * 7 * 16 * 10 + 10
