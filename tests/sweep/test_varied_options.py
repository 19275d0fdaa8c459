"""A copy of a project with other values, and nothing else changed."""

from __future__ import annotations

from dataclasses import replace

from sweep.projects import iris, space_of

from nnstudio.model.document import Document
from nnstudio.model.regroup import MakeSubnetwork
from nnstudio.sweep.options import (
    CHOOSERS,
    find_options,
    node_options,
    variable_name,
    variables,
    with_values,
)


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


def test_all_that_can_be_varied_has_a_title_and_the_value_that_it_has():
    document = iris().document
    by_name = {v.name: v for v in variables(document)}
    assert (by_name["learning_rate"].title, by_name["learning_rate"].value) == ("Learning rate", 0.01)
    assert (by_name["dense_1.units"].title, by_name["dense_1.units"].value) == ("Dense: Units", 16)
    assert by_name["optimizer"].option.choices[:2] == ("sgd", "adam") and by_name["optimizer"].value == "adam"
    # Seeds are repeats, and values of an initialiser that is not chosen mean nothing.
    assert "seed" not in by_name and "dense_1.init_values" not in by_name
    for name in by_name:
        assert find_options(document, name, {}) if name not in CHOOSERS else True


def test_nodes_of_one_name_are_told_apart():
    document = iris().document
    document.graph.replace_node(replace(document.graph["dense_2"], name="Dense"))
    titles = {v.name: v.title for v in variables(document)}
    assert titles["dense_1.units"] == "Dense (dense_1): Units"
    assert titles["dense_2.units"] == "Dense (dense_2): Units"


def test_the_name_of_an_option_in_a_sub_network():
    document = grouped(iris().document)
    (hidden,) = document.subnetworks.values()
    assert variable_name(document, hidden.graph, "dense_1", "units") == "Hidden/dense_1.units"
    assert variable_name(document, document.graph, "dense_2", "units") == "dense_2.units"
