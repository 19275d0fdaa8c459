"""`nnstudio generate`: what the network writes, the same as the view does, and what it was not given."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest
from PIL import Image

from nnstudio import cli
from nnstudio.data.vocabulary import Vocabulary
from nnstudio.explain.generated_text import TextProbe
from nnstudio.from_data import project_from_data
from nnstudio.project import Project, open_example


@pytest.fixture
def project(tmp_path):
    def project(**options):
        path = tmp_path / "song.txt"
        lines = [f"{n} green bottles, hanging on the wall. Nobody is there.\n" for n in range(60)]
        path.write_text("".join(lines))
        project = project_from_data(path, {"window": 6, "samples": 300, **options}).project
        project.document.set_settings(project.document.settings.with_option("epochs", 2))
        project.save(tmp_path / "p.nns")
        assert cli.run(["train", str(tmp_path / "p.nns")]) == 0
        return tmp_path / "p.nns"

    return project


def last_of(path, start: str, **how):
    """What the probe of the view gives."""
    session = Project.open(path).session()
    begun = Vocabulary.of(session.data).begin(start, 6)
    *_, last = TextProbe(begun.window, begun.given, **how).run(session)
    return last


def test_it_writes_what_the_view_writes_and_a_seed_decides_it(project, capsys):
    path = project()
    capsys.readouterr()
    command = ["generate", str(path), "--start", "green bottles", "--length", "30"]
    texts = []
    for seed in ("4", "4", "5"):
        assert cli.run([*command, "--temperature", "0.8", "--top-k", "12", "--seed", seed]) == 0
        texts.append(capsys.readouterr())
    expected = last_of(path, "green bottles", length=30, temperature=0.8, top_k=12, seed=4)
    assert texts[0].out == f"green bottles{expected.text}\n" and texts[0].err.startswith("nnstudio: took ")
    assert texts[0].err.count("\n") == 1
    assert texts[0].out == texts[1].out != texts[2].out


def test_the_text_its_tokens_and_what_comes_next_are_written(project, capsys, tmp_path):
    path = project()
    capsys.readouterr()
    names = [tmp_path / f"t{suffix}" for suffix in (".txt", ".csv", ".png")]
    words = ["generate", str(path), "--start", "green", "--length", "8", "--seed", "4"]
    assert cli.run([*words, *(word for name in names for word in ("--out", str(name)))]) == 0
    told, expected = capsys.readouterr(), last_of(path, "green", length=8, seed=4)
    assert told.out == "" and f"Wrote {names[0]}." in told.err and "took " in told.err
    assert names[0].read_text() == f"green{expected.text}\n"
    rows = list(csv.DictReader(names[1].read_text().splitlines()))
    assert [float(row["probability"]) for row in rows] == pytest.approx(expected.chances, rel=1e-5)
    with Image.open(names[2]) as picture:
        assert (np.asarray(picture) == (47, 111, 222)).all(-1).any()


def test_as_json_it_tells_what_would_come_next(project, capsys):
    path = project(unit="words")
    capsys.readouterr()
    command = ["generate", str(path), "--start", "the wall", "--length", "9", "--temperature", "0", "--json"]
    assert cli.run(command) == 0
    row, expected = json.loads(capsys.readouterr().out), last_of(path, "the wall", length=9, temperature=0.0)
    assert (row["start"], row["text"]) == ("the wall", expected.text)
    assert row["length"] == 9 and row["step"] == expected.step > 0
    assert list(row["next"].values()) == [1.0]


def test_what_the_beginning_has_and_the_network_does_not_know_is_named(project, capsys):
    path = project()
    capsys.readouterr()
    assert cli.run(["generate", str(path), "--start", "gäréen", "--length", "2"]) == 3
    told = capsys.readouterr()
    assert "learned from: 'ä', 'é'" in told.err and told.out.startswith("gren")
    assert "'line end' is read 2 times before it" in told.err


def test_numbers_out_of_range_and_other_data_are_refused(project, tmp_path, capsys):
    path = project()
    capsys.readouterr()
    assert cli.run(["generate", str(path), "--temperature", "-1"]) == 2
    assert "emperature" in capsys.readouterr().err
    open_example("iris").save(tmp_path / "iris.nns")
    assert cli.run(["generate", str(tmp_path / "iris.nns")]) == 2
    assert "does not learn from a text" in capsys.readouterr().err


def test_that_a_network_never_learned_is_said(tmp_path, capsys):
    path = tmp_path / "song.txt"
    path.write_text("One green bottle, hanging on the wall. Nobody is there.\n" * 20)
    project_from_data(path, {"window": 6, "samples": 50}).project.save(tmp_path / "p.nns")
    assert cli.run(["generate", str(tmp_path / "p.nns"), "--start", "bottle", "--length", "4"]) == 0
    assert "not trained" in capsys.readouterr().err


def test_a_project_whose_text_is_gone_writes(project, tmp_path, monkeypatch, capsys):
    """Where a text is too large to travel along, the project knows its vocabulary."""
    monkeypatch.setattr("nnstudio.project.MAX_TABLE_BYTES", 0)
    path = project()
    expected = last_of(path, "bottle", length=8)
    (tmp_path / "song.txt").unlink()
    capsys.readouterr()
    assert cli.run(["generate", str(path), "--start", "bottle", "--length", "8"]) == 0
    assert capsys.readouterr().out == f"bottle{expected.text}\n"
