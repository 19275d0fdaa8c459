"""A chain closes by itself only where it can be closed in one way, and where what is left fits."""

from __future__ import annotations

import itertools

import pytest

from nnstudio.model.document import Document
from nnstudio.model.graph import Link
from nnstudio.model.inference import DataFacts
from nnstudio.model.rejoining import rejoining

DATA = DataFacts((4, 4, 1), 3, 1, ("softmax_cross_entropy",))


@pytest.fixture
def document():
    """input, flatten, dense, tanh, output; the second dense stands beside it."""
    document = Document()
    for kind in ("input", "flatten", "dense", "tanh", "output", "dense"):
        document.graph.insert_node(document.graph.new_node(kind, 0, 0))
    names = [node.id for node in document.graph.nodes]
    for source, target in itertools.pairwise(names[:5]):
        document.graph.insert_link(Link(source, target))
    document.graph["dense_1"].options["units"] = 3
    document.settings = document.settings.with_option("loss", "softmax_cross_entropy")
    return document


def test_one_node_or_several_in_a_row_leave_a_chain(document):
    assert rejoining(document, (), ["tanh_1"], DATA) == (Link("dense_1", "output_1"),)
    assert rejoining(document, (), ["tanh_1"], None) == (Link("dense_1", "output_1"),)
    assert "tanh_1" in document.graph, "it was tried on a copy"


def test_what_no_longer_fits_stays_open(document):
    # A picture would enter a Dense, and 16 values an Output for 3 classes.
    assert rejoining(document, (), ["dense_1", "tanh_1"], DATA) == ()
    assert rejoining(document, (), ["dense_1", "tanh_1"], None) == (Link("flatten_1", "output_1"),)


def test_a_fork_and_an_end_stay_open(document):
    document.graph.insert_link(Link("tanh_1", "dense_2"))
    assert rejoining(document, (), ["tanh_1"], DATA) == (), "two layers follow"
    assert rejoining(document, (), ["output_1"], DATA) == ()
    assert rejoining(document, (), ["input_1"], DATA) == ()
