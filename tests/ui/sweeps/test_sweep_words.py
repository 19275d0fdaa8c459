"""What a sweep costs, in a sentence, and sentences of the command line as the window says them."""

from __future__ import annotations

from sweep.projects import iris, plan_of

from nnstudio.sweep.plan import Method, Metric
from nnstudio.ui.sweeps.words import BEFORE, cost_of, in_window, standing, start_of, title_of


def cost(*texts: str, seconds: float | None = 0.5, workers: int | None = 1, **how: object) -> str:
    return cost_of(plan_of(iris(), *texts, **how), 10, seconds, workers)


def measured(*texts: str, **how: object) -> str:
    """Where a sweep before told how long processes take to start."""
    return cost_of(plan_of(iris(), *texts, **how), 10, 0.5, 1, start_seconds=3.0)


def test_each_training_takes_its_time():
    assert cost("batch_size=8,16,32") == (
        "3 settings. About 18 s, one after the other on one core, if all take as long as this network; "
        "how long processes take to start is not measured here yet."
    )
    assert cost("batch_size=8,16,32", "seed=1..2", workers=4) == (
        "3 settings, each trained 2 times: 6 trainings. About 13 s, 4 at a time on a core each, if all take "
        "as long as this network; how long processes take to start is not measured here yet."
    )


def test_halving_and_fewer_epochs_take_less():
    assert "At most about 18 s" in measured("batch_size=8,16,32", halving=True)
    assert "At most about 63 s" in measured("epochs=10,20,40")
    assert "At most about 43 s" in measured("epochs=2..20", method=Method.RANDOM, trials=4)


def test_trainings_that_may_stop_early_take_that_long_at_the_most():
    plan = plan_of(iris(), "batch_size=8,16,32")
    assert "At most about 18 s" in cost_of(plan, 10, 0.5, 1, "", 3.0, may_stop=True)
    assert "At most about 13 s" in measured("patience=3,5")


def test_nothing_is_at_most_while_nobody_measured_how_processes_start():
    told = cost("epochs=10,20,40")
    assert "At most" not in told and "About 63 s" in told
    assert "; less where trainings end early; how long processes take to start is not measured" in told


def test_a_sweep_begins_as_the_one_before_it_did():
    assert start_of(20.0, trained=12.0, trainings=4, workers=2) == 13.89
    assert start_of(1.0, trained=12.0, trainings=4, workers=2) == 0.0
    plan = plan_of(iris(), "batch_size=8,16,32")
    assert "About 29 s" in cost_of(plan, 10, 0.5, 1, start_seconds=13.89)


def test_while_it_runs_it_says_how_long_the_rest_takes():
    assert standing(10, 4, 5, "", seconds=80.0) == (
        "4 of 10 settings done, 5 trainings begun, about 2 min left."
    )
    assert "left" not in standing(10, 4, 5, "") and "left" not in standing(10, 0, 5, "", seconds=80.0)
    assert "left" not in standing(10, 10, 0, "", seconds=80.0)


def test_what_is_not_known_is_said():
    assert cost("batch_size=8", seconds=None) == (
        "1 setting. How long it takes is known once the network can run."
    )
    assert cost("batch_size=8", workers=None) == (
        "1 setting. How long it takes depends on the scheduler's workers."
    )


def test_nothing_is_typed_in_the_window():
    said = (
        "loss decides how val_loss is measured, so settings can't be compared by it. Take --metric "
        "val_accuracy, or leave it out."
    )
    assert in_window(said, {"loss": "Loss"}) == (
        "Loss decides how validation loss is measured, so settings can't be compared by it. Compare by "
        "validation accuracy, or do not vary it."
    )


def test_options_have_their_titles():
    titles = {"dense_1.units": "Dense: Units", "learning_rate": "Learning rate"}
    units = "dense_1.units: Units must be a whole number; received 'x'."
    assert in_window(units, titles) == "Dense: Units: Units must be a whole number; received 'x'."
    ends = "learning_rate=0.1..0.01:log:5: a range goes from its lower end to its upper one."
    assert in_window(ends, titles) == "Learning rate: a range goes from its lower end to its upper one."
    assert in_window("This data: none.", titles) == "This data: none."


def test_where_only_real_samples_are_counted_accuracy_is_called_what_it_is():
    assert title_of(Metric.VAL_ACCURACY, False) == "validation accuracy"
    assert title_of(Metric.VAL_ACCURACY, True) == "validation: real called real"
    assert title_of(Metric.VAL_LOSS, True) == "validation loss"
    assert in_window("Setting 1 against 2, by val_accuracy: no.", only_real=True) == (
        "Setting 1 against 2, by validation: real called real: no."
    )


def test_a_sweep_that_is_over_says_what_it_cost():
    assert standing(3, 3, 0, "", took=4.04) == (
        "3 of 3 settings done. Its trainings computed for 4.0 s together."
    )


def test_computing_and_waiting_have_two_names():
    assert standing(6, 6, 0, "", took=0.07, whole=8.9) == (
        "6 of 6 settings done. Its trainings computed for 0.07 s together; with starting processes and "
        "keeping runs it took 8.9 s."
    )
    plan = plan_of(iris(), "batch_size=8,16,32")
    short = cost_of(plan, 10, 0.001, 1, BEFORE, start_seconds=8.5)
    assert "About 8.7 s, of which 8.7 s to start processes and keep runs, one after" in short
    assert "of which" not in cost_of(plan, 10, 5.0, 1)
