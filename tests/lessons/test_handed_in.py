"""A learner's work is known by what is in it, and opened without a file of its own."""

from __future__ import annotations

import io
import zipfile

import pytest

from nnstudio.foreign_files import Holds, held
from nnstudio.lessons.handed_in import handed_in
from nnstudio.lessons.lesson import LessonError, shipped_lesson

PROJECT = shipped_lesson("celsius").project.read_bytes()
BOTH = {"celsius.nns": PROJECT, "report.pdf": b"%PDF"}


def zipped(path, members):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    path.write_bytes(buffer.getvalue())
    return path


def test_the_project_is_opened_and_the_file_stays(tmp_path):
    path = zipped(tmp_path / "line Jonas.zip", BOTH)
    before = path.read_bytes()
    assert held(path) == Holds.WORK
    project = handed_in(path)
    assert project.document.data.kind == "celsius" and project.path is None
    assert path.read_bytes() == before and list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize(
    "members",
    [
        {"celsius.nns": PROJECT},
        {"report.pdf": b"%PDF", "deep/celsius.nns": PROJECT},
        {**BOTH, "other.nns": PROJECT},
    ],
)
def test_what_is_no_work_is_said_to_be_none(tmp_path, members):
    path = zipped(tmp_path / "x.zip", members)
    assert held(path) == Holds.DATA
    with pytest.raises(LessonError, match=r"'x.zip' is no work in a lesson: .* report.pdf"):
        handed_in(path)


def test_what_is_no_zip_is_data(tmp_path):
    (tmp_path / "x.zip").write_bytes(b"nothing")
    assert held(tmp_path / "x.zip") == Holds.DATA
