"""A sweep that is over is put together from the runs that it left, as it was."""

from __future__ import annotations

import pytest

from nnstudio.runs.record import RunRecord, RunStatus
from nnstudio.sweep.earlier import earlier_sweeps
from nnstudio.sweep.plan import Metric
from nnstudio.sweep.trial import Status


def run(number: int, loss: float | None, sweep: str = "s", **fields) -> RunRecord:
    values = fields.pop("values", {"learning_rate": 0.1 * number})
    metrics = {} if loss is None else {"val_loss": loss, "val_accuracy": 1 - loss}
    chosen = {"status": RunStatus.FINISHED, "project_name": "iris", "began": f"2026-01-02T03:04:{number:02}Z"}
    return RunRecord(
        f"{sweep}{number}", sweep=sweep, values=values, metrics=metrics, epochs=3, **{**chosen, **fields}
    )


def test_settings_come_back_with_their_scores_and_the_best():
    (sweep,) = earlier_sweeps([run(3, 0.2), run(1, 0.5), run(2, 0.1)], "iris", "")
    assert (sweep.id, sweep.began, sweep.names) == ("s", "2026-01-02T03:04:01Z", ("learning_rate",))
    assert [(s.number, s.value, s.run, s.epochs) for s in sweep.settings] == [
        (1, 0.5, "s1", 3), (2, 0.1, "s2", 3), (3, 0.2, "s3", 3),
    ]  # fmt: skip
    assert sweep.best is sweep.settings[1] and sweep.plan.total == 3


def test_seeds_are_one_setting_with_its_spread_and_its_best_run():
    runs = [
        run(n, loss, values={"units": units, "seed": seed})
        for n, units, seed, loss in ((1, 4, 1, 0.4), (2, 4, 2, 0.2), (3, 8, 1, 0.9), (4, 8, 2, 0.7))
    ]
    (sweep,) = earlier_sweeps(runs, "iris", "")
    first, second = sweep.settings
    assert first.values == {"units": 4} and first.trainings == 2 and first.run == "s2"
    assert first.value == pytest.approx(0.3) and first.deviation == pytest.approx(0.02**0.5)
    assert second.run == "s4" and len(sweep.plan.space.repeats) == 2


def test_what_broke_off_has_no_score_and_what_was_stopped_is_not_the_best():
    runs = [
        run(1, 0.5), run(2, 0.1, status=RunStatus.STOPPED),
        run(3, 0.6, status=RunStatus.STOPPED, notes="The loss is no longer a number."),
    ]  # fmt: skip
    (sweep,) = earlier_sweeps(runs, "iris", "")
    assert [s.status for s in sweep.settings] == [Status.TRAINED, Status.STOPPED, Status.DIVERGED]
    assert [s.value for s in sweep.settings] == [0.5, 0.1, None]
    assert sweep.settings[2].message == "The loss is no longer a number." and sweep.best is sweep.settings[0]


def test_where_the_loss_itself_is_varied_accuracy_compares():
    (sweep,) = earlier_sweeps([run(1, 0.5, values={"loss": "mse"}), run(2, 0.1, values={"loss": "mae"})],
                              "iris", "")  # fmt: skip
    assert sweep.plan.metric == Metric.VAL_ACCURACY and sweep.best.values == {"loss": "mae"}


def test_early_stopping_is_judged_by_the_weights_that_it_took():
    early = {"settings": {"extras": {"patience": 5}}, "best": {"epoch": 2, "val_loss": 0.3}}
    (sweep,) = earlier_sweeps([run(1, 0.5, **early)], "iris", "")
    assert sweep.settings[0].value == 0.3


def test_only_sweeps_of_this_project_the_latest_first():
    records = [
        run(1, 0.5, "old"), run(2, 0.5, "new"), run(3, 0.5, "other", project_name="xor"), run(4, 0.5, ""),
        run(5, 0.5, "saved", project_path="/a/iris.nns"),
    ]  # fmt: skip
    assert [s.id for s in earlier_sweeps(records, "iris", "/a/iris.nns")] == ["saved"]
    assert [s.id for s in earlier_sweeps(records[:-1], "iris", "")] == ["new", "old"]


def test_what_began_in_the_same_second_stands_by_its_values():
    at = "2026-01-02T03:04:05Z"
    runs = [
        run(1, 0.5, values={"rate": 0.1}, began=at), run(2, 0.4, values={"rate": "auto"}, began=at),
        run(3, 0.3, values={"rate": 0.01}, began=at),
    ]  # fmt: skip
    (sweep,) = earlier_sweeps(runs, "iris", "")
    assert [s.values["rate"] for s in sweep.settings] == [0.01, 0.1, "auto"]
