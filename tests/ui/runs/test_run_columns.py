"""What stands in the table of runs, as a person says it."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from nnstudio.runs.record import RunRecord, RunStatus
from nnstudio.ui.runs.columns import AT, COLUMNS, metric_tip, status_of, status_tip, tags_of, when


def test_times_are_as_short_as_they_can_be():
    at = datetime(2026, 3, 5, 13, 7, tzinfo=UTC)
    local = at.astimezone()
    text = at.strftime("%Y-%m-%dT%H:%M:%SZ")
    assert when(text, local.date()) == f"today {local:%H:%M}"
    assert when(text, date(2026, 12, 30)) == f"{local.day} Mar {local:%H:%M}"
    assert when(text, date(2027, 1, 1)) == f"{local.day} Mar 2026"
    assert when("") == "-"


@pytest.mark.parametrize(("text", "tags"), [("", ()), ("a", ("a",)), (" a b ,, c,a b", ("a b", "c"))])
def test_tags_are_written_with_commas_between(text, tags):
    assert tags_of(text) == tags


def test_losses_are_those_of_the_weights_that_open_gives():
    run = RunRecord(
        "1", epochs=36, metrics={"loss": 0.03, "val_loss": 0.2324},
        best={"epoch": 16, "loss": 0.05, "val_loss": 0.09324},
    )  # fmt: skip
    early = replace(run, returned_to=16, stopped_early=True, status=RunStatus.FINISHED)
    shown = [[COLUMNS[AT[name]].text(each) for name in ("loss", "val_loss")] for each in (run, early)]
    assert shown == [["0.03", "0.2324"], ["0.05", "0.09324"]]
    assert "epoch 36, the last" in metric_tip(run) and "epoch 16, the best" in metric_tip(early)
    assert status_of(early) == "stopped early"
    assert status_of(replace(early, stopped_early=False)) == "finished"
    failed = replace(run, status=RunStatus.STOPPED, reason="The loss is no number any more.")
    assert (status_of(failed), status_tip(failed)) == ("failed", failed.reason)
    assert status_of(replace(failed, reason="")) == "stopped by you"


def test_losses_stay_those_of_the_last_epoch_where_another_epoch_was_brought_back_than_the_best():
    run = RunRecord("1", returned_to=9, metrics={"loss": 0.5}, best={"epoch": 4, "loss": 0.25})
    assert run.value("loss") == 0.5 and "Open gives those of epoch 9" in metric_tip(run)
