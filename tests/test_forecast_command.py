"""`nnstudio forecast`: the same as the view, as CSV or JSON, with what must be known on stderr."""

from __future__ import annotations

import csv
import io
import json

import numpy as np
import pytest
from explain.small_series import ROWS, SALES
from PIL import Image

from nnstudio import cli
from nnstudio.explain.backtest import Way
from nnstudio.explain.forecast import ForecastProbe
from nnstudio.from_data import project_from_data
from nnstudio.project import Project, open_example


@pytest.fixture
def project(tmp_path):
    def project(trained=True, **options):
        path = tmp_path / "months.csv"
        rows = [f"{1990 + i // 12}-{i % 12 + 1:02},{i % 3},{SALES[i]:.6g}" for i in range(ROWS)]
        path.write_text("\n".join(["month,price,sales", *rows, ""]))
        proposed = project_from_data(path, {"window": 4, **options}, kind="series").project
        proposed.document.set_settings(proposed.document.settings.with_option("epochs", 2))
        proposed.save(tmp_path / "p.nns")
        if trained:
            assert cli.run(["train", str(tmp_path / "p.nns")]) == 0
        return tmp_path / "p.nns"

    return project


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def of_view(path, steps):
    *_pieces, result = ForecastProbe(steps).run(Project.open(path).session())
    return result


def test_it_prints_what_the_view_shows_with_dates(project, capsys):
    path = project(log=True, change_from="row before")
    capsys.readouterr()
    assert cli.run(["forecast", str(path), "--steps", "5"]) == 0
    told, expected = capsys.readouterr(), of_view(path, 5)
    rows = rows_of(told.out)
    assert [row["month"] for row in rows] == [f"1995-{m:02}" for m in range(1, 6)]
    assert [float(row["sales"]) for row in rows] == pytest.approx(list(expected.ahead), rel=1e-5)
    assert float(rows[0]["sales low"]) == pytest.approx(expected.low[0], rel=1e-5)
    assert float(rows[0]["sales high"]) == pytest.approx(expected.high[0], rel=1e-5)
    assert "A season of 12 rows is guessed" in told.err and "by the seasonal naive forecast" in told.err
    assert "nnstudio: took " in told.err


def test_a_season_ahead_is_forecast_where_nobody_says_how_far(project, capsys):
    path = project(trained=False)
    assert cli.run(["forecast", str(path)]) == 0
    told = capsys.readouterr()
    assert len(rows_of(told.out)) == 12 and "not trained" in told.err


def test_errors_by_step_are_a_table_of_all_ways(project, capsys):
    path = project()
    capsys.readouterr()
    assert cli.run(["forecast", str(path), "--steps", "3", "--backtest"]) == 0
    rows, backtest = rows_of(capsys.readouterr().out), of_view(path, 3).backtest
    assert [row["ahead"] for row in rows] == ["1", "2", "3", "all"] * 3
    for row in rows:
        figures = (
            backtest.overall(Way(row["by"])) if row["ahead"] == "all" else backtest.by_step(Way(row["by"]))
        )
        at = 0 if row["ahead"] == "all" else int(row["ahead"]) - 1
        assert float(row["mean absolute error"]) == pytest.approx(figures.mean_absolute[at], rel=1e-5)
        assert float(row["MASE"]) == pytest.approx(figures.scaled[at], rel=1e-5)


def test_as_json_it_is_one_object_with_both(project, capsys):
    path = project()
    capsys.readouterr()
    assert cli.run(["forecast", str(path), "--steps", "20", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["season"], told["part"], len(told["forecast"])) == (12, "test", 20)
    assert told["forecast"][-1]["low"] is None, "no test row is as far from an origin"
    assert {row["by"] for row in told["errors"]} == {"network", "seasonal naive", "naive"}
    assert told["errors"][0].keys() >= {"mean_absolute_error", "root_mean_square_error", "mase", "ahead"}


def test_forecast_and_errors_are_written_as_pictures_and_tables(project, capsys, tmp_path):
    path, names = project(), [tmp_path / "f.png", tmp_path / "f.csv"]
    capsys.readouterr()
    words = ["forecast", str(path), "--steps", "5", "--json"]
    words += [word for name in names for word in ("--out", str(name))]
    assert cli.run(words) == 0
    told = capsys.readouterr()
    row = json.loads(told.out)
    assert row["written"] == [str(name) for name in names] and row["seconds"] > 0
    assert [float(r["sales"]) for r in rows_of(names[1].read_text())] == pytest.approx(
        [one["value"] for one in row["forecast"]], rel=1e-6
    )
    for name in (names[0], tmp_path / "b.png"):
        if not name.exists():
            assert cli.run(["forecast", str(path), "--backtest", "--steps", "3", "--out", str(name)]) == 0
        with Image.open(name) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        # The forecast, and of the backtest the seasonal naive or naive one.
        assert (pixels == (232, 134, 46)).all(-1).sum() > 30
    capsys.readouterr()
    assert cli.run(["forecast", str(path), "--out", str(tmp_path / "f.gif")]) == 2
    assert "'.gif' is no kind of file" in capsys.readouterr().err


def test_where_another_column_enters_it_is_shorter_and_the_exit_code_says_so(project, capsys, tmp_path):
    path = project(trained=False, inputs="price; sales", horizon=2)
    assert cli.run(["forecast", str(path), "--steps", "4", "--out", str(tmp_path / "f.csv")]) == 3
    assert len(rows_of((tmp_path / "f.csv").read_text())) == 2
    assert "'price' would have to be known" in capsys.readouterr().err


def test_what_has_no_forecast_or_no_backtest_is_refused(project, capsys, tmp_path):
    open_example("iris").save(tmp_path / "iris.nns")
    assert cli.run(["forecast", str(tmp_path / "iris.nns")]) == 2
    assert "does not learn from a time series" in capsys.readouterr().err
    path = project(trained=False, test_ratio=0.0, validation_ratio=0.0)
    assert cli.run(["forecast", str(path), "--backtest"]) == 2
    assert "set a Test share" in capsys.readouterr().err
    assert cli.run(["forecast", str(path), "--steps", "0"]) == 2
    assert cli.run(["forecast", str(path)]) == 0
