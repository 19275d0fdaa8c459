"""The lowest loss is marked among runs that may be compared by it, and nowhere else."""

from __future__ import annotations

from dataclasses import replace

from runs.recorded import record

from nnstudio.runs.best_runs import best_of, watched_by


def run(number: int, val_loss: float | None, **fields):
    metrics = {"loss": 1.0 / number, "val_loss": val_loss}
    return record(number, metrics=metrics, project_name="spiral", data_hash="a", **fields)


def test_the_lowest_validation_loss_of_a_project_is_its_best():
    runs = [run(1, 0.5), run(2, 0.3), run(3, 0.4), run(4, float("nan"))]
    assert best_of(runs) == {runs[1].id}


def test_runs_of_other_data_another_loss_or_another_project_are_not_compared():
    runs = [run(1, 0.5), run(2, 0.3)]
    others = [
        replace(run(3, 0.1), data_hash="b"), replace(run(4, 0.1), project_name="xor"),
        replace(run(5, 0.1), settings={"loss": "mse"}), replace(run(6, 0.1), split="other parts"),
    ]  # fmt: skip
    assert best_of([*runs, *others]) == {runs[1].id}


def test_without_validation_the_training_loss_is_compared_and_equals_are_no_best():
    runs = [run(1, None), run(2, None)]
    assert watched_by(runs[0]) == "loss" and best_of(runs) == {runs[1].id}
    assert best_of([run(1, 0.5), run(2, 0.5)]) == frozenset()
    assert best_of([run(1, 0.5)]) == frozenset()
