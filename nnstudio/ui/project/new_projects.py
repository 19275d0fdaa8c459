"""Projects to begin with: an empty one, a template with data that suits it, a network for given data."""

from __future__ import annotations

from nnstudio.data.dataset import Dataset
from nnstudio.data.facts import facts_of_data
from nnstudio.examples import examples
from nnstudio.from_data import FromData, with_network
from nnstudio.model.commands import ReplaceNetwork
from nnstudio.model.document import DataReference
from nnstudio.model.graph import Node
from nnstudio.model.proposal import Proposal
from nnstudio.model.templates import templates
from nnstudio.project import Project, open_example
from nnstudio.project_name import begin_as
from nnstudio.ui.editing.editor import Editor


def empty_project() -> Project:
    """An Input and an Output, to be filled."""
    project = Project()
    graph = project.document.graph
    graph.insert_node(Node("input_1", "input", "Input", 0, 0))
    graph.insert_node(Node("output_1", "output", "Output", 440, 0))
    project.document.set_data(DataReference("circle"))
    _fit_loss(project)
    return project


def project_of_template(name: str) -> Project:
    """A template and data that suits it. Raises as `Project.load_data`."""
    template = templates[name]
    project = Project()
    project.document.set_data(DataReference(template.data, dict(template.data_options)))
    data, document = _fit_loss(project), project.document
    for name, value in template.settings.items():
        document.set_settings(document.settings.with_option(name, value))
    document.graph.fill(template.graph(facts_of_data(data)).to_dict())
    begin_as(project, template.title)
    return project


def project_of_example(name: str) -> Project:
    """A fresh copy of a shipped example."""
    project = open_example(name)
    begin_as(project, examples()[name][0])
    return project


def proposed_for(before: Project, reference: DataReference) -> FromData:
    """The data of a project with the network that is proposed for it. Raises as `Project.load_data`."""
    project = Project()
    project.brought = before.brought
    project.document.set_data(reference)
    return with_network(project)


def replace_network(editor: Editor, proposal: Proposal) -> None:
    """Another network for the same data, as one step."""
    editor.go(())
    editor.do(ReplaceNetwork(editor.document, proposal.graph, proposal.settings))


def _fit_loss(project: Project) -> Dataset:
    """Choose a loss that suits the data, so that a new project has no change in it."""
    data = project.load_data()
    document = project.document
    document.set_settings(document.settings.with_option("loss", data.fitting_loss))
    return data
