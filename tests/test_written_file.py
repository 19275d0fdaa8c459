"""What commands ask of the file that they are to write."""

from __future__ import annotations

import os

import pytest

from nnstudio.model.atomic_file import FileError
from nnstudio.written_file import check_free, check_new_project, check_project_name, is_same_file


def test_a_project_is_named_as_one(tmp_path):
    check_project_name(tmp_path / "a.NNS")
    with pytest.raises(FileError, match=r"'a.txt' must end in .nns\.$"):
        check_project_name(type(tmp_path)("a.txt"))
    with pytest.raises(FileError, match=r"must end in .nns: it is saved as one\.$"):
        check_project_name(tmp_path / "a", "it is saved as one")


def test_what_is_there_stays_unless_it_is_to_be_replaced(tmp_path):
    path = tmp_path / "a.nns"
    check_free(path, replace=False)
    path.write_text("kept")
    with pytest.raises(FileError, match="already exists"):
        check_new_project(path, replace=False)
    check_new_project(path, replace=True)
    assert path.read_text() == "kept"


def test_one_file_by_two_names(tmp_path):
    one, other = tmp_path / "one", tmp_path / "other"
    one.write_text("x")
    assert not is_same_file(one, other)
    os.link(one, other)
    assert is_same_file(one, other) and not is_same_file(one, tmp_path / "none")
