"""A number in an array of weights is picked by what it leads from and to."""

from __future__ import annotations

from nnstudio.lessons.lesson import shipped_lesson
from nnstudio.lessons.positions import positions
from nnstudio.project import Project


def of(lesson):
    project = Project.open(shipped_lesson(lesson).project)
    return positions(project.document, project.load_data())


def test_the_weights_behind_the_input_are_called_by_its_columns():
    told = of("vending-2")["Bottles", "weight"]
    assert told == (("0, 0", "visitors → bottles"), ("1, 0", "temperature → bottles"))


def test_where_nothing_has_a_name_they_are_counted_from_one():
    told = of("overfitting")
    assert told["Hidden 1", "bias"][:2] == (("0", "unit 1"), ("1", "unit 2"))
    assert told["Hidden 1", "weight"][1] == ("0, 1", "x1 → unit 2")
    assert told["Decision", "weight"][2] == ("2, 0", "input 3 → purple")


def test_of_a_large_array_nobody_picks():
    told = of("digits")
    assert told["Digit", "weight"] == () and told["Digit", "bias"][0] == ("0", "0")
