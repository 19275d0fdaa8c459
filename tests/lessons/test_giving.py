"""A lesson is given away under the name of its file."""

from __future__ import annotations

import pytest

from nnstudio.lessons.giving import give_away, name_for
from nnstudio.lessons.lesson import shipped_lesson
from nnstudio.lessons.package import unpack


def test_it_can_be_unpacked_elsewhere_and_is_the_same(tmp_path):
    folder = shipped_lesson("festival")
    give_away(folder, tmp_path / "a party.nnlesson")
    again = unpack(tmp_path / "a party.nnlesson", tmp_path / "lessons")
    assert (again.id, again.lesson) == ("a party", folder.lesson)
    assert again.project.read_bytes() == folder.project.read_bytes()


@pytest.mark.parametrize(
    ("title", "name"),
    [("Where does water freeze?", "where-does-water-freeze"), ("Über 数", "über-数"), ("?!", "lesson")],
)
def test_titles_become_names_of_files(title, name):
    assert name_for(title) == name


def test_a_long_title_is_cut_to_a_name_that_a_lesson_can_have(tmp_path):
    name = name_for("One neuron " * 20)
    give_away(shipped_lesson("celsius"), tmp_path / f"{name}.nnlesson")
    assert (tmp_path / f"{name}.nnlesson").is_file()
