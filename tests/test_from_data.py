"""A file as the data of a project that there is."""

from __future__ import annotations

from nnstudio import cli
from nnstudio.from_data import take_data
from nnstudio.project import open_example

ROWS = "a,b,y\n" + "".join(f"{i % 7},{i % 5},{'no' if i % 7 < i % 5 else 'yes'}\n" for i in range(60))


def test_data_that_ships_with_the_program_gives_way_to_a_file_and_that_is_said(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text(ROWS)
    project = open_example("iris")
    said = take_data(project, path)
    assert said == "The data is 'own.csv' (CSV file) now, instead of Iris."
    assert project.load_data().features == ("a", "b")
    path.with_name("other.csv").write_text(ROWS.replace("a,b", "c,d"))
    assert take_data(project, path.with_name("other.csv")) == ""
    assert project.load_data().features == ("c", "d")


def test_the_command_line_says_so_and_what_no_kind_of_data_is_stays_out(tmp_path, capsys):
    path, other = tmp_path / "own.csv", tmp_path / "a.xyz"
    path.write_text(ROWS)
    other.write_text("?")
    project = str(tmp_path / "p.nns")
    cli.run(["example", "xor", project])
    assert cli.run(["estimate", project, "--data", str(path)]) == 0
    assert "The data is 'own.csv' (CSV file) now" in capsys.readouterr().err
    assert cli.run(["estimate", project, "--data", str(other)]) == 2
    assert "'a.xyz' is neither a project" in capsys.readouterr().err
