"""`nnstudio sweep`: its table and JSON, the best as a project, the runs it leaves, and its exit codes."""

from __future__ import annotations

import csv
import json
import os
import signal

import numpy as np
import pytest
from PIL import Image
from sweep.projects import InProcess, iris

from nnstudio import cli
from nnstudio.project import Project
from nnstudio.runs.record import RunError
from nnstudio.runs.store import RunStore
from nnstudio.sweep import order
from nnstudio.sweep.trial import ClusterError, Outcome, TrialOrder


@pytest.fixture
def flowers(tmp_path, monkeypatch):
    """A project, trained by this process where a cluster would do it."""
    monkeypatch.setattr("nnstudio.sweep.cluster.Cluster", InProcess)
    path = tmp_path / "flowers.nns"
    iris().save(path)
    return path


def test_a_table_has_the_best_setting_first(flowers, capsys):
    assert cli.run(["sweep", str(flowers), "--vary", "learning_rate=0.000001,0.05"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["setting", "learning_rate", "val_loss", "epochs"]
    assert [line.split()[:2] for line in lines[1:]] == [["2", "0.05"], ["1", "1e-06"]]


def test_repeats_have_a_spread_and_a_test(flowers, capsys):
    assert (
        cli.run(["sweep", str(flowers), "--vary", "learning_rate=0.000001,0.05", "--vary", "seed=1..6"]) == 0
    )
    text = capsys.readouterr().out
    assert "standard deviation of the 6 trainings" in text and text.count(" ± ") == 3
    assert "paired over 6 seeds" in text and "p = 0.0312" in text and "more than noise" in text


def test_json_has_a_line_for_each_setting(flowers, capsys):
    words = ["sweep", str(flowers), "--vary", "dense_1.units=4,8", "--vary", "fold=1..2", "--json"]
    assert cli.run(words) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(r["setting"], r["values"], r["status"]) for r in rows] == [
        (1, {"dense_1.units": 4}, "trained"), (2, {"dense_1.units": 8}, "trained")
    ]  # fmt: skip
    runs = rows[0]["runs"]
    assert [run["fold"] for run in runs] == ["1 of 2", "2 of 2"]
    assert rows[0]["val_loss"] == pytest.approx(sum(run["val_loss"] for run in runs) / 2)


def test_the_best_is_a_project_with_its_weights(flowers, tmp_path, capsys):
    out = tmp_path / "best.nns"
    words = ["sweep", str(flowers), "--vary", "learning_rate=0.000001,0.05", "--vary", "seed=1..2"]
    assert cli.run([*words, "--json", "--out", str(out)]) == 0
    told = capsys.readouterr()
    rows = [json.loads(line) for line in told.out.splitlines()]
    best = min(rows, key=lambda row: row["val_loss"])
    run = min(best["runs"], key=lambda run: run["val_loss"])
    project = Project.open(out)
    settings = project.document.settings
    assert settings.hyperparameters()["learning_rate"] == 0.05 and settings.seed == run["seed"]
    assert project.session().history[-1].val_loss == run["val_loss"]
    assert f"the best of its 2 trainings (seed {run['seed']})" in told.err
    assert Project.open(flowers).state is None


def test_curves_are_a_picture_and_a_table_of_their_points(flowers, tmp_path, capsys):
    names = [tmp_path / "c.png", tmp_path / "c.csv"]
    words = ["sweep", str(flowers), "--vary", "dense_1.units=8,4", "--vary", "seed=1..2", "--json"]
    words += [word for name in names for word in ("--curves", str(name))]
    assert cli.run(words) == 0
    told = capsys.readouterr()
    trained = {row["values"]["dense_1.units"]: row for row in map(json.loads, told.out.splitlines())}
    with names[1].open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["Dense.units"] for row in rows] == ["4", "8"], "numbers rise"
    for row in rows:
        one = trained[int(row["Dense.units"])]
        assert float(row["val_loss"]) == pytest.approx(one["val_loss"], rel=1e-6)
        assert float(row["standard deviation"]) == pytest.approx(one["deviation"], rel=1e-6)
    with Image.open(names[0]) as picture:
        assert (np.asarray(picture) == (47, 111, 222)).all(-1).sum() > 200
    assert f"Wrote the curves to {names[0]}." in told.err and "All trainings together took " in told.err


@pytest.mark.parametrize(
    "words, sentence",
    [
        (["--over", "dense_1.units"], "needs --curves"),
        (["--curves", "c.gif"], "'.gif' is no kind of file"),
        (["--curves", "c.csv", "--over", "epochs"], "Choose one of: Dense.units."),
    ],
)
def test_curves_that_cannot_be_drawn_are_refused_before_anything_is_trained(flowers, capsys, words, sentence):
    assert cli.run(["sweep", str(flowers), "--vary", "dense_1.units=4,8", *words]) == 2
    assert sentence in capsys.readouterr().err and not RunStore().list()


def test_every_training_is_a_run(flowers, capsys):
    assert cli.run(["sweep", str(flowers), "--vary", "dense_1.units=4,8", "--vary", "seed=1..2"]) == 0
    name = capsys.readouterr().err.split("--sweep ")[1].split()[0]
    records = RunStore().list(sweep=name)
    values = sorted((r.values["dense_1.units"], r.values["seed"]) for r in records)
    assert values == [(4, 1), (4, 2), (8, 1), (8, 2)]
    assert {(r.project_name, r.status, r.epochs) for r in records} == {("flowers", "finished", 3)}
    reopened = RunStore().open(records[0].id)
    assert reopened.document.graph["dense_1"].options["units"] == records[0].values["dense_1.units"]
    assert reopened.state is not None and reopened.state.epoch == 3


def test_runs_that_cannot_be_kept_are_told_once(flowers, capsys, monkeypatch):
    def fail(*_arguments: object) -> None:
        raise RunError("The disk is full.")

    monkeypatch.setattr(RunStore, "save", fail)
    assert cli.run(["sweep", str(flowers), "--vary", "dense_1.units=4,8,16"]) == 0
    told = capsys.readouterr()
    assert told.err.count("not recorded: The disk is full. The sweep goes on.") == 1
    assert len(told.out.splitlines()) == 4


def test_a_setting_that_cannot_be_trained_is_told_and_counts_as_left_out(flowers, capsys):
    assert cli.run(["sweep", str(flowers), "--vary", "dense_2.units=3,4"]) == 3
    told = capsys.readouterr()
    assert "refused" in told.out.splitlines()[-1] and "1 of 2 settings: " in told.err


def test_without_a_trained_setting_there_is_no_best_one(flowers, tmp_path, capsys):
    out = tmp_path / "best.nns"
    assert cli.run(["sweep", str(flowers), "--vary", "dense_2.units=4,5", "--out", str(out)]) == 2
    assert "there is no best one" in capsys.readouterr().err and not out.exists()


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--vary", "dense_1.unit=4"], "Did you mean 'units'?"),
        (["--vary", "batch_size=8", "--out", "best.txt"], "'best.txt' must end in .nns"),
        (["--vary", "batch_size=8", "--workers", "2", "--scheduler", "tcp://x:1"], "leave out one of them"),
        (["--vary", "loss=mse,mae"], "decides how val_loss is measured"),
    ],
)
def test_mistakes_are_sentences(flowers, capsys, words, sentence):
    assert cli.run(["sweep", str(flowers), *words]) == 2
    assert sentence in capsys.readouterr().err


def test_a_method_that_is_none_is_refused_with_those_there_are(flowers, capsys):
    with pytest.raises(SystemExit):
        cli.run(["sweep", str(flowers), "--vary", "batch_size=8", "--method", "genetic"])
    assert "(choose from grid, random, tpe)" in capsys.readouterr().err.replace("'", "")


def test_missing_packages_are_named(flowers, capsys, monkeypatch):
    monkeypatch.setattr(order, "NEEDED", ("no_such_package",))
    assert cli.run(["sweep", str(flowers), "--vary", "batch_size=8"]) == 2
    assert "(no_such_package): pip install 'nnstudio[sweep]'" in capsys.readouterr().err


class Ended(InProcess):
    """Something comes between with the second setting."""

    def answer(self, order: TrialOrder) -> Outcome:
        if order.values["batch_size"] == 16:
            self.come_between()
        return super().answer(order)

    def come_between(self) -> None:
        raise ClusterError("The scheduler no longer answers.")


class Interrupted(Ended):
    def come_between(self) -> None:
        os.kill(os.getpid(), signal.SIGTERM)


@pytest.mark.parametrize(
    ("workers", "code", "sentence"),
    [(Ended, 2, "no longer answers"), (Interrupted, 4, "stopped; ")],
)
def test_what_was_trained_is_saved_whatever_comes_between(
    flowers, tmp_path, capsys, monkeypatch, workers, code, sentence
):
    monkeypatch.setattr("nnstudio.sweep.cluster.Cluster", workers)
    out = tmp_path / "best.nns"
    assert cli.run(["sweep", str(flowers), "--vary", "batch_size=8,16,32", "--out", str(out)]) == code
    assert sentence in capsys.readouterr().err
    state = Project.open(out).state
    assert state is not None and state.epoch == 3
