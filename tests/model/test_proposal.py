"""Proposals fit the task, the shape and the amount of data, and every one of them could run."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnkernels.spec import losses
from nnstudio.model.inference import DataFacts, infer
from nnstudio.model.proposal import Proposal, Reader, dimensions_of, propose
from nnstudio.model.tokens import Tokens


def facts(shape: tuple[int, ...], classes: int = 0, targets: int = 1) -> DataFacts:
    fitting = sorted((n for n in losses if n.suits(classes, targets)), key=lambda n: not n.usual)
    return DataFacts(shape, classes, targets, tuple(n.id for n in fitting))


def kinds(proposal: Proposal) -> list[str]:
    return [node.kind for node in proposal.graph.nodes]


@pytest.mark.parametrize("samples", [1, 40, 499, 500, 20_000, 3_000_000])
@pytest.mark.parametrize("classes, targets", [(0, 1), (0, 3), (2, 1), (12, 1)])
@pytest.mark.parametrize(
    "shape", [(1,), (8,), (300,), (28, 28, 1), (4, 4, 3), (2, 9, 1), (256, 256, 3), (20, 1), (3, 3, 3, 2)]
)
def test_every_one_can_run(shape, classes, targets, samples):
    data = facts(shape, classes, targets)
    proposal = propose(data, samples)
    known = infer(proposal.graph, shape, proposal.settings.loss, classes, targets)
    assert [fact.error or fact.warning for fact in known.values() if fact.error or fact.warning] == []
    assert proposal.settings.loss == data.losses[0] and proposal.settings.optimizer == "adam"
    assert 1 <= proposal.settings.epochs <= 1000 and f"{samples:,}" in proposal.reason


def test_a_table_gets_dense_layers_by_its_rows_with_the_reason():
    large, small = propose(facts((8,)), 14_448), propose(facts((8,)), 100)
    assert kinds(large) == ["input", "dense", "relu", "dense", "relu", "dense", "output"]
    assert large.reason.startswith("Two hidden layers of 32 units: 8 numbers in, 14,448 rows to learn from.")
    assert kinds(small) == ["input", "dense", "relu", "dense", "output"]
    assert small.settings.batch_size < large.settings.batch_size
    assert small.settings.epochs > large.settings.epochs


def test_small_tables_stop_early_where_validation_tells_when():
    few = propose(facts((8,), 2), 200)
    assert few.settings.extra("patience") == 20 and "best epoch's weights" in few.reason
    for other in (propose(facts((8,), 2), 3000), propose(facts((12, 1)), 100)):
        assert other.settings.extra("patience") == 0 and "heart" not in other.reason
    assert propose(facts((8,), 2), 200, has_validation=False).settings.extra("patience") == 0


def test_classes_end_in_softmax_and_cross_entropy():
    proposal = propose(facts((4,), classes=3), 105)
    assert kinds(proposal)[-3:] == ["dense", "softmax", "output"]
    assert proposal.settings.loss == "softmax_cross_entropy"


def test_many_pictures_get_a_hidden_dense_layer():
    assert kinds(propose(facts((28, 28, 1), classes=10), 60_000)).count("dense") == 2
    assert kinds(propose(facts((28, 28, 1), classes=10), 6000)).count("dense") == 1


@pytest.mark.parametrize("side, rounds", [(4, 1), (8, 2), (28, 2), (32, 2), (64, 3), (128, 4)])
def test_larger_pictures_get_more_rounds(side, rounds):
    assert kinds(propose(facts((side, side, 3), classes=2), 500)).count("conv2d") == rounds


def test_sequences_of_a_class_get_a_recurrent_layer_and_forecasts_a_dense_one():
    proposal = propose(facts((20, 2), classes=3), 400)
    assert kinds(proposal) == ["input", "lstm", "dense", "softmax", "output"]
    assert "20 steps with 2 numbers each" in proposal.reason
    # What squashes its values cannot follow a series beyond those that it was trained on.
    assert kinds(propose(facts((12, 1)), 400)) == ["input", "flatten", "dense", "relu", "dense", "output"]


def test_what_would_take_long_gets_fewer_epochs_and_says_so():
    proposal = propose(facts((128, 128, 3), classes=10), 50_000)
    assert proposal.settings.epochs == 1
    assert "within about a minute" in proposal.reason and "more" in proposal.reason


def tokens(*columns: int, size: int = 801) -> Tokens:
    return Tokens(columns, size)


@pytest.mark.parametrize(
    "shape, groups",
    [
        ((3,), [tokens(1)]), ((1,), [tokens(0)]), ((4,), [tokens(0), tokens(3, size=5)]),
        ((2,), [tokens(0), tokens(1, size=90_000)]), ((1,), [tokens(0, size=1)]), ((300,), [tokens(7)]),
    ],
)  # fmt: skip
@pytest.mark.parametrize("classes", [0, 3])
def test_columns_of_tokens_get_an_embedding_each(shape, groups, classes):
    data = replace(facts(shape, classes), tokens=tuple(groups))
    proposal = propose(data, 1000)
    known = infer(proposal.graph, shape, proposal.settings.loss, classes, tokens=data.tokens)
    assert [fact.error or fact.warning for fact in known.values() if fact.error or fact.warning] == []
    assert kinds(proposal).count("embedding") == len(groups)
    assert proposal.settings.extra("patience") > 0 and "learned by heart" in proposal.reason


def test_the_other_columns_enter_beside_the_vectors():
    graph = propose(replace(facts((4,), 2), tokens=(tokens(1),)), 1000).graph
    (join,) = (node.id for node in graph.nodes if node.kind == "concatenate")
    others, flat = graph.sources(join)
    assert graph[others].options["columns"] == "1, 3-4"
    (embedding,) = graph.sources(flat)
    assert (graph[embedding].options["size"], graph[embedding].options["dimensions"]) == (801, 16)
    assert graph[graph.sources(embedding)[0]].options["columns"] == "2"


def test_vectors_are_as_long_as_fastai_has_them_and_no_longer_than_16():
    assert [dimensions_of(size) for size in (1, 2, 10, 60, 801)] == [2, 2, 6, 16, 16]


def test_a_text_gets_an_embedding_and_a_recurrent_layer():
    text = replace(facts((32,), classes=65), tokens=(Tokens(tuple(range(32)), 65),))
    proposal = propose(text, 6000)
    assert kinds(proposal) == ["input", "embedding", "lstm", "dense", "softmax", "output"]
    assert proposal.reason.startswith(
        "An Embedding, which gives each of 65 tokens a vector, and an LSTM layer"
    )
    known = infer(proposal.graph, (32,), proposal.settings.loss, 65, tokens=text.tokens)
    assert not any(fact.error or fact.warning for fact in known.values())


@pytest.mark.parametrize("targets", [1, 32])
def test_a_text_may_get_a_transformer_that_fits_whatever_is_guessed(targets):
    text = replace(facts((32,), classes=65, targets=targets), tokens=(Tokens(tuple(range(32)), 65),))
    proposal = propose(text, 6000, reader=Reader.TRANSFORMER)
    known = infer(proposal.graph, (32,), proposal.settings.loss, 65, targets, tokens=text.tokens)
    assert not any(fact.error or fact.warning for fact in known.values())
    blocks = [node for node in proposal.graph.nodes if node.kind == "transformerblock"]
    # Who guesses at every step must not see what comes there.
    assert blocks and all(block.options["causal"] == (targets > 1) for block in blocks)
    assert proposal.reason.startswith("A transformer") and "lstm" not in kinds(proposal)


def test_only_a_text_has_a_choice_of_what_reads_it():
    assert kinds(propose(facts((8,), 2), 200, reader=Reader.TRANSFORMER)) == kinds(
        propose(facts((8,), 2), 200)
    )
