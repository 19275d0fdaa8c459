"""Attention maps name their steps, find every layer that attends, and tell what is guessed."""

from __future__ import annotations

import numpy as np
import pytest

from nnkernels.graph.network import NetworkSpec, NodeSpec
from nnstudio.data.dataset import Dataset, load
from nnstudio.explain.attention_maps import (
    GUESSES,
    LOOKS_AHEAD,
    LOOKS_BACK,
    LOOKS_BACK_UNPADDED,
    PADDED,
    AttentionProbe,
    told_mask,
)
from nnstudio.from_data import project_from_data
from nnstudio.model.proposal import Reader
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.session import Session

LENGTH = 6


@pytest.fixture(scope="module")
def session(tmp_path_factory):
    path = tmp_path_factory.mktemp("text") / "song.txt"
    path.write_text("".join(f"{n} green bottles\n" for n in range(60)), encoding="utf-8")
    data = load("text", {"path": str(path), "window": LENGTH, "samples": 60, "guess": "each"})
    nodes = (
        NodeSpec("i", "input"),
        NodeSpec("e", "embedding", {"size": len(data.classes), "dimensions": 8}, ("i",)),
        NodeSpec("a", "multiheadattention", {"heads": 2, "causal": True}, ("e",)),
        NodeSpec("t", "transformerblock", {"heads": 4, "hidden": 8, "causal": True}, ("a",)),
        NodeSpec("d", "dense", {"units": len(data.classes)}, ("t",)),
        NodeSpec("s", "softmax", {}, ("d",)),
        NodeSpec("o", "output", {}, ("s",)),
    )
    settings = TrainingSettings(loss="softmax_cross_entropy", batch_size=20)
    return Session(NetworkSpec(nodes), data, settings)


def test_layers_are_found_alone_and_inside_of_blocks(session):
    (first,) = AttentionProbe("", 0).run(session)
    assert first.node == "a" and first.weights.shape == (2, LENGTH, LENGTH)
    assert first.nodes[0] == "a" and first.nodes[1].startswith("t")
    (second,) = AttentionProbe(first.nodes[1], 0).run(session)
    assert second.node == first.nodes[1] and second.weights.shape == (4, LENGTH, LENGTH)
    np.testing.assert_allclose(second.weights.sum(-1), 1, rtol=1e-5)
    assert not np.triu(second.weights[0], 1).any()


def test_tokens_are_named_and_each_step_tells_what_it_guesses(session):
    (maps,) = AttentionProbe("", 2).run(session)
    x, _y, _part = session.samples()
    signs = {"space": "␣", "line end": "↵"}
    named = [session.data.classes[int(number)] for number in x[2]]
    assert list(maps.names) == [signs.get(name, name) for name in named]
    outputs = session.predict(x[2:3])[0]
    assert len(maps.guesses) == LENGTH
    for told, row in zip(maps.guesses, outputs, strict=True):
        assert [share for _name, share in told] == pytest.approx(sorted(row)[::-1][:GUESSES], rel=1e-6)
        assert told[0][0] == session.data.classes[int(row.argmax())]


def test_a_beginning_of_ones_own_is_looked_at(session):
    own = tuple(float(v) for v in range(LENGTH))
    (maps,) = AttentionProbe("", 4, own).run(session)
    assert maps.sample == -1 and len(maps.names) == LENGTH


def test_without_attention_or_classes_there_is_less_to_tell():
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(9, 4, 6)).astype(np.float32), rng.normal(size=(9, 1)).astype(np.float32)
    data = Dataset("s", x, y, x[:0], y[:0])

    def network(kind: str, options: dict) -> Session:
        nodes = (
            NodeSpec("i", "input"),
            NodeSpec("a", kind, options, ("i",)),
            NodeSpec("p", "globalaveragepool1d", {}, ("a",)),
            NodeSpec("d", "dense", {"units": 1}, ("p",)),
            NodeSpec("o", "output", {}, ("d",)),
        )
        return Session(NetworkSpec(nodes), data, TrainingSettings())

    (none,) = AttentionProbe("", 0).run(network("dense", {"units": 3}))
    assert none.nodes == () and none.node == "" and none.weights is None
    (maps,) = AttentionProbe("", 0).run(network("multiheadattention", {"heads": 2}))
    assert maps.weights.shape == (2, 4, 4) and maps.names == () and maps.guesses == ()


@pytest.mark.parametrize(("guess", "looks_back"), [("each", True), ("next", False)])
def test_a_project_of_ones_own_text_says_what_is_hidden_from_a_step(tmp_path, guess, looks_back):
    path = tmp_path / "song.txt"
    path.write_text("".join(f"{n} green bottles\n" for n in range(200)), encoding="utf-8")
    options = {"window": LENGTH, "samples": 60, "guess": guess}
    proposed = project_from_data(path, options, [], "text", Reader.TRANSFORMER)
    session = proposed.project.session(data=proposed.data)
    (maps,) = AttentionProbe("", 0).run(session)
    np.testing.assert_allclose(maps.weights, by_hand(session, maps.node, looks_back), rtol=1e-4, atol=1e-6)
    hidden = [[looks_back and key > step for key in range(LENGTH)] for step in range(LENGTH)]
    assert (maps.masked is None) if not looks_back else maps.masked.tolist() == hidden
    assert told_mask(maps.masked, LENGTH, LENGTH) == (LOOKS_BACK if looks_back else LOOKS_AHEAD)


def by_hand(session: Session, node: str, looks_back: bool) -> np.ndarray:
    """The attention of the first sample, (heads, steps, keys), number by number in float64."""
    layer = session.layout.nodes[node]
    x, _y, _part = session.samples()
    given = session.predict_all(x[:1], layer.inputs)[layer.inputs[0]][0].astype(float)
    arrays = {
        array.name: session.parameters[array.offset : array.offset + array.size].reshape(array.shape)
        for array in session.layout.parameters
        if array.node == session.layout.owners[node]
    }
    width, heads = given.shape[1], layer.options["heads"]
    deep = width // heads
    mapped = given @ arrays["in_weight"].astype(float) + arrays["in_bias"].astype(float)
    weights = np.zeros((heads, LENGTH, LENGTH))
    for head in range(heads):
        for step in range(LENGTH):
            seen = range(step + 1 if looks_back else LENGTH)
            asks = mapped[step, head * deep : (head + 1) * deep]
            answers = [mapped[key, width + head * deep : width + (head + 1) * deep] for key in seen]
            powers = [np.exp(asks @ answer / deep**0.5) for answer in answers]
            weights[head, step, : len(powers)] = np.array(powers) / sum(powers)
    return weights


def test_padding_that_is_hidden_is_told_apart_from_looking_back():
    later = ~np.tri(4, dtype=bool)
    padding = np.array([False, False, True, False])
    assert told_mask(None, 4, 4) == told_mask(np.zeros((4, 4), bool), 4, 4) == LOOKS_AHEAD
    assert told_mask(later, 4, 4) == LOOKS_BACK
    assert told_mask(np.tile(padding, (4, 1)), 4, 4) == PADDED
    assert told_mask(later | padding, 4, 4) == LOOKS_BACK_UNPADDED
    assert told_mask(~np.tri(4, 6, dtype=bool), 4, 6) == LOOKS_BACK
    assert told_mask(None, 1, 1) == ""
