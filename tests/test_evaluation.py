"""The command that evaluates: numbers in their own unit."""

from __future__ import annotations

import json

import pytest

from nnstudio import cli
from nnstudio.project import open_example


def test_numbers_are_evaluated_in_their_own_unit(capsys, tmp_path):
    path, project = tmp_path / "c.nns", open_example("celsius")
    project.save(path)
    assert cli.run(["evaluate", str(path), "--json"]) == 0
    row, data = json.loads(capsys.readouterr().out), project.load_data()
    part = data.y_test if len(data.y_test) else data.y_train
    assert row["accuracy"] is None
    # Squares of errors by squares of deviations are the same whatever the scale.
    assert row["r2"] == pytest.approx(1 - row["loss"] / part.var(), rel=1e-4)
    assert cli.run(["evaluate", str(path)]) == 0
    assert f"R² {row['r2']:.4f}, mean absolute error" in capsys.readouterr().out
