"""`nnstudio doctor`: what it prints, and what its exit code says."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from doctor.corpus.building import dense, project

from nnstudio import cli
from nnstudio.exit_codes import ExitCode
from nnstudio.model.document import DataReference
from nnstudio.project import Project

BINARY = {"loss": "binary_cross_entropy"}


@pytest.fixture
def saved(tmp_path):
    def saved(*steps, epochs=0, **settings):
        new = project(DataReference("xor"), *steps, dense(1), "sigmoid", **BINARY, **settings)
        if epochs:
            session = new.session()
            for _ in session.slices(epochs):
                pass
            new.state = session.state()
        new.save(tmp_path / "p.nns")
        return str(tmp_path / "p.nns")

    return saved


def rows(capsys):
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_a_healthy_project_gives_0(saved, capsys):
    assert cli.run(["doctor", saved(dense(8), "tanh")]) == ExitCode.DONE
    assert "Nothing is wrong" in capsys.readouterr().out


def test_a_finding_is_told_with_evidence_and_a_tried_remedy(saved, capsys):
    assert cli.run(["doctor", saved(dense(8), "tanh", learning_rate=100.0)]) == ExitCode.UNWELL
    told = capsys.readouterr().out
    assert "The learning rate is too high" in told and "Learning rate: 100" in told
    assert "Tried on a copy" in told and "without it" in told


def test_json_is_one_object_for_each_finding(saved, capsys):
    assert cli.run(["doctor", saved(dense(8), dense(8)), "--json"]) == ExitCode.UNWELL
    (row,) = rows(capsys)
    assert (row["finding"], row["node"], row["step"]) == ("no_nonlinearity", "dense_1", 0)
    assert {remedy["title"] for remedy in row["remedies"]} == {
        "Insert ReLU between all of them", "Insert Tanh between all of them"
    }  # fmt: skip
    assert all(remedy["helps"] in (True, False) and remedy["text"] for remedy in row["remedies"])


def test_without_trials_remedies_are_only_named(saved, capsys):
    path = saved(dense(8), dense(8))
    cli.run(["doctor", path, "--no-trials", "--json"])
    (row,) = rows(capsys)
    assert row["remedies"][0] == {"title": "Insert ReLU between all of them"}
    cli.run(["doctor", path, "--no-trials"])
    assert "(Not tried.)" in capsys.readouterr().out


def test_problems_of_the_graph_are_told_too(saved, capsys):
    assert cli.run(["doctor", saved(dense(8), "batchnorm", batch_size=1), "--json"]) == ExitCode.UNWELL
    (row,) = rows(capsys)
    assert (row["finding"], row["node"]) == ("problem", "batchnorm_1") and "batch size" in row["text"]


def test_a_kept_step_of_the_past_is_looked_at(saved, capsys):
    path = saved(dense(8), "tanh", learning_rate=30.0, epochs=12)
    kept = Project.open(path_of(path)).state.kept.steps
    cli.run(["doctor", path, "--json", "--no-trials"])
    now = rows(capsys)
    assert cli.run(["doctor", path, "--step", str(kept[0]), "--no-trials", "--json"]) == ExitCode.DONE
    assert rows(capsys) == [] and now[0]["step"] >= kept[-1] > 0


def test_a_step_that_was_not_kept_is_refused_with_those_near(saved, capsys):
    path = saved(dense(8), "tanh", epochs=3)
    assert cli.run(["doctor", path, "--step", "1000000"]) == ExitCode.REFUSED
    assert "was not kept" in capsys.readouterr().err


def test_the_project_is_not_changed(saved, tmp_path):
    path = saved(dense(8), dense(8))
    before = (tmp_path / "p.nns").read_bytes()
    cli.run(["doctor", path])
    assert (tmp_path / "p.nns").read_bytes() == before


def path_of(text):
    from pathlib import Path

    return Path(text)


def test_what_groups_that_take_turns_are_not_judged_by_is_said(capsys):
    lesson = Path(__file__).parents[1] / "resources" / "lessons" / "gan" / "start.nns"
    assert cli.run(["doctor", str(lesson), "--no-trials"]) == ExitCode.DONE
    assert "was not looked at" in capsys.readouterr().err
