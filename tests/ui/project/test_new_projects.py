"""A project of a template has its data, its settings, and a network without a fault that learns at once."""

from __future__ import annotations

import pytest

from nnstudio.data.dataset import Split
from nnstudio.data.facts import facts_of_data
from nnstudio.model.locations import facts_at
from nnstudio.model.problems import find_problems
from nnstudio.model.templates import templates
from nnstudio.ui.project.new_projects import project_of_template


@pytest.mark.parametrize("name", [template.id for template in templates if template.settings])
def test_it_has_the_settings_that_the_template_names(name):
    template, project = templates[name], project_of_template(name)
    settings = project.document.settings
    for option, value in template.settings.items():
        assert settings.with_option(option, value) == settings, option
    document = project.document
    assert not find_problems(document.graph, facts_at(document, facts_of_data(project.load_data())))


def test_the_language_model_guesses_after_every_character():
    session = project_of_template("language_model").session(1)
    length, classes = session.data.input_shape[0], len(session.data.classes)
    assert session.data.target_width == length
    assert session.layout.nodes[session.layout.output].shape == (length, classes)
    first = session.single_step().loss
    for _ in range(6):
        latest = session.single_step().loss
    assert latest < first


@pytest.mark.parametrize("name", [template.id for template in templates if template.data == "shakespeare"])
def test_of_a_text_an_embedding_has_as_many_entries_as_there_are_characters(name):
    project = project_of_template(name)
    sizes = [node.options["size"] for node in project.document.graph.nodes if node.kind == "embedding"]
    assert sizes == [len(project.load_data().classes)]


@pytest.mark.parametrize("name", [template.id for template in templates if template.data])
def test_training_watches_a_part_that_is_not_for_testing(name):
    assert project_of_template(name).load_data().watched == Split.VALIDATION
