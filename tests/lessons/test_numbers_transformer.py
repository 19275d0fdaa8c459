"""The figures that the lesson on attention states: of its network, and of n-gram models."""

from __future__ import annotations

from math import log
from pathlib import Path

import numpy as np
import pytest
from lessons.shipped import LESSONS

from nnstudio.data.dataset import Split
from nnstudio.data.vocabulary import Vocabulary
from nnstudio.explain.generated_text import Guesses, TextProbe
from nnstudio.explain.scores import scores_of
from nnstudio.lessons import actions as act
from nnstudio.lessons.player import Player

FOLDER = next(folder for folder in LESSONS if folder.id == "transformer")
START = Path(__file__).parents[2] / "resources" / "lessons" / "transformer" / "start.nns"
CAUSAL = {"node": "Block", "option": "causal"}


@pytest.fixture(scope="module")
def played():
    """A player after these actions, each way played once."""
    players: dict[str, Player] = {}

    def play(*actions) -> Player:
        told = repr(actions)
        if told not in players:
            players[told] = Player(START)
            players[told].play(actions)
        return players[told]

    return play


def scores(player: Player):
    return scores_of(player.session, Split.VALIDATION)


def test_what_it_begins_with_and_what_counting_costs(played):
    player = played()
    classes = len(player.session.data.classes)
    assert classes == 61 and log(classes) == pytest.approx(4.11, abs=0.005)
    assert len(player.session.data.x_train) == 2000
    costs = scores(player).text.ngrams
    assert costs == pytest.approx((3.34, 2.40, 1.92, 1.69, 1.65), abs=0.006)


def test_five_epochs_beat_pairs_and_not_triples(played):
    text = scores(played(act.Train())).text
    assert text.nats == pytest.approx(2.08, abs=0.04) and text.beaten == 2


def test_without_the_mask_it_copies_the_answer(played):
    judged = scores(played(act.SetOption(**CAUSAL, value=False), act.Train()))
    assert judged.loss == pytest.approx(0.08, abs=0.04)
    assert judged.accuracy == pytest.approx(0.98, abs=0.01)


def test_without_positions_it_hardly_beats_pairs_and_cannot_tell_some_beginnings_apart(played):
    without = played(act.RemoveLayer(node="Position"), act.Train())
    assert scores(without).text.nats == pytest.approx(2.28, abs=0.04)

    def after(player: Player, beginning: str) -> np.ndarray:
        numbers = Vocabulary.of(player.session.data).begin(beginning, 32).numbers
        return Guesses(player.session).after(numbers)

    for other, is_alike in (("ont", True), ("ton", False), ("no", False), ("nut", False)):
        assert np.allclose(after(without, "not"), after(without, other), rtol=1e-3) == is_alike
    whole = played(act.Train())
    assert not np.allclose(after(whole, "not"), after(whole, "ont"), rtol=1e-3)


def test_more_text_and_smaller_steps_beat_triples(played):
    player = played(act.RemoveLayer(node="Position"), *FOLDER.lesson.steps[6].solution)
    text = scores(player).text
    assert text.nats == pytest.approx(1.85, abs=0.03) and text.nats / log(2) == pytest.approx(2.67, abs=0.05)
    assert text.ngrams[2:] == pytest.approx((1.90, 1.66, 1.62), abs=0.006) and text.beaten == 3
    # At temperature 0 the seed does nothing, and the same comes again.
    begun = Vocabulary.of(player.session.data).begin("First Citizen:\n", 32)
    written = [
        list(TextProbe(begun.window, begun.given, 400, 0.0, seed=seed).run(player.session))[-1].text
        for seed in (1, 2)
    ]
    assert written[0] == written[1] and written[0].count(written[0][-30:]) > 1
