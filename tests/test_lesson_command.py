"""Lessons on the command line: packed, added, checked, printed, and a learner's work saved."""

from __future__ import annotations

import zipfile

import pytest

from nnstudio.cli import run
from nnstudio.lessons.lesson import lessons_folder, shipped_lesson
from nnstudio.lessons.own import lesson_called, own_folder, own_lessons, remove
from nnstudio.lessons.progress import prepare, work_file
from nnstudio.model.projectfile import SUFFIX as PROJECT_SUFFIX


@pytest.fixture(autouse=True)
def own_data(tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_DATA", str(tmp_path / "own"))


@pytest.fixture
def file(tmp_path):
    folder = tmp_path / "mine"
    folder.mkdir()
    shipped = lessons_folder() / "celsius"
    for path in shipped.iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    assert run(["lesson", "pack", str(folder), str(tmp_path / "x.nnlesson")]) == 0
    return tmp_path / "x.nnlesson"


def test_a_lesson_that_was_packed_is_checked_added_listed_and_removed(file, capsys):
    assert run(["lesson", "add", str(file)]) == 0
    assert run(["lesson", "list"]) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("mine"))
    assert "added from a file" in line
    folder = lesson_called("mine")
    remove(folder)
    assert lesson_called("mine") is None and own_lessons() == ([], []) and not list(own_folder().iterdir())


def test_a_file_is_checked_as_a_folder_is(file, capsys):
    assert run(["lesson", "check", str(file)]) == 0
    assert "'mine': all 5 steps can be done" in capsys.readouterr().out


def test_a_lesson_of_the_program_is_never_replaced(tmp_path, capsys):
    before = (lessons_folder() / "xor" / "lesson.toml").read_bytes()
    run(["lesson", "pack", str(lessons_folder() / "xor"), str(tmp_path / "x.nnlesson")])
    assert run(["lesson", "add", str(tmp_path / "x.nnlesson")]) == 3
    assert "'xor-own'" in capsys.readouterr().err and lesson_called("xor").folder != own_folder() / "xor"
    assert lesson_called("xor-own").lesson == lesson_called("xor").lesson
    assert (lessons_folder() / "xor" / "lesson.toml").read_bytes() == before
    # An update of the program may bring a lesson of a name that was free before.
    (own_folder() / "xor-own").rename(own_folder() / "xor")
    assert run(["lesson", "list"]) == 3 and "is not shown" in capsys.readouterr().err


def test_what_is_no_lesson_is_told_and_another_one_of_the_name_is_kept(file, capsys):
    assert run(["lesson", "print", "nope", "x.pdf"]) == 2
    assert "'nope' is neither" in capsys.readouterr().err
    run(["lesson", "add", str(file)])
    text = own_folder() / "mine" / "lesson.toml"
    text.write_text(text.read_text("utf-8").replace("minutes = ", "minutes = 1"), "utf-8")
    assert run(["lesson", "add", str(file)]) == 2 and "Replace it" in capsys.readouterr().err
    assert run(["lesson", "add", str(file), "--replace"]) == 0
    assert lesson_called("mine").lesson == shipped_lesson("celsius").lesson


def test_a_lesson_is_printed_for_pupils_and_for_the_teacher(file, tmp_path, capsys):
    for out, flags in (("a.md", ()), ("b.md", ("--teacher",)), ("c.pdf", ("--teacher",))):
        assert run(["lesson", "print", str(file), str(tmp_path / out), *flags]) == 0
    assert "Solutions" not in (tmp_path / "a.md").read_text("utf-8")
    assert "Solutions" in (tmp_path / "b.md").read_text("utf-8")
    assert (tmp_path / "c.pdf").read_bytes().startswith(b"%PDF")
    assert run(["lesson", "print", str(file), str(tmp_path / "d.docx")]) == 2
    assert "*.pdf or *.md" in capsys.readouterr().err and not (tmp_path / "d.docx").exists()


def test_a_learners_work_is_saved_with_a_report(tmp_path, capsys):
    out = tmp_path / "work.zip"
    assert run(["lesson", "work", "celsius", str(out)]) == 2
    assert "no work" in capsys.readouterr().err and not out.exists()
    prepare(shipped_lesson("celsius"))
    assert run(["lesson", "work", "celsius", str(out)]) == 0
    with zipfile.ZipFile(out) as archive:
        assert sorted(archive.namelist()) == [f"celsius{PROJECT_SUFFIX}", "report.pdf"]
        assert archive.read(f"celsius{PROJECT_SUFFIX}") == work_file("celsius").read_bytes()
        assert archive.read("report.pdf").startswith(b"%PDF")
