"""A table that changed beside the copy inside a project: told, and used only where a person says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from nnstudio import cli
from nnstudio.changed_data import told_on_opening
from nnstudio.from_data import project_from_data
from nnstudio.project import Project

ROWS = "a,b,size\n" + "".join(f"{i},{i % 3},{2 * i}\n" for i in range(40))


@pytest.fixture
def table(tmp_path, monkeypatch) -> Path:
    """A table of which p.nns, beside it, holds a copy."""
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "mine.csv"
    path.write_text(ROWS)
    project = project_from_data(path, {}).project
    project.state = project.session().state()
    project.save(tmp_path / "p.nns")
    return path


@pytest.mark.parametrize("rows", [ROWS + "1,2,3\n", ROWS.replace("39,0,78", "39,0,79"), "a,b,size\n"])
def test_a_table_that_changed_is_told_and_the_copy_is_used(table, rows):
    table.write_text(rows)
    project = Project.open(table.with_name("p.nns"))
    told = told_on_opening(project, "p.nns")
    assert str(table) in told and "goes on with the table inside it" in told and "--data" in told
    file = project.data_file()
    assert file is not None and file.read_text() == ROWS


def test_nothing_is_told_of_a_table_that_is_as_it_was_or_gone(table):
    assert told_on_opening(Project.open(table.with_name("p.nns")), "p.nns") == ""
    table.unlink()
    assert told_on_opening(Project.open(table.with_name("p.nns")), "p.nns") == ""


def test_the_command_line_says_so_unless_the_new_file_is_named(table, tmp_path, capsys):
    table.write_text(ROWS + "1,2,3\n")
    command = ["predict", str(tmp_path / "p.nns"), str(table)]
    cli.run(command)
    assert f"'{table}' has changed since" in capsys.readouterr().err
    cli.run([*command, "--data", str(table)])
    assert "has changed since" not in capsys.readouterr().err
