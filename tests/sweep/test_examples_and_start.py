"""Sweeps over the number of examples, and over whether trainings begin with layers that were reused."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from sweep.projects import InProcess, iris, plan_of

from nnkernels.program import Layout
from nnkernels.spec import SpecError
from nnstudio import cli
from nnstudio.data.dataset import load
from nnstudio.model.commands import ChangeNode
from nnstudio.project import Project
from nnstudio.sweep.keeping import tried
from nnstudio.sweep.options import variables
from nnstudio.sweep.plan import check_start
from nnstudio.sweep.results import TrialResult
from nnstudio.sweep.study import sweep
from nnstudio.training.curve import Curve
from nnstudio.training.state import TrainingState


def results_of(project: Project, plan, workers: InProcess) -> list[TrialResult]:
    return [news for news in sweep(project, plan, workers, "test") if isinstance(news, TrialResult)]


def reusing(epochs: int = 2) -> Project:
    """Flowers whose first layer came from elsewhere, and is frozen."""
    project = iris(epochs)
    layout = Layout.of(project.document.to_network(), (4,), project.document.settings.loss)
    params = layout.initial(project.document.settings.seed).astype(np.float32)
    for slot in layout.parameters:
        if slot.node == "dense_1":
            params[slot.offset : slot.offset + slot.size] = 0.25
    project.state = TrainingState(params, "adam", 0, 0, 0, (0.0, 0.0, 0.0), Curve())
    ChangeNode(project.document.graph, "dense_1", "frozen", True).redo()
    return project


def first_layer(run, node: str = "dense_1") -> np.ndarray:
    layout = Layout.of(iris().document.to_network(), (4,), iris().document.settings.loss)
    slot = next(s for s in layout.parameters if (s.node, s.name) == (node, "weight"))
    return run.outcome.state.params[slot.offset : slot.offset + slot.size]


def test_each_seed_draws_examples_of_its_own(in_process):
    project = iris(2)
    results = results_of(project, plan_of(project, "examples=12,0", "seed=1..2"), in_process)
    assert [r.values["examples"] for r in results] == [12, 0]
    few, whole = results
    options = [
        tried(project, few.values, run.repeat, run.outcome.state).document.data.options["examples"]
        for run in few.runs
    ]
    assert options == ["12", "12, draw 2"]
    one, two = (load("iris", {**project.document.data.options, "examples": text}) for text in options)
    assert len(one.x_train) == len(two.x_train) == 12 and not np.array_equal(one.x_train, two.x_train)
    # Of twelve samples an epoch has one batch, of all of them several.
    assert {run.outcome.state.step for run in few.runs} == {2}
    assert {run.outcome.state.step for run in whole.runs} == {2 * -(-len(load("iris", {}).x_train) // 16)}


def test_trainings_begin_with_new_weights_with_frozen_ones_and_with_thawed_ones(in_process):
    project = reusing()
    plan = plan_of(project, "start=new,frozen,thawed", "seed=1..2")
    new, frozen, thawed = results_of(project, plan, in_process)
    assert [r.message for r in (new, frozen, thawed)] == ["", "", ""]
    for run in frozen.runs:
        assert (first_layer(run) == 0.25).all()
    for run in thawed.runs:
        values = first_layer(run)
        assert not (values == 0.25).all() and np.abs(values - 0.25).max() < 0.2
    assert np.abs(first_layer(new.runs[0]) - 0.25).max() > 0.2
    # What did not come from elsewhere is drawn by each seed.
    last = [first_layer(run, "dense_2") for run in frozen.runs]
    assert not np.allclose(last[0], last[1], atol=0.1)


def test_a_layer_that_is_varied_takes_over_what_fits(in_process):
    project = reusing(1)
    results = results_of(project, plan_of(project, "start=frozen", "dense_1.units=16,20"), in_process)
    assert [r.message for r in results] == ["", ""]


def test_a_start_needs_reused_layers_and_no_training_since():
    with pytest.raises(SpecError, match="no layer of this project is frozen"):
        plan_of(iris(), "start=new,frozen")
    project = reusing()
    plan = plan_of(project, "start=new,frozen")
    check_start(plan, project, project.load_data())
    project.state = replace(project.state, step=3)
    with pytest.raises(SpecError, match="trained since its layers were reused"):
        check_start(plan, project, project.load_data())
    project.state = None
    with pytest.raises(SpecError, match="no layers of a trained network"):
        check_start(plan, project, project.load_data())


def test_data_without_a_training_part_of_its_own_has_no_examples():
    project = iris()
    project.document.set_data(replace(project.document.data, kind="text", options={}))
    with pytest.raises(SpecError, match="learned from as a whole"):
        plan_of(project, "examples=10,50")


def test_the_window_can_vary_both():
    names = {v.name: v for v in variables(reusing().document)}
    assert names["examples"].value == 50 and names["start"].option.choices[0] == "new"
    assert "start" not in {v.name for v in variables(iris().document)}


def test_a_csv_has_a_line_for_each_training(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("nnstudio.sweep.cluster.Cluster", InProcess)
    reusing().save(tmp_path / "flowers.nns")
    out = tmp_path / "curves.csv"
    words = ["--vary", "examples=6,0", "--vary", "start=new,frozen", "--vary", "seed=1..2"]
    assert cli.run(["sweep", str(tmp_path / "flowers.nns"), *words, "--csv", str(out)]) == 0
    assert f"Wrote all trainings to {out}" in capsys.readouterr().err
    rows = list(csv.DictReader(io.StringIO(out.read_text())))
    assert [(r["examples"], r["start"], r["seed"]) for r in rows] == [
        (examples, start, seed) for examples in ("6", "0") for start in ("new", "frozen") for seed in "12"
    ]
    assert all(0 <= float(r["val_accuracy"]) <= 1 and r["status"] == "trained" for r in rows)
