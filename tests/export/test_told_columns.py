"""Who has to fill in a derived column of a table is told what its numbers are, by every export that asks."""

from __future__ import annotations

import json
import subprocess

import pytest
from export.cases import NEEDS_COMPILER
from export.test_same_preparation import COLUMNS, INPUTS, rows, write

from nnstudio import cli

# Of each column of the table that is no plain number.
TOLD = (
    "'day: weekday' the day of the week from 0, Monday",
    "'day: month' the month from 1, January",
    "'grade' is the position of its value from 0 in 'low', 'mid', 'high'.",
    "Of the inputs of 'colour', that of its value is 1 and the others are 0.",
    "'log(1 + income)' is the natural logarithm of 1 + 'income'.",
    "'size is missing' is 1 where there is no value, else 0, and the column counts as",
)


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("told")
    data = write(folder / "table.csv", rows(), (*INPUTS, "number"))
    told = ("--target", "number", "--option", f"columns={COLUMNS}")
    assert cli.run(["new", "--data", str(data), *told, str(folder / "p.nns")]) == 0
    return folder / "p.nns"


def words(text: str) -> str:
    """Without the breaks and the marks of comments."""
    return " ".join(word for word in text.split() if word != "#")


@pytest.mark.parametrize(
    ("out", "file"),
    [
        ("w.onnx", "w.onnx.parity.json"), ("w.h", "w.h"), ("pytorch", "pytorch/README.md"),
        ("keras", "keras/README.md"),
    ],
)  # fmt: skip
def test_it_is_told_what_each_derived_column_is(project, tmp_path, out, file):
    form = () if "." in out else ("--format", out)
    assert cli.run(["export", str(project), str(tmp_path / out), *form]) == 0
    text = (tmp_path / file).read_text("utf-8")
    told = words(json.loads(text)["usage"] if file.endswith(".json") else text)
    assert not [sentence for sentence in TOLD if sentence not in told]
    assert "as nnstudio codes them" not in told


@NEEDS_COMPILER
def test_names_of_columns_do_not_end_the_comment_of_a_header(tmp_path):
    lines = ["*/ int main,y", *(f"{'ab'[i % 2]},{i}" for i in range(30))]
    (tmp_path / "table.csv").write_text("\n".join(lines))
    assert cli.run(["new", "--data", str(tmp_path / "table.csv"), str(tmp_path / "p.nns")]) == 0
    assert cli.run(["export", str(tmp_path / "p.nns"), str(tmp_path / "w.h")]) == 0
    (tmp_path / "main.c").write_text('#include "w.h"\nint main(void) { return 0; }\n')
    command = ["cc", "-std=c99", "-Wall", "-Werror", "-Wno-unused-function", "main.c", "-lm"]
    ran = subprocess.run(command, cwd=tmp_path, capture_output=True, encoding="utf-8", check=False)
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("form", ["pytorch", "keras"])
def test_code_that_trains_says_how_its_table_is_written(project, tmp_path, form):
    assert cli.run(["export", str(project), str(tmp_path / form), "--format", form]) == 0
    text = (tmp_path / form / "train.py").read_text("utf-8")
    assert "commas between them and points for decimals" in words(text)
