"""What lessons state as numbers, computed here with plain NumPy, against what their networks give."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio.lessons.actions import Reset, SetSetting, SetWeight, Train
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
