"""The command that proposes a project: what it prints and writes, and what it refuses."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from nnstudio import cli
from nnstudio.project import Project


@pytest.fixture
def run(capsys):
    def call(*words) -> tuple[int, str, str]:
        code = cli.run([str(w) for w in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def table(tmp_path) -> Path:
    path = tmp_path / "flats.csv"
    rows = (f"{i % 11},{['old', 'new'][i % 2]},{'' if i == 5 else i % 7},{i % 11 * 3.5}" for i in range(80))
    path.write_text("\n".join(["rooms,age,floor,price", *rows, ""]), encoding="utf-8")
    return path


def test_it_says_what_it_guesses_and_writes_a_project_that_trains(run, table, tmp_path):
    out = tmp_path / "flats.nns"
    code, text, error = run("new", "--data", table, out)
    assert (code, error) == (0, "")
    lines = dict(line.split(":", 1) for line in text.splitlines()[:-1])
    assert {name: lines[name].strip() for name in ("Source", "Target", "Task", "Samples", "Loss")} == {
        "Source": "CSV file", "Target": "price", "Task": "regression of a number",
        "Samples": "56 for training, 12 for validation and 12 for test", "Loss": "Mean squared error",
    }  # fmt: skip
    assert "comma" in lines["Read as"] and "'floor' (1)" in text
    assert "Dense" in lines["Network"] and "56 rows" in lines["Why"]
    assert "Adam" in lines["Optimizer"] and lines["Epochs"] and lines["Batch size"]
    assert run("train", out, "--epochs", 2, "--threads", 1)[0] == 0
    assert Project.open(out).state.epoch == 2


def test_the_target_and_options_are_as_told(run, table, tmp_path):
    out = tmp_path / "flats.nns"
    code, text, _ = run("new", "--data", table, "--target", "age", "--option", "test_ratio=0.5", out)
    assert code == 0 and "classification into 2 classes" in text
    assert "28 for training, 12 for validation and 40 for test" in text
    assert Project.open(out).load_data().targets == ("age",)


def test_a_folder_of_pictures(run, tmp_path):
    for name, shade in (("dark", 30), ("light", 220)):
        (tmp_path / "p" / name).mkdir(parents=True)
        for i in range(5):
            Image.new("L", (9, 9), shade + i).save(tmp_path / "p" / name / f"{i}.png")
    out = tmp_path / "p.nns"
    code, text, _ = run("new", "--data", tmp_path / "p", "--option", "size=8", out)
    assert code == 0 and "Conv" in text and "classification into 2 classes" in text
    assert run("train", out, "--epochs", 1, "--threads", 1)[0] == 0


@pytest.mark.parametrize(
    "words, told",
    [
        (("--target", "prise"), "Did you mean 'price'?"),
        (("--target", "zzz"), "Its columns are: rooms, age, floor, price."),
        (("--option", "skip=1"), "no option 'skip'"),
        (("--option", "zzz"), "no option 'zzz'. Its options are: encoding, delimiter, header, decimal,"),
        (("--option", "test_ration=1"), "Did you mean 'test_ratio'? Its options are: "),
        (("--option", "test_ratio"), "'test_ratio' has no value: write it as test_ratio=0.15. Share of"),
        (("--option", "columns"), "'columns' has no value: write it as columns=…"),
        (("--option", "test_ratio=7"), "7"),
    ],
)
def test_what_cannot_be_is_a_sentence(run, table, tmp_path, words, told):
    out = tmp_path / "x.nns"
    code, text, error = run("new", "--data", table, *words, out)
    assert code == 2 and text == "" and told in error and not out.exists()


def test_files_that_are_no_data_are_refused(run, tmp_path):
    other = tmp_path / "x.docx"
    code, _, error = run("new", "--data", other, tmp_path / "x.nns")
    assert code == 2 and "no file or folder" in error
    other.write_bytes(b"x")
    code, _, error = run("new", "--data", other, tmp_path / "x.nns")
    assert code == 2 and ".csv" in error


def test_nothing_is_replaced_unasked(run, table, tmp_path):
    out = tmp_path / "x.nns"
    out.write_bytes(b"mine")
    code, _, error = run("new", "--data", table, out)
    assert code == 2 and "--replace" in error and out.read_bytes() == b"mine"
    assert run("new", "--data", table, out, "--replace")[0] == 0
    assert Project.open(out).load_data().name == "flats"
    assert run("new", "--data", table, table, "--replace")[0] == 2
