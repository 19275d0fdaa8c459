"""What a sweep costs, in a sentence, and sentences of the command line as the window says them."""

from __future__ import annotations

from sweep.projects import iris, plan_of

from nnstudio.sweep.plan import Method
from nnstudio.ui.sweeps.words import cost_of, in_window


def cost(*texts: str, seconds: float | None = 0.5, workers: int | None = 1, **how: object) -> str:
    return cost_of(plan_of(iris(), *texts, **how), 10, seconds, workers)


def test_each_training_takes_its_time():
    assert cost("batch_size=8,16,32") == (
        "3 settings. About 18 s, one after the other on one core, if all take as long as this network."
    )
    assert cost("batch_size=8,16,32", "seed=1..2", workers=4) == (
        "3 settings, each trained 2 times: 6 trainings. About 13 s, 4 at a time on a core each, if all take "
        "as long as this network."
    )


def test_halving_and_fewer_epochs_take_less():
    assert "At most about 18 s" in cost("batch_size=8,16,32", halving=True)
    assert "At most about 63 s" in cost("epochs=10,20,40")
    assert "At most about 43 s" in cost("epochs=2..20", method=Method.RANDOM, trials=4)


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
