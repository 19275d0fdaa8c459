"""`nnstudio evaluate`: by the part for testing unless another is asked for."""

from __future__ import annotations

import json

import pytest

from nnstudio import cli
from nnstudio.from_data import project_from_data
from nnstudio.project import Project


@pytest.fixture
def project(tmp_path):
    def project(**options):
        path = tmp_path / "t.csv"
        path.write_text("a,y\n" + "".join(f"{i},{'no' if i % 3 else 'yes'}\n" for i in range(100)))
        project = project_from_data(path, options).project
        settings = project.document.settings.with_option("epochs", 4)
        project.document.set_settings(settings.with_option("patience", 2))
        project.save(tmp_path / "p.nns")
        return tmp_path / "p.nns"

    return project


def test_each_part_can_be_asked_for(project, capsys):
    path = project()
    told = {}
    for part in ((), ("--part", "training"), ("--part", "validation")):
        assert cli.run(["evaluate", str(path), *part, "--json"]) == 0
        row = json.loads(capsys.readouterr().out)
        told[row["part"]] = row["samples"]
    assert told == {"test": 15, "training": 70, "validation": 15}


def test_a_part_that_is_not_there(project, capsys):
    assert cli.run(["evaluate", str(project(validation_ratio=0.0)), "--part", "validation"]) == 2
    assert "no validation part" in capsys.readouterr().err


def test_it_is_said_where_early_stopping_saw_the_same_samples(project, capsys):
    assert cli.run(["evaluate", str(project())]) == 0
    assert capsys.readouterr().err == ""
    assert cli.run(["evaluate", str(project(validation_ratio=0.0))]) == 0
    assert "early stopping chose" in capsys.readouterr().err


def test_the_epoch_that_early_stopping_went_back_to_is_named(project, capsys):
    path = project()
    opened = Project.open(path)
    for name, value in (("epochs", 60), ("patience", 1), ("learning_rate", 0.3)):
        opened.document.set_settings(opened.document.settings.with_option(name, value))
    opened.save(path)
    assert cli.run(["train", str(path)]) == 0
    session = Project.open(path).session()
    best = session.returned_to
    assert best is not None and best.epoch < session.epoch
    capsys.readouterr()
    assert cli.run(["evaluate", str(path)]) == 0
    told = f"after {session.epoch} epochs, weights of epoch {best.epoch}, the best: "
    assert told in capsys.readouterr().out
