"""Data that changed since a project learned from it: told, and used only where a person says so."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest
from moved_data import by_reference

from nnstudio import cli, data_links
from nnstudio.changed_data import change_of, take_new, told_of_change
from nnstudio.data.dataset import DataError, sources
from nnstudio.from_data import project_from_data
from nnstudio.project import Project

ROWS = "a,b,size\n" + "".join(f"{i},{i % 3},{2 * i}\n" for i in range(40))
STAYS = [s for s in sources if s.picks and not s.embeds]


@pytest.fixture(autouse=True)
def settings_of_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))


def saved(path: Path, kind: str = "", **options: object) -> Path:
    """A project on some data as if it had been trained."""
    project = project_from_data(path, options, kind=kind).project
    project.state = project.session().state()
    project.save(path.parent / "p.nns")
    return path.parent / "p.nns"


@pytest.fixture
def table(tmp_path) -> Path:
    """A table of which p.nns, beside it, holds a copy."""
    path = tmp_path / "mine.csv"
    path.write_text(ROWS)
    saved(path)
    return path


@pytest.fixture
def large(tmp_path, monkeypatch) -> Path:
    """The same where p.nns holds no copy."""
    by_reference(monkeypatch)
    path = tmp_path / "mine.csv"
    path.write_text(ROWS)
    saved(path)
    return path


@pytest.mark.parametrize("rows", [ROWS + "1,2,3\n", ROWS.replace("39,0,78", "39,0,79"), "a,b,size\n"])
def test_a_table_that_changed_is_told_and_the_copy_is_used(table, rows):
    table.write_text(rows)
    project = Project.open(table.with_name("p.nns"))
    told = told_of_change(project)
    assert str(table) in told and "goes on with the table inside it" in told and "--data" in told
    file = project.data_file()
    assert file is not None and file.read_text() == ROWS


def test_nothing_is_told_of_a_table_that_is_as_it_was_or_gone(table):
    assert told_of_change(Project.open(table.with_name("p.nns"))) == ""
    table.unlink()
    assert told_of_change(Project.open(table.with_name("p.nns"))) == ""


def test_the_command_line_says_so_unless_the_new_file_is_named(table, tmp_path, capsys):
    table.write_text(ROWS + "1,2,3\n")
    command = ["predict", str(tmp_path / "p.nns"), str(table)]
    cli.run(command)
    assert f"'{table}' has changed since" in capsys.readouterr().err
    cli.run([*command, "--data", str(table)])
    assert "has changed since" not in capsys.readouterr().err


@pytest.mark.parametrize("source", STAYS, ids=lambda s: s.id)
def test_data_that_is_not_inside_is_told_of_and_not_taken_unasked(source, tmp_path, capsys):
    if source.package:
        pytest.importorskip(source.package)
    example = tmp_path / "example"
    example.mkdir()
    given = source.example(example)
    path = Path(given.pop("path"))
    project = project_from_data(path, given, kind=source.id).project
    project.state = project.session().state()
    project.save(tmp_path / "p.nns")
    assert Project.open(tmp_path / "p.nns").change is None
    classes = project.load_data().classes
    if path.is_dir():
        shutil.copytree(next(path.iterdir()), path / "more") if next(path.iterdir()).is_dir() else (
            shutil.copy(next(path.iterdir()), path / "more.png")
        )
    else:
        path.write_bytes(path.read_bytes() + b"\0")
    opened = Project.open(tmp_path / "p.nns")
    told = told_of_change(opened)
    assert f"'{path}' has changed since this project learned from it: it h" in told
    assert "Predicting and exporting go on as it was" in told and "--take-new" in told
    assert opened.predictor().data.classes == classes
    with pytest.raises(DataError, match=r"which is no longer as it was. Take it .* --take-new"):
        opened.session()


def test_a_large_table_that_changed_is_learned_from_when_asked(large, tmp_path, capsys):
    large.write_text(ROWS.replace("39,0,78", "39,0,79"))
    train = ["train", str(tmp_path / "p.nns"), "--epochs", "1"]
    assert cli.run(train) == 2
    said = capsys.readouterr().err
    assert "its content is another" in said and "no longer as it was" in said
    assert cli.run([*train, "--take-new"]) == 0
    assert Project.open(tmp_path / "p.nns").change is None
    assert cli.run(["evaluate", str(tmp_path / "p.nns")]) == 0
    assert "changed" not in capsys.readouterr().err


def test_predictions_are_those_from_before_the_change(large, tmp_path, capsys):
    predict = ["predict", str(tmp_path / "p.nns"), str(tmp_path / "new.csv")]
    (tmp_path / "new.csv").write_text("a,b\n3,1\n")
    assert cli.run(predict) == 0
    before = capsys.readouterr()
    large.write_text(ROWS.replace("39,0,78", "3900,0,78000"))
    assert cli.run(predict) == 0
    after = capsys.readouterr()
    assert after.out == before.out and "has changed since" in after.err


def test_a_copy_is_replaced_where_the_new_table_is_taken(table, tmp_path):
    table.write_text(ROWS + "1,2,3\n")
    project = Project.open(tmp_path / "p.nns")
    take_new(project)
    assert project.data_file() == table and told_of_change(project) == ""


def test_a_touched_file_is_the_same_and_read_once_only(large, tmp_path, monkeypatch):
    os.utime(large, (1, 1))
    assert Project.open(tmp_path / "p.nns").change is None
    monkeypatch.setattr("nnstudio.changed_data.fingerprint", lambda _: pytest.fail("read again"))
    assert Project.open(tmp_path / "p.nns").change is None


def folder_project(tmp_path) -> tuple[Path, Project]:
    example = tmp_path / "example"
    example.mkdir()
    given = sources["image_folder"].example(example)
    path = saved(Path(given.pop("path")), "image_folder", **given)
    return example, Project.open(path)


def test_a_picture_that_was_painted_over_is_told_of_and_a_touched_one_is_not(tmp_path):
    example, project = folder_project(tmp_path)
    picture = next((example / "dark").iterdir())
    os.utime(picture, (1, 1))
    assert change_of(project.brought) is None
    content = bytearray(picture.read_bytes())
    content[-1] ^= 1
    picture.write_bytes(content)
    change = change_of(project.brought)
    assert change is not None and change.detail == "files in it were written anew"


def test_of_a_folder_too_large_to_be_read_a_time_is_enough(tmp_path, monkeypatch):
    monkeypatch.setattr(data_links, "MOST_HASHED", 0)
    example, project = folder_project(tmp_path)
    os.utime(next((example / "dark").iterdir()), (1, 1))
    assert change_of(project.brought) is not None


def test_links_of_older_programs_know_no_states(large, tmp_path):
    data_links.states_file().unlink()
    assert Project.open(tmp_path / "p.nns").change is None
    assert data_links.states_file().is_file()
    data_links.states_file().write_text('{"a": 3}')
    large.write_text(ROWS.replace("39,0,78", "39,0,79"))
    change = Project.open(tmp_path / "p.nns").change
    assert change is not None and change.detail == ""


def test_a_project_that_learned_nothing_takes_its_data_as_it_is(large, tmp_path):
    project = Project.open(tmp_path / "p.nns")
    project.state = None
    project.save(tmp_path / "p.nns")
    large.write_text(ROWS + "1,2,3\n")
    assert len(Project.open(tmp_path / "p.nns").load_data().all_inputs()) == 41


@pytest.mark.parametrize(
    ("kind", "file"), [("idx", "t10k-labels-idx1-ubyte.gz"), ("npz", "y.npy"), ("cifar", "test_batch.bin")]
)
def test_files_that_are_read_along_with_the_chosen_one_are_watched(tmp_path, kind, file):
    folder = tmp_path / "data"
    folder.mkdir()
    path = Path(sources[kind].example(folder)["path"])
    if kind == "npz":
        with np.load(path) as arrays:
            for name in arrays.files:
                np.save(folder / f"{name}.npy", arrays[name])
        path = folder / "x.npy"
    content = (folder / file).read_bytes()
    opened = Project.open(saved(path, kind))
    os.utime(folder / file, (1, 1))
    assert change_of(opened.brought, sources[kind]) is None
    (folder / file).write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    change = change_of(opened.brought, sources[kind])
    assert change is not None and ("read along" in change.detail or change.is_folder)
    # A program that kept what one file was like alone does not tell.
    text = data_links.states_file().read_text().replace('"is_whole": true', '"is_whole": false')
    data_links.states_file().write_text(text)
    assert (change_of(opened.brought, sources[kind]) is None) == (kind != "cifar")
