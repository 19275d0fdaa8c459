"""Cross-validation: every fold's network is what training on the other folds gives, the test part unseen."""

from __future__ import annotations

import json

import numpy as np
import pytest

from nnstudio import cli
from nnstudio.cross_validation import FoldResult, cross_validate, spreads
from nnstudio.data.dataset import DataError
from nnstudio.from_data import project_from_data
from nnstudio.model.document import DataReference
from nnstudio.project import Project


@pytest.fixture
def table(tmp_path):
    rng = np.random.default_rng(2)
    x = rng.normal(5, 3, (80, 2))
    rows = [f"{a:.4f},{b:.4f},{2 * a - b + 40:.4f}" for a, b in x]
    path = tmp_path / "flats.csv"
    path.write_text("\n".join(["size,age,price", *rows, ""]), encoding="utf-8")
    return path


@pytest.fixture
def project(table):
    project = project_from_data(table, {}).project
    project.document.set_settings(project.document.settings.with_option("epochs", 3))
    return project


def test_each_fold_is_judged_by_what_its_network_did_not_learn_from(project):
    results = [done for done in cross_validate(project, 3) if isinstance(done, FoldResult)]
    whole = project.load_data()
    held = len(whole.x_train) + len(whole.x_validation)
    assert [str(r.fold) for r in results] == ["1 of 3", "2 of 3", "3 of 3"]
    assert sum(r.scores.samples for r in results) == held and all(r.epochs == 3 for r in results)
    one = project.load_data({"fold": "2 of 3"})
    tested = [data.x_test * data.x_scale + data.x_shift for data in (one, whole)]
    assert np.allclose(*tested, atol=1e-4), "the test part stays the same rows"
    assert np.allclose(one.x_train.mean(0), 0, atol=1e-6), "fitted to what this fold learns from"
    assert len({tuple(project.load_data({"fold": f"{i} of 3"}).x_shift) for i in (1, 2, 3)}) == 3


def test_mean_and_spread_are_those_of_the_folds(project):
    results = [done for done in cross_validate(project, 4) if isinstance(done, FoldResult)]
    told = {spread.name: spread for spread in spreads(results)}
    losses = [r.scores.loss for r in results]
    assert set(told) == {"loss", "r2", "mean_absolute_error"}
    assert told["loss"].mean == pytest.approx(np.mean(losses))
    assert told["loss"].deviation == pytest.approx(np.std(losses, ddof=1))


def test_the_project_is_as_before_and_progress_is_told(project):
    before = project.document.to_dict(), project.state
    shares = [done for done in cross_validate(project, 2) if not isinstance(done, FoldResult)]
    assert (project.document.to_dict(), project.state) == before
    assert shares == sorted(shares) and shares[0] == 0 and shares[-1] == 1


def test_on_the_command_line(project, tmp_path, capsys):
    project.save(tmp_path / "p.nns")
    assert cli.run(["cross-validate", str(tmp_path / "p.nns"), "--folds", "3", "--json"]) == 0
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row.get("fold") for row in rows] == ["1 of 3", "2 of 3", "3 of 3", None, None, None]
    assert cli.run(["cross-validate", str(tmp_path / "p.nns"), "--folds", "2"]) == 0
    assert "±" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        cli.run(["cross-validate", str(tmp_path / "p.nns"), "--folds", "1"])


def test_data_without_folds_says_so(project):
    texts = Project()
    texts.document.set_data(DataReference("shakespeare"))
    with pytest.raises(DataError, match="not divided into folds"):
        next(cross_validate(texts, 3))
    with pytest.raises(DataError, match="Choose fewer"):
        list(cross_validate(project, 90))
