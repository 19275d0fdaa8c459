"""`nnstudio edit`: a copy with other layers goes on from what was learned, and what is dropped is told."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio import cli
from nnstudio.project import Project, open_example


@pytest.fixture
def trained(tmp_path):
    fresh, path = tmp_path / "fresh.nns", tmp_path / "trained.nns"
    open_example("xor").save(fresh)
    assert cli.run(["train", str(fresh), "--epochs", "3", "--out", str(path)]) == 0
    return path


def test_a_wider_network_predicts_the_same_and_is_trained_on(trained, tmp_path, capsys):
    out = tmp_path / "wider.nns"
    assert cli.run(["edit", str(trained), str(out), "--set", "dense_1.units=7"]) == 0
    told = capsys.readouterr().err
    assert "'Dense' has 3 more units" in told and "The predictions are" in told
    before, after = Project.open(trained).session(), Project.open(out).session()
    assert (after.steps, after.history) == (before.steps, before.history)
    x = np.ascontiguousarray(before.data.x_train[:50])
    assert np.abs(before.predict(x) - after.predict(x)).max() <= 1e-5
    assert cli.run(["train", str(out), "--epochs", "5", "--out", str(tmp_path / "on.nns")]) == 0
    assert Project.open(tmp_path / "on.nns").session().epoch == 5


def test_what_is_dropped_is_told_and_the_exit_code_says_so(trained, tmp_path, capsys):
    out = tmp_path / "narrow.nns"
    assert cli.run(["edit", str(trained), str(out), "--set", "Dense.units=2"]) == 3
    assert "'Dense' has 2 fewer units; what those had learned is dropped" in capsys.readouterr().err


def test_a_project_that_learned_nothing_is_just_changed(trained, tmp_path, capsys):
    out = tmp_path / "new.nns"
    assert cli.run(["edit", str(tmp_path / "fresh.nns"), str(out), "--set", "dense_1.units=9"]) == 0
    assert "nothing to keep" in capsys.readouterr().err
    assert Project.open(out).document.graph["dense_1"].options["units"] == 9


@pytest.mark.parametrize(
    "change, told",
    [
        ("dense_1", "written as LAYER.OPTION=VALUE"),
        ("dense_9.units=3", "There is no layer called 'dense_9'"),
        ("dense_1.unit=3", "has no option called 'unit'"),
        ("dense_1.units=0", "Units must be"),
        ("dense_2.units=3", "the network gives 3"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(trained, tmp_path, capsys, change, told):
    out = tmp_path / "no.nns"
    assert cli.run(["edit", str(trained), str(out), "--set", change]) == 2
    assert told in capsys.readouterr().err and not out.exists()
