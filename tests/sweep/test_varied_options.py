"""A copy of a project with other values, and nothing else changed."""

from __future__ import annotations

from sweep.projects import iris, space_of

from nnstudio.model.document import Document
from nnstudio.model.regroup import MakeSubnetwork
from nnstudio.sweep.options import node_options, with_values


def test_values_are_set_in_a_copy():
    document = iris().document
    before = document.to_dict()
    changed = with_values(document, {"dense_1.units": 5, "learning_rate": 0.25, "optimizer": "sgd"})
    assert changed.graph["dense_1"].options["units"] == 5
    # The optimizer comes first: choosing one begins with its own defaults.
    assert changed.settings.hyperparameters()["learning_rate"] == 0.25
    assert changed.settings.optimizer == "sgd"
    assert document.to_dict() == before


def test_options_inside_of_sub_networks_can_be_varied():
    document = grouped(iris().document)
    assert "Hidden/dense_1.units" in node_options(document)
    changed = with_values(document, {"Hidden/dense_1.units": 7})
    (hidden,) = changed.subnetworks.values()
    assert hidden.graph["dense_1"].options["units"] == 7


def grouped(document: Document) -> Document:
    """The same network with its hidden layer in a sub-network."""
    MakeSubnetwork(document, document.graph, ["dense_1", "relu_1"]).redo()
    (hidden,) = document.subnetworks
    document.retitle_subnetwork(hidden, "Hidden")
    return document


def test_names_of_nodes_in_sub_networks_are_read():
    project = iris()
    grouped(project.document)
    (varied,) = space_of(project, "hidden/Dense.units=4,8").searched
    assert varied.name == "Hidden/dense_1.units"
