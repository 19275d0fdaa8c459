"""A project is called as its file, else as what it began as, else as its data."""

from __future__ import annotations

from pathlib import Path

from nnstudio.model.document import DataReference
from nnstudio.project import open_example
from nnstudio.project_name import begin_as, name_of


def test_names_from_the_most_telling_to_the_least():
    project = open_example("mnist-dense")
    title = name_of(project)
    assert title and title not in ("untitled", "Digits")
    begin_as(project, "Digits")
    assert name_of(project) == "Digits"
    project.document.data = DataReference("csv", {"path": "/data/flats.csv"})
    assert name_of(project) == "flats", "with other data it is no longer what it began as"
    project.document.data = DataReference("gone kind")
    assert name_of(project) == "gone kind"
    project.path = Path("/work/mine.nns")
    assert name_of(project) == "mine"


def test_what_it_brought_names_no_data_that_is_drawn():
    project = open_example("xor")
    project.brought = type(project.brought)("flats.csv")
    assert name_of(project) == "Exclusive or"
