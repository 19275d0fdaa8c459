"""What is said of one run beside the table."""

from __future__ import annotations

from nnstudio.model.settings import TrainingSettings
from nnstudio.runs.record import RunRecord, RunStatus
from nnstudio.ui.runs.facts import facts


def told(**fields) -> dict[str, str]:
    return dict(facts(RunRecord("1", **fields)))


def test_settings_are_named_where_they_are_not_as_usual():
    settings = TrainingSettings().with_option("optimizer", "sgd")
    assert "learning rate 0.03" in told(settings=settings.to_dict())["Settings"]
    assert "momentum" not in told(settings=settings.to_dict())["Settings"]
    settings = settings.with_option("momentum", 0.5).with_option("l2", 0.25)
    text = told(settings=settings.to_dict())["Settings"]
    assert "momentum 0.5" in text and "L2 0.25" in text and text.startswith("SGD")


def test_an_optimizer_whose_package_is_gone_keeps_its_name():
    settings = {**TrainingSettings().to_dict(), "optimizer": "theirs"}
    assert told(settings=settings)["Settings"].startswith("theirs, ")


def test_the_best_epoch_says_whether_its_weights_are_there():
    best = {"epoch": 3, "loss": 0.5, "val_loss": 0.25}
    text = told(best=best, epochs=5, watched="validation", has_best_weights=True)["Best"]
    assert text == "epoch 3, validation loss 0.25 (its weights were kept)"
    assert "were not kept" in told(best=best, epochs=5)["Best"]
    assert (
        told(best={"epoch": 5, "loss": 0.5, "val_loss": None}, epochs=5)["Best"]
        == "epoch 5, training loss 0.5"
    )


def test_the_estimate_stands_beside_the_truth():
    text = told(epochs=2, steps=20, seconds=100.0, estimate_seconds=30.0)["Trained"]
    assert text == "2 epochs, 20 steps, 2 min of computing, 30 s were estimated"


def test_what_is_not_known_is_left_out():
    assert list(told()) == ["Trained"]
    assert told(reason="The loss is no longer a number.")["Ended"] == "The loss is no longer a number."


def test_a_run_that_ended_with_its_best_weights_does_not_say_that_they_were_lost():
    best = {"epoch": 3, "loss": 0.5, "val_loss": 0.25}
    said = told(
        best=best,
        epochs=5,
        watched="validation",
        returned_to=3,
        stopped_early=True,
        status=RunStatus.FINISHED,
    )
    assert said["Best"] == "epoch 3, validation loss 0.25 (the run ended with its weights)"
    assert said["Ended"] == (
        "Stopped early after 5 epochs, best epoch 3 by validation loss: its weights are back."
    )


def test_what_was_estimated_for_more_epochs_says_so():
    settings = TrainingSettings(epochs=100).to_dict()
    text = told(epochs=2, steps=20, seconds=3.0, estimate_seconds=150.0, settings=settings)["Trained"]
    assert text == "2 epochs, 20 steps, 3.0 s of computing, 2 min were estimated for 100 epochs"
    text = told(epochs=100, steps=20, seconds=160.0, estimate_seconds=150.0, settings=settings)["Trained"]
    assert text.endswith("2 min were estimated")
