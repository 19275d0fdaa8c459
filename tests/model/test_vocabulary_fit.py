"""A language model that is given another text gets as many numbers and units as that has characters."""

from __future__ import annotations

import pytest

from nnstudio.model.document import Document
from nnstudio.model.inference import DataFacts
from nnstudio.model.locations import facts_at
from nnstudio.model.problems import find_problems
from nnstudio.model.templates import templates
from nnstudio.model.tokens import Tokens
from nnstudio.model.vocabulary_fit import vocabulary_fit

LOSS = "softmax_cross_entropy"


def text(classes: int, targets: int = 16) -> DataFacts:
    return DataFacts((16,), classes, targets, (LOSS,), tokens=(Tokens(tuple(range(16)), classes),))


@pytest.fixture
def document():
    document = Document()
    document.set_settings(document.settings.with_option("loss", LOSS))
    document.graph.fill(templates["language_model"].graph(text(61)).to_dict())
    return document


@pytest.mark.parametrize("classes, size", [(29, 61), (90, 90)])
def test_units_follow_and_no_vector_that_was_learned_goes(document, classes, size):
    step = vocabulary_fit(document, text(classes))
    assert step is not None
    document.history.push(step)
    embedding, dense = (next(n for n in document.graph.nodes if n.kind == k) for k in ("embedding", "dense"))
    assert (embedding.options["size"], dense.options["units"]) == (size, classes)
    assert find_problems(document.graph, facts_at(document, text(classes))) == []
    assert f"Dense to {classes} units" in step.title and ("numbers" in step.title) == (size != 61)


def test_what_fits_or_would_need_other_layers_stays(document):
    assert vocabulary_fit(document, text(61)) is None
    assert vocabulary_fit(document, text(29, targets=1)) is None
