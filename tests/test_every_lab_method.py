"""Every method of the lab on the command line: pictures, numbers, a bar, Ctrl+C, what it cost, its row."""

from __future__ import annotations

import csv
import json
import re
from functools import cache, partial
from pathlib import Path

import numpy as np
import pytest
import tqdm
from lab_projects import saved
from PIL import Image

from nnstudio import cli
from nnstudio.exit_codes import ExitCode
from nnstudio.explain.method import Kind, methods
from nnstudio.look_command import LOOKS
from nnstudio.project import Project

DOCS = Path(__file__).parents[1] / "docs" / "explain.md"
YES, STILL = "yes", "stands still"
# What a method must be told besides a project of pictures with classes.
WORDS = {"style": ("--style", "brick", "--set", "steps=4"), "reacts_to": ("--layer", "Conv2D")}
QUICK = {"robustness": ("--set", "samples=8", "--set", "points=3")}
# Commands of their own, with the words before the project.
COMMANDS = {
    "forecast": ("series", ("forecast",), ()),
    "backtest": ("series", ("forecast", "--backtest", "--steps", "3"), ()),
    "text": ("text", ("generate",), ("--length", "8")),
}
EXPLAINED = [*(method.id for method in methods), *LOOKS]


@pytest.fixture(scope="module")
def projects(tmp_path_factory):
    """Trained projects by what they learned from, each made when it is first asked for."""
    return cache(partial(saved, tmp_path_factory.mktemp("lab")))


def command_of(name: str, projects) -> list[str]:
    """The words that run a method."""
    if name in COMMANDS:
        kind, before, after = COMMANDS[name]
        return [before[0], str(projects(kind)), *before[1:], *after]
    kind = {"attention": "text", "hidden_state": "series", "generated": "points"}.get(name, "pictures")
    return ["explain", name, str(projects(kind)), *WORDS.get(name, ()), *QUICK.get(name, ())]


def moves(name: str) -> bool:
    """Whether there is a GIF: of samples that grow, and of all that is seen at each step of a training."""
    return name in LOOKS or (name in methods and methods[name].kind == Kind.SAMPLE)


def rows_of_docs() -> dict[str, list[str]]:
    """The cells of the table in the documentation, by method."""
    text = DOCS.read_text(encoding="utf-8").partition("## What each method does")[2]
    cells = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if "|" in line]
    return {row[0].strip("`"): row[1:] for row in cells[2:]}


@pytest.mark.parametrize("name", [*EXPLAINED, *COMMANDS])
def test_it_writes_pictures_and_numbers_shows_a_bar_and_says_what_it_cost(name, projects, tmp_path, capsys):
    suffixes = [".png", ".csv", *([".gif"] if moves(name) else [])]
    names = {suffix: tmp_path / f"it{suffix}" for suffix in suffixes}
    words = command_of(name, projects)
    capsys.readouterr()
    outs = [word for file in names.values() for word in ("--output", str(file))]
    assert cli.run([*words, *outs, "--json"]) in (ExitCode.DONE, ExitCode.INCOMPLETE)
    told = capsys.readouterr()
    row = json.loads(told.out)
    assert row["seconds"] > 0 and row["written"] == [str(file) for file in names.values()]
    assert re.search(r"\d+%\|", told.err), "a bar"
    with Image.open(names[".png"]) as picture:
        assert len(np.unique(np.asarray(picture.convert("L")))) > 1
    with names[".csv"].open(newline="", encoding="utf-8") as file:
        rows = list(csv.reader(file))
    assert len(rows) > 1 and {len(row) for row in rows} == {len(rows[0])}
    if ".gif" in names:
        with Image.open(names[".gif"]) as animation:
            assert animation.n_frames > 1
    assert cli.run(words) in (ExitCode.DONE, ExitCode.INCOMPLETE)
    assert "took " in "".join(capsys.readouterr())


@pytest.mark.parametrize("name", [*EXPLAINED, *COMMANDS])
def test_it_is_cancelled_and_nothing_is_written_then(name, projects, tmp_path, capsys, monkeypatch):
    words, out = command_of(name, projects), tmp_path / "it.csv"

    def stop(*_more, **_also):
        raise KeyboardInterrupt

    monkeypatch.setattr(tqdm.tqdm, "update", stop)
    assert cli.run([*words, "--out", str(out)]) == ExitCode.REFUSED
    assert "stopped." in capsys.readouterr().err and not list(tmp_path.iterdir())


@pytest.mark.parametrize("name", [*EXPLAINED, *COMMANDS])
def test_its_row_in_the_documentation_says_what_is_so(name):
    row = rows_of_docs()[name]
    command, png, gif, numbers, rest = row[:5]
    assert command.strip("`") == " ".join(COMMANDS[name][1][:2] if name in COMMANDS else ("explain",))
    assert (png, numbers, rest) == (YES, YES, YES) or name == "text"
    assert gif == (YES if moves(name) else STILL)


def test_the_documentation_has_no_row_of_what_is_none():
    others = {"adversarial training", "curves of transfer"}
    assert set(rows_of_docs()) == {*EXPLAINED, *COMMANDS, *others}


def test_adversarial_training_says_what_it_took_and_its_curve_is_written(
    projects, tmp_path, capsys, monkeypatch
):
    path = tmp_path / "p.nns"
    project = Project.open(projects("pictures"))
    settings = project.document.settings.with_option("adversarial_strength", 0.1)
    project.document.set_settings(settings.with_option("epochs", 4))
    project.state = None
    project.save(path)
    assert cli.run(["train", str(path)]) == ExitCode.DONE
    told = capsys.readouterr()
    assert "loss of fooling samples" in told.out and "trained for " in told.out and "%|" in told.err
    assert cli.run(["runs", "list", "--json"]) == ExitCode.DONE
    run = json.loads(capsys.readouterr().out.splitlines()[0])["id"]
    for suffix in (".png", ".csv"):
        assert cli.run(["runs", "export", run, str(tmp_path / f"c{suffix}")]) == ExitCode.DONE
    with Image.open(tmp_path / "c.png") as picture:
        assert (np.asarray(picture) == (47, 111, 222)).all(-1).sum() > 100
    with (tmp_path / "c.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 4
