"""Curves and lists of runs as CSV: every number comes back, what does not apply is empty."""

from __future__ import annotations

import csv
import io

from runs.recorded import record, trained

from nnstudio.runs.csv_table import curves_as_csv, runs_as_csv
from nnstudio.training.curve import Curve, Epoch


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_curves_of_several_runs_are_one_table():
    _, session = trained("celsius", 3)
    runs = [(record(1, name="one, two"), session.history), (record(2, name="empty"), Curve())]
    table = rows(curves_as_csv(runs))
    assert [row["epoch"] for row in table] == ["1", "2", "3"] and {row["name"] for row in table} == {
        "one, two"
    }
    for row, epoch in zip(table, session.history, strict=True):
        assert (float(row["loss"]), float(row["val_loss"])) == (epoch.loss, epoch.val_loss)
        assert (row["accuracy"], row["steps"], row["epochs_in_row"]) == ("", str(epoch.steps), "1")


def test_merged_rows_say_how_many_epochs_they_cover():
    curve = Curve(Epoch(i + 1, i + 1, 1.0, None, None, None, 1.0, float(i)) for i in range(300)).thinned(10)
    spans = [int(row["epochs_in_row"]) for row in rows(curves_as_csv([(record(1), curve)]))]
    assert sum(spans) == 300 and max(spans) > 1


def test_a_line_for_each_run_with_the_columns_of_all():
    runs = [
        record(
            1, name="a", settings={"optimizer": "adam", "optimizer_options": {"beta1": 0.9}}, tags=("x", "y")
        ),
        record(2, name="b", metrics={"loss": 0.5}, values={"l2": 0.1}, best={"epoch": 3}),
    ]
    first, second = rows(runs_as_csv(runs))
    assert (first["name"], first["settings.beta1"], first["tags"], first["loss"]) == ("a", "0.9", "x, y", "")
    assert (second["loss"], second["varied.l2"], second["best.epoch"]) == ("0.5", "0.1", "3")
    assert second["status"] == "finished" and second["settings.beta1"] == ""
