"""What the lesson on borrowed layers states as numbers, counted here one by one, against its network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nnstudio.data.dataset import load
from nnstudio.lessons.actions import Reset, SetData, SetOption, SetSetting, Train
from nnstudio.lessons.player import Player

START = Path(__file__).parents[2] / "resources" / "lessons" / "transfer" / "start.nns"


@pytest.fixture
def player() -> Player:
    return Player(START)


def right(player: Player) -> float:
    """The share of validation digits whose largest output is that of the digit."""
    x, y = player.session.data.part("validation")
    outputs = player.session.predict(np.ascontiguousarray(x))
    return sum(int(row.argmax()) == int(label) for row, label in zip(outputs, y[:, 0], strict=True)) / len(y)


def thaw(*names: str) -> tuple[SetOption, ...]:
    return tuple(SetOption(node=name, option="frozen", value=False) for name in names)


def test_numbers_of_weights_and_of_samples(player):
    data = player.session.data
    assert [len(data.part(part)[0]) for part in ("training", "validation")] == [10, 240]
    assert np.bincount(data.y_train[:, 0].astype(int)).tolist() == [2] * 5
    assert len(load("mnist", {"digits": "0 to 4"}).x_train) == 2760
    sizes = [8 * 9 + 8, 16 * 8 * 9 + 16, 7 * 7 * 16 * 32 + 32, 32 * 5 + 5]
    assert sizes[-1] == 165 and sum(sizes) == 26533 == player.session.layout.parameter_count
    assert sum(slot.size for slot in player.session.layout.learning()) == 165


def test_all_borrowed_one_thawed_and_from_scratch(player):
    player.play((Train(),))
    assert right(player) == pytest.approx(0.425, abs=0.02)
    player.play((*thaw("Features"), SetSetting(setting="epochs", value=120), Train()))
    assert right(player) == pytest.approx(0.67, abs=0.03)
    player.play((*thaw("Strokes", "Shapes"), Reset(), Train()))
    assert right(player) == pytest.approx(0.604, abs=0.03)
    player.play((SetData(option="examples", value="200"), Reset(), Train(epochs=30)))
    assert right(player) == pytest.approx(0.95, abs=0.02)
