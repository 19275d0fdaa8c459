"""N-gram models equal counts in plain Python, and are shown beside the network that reads the same text."""

from __future__ import annotations

import math
from collections import Counter

import numpy as np
import pytest

from nnstudio.data.dataset import Split, load
from nnstudio.data.passage import Passage
from nnstudio.data.vocabulary import Unit
from nnstudio.explain.ngrams import ORDERS, costs_of
from nnstudio.explain.results import ResultsProbe
from nnstudio.explain.scores import scores_of
from nnstudio.explain.text_scores import TextScores, nats_of
from nnstudio.from_data import project_from_data


def tables(text: list[int], order: int) -> dict[tuple[int, ...], int]:
    """How often each gram of an order stands in the text."""
    return Counter(tuple(text[i : i + order]) for i in range(len(text) - order + 1))


def smoothed(counts: dict[tuple[int, ...], int], gram: tuple[int, ...], lower: float) -> float:
    """Kneser and Ney's sum for a gram, by searching a table anew for each number in it."""
    following = {g: n for g, n in counts.items() if g[:-1] == gram[:-1]}
    if not following:
        return lower
    ones, twos = list(counts.values()).count(1), list(counts.values()).count(2)
    discount = ones / (ones + 2 * twos) if ones else 0.5
    total = sum(following.values())
    return (max(following.get(gram, 0) - discount, 0) + discount * len(following) * lower) / total


def lower_order(text: list[int], size: int, gram: tuple[int, ...]) -> float:
    """What a lower order says: it counts after how many different tokens a gram stands."""
    if not gram:
        return 1 / size
    after = Counter(longer[1:] for longer in tables(text, len(gram) + 1))
    return smoothed(after, gram, lower_order(text, size, gram[1:]))


def likely(text: list[int], size: int, order: int, before: list[int], token: int) -> float:
    """The probability of a token, from as many before it as the order, the window and the text have."""
    order = min(order, len(before) + 1, len(text))
    gram = (*before[len(before) - order + 1 :], token)
    return smoothed(tables(text, order), gram, lower_order(text, size, gram[1:]))


def last(pieces):
    return [piece for piece in pieces if piece is not None][-1]


@pytest.mark.parametrize("labels", [1, 6])
@pytest.mark.parametrize("length", [3, 200])
def test_costs_are_those_of_counting(labels, length):
    rng = np.random.default_rng(length)
    text, size = rng.choice(4, length, p=[0.5, 0.3, 0.15, 0.05]), 5
    windows = rng.integers(0, size, (7, 7))
    wanted = [
        -sum(
            math.log(likely(text.tolist(), size, order, row[:at].tolist(), int(row[at])))
            for row in windows
            for at in range(7 - labels, 7)
        )
        / (7 * labels)
        for order in range(1, ORDERS + 1)
    ]
    passage = Passage(text.astype(np.int32), size)
    x, y = windows[:, :-1].astype(np.float32), windows[:, 7 - labels :].astype(np.float32)
    assert last(costs_of(passage, Split.TEST, x, y)) == pytest.approx(wanted, rel=1e-12)


def test_the_text_that_is_counted_is_that_of_the_training_part():
    data = load("shakespeare", {"length": 8, "samples": 50, "validation_ratio": 0.2})
    assert data.passage is not None and data.passage.size == len(data.classes)
    rows = [data.passage.tokens[i : i + 9] for i in range(len(data.passage.tokens) - 8)]
    learned = {tuple(int(v) for v in row) for row in rows}
    for x, y in zip(data.x_train, data.y_train, strict=True):
        assert tuple(int(v) for v in (*x, *y)) in learned


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "song.txt"
    path.write_text("".join(f"{n} green bottles hanging on the wall.\n" for n in range(90)), encoding="utf-8")
    begun = project_from_data(path, {"guess": "each", "window": 8, "samples": 100})
    return begun.project.session(1)


def test_results_and_scores_hold_what_the_network_and_the_models_cost(session):
    text = last(ResultsProbe(Split.TEST).run(session)).text
    x, y = session.data.part(Split.TEST)
    assert text.nats == pytest.approx(session.evaluate(x, y)[0], rel=1e-5)
    assert text.ngrams == last(costs_of(session.data.passage, Split.TEST, x, y))
    assert text.counted == text.total == len(session.data.passage.tokens)
    scores = scores_of(session, Split.TEST)
    assert scores.text.nats == pytest.approx(text.nats, rel=1e-9)
    assert scores.plain()["text"]["bits"] == pytest.approx(text.nats / math.log(2))
    assert "bits per character (the best n-gram" in scores.sentence


def test_what_is_not_there_or_no_number_is_told():
    assert math.isnan(nats_of(np.array([[0.5, 0.5], [np.nan, np.nan]]), np.array([0, 1])))
    assert nats_of(np.array([[1.0, 0.0]]), np.array([1])) == pytest.approx(103.3, abs=0.1)
    told = TextScores(Unit.WORDS, 2.0, (), 0, 0)
    assert told.best == told.beaten == 0 and told.verdict == ""


@pytest.mark.parametrize(
    ("nats", "beaten", "part"),
    [
        (1.0, 3, "better than all"),
        (2.5, 1, "better than order 1, and not than order 2"),
        (9.0, 0, "not even better than order 1"),
    ],
)
def test_the_verdict_says_which_models_are_beaten(nats, beaten, part):
    scores = TextScores(Unit.CHARACTERS, nats, (3.0, 2.0, 1.5), 10, 10)
    assert scores.beaten == beaten and scores.best == 3 and part in scores.verdict
