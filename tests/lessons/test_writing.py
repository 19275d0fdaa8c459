"""A lesson that is written is read back as it was."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from lessons.shipped import LESSONS

from nnstudio.lessons import actions as act
from nnstudio.lessons.condition import Range
from nnstudio.lessons.conditions import Layers, OptionIs
from nnstudio.lessons.lesson import FILE, Lesson, Step, read_lesson
from nnstudio.lessons.writing import write_lesson
from nnstudio.model.atomic_file import FileError

PROJECT = LESSONS[0].project.read_bytes()
HARD = Lesson(
    title='Quotes " and \\ backslashes',
    summary="´ ü 数 \u2028 end",
    chapter="C",
    order=-3,
    minutes=600,
    project="other.nns",
    steps=(
        Step(
            title="One",
            text='Lines\n\n"""three quotes"""\n\\ at an end \\\n',
            checks=(
                Layers(count=Range(at_least=0, at_most=1e-9)),
                OptionIs(node="A", option="b", one_of=(True, 1, "1")),
            ),
            solution=(
                act.SetOption(node="A", option="b", value="on"),
                act.AddLayer(kind="x", behind="y", options={"units": 8}),
            ),
            wrong=((act.Train(),), (act.Train(epochs=2), act.Train())),
        ),
    ),
)


@pytest.mark.parametrize("folder", LESSONS, ids=lambda folder: folder.id)
def test_every_shipped_lesson_comes_back(folder, tmp_path):
    write_lesson(folder.lesson, folder.project.read_bytes(), tmp_path / folder.id)
    again = read_lesson(tmp_path / folder.id)
    assert again.lesson == folder.lesson
    assert again.project.read_bytes() == folder.project.read_bytes()


def test_what_is_hard_to_write_comes_back(tmp_path):
    write_lesson(HARD, PROJECT, tmp_path / "new" / "hard")
    lesson = read_lesson(tmp_path / "new" / "hard").lesson
    assert lesson == HARD
    # Equal is not enough: True is equal to 1.
    (kept,) = (check for check in lesson.steps[0].checks if isinstance(check, OptionIs))
    assert [type(value) for value in kept.one_of] == [bool, int, str]


def test_what_is_as_usual_is_not_written(tmp_path):
    write_lesson(LESSONS[0].lesson, PROJECT, tmp_path)
    content = tomllib.loads((tmp_path / FILE).read_text("utf-8"))
    assert "project" not in content and "question" not in content["steps"][0]


def test_a_folder_that_cannot_be_made_gets_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="cannot be made"):
        write_lesson(LESSONS[0].lesson, PROJECT, Path(tmp_path / "file" / "lesson"))
