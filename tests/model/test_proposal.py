"""Proposals fit the task, the shape and the amount of data, and every one of them could run."""

from __future__ import annotations

import pytest

from nnkernels.spec import losses
from nnstudio.model.inference import DataFacts, infer
from nnstudio.model.proposal import Proposal, propose


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
