"""Smoothing and the table of the curves."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import numpy as np
import pytest

from nnstudio.explain.curves import CurvesProbe, as_csv, smooth
from nnstudio.project import Project, open_example
from nnstudio.training.evaluation import Past

LESSONS = Path(__file__).parents[2] / "resources" / "lessons"


def test_smoothing_is_a_weighted_mean_of_what_came_before():
    values = np.array([4.0, 2.0, np.nan, 6.0])
    curves = smooth(values, 0.5)
    assert curves[0] == 4.0
    assert curves[1] == pytest.approx((0.5 * 4 + 1 * 2) / 1.5)
    assert np.isnan(curves[2])
    assert curves[3] == pytest.approx((0.25 * 4 + 0.5 * 2 + 1 * 6) / 1.75)
    np.testing.assert_array_equal(smooth(values, 0.0), values)


def test_the_table_holds_every_epoch_and_what_was_measured():
    session = open_example("iris").session()
    for _ in session.slices(4):
        pass
    (curves,) = CurvesProbe().run(session)
    statistics = curves.statistics
    rows = list(csv.DictReader(io.StringIO(as_csv(session.history, statistics))))
    assert [int(r["epoch"]) for r in rows] == [1, 2, 3, 4]
    assert float(rows[2]["val_loss"]) == session.history[2].val_loss
    assert float(rows[0]["gradient_norm"]) == statistics[0].gradient_norm
    assert float(rows[0]["update_ratio dense_2"]) == statistics[0].updates["dense_2"]


def test_the_past_has_no_curve_of_its_own():
    assert list(CurvesProbe().run(Past(open_example("iris").session()))) == []


def test_a_metric_has_lines_of_its_own_in_the_table():
    session = open_example("iris").session()
    for _ in session.slices(4):
        pass
    curves = [m for m in CurvesProbe("f1").run(session) if m is not None][-1]
    rows = list(csv.DictReader(io.StringIO(as_csv(session.history, curves.statistics, curves.metric))))
    steps = [int(r["steps"]) for r in rows]
    assert steps == sorted(set(steps)) and set(steps) >= set(curves.metric.steps.tolist())
    by_step = {int(r["steps"]): r for r in rows}
    for step, value in zip(curves.metric.steps.tolist(), curves.metric.validation.tolist(), strict=True):
        assert float(by_step[step]["val_f1"]) == value
    for row in session.history:
        assert float(by_step[row.steps]["loss"]) == row.loss


def test_the_loss_of_each_output_is_a_column_of_the_table():
    session = Project.open(LESSONS / "gan" / "start.nns").session()
    for _ in session.slices(2):
        pass
    (curves,) = CurvesProbe().run(session)
    rows = list(csv.DictReader(io.StringIO(as_csv(session.history, (), None, curves.outputs))))
    told = [[float(row[f"loss of {name}"]) for name in ("real", "caught", "fooled")] for row in rows]
    assert told == session.outputs.rows.tolist()
    named = as_csv(session.history, (), None, curves.outputs, {"real": "Judge", "caught": "Caught one"})
    heads = named.splitlines()[0].split(",")
    assert heads[-3:] == ["loss of Judge", "loss of Caught one", "loss of fooled"]
