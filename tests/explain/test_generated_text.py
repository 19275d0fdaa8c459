"""A written text is the one that a plain NumPy loop over the network's own arithmetic writes."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import load
from nnstudio.data.vocabulary import Vocabulary
from nnstudio.explain.generated_text import Guesses, TextProbe, drawn_from
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

WINDOW = 5


@pytest.fixture
def session(tmp_path):
    def make(guess: str = "next", unit: str = "characters") -> Session:
        path = tmp_path / "song.txt"
        path.write_text("".join(f"{n} green bottles hanging on the wall.\n" for n in range(60)))
        options = {"path": str(path), "window": WINDOW, "samples": 300, "guess": guess, "unit": unit}
        data = load("text", options)
        flat = [NodeSpec("f", "flatten", {}, ("e",))] if guess == "next" else []
        nodes = (
            NodeSpec("i", "input"),
            NodeSpec("e", "embedding", {"size": len(data.classes), "dimensions": 6}, ("i",)),
            *flat,
            NodeSpec("d", "dense", {"units": len(data.classes)}, (flat[0].id if flat else "e",)),
            NodeSpec("s", "softmax", {}, ("d",)),
            NodeSpec("o", "output", {}, ("s",)),
        )
        settings = TrainingSettings(loss="softmax_cross_entropy", batch_size=20)
        session = Session(NetworkSpec(nodes), data, settings)
        for _ in range(30):
            session.single_step()
        return session

    return make


def guess(session: Session, window: list[int]) -> np.ndarray:
    """Probabilities of the next token: embedding, dense, softmax of the last position."""
    arrays = {name: values.astype(np.float64) for name, values in session.arrays().items()}
    vectors = arrays["e.weight"][window]
    reads_all = len(arrays["d.weight"]) == vectors.size
    logits = (vectors.ravel() if reads_all else vectors[-1]) @ arrays["d.weight"] + arrays["d.bias"]
    powers = np.exp(logits - logits.max())
    return powers / powers.sum()


def written(session: Session, window: list[int], length: int, temperature: float, top_k: int, seed: int):
    """Numbers one after the other, each by the first that the sum of the shares so far exceeds."""
    rng, numbers, window = np.random.default_rng(seed), [], list(window)
    for _ in range(length):
        likely = guess(session, window)
        if temperature == 0:
            number = int(likely.argmax())
        else:
            limit = sorted(likely, reverse=True)[top_k - 1] if top_k else 0.0
            shares = [p ** (1 / temperature) if p >= limit else 0.0 for p in likely]
            threshold, total, number = rng.random() * sum(shares), 0.0, -1
            while total <= threshold:
                number += 1
                total += shares[number]
        numbers.append(number)
        window = [*window[1:], number]
    return tuple(numbers), guess(session, window)


def asked(session: Session, text: str, **how) -> TextProbe:
    begun = Vocabulary.of(session.data).begin(text, WINDOW)
    return TextProbe(begun.window, begun.given, **how)


@pytest.mark.parametrize("guessed", ["next", "each"])
@pytest.mark.parametrize(
    ("temperature", "top_k", "seed"), [(0.0, 0, 1), (1.0, 0, 1), (1.0, 0, 2), (0.6, 4, 3), (1.7, 0, 4)]
)
def test_it_is_what_a_plain_loop_writes(session, guessed, temperature, top_k, seed):
    session = session(guessed)
    probe = asked(session, "hanging", length=40, temperature=temperature, top_k=top_k, seed=seed)
    *_, last = probe.run(session)
    numbers, likely = written(session, list(probe.window), 40, temperature, top_k, seed)
    assert last.numbers == numbers and last.is_whole and last.step == session.steps
    assert last.text == Vocabulary.of(session.data).text_of(numbers)
    if (temperature, top_k) == (1.0, 0):
        np.testing.assert_allclose(last.shares, likely, rtol=1e-4)
    elif temperature == 0:
        assert last.shares[likely.argmax()] == 1 and last.shares.sum() == 1


def test_a_causal_network_reads_a_short_beginning_alone(session):
    session = session("each")
    begun = asked(session, "on", length=7, temperature=0.0)
    *_, last = begun.run(session)
    # What it guesses depends on a single token, wherever that stands.
    numbers, _ = written(session, list(begun.window), 7, 0.0, 0, 0)
    assert last.numbers == numbers and last.filled == 0
    assert last.chances == (1.0,) * 7
    *_, from_nothing = asked(session, "", length=3).run(session)
    assert from_nothing.filled == 1 and len(from_nothing.numbers) == 3


def test_a_network_that_sees_the_whole_window_has_it_filled_up(session):
    session = session()
    *_, last = asked(session, "on", length=2).run(session)
    assert last.filled == WINDOW - 2


def test_only_what_ignores_the_tokens_behind_is_causal(session):
    data = session("each").data
    for causal in (True, False):
        nodes = (
            NodeSpec("i", "input"),
            NodeSpec("e", "embedding", {"size": len(data.classes), "dimensions": 6}, ("i",)),
            NodeSpec("a", "multiheadattention", {"heads": 2, "causal": causal}, ("e",)),
            NodeSpec("d", "dense", {"units": len(data.classes)}, ("a",)),
            NodeSpec("o", "output", {}, ("d",)),
        )
        settings = TrainingSettings(loss="softmax_cross_entropy")
        other = Session(NetworkSpec(nodes), data, settings)
        assert Guesses(other).is_causal((3, 1, 4, 1, 5)) == causal


def test_words_are_written_with_spaces_behind_the_beginning(session):
    session = session(unit="words")
    probe = asked(session, "green bottles", length=12, temperature=0.0)
    *_, last = probe.run(session)
    vocabulary = Vocabulary.of(session.data)
    numbers, _ = written(session, list(probe.window), 12, 0.0, 0, 0)
    assert last.numbers == numbers
    assert "green bottles" + last.text == vocabulary.text_of(probe.window[-2:] + numbers)


def test_the_text_grows_piece_by_piece_and_learning_meanwhile_does_not_change_it(session, monkeypatch):
    monkeypatch.setattr("nnstudio.explain.generated_text.PIECE_SECONDS", 0.0)
    session = session()
    probe = asked(session, "hanging", length=9, seed=5)
    expected, _ = written(session, list(probe.window), 9, 1.0, 0, 5)
    step, pieces = session.steps, []
    for piece in probe.run(session):
        pieces.append(piece)
        session.single_step()
    assert [len(piece.numbers) for piece in pieces] == list(range(10))
    assert pieces[-1].numbers == expected and {piece.step for piece in pieces} == {step}
    assert [piece.is_whole for piece in pieces] == [False] * 9 + [True]
    assert all(later.text.startswith(piece.text) for piece, later in itertools.pairwise(pieces))


def test_a_network_without_numbers_writes_nothing(session):
    session = session()
    session.parameters[:] = np.nan
    *_, last = asked(session, "hanging").run(session)
    assert last.numbers == () and last.is_whole and np.isnan(last.shares).all()


def test_what_was_asked_for_with_other_data_writes_nothing(session):
    session = session()
    assert not list(TextProbe((0,) * (WINDOW + 1), 0).run(session))
    assert not list(TextProbe((len(session.data.classes),) * WINDOW, 0).run(session))


def test_of_equally_likely_ones_the_first_are_drawn_from_and_zero_stays_zero():
    likely = np.array([0.0, 0.25, 0.25, 0.25, 0.25])
    np.testing.assert_allclose(drawn_from(likely, 1.0, 2), [0, 0.5, 0.5, 0, 0])
    np.testing.assert_allclose(drawn_from(likely, 0.0, 0), [0, 1, 0, 0, 0])
    np.testing.assert_allclose(drawn_from(likely, 50.0, 0), likely)
    # So low that powers of the probabilities are no numbers.
    np.testing.assert_allclose(drawn_from(np.array([0.3, 0.7]), 1e-300, 0), [0, 1])
