"""What lies in a sub-network is told at its node, and no remedy tears the sub-network apart."""

from __future__ import annotations

import pytest
from doctor.corpus.building import dense, project

from nnstudio.doctor.examination import examined
from nnstudio.doctor.patient import Patient
from nnstudio.model.document import DataReference
from nnstudio.model.regroup import MakeSubnetwork

IRIS = DataReference("iris")
CLASSES = {"loss": "softmax_cross_entropy"}


def told_of(layers, inside, epochs=0):
    new = project(IRIS, *layers, dense(3), "softmax", **CLASSES)
    document = new.document
    document.history.push(MakeSubnetwork(document, document.graph, inside))
    session = new.session()
    for _ in session.slices(epochs):
        pass
    names = {node.id: node.name for node in document.graph.nodes}
    return document, examined(Patient.of(session, names)).diagnoses


@pytest.mark.parametrize(
    "layers, inside, finding, words",
    [
        ((dense(16, bias_values="-100"), "relu"), ["dense_1", "relu_1"], "dead_units", "ReLU in Block 1"),
        ((dense(16), dense(16)), ["dense_1", "dense_2"], "no_nonlinearity", "Dense in Block 1"),
        ((dense(16), "softmax"), ["dense_1", "softmax_1"], "double_softmax", "Softmax in Block 1"),
    ],
    ids=("dead", "linear", "softmax"),
)
def test_it_is_told_at_the_node_with_the_layer_inside(layers, inside, finding, words):
    document, diagnoses = told_of(layers, inside, epochs=3)
    (diagnosis,) = diagnoses
    assert (diagnosis.finding, diagnosis.node) == (finding, "subnetwork_1") and words in diagnosis.text
    for remedy in diagnosis.remedies:
        remedy.make(document, document.graph).redo()
        assert "subnetwork_1" in document.graph


def test_a_healthy_block_is_left_alone():
    assert told_of((dense(16), "relu"), ["dense_1", "relu_1"], epochs=40)[1] == ()


def test_parts_of_a_layer_are_its_own_business():
    """An attention layer weighs by a Softmax and multiplies matrices; a person cannot put a ReLU there."""
    new = project(
        DataReference("shakespeare", {"samples": 400}), ("embedding", {"size": 61, "dimensions": 16}),
        ("multiheadattention", {"heads": 4}), "globalaveragepool1d", dense(61), "softmax", **CLASSES,
    )  # fmt: skip
    told = examined(Patient.of(new.session(), {})).diagnoses
    assert [d.finding for d in told if d.finding in ("double_softmax", "no_nonlinearity")] == []
