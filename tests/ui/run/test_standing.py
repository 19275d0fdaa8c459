"""What the run bar says of the moment that is shown."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nnstudio.data.dataset import Split
from nnstudio.model.settings import TrainingSettings
from nnstudio.training.curve import Curve, Epoch
from nnstudio.training.messages import Phase, Snapshot
from nnstudio.training.state import EndOfEpoch
from nnstudio.ui.run import run_bar
from nnstudio.ui.run.run_bar import RunBar
from nnstudio.ui.run.standing import of_outputs, standing, with_outputs

ROWS = Curve(Epoch(n, 50 * n, 1 / n, n / 10, 2 / n, n / 20, 1.0, float(n)) for n in (1, 2, 3))
NOW = Snapshot(1, 1, Phase.PAUSED, epoch=3, steps=170, loss=0.3, accuracy=0.35, fraction=0.4, is_within=True)
WHOLE = replace(NOW, steps=150, is_within=False)


@pytest.fixture
def bar(qtbot):
    bar = RunBar()
    qtbot.addWidget(bar)
    # Wide enough for all words, whatever style tests before have left.
    bar.resize(2000, 60)
    bar.show_settings(TrainingSettings(epochs=10))
    return bar


def test_in_the_first_epochs_the_running_mean_is_of_the_running_one_so_far():
    for epoch, told in ((0, "mean so far"), (1, "mean so far"), (2, "mean so far"), (3, "mean of 50 steps")):
        now = replace(NOW, epoch=epoch, steps=50 * epoch + 20, phase=Phase.RUNNING)
        assert standing(now, Curve(ROWS[:epoch]), 10).figures.split("\n")[0].endswith(f"   {told}")


def test_training_and_validation_of_now():
    told = standing(NOW, ROWS, 10)
    assert told[:5] == (4, 10, 170, (0.3, 0.35), (2 / 3, 0.15))
    assert told.where == "epoch 4 of 10\nstep 170" and told.figures == (
        "loss 0.3   35.0%   mean of 50 steps\nloss 0.6667   15.0%   end of epoch 3"
    )
    assert standing(replace(NOW, steps=150), ROWS, 10).figures.startswith(
        "loss 0.3   35.0%   mean of the epoch"
    )
    runs = replace(NOW, steps=150, phase=Phase.RUNNING)
    assert "   mean of 50 steps\n" in standing(runs, ROWS, 10).figures, "while it trains words stay"
    assert standing(Snapshot(), Curve(), 10).figures == "loss -\nloss -"


def test_where_all_samples_are_real_it_says_what_is_counted_and_that_it_is_no_goal(bar):
    bar.show_parts(Split.VALIDATION, True)
    bar.follow(NOW, ROWS)
    assert bar.figures.text() == (
        "loss 0.3   real called real 35.0%   mean of 50 steps\n"
        "loss 0.6667   real called real 15.0%   end of epoch 3"
    )
    assert "Neither 100% nor" in bar.figures.toolTip()
    bar.show_parts(Split.VALIDATION)
    assert "real" not in bar.figures.text() and "Neither" not in bar.figures.toolTip()


def test_while_the_first_epoch_runs_it_says_when_validation_comes():
    first = replace(NOW, phase=Phase.RUNNING, epoch=0, steps=20)
    assert standing(first, Curve(), 10, True).figures.endswith("\nloss -   at the end of epoch 1")
    assert standing(first, Curve(), 10, False).figures.endswith("\nloss -")
    assert standing(replace(first, phase=Phase.PAUSED), Curve(), 10, True).figures.endswith("\nloss -")


@pytest.mark.parametrize(
    ("shown", "told"),
    [
        (0, (0, 10, 0, None, None)),
        (50, (1, 10, 50, (1.0, 0.1), (2.0, 0.05))),
        (51, (2, 10, 51, (0.5, 0.2), (1.0, 0.1))),
        (160, (4, 10, 160, (0.3, 0.35), (2 / 3, 0.15))),
    ],
)
def test_in_the_past_it_is_the_epoch_that_the_step_lies_in(shown, told):
    assert standing(replace(NOW, shown=shown), ROWS, 10)[:5] == told


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (replace(NOW, shown=51), "   end of epoch 2"),
        (replace(NOW, shown=100), ""),
        (replace(NOW, shown=160), "   end of epoch 3"),
        (replace(NOW, steps=150), ""),
        (replace(NOW, phase=Phase.RUNNING), "   end of epoch 3"),
        (replace(NOW, phase=Phase.RUNNING, steps=150), "   end of epoch 3"),
        (replace(NOW, shown=0), ""),
    ],
)
def test_validation_of_another_step_than_the_one_shown_says_of_which_epoch_it_is(now, told):
    _training, validation = standing(now, ROWS, 10).figures.split("\n")
    assert validation.partition("%")[2] == told


@pytest.mark.parametrize(
    ("shown", "kind"), [(51, "mean of epoch 2"), (100, "mean of epoch 2"), (160, "mean of 50 steps")]
)
def test_in_the_past_figures_of_training_are_dated_too(bar, shown, kind):
    bar.follow(replace(NOW, shown=shown), ROWS)
    assert bar.figures.text().split("\n")[0].endswith(kind)
    # At the end of an epoch validation is of the very step.
    assert bar.figures.isEnabled() == (shown == 100)
    bar.follow(NOW, ROWS)
    assert bar.figures.isEnabled() and "mean of epoch" not in bar.figures.text()


def test_where_the_best_weights_came_back_all_is_of_their_epoch(bar):
    bar.follow(replace(NOW, phase=Phase.FINISHED, steps=150, returned_to=EndOfEpoch(2, 100)), ROWS)
    assert bar.status.text().startswith("epoch 2 (best of 3)\nstep 100 ")
    # It is over, though the settings have more epochs.
    assert bar.train_action.text() == "Continue" and not bar.stop_action.isEnabled()
    assert bar.figures.text() == "loss 0.5   20.0%   mean of the epoch\nloss 1   10.0%"
    bar.follow(replace(NOW, phase=Phase.FINISHED, returned_to=EndOfEpoch(2, 100), shown=50), ROWS)
    assert bar.status.text().startswith("epoch 1 of 10\nstep 50 ")


def test_figures_of_before_a_change_are_greyed_and_say_so(bar):
    bar.follow(replace(NOW, is_altered=True), ROWS)
    assert bar.figures.text() == (
        "loss was 0.3   35.0%   mean of 50 steps\nloss was 0.6667   15.0%   end of epoch 3"
    )
    assert not bar.figures.isEnabled() and "of before" in bar.figures.toolTip()
    bar.follow(replace(NOW, is_altered=True, shown=50), ROWS)
    assert bar.figures.isEnabled() and "was" not in bar.figures.text()
    bar.follow(NOW, ROWS)
    assert bar.figures.isEnabled() and "of before" not in bar.figures.toolTip()


def test_the_goal_does_not_count_up_with_the_epochs():
    beyond = replace(WHOLE, epoch=15)
    assert standing(replace(beyond, phase=Phase.RUNNING, goal=20), ROWS, 10).where.startswith(
        "epoch 16 of 20\n"
    )
    assert standing(beyond, ROWS, 10).where.startswith("epoch 15\n")


@pytest.mark.parametrize("phase", [Phase.PAUSED, Phase.FINISHED])
@pytest.mark.parametrize(
    ("epoch", "goal", "epochs", "word", "where"),
    [
        (3, 10, 10, "Resume", "epoch 3 of 10"),
        (3, 0, 10, "Resume", "epoch 3 of 10"),
        (10, 10, 10, "Continue", "epoch 10 of 10"),
        (10, 0, 10, "Continue", "epoch 10 of 10"),
        # Trained on beyond the settings, and paused there.
        (15, 20, 10, "Resume", "epoch 15 of 20"),
        (20, 20, 10, "Continue", "epoch 20 of 20"),
        (15, 0, 10, "Continue", "epoch 15"),
        # More epochs were set.
        (10, 10, 30, "Resume", "epoch 10 of 30"),
    ],
)
def test_the_word_says_what_training_on_does_however_the_run_came_there(
    bar, phase, epoch, goal, epochs, word, where
):
    snapshot = replace(WHOLE, phase=phase, epoch=epoch, goal=goal)
    bar.show_settings(TrainingSettings(epochs=epochs))
    bar.follow(snapshot, ROWS)
    assert bar.train_action.text() == word and bar.status.text().startswith(f"{where}\n")
    assert bar.stop_action.isEnabled() == (word == "Resume" and phase == Phase.PAUSED)


@pytest.mark.parametrize(
    ("now", "where"),
    [
        # Before it begins, while the first is on its way, within it, and once it is whole.
        (Snapshot(phase=Phase.READY), "epoch 0 of 10\nstep 0"),
        (Snapshot(phase=Phase.RUNNING, goal=10), "epoch 1 of 10\nstep 0"),
        (Snapshot(phase=Phase.RUNNING, goal=10, steps=7, is_within=True), "epoch 1 of 10\nstep 7"),
        (Snapshot(phase=Phase.PAUSED, goal=10, steps=7, is_within=True), "epoch 1 of 10\nstep 7"),
        (Snapshot(phase=Phase.PAUSED, goal=10, epoch=1, steps=50), "epoch 1 of 10\nstep 50"),
        # At the end of one, the next is on its way while it trains.
        (replace(WHOLE, phase=Phase.RUNNING, goal=10), "epoch 4 of 10\nstep 150"),
        (replace(WHOLE, goal=10), "epoch 3 of 10\nstep 150"),
        (replace(WHOLE, phase=Phase.FINISHED, goal=10), "epoch 3 of 10\nstep 150"),
        (replace(NOW, phase=Phase.FINISHED, goal=10), "epoch 4 of 10\nstep 170"),
        (replace(NOW, phase=Phase.DIVERGED, goal=10), "epoch 4 of 10\nstep 170"),
        # The last one, and its end.
        (replace(NOW, phase=Phase.RUNNING, epoch=9, steps=480, goal=10), "epoch 10 of 10\nstep 480"),
        (replace(WHOLE, phase=Phase.RUNNING, epoch=10, steps=500, goal=10), "epoch 10 of 10\nstep 500"),
        (replace(WHOLE, phase=Phase.FINISHED, epoch=10, steps=500, goal=10), "epoch 10 of 10\nstep 500"),
        # A single step beyond the end.
        (replace(NOW, epoch=10, steps=501), "epoch 11\nstep 501"),
    ],
)
def test_epochs_are_counted_from_one(now, where):
    assert standing(now, ROWS, 10).where == where


def test_a_run_that_was_never_trained_says_train(bar):
    bar.follow(Snapshot(1, 1, Phase.PAUSED), Curve())
    assert bar.train_action.text() == "Train" and bar.reset_action.isEnabled()


def test_the_bar_says_both_with_their_names(bar):
    bar.follow(NOW, ROWS)
    assert bar.status.text() == "epoch 4 of 10\nstep 170 · seed 1"
    assert bar.figures.text() == standing(NOW, ROWS, 10).figures
    assert bar.parts.text() == "training\nvalidation"
    bar.show_parts(Split.TRAINING)
    assert bar.parts.text() == "training\nno validation"


def test_nothing_moves_when_the_first_button_says_another_word(bar):
    bar.resize(1400, 40)
    bar.show()
    widths = set()
    for phase in (Phase.READY, Phase.RUNNING, Phase.PAUSED, Phase.FINISHED):
        bar.follow(replace(NOW, phase=phase), ROWS)
        bar.grab()
        widths.add((bar.train_button.width(), bar.rate.x()))
        assert bar.train_button.sizeHint().width() <= bar.train_button.width()
    assert len(widths) == 1


def test_a_click_that_was_meant_for_pause_does_not_train_on(bar, monkeypatch):
    asked, told = [], []
    bar.train_requested.connect(lambda: asked.append(True))
    bar.told.connect(told.append)
    bar.follow(replace(NOW, phase=Phase.RUNNING), ROWS)
    bar.follow(replace(NOW, phase=Phase.FINISHED, epoch=10), ROWS)
    bar.train_action.trigger()
    assert not asked and told == ["The training had just ended. Press Continue to train on."]
    monkeypatch.setattr(run_bar, "LATE_CLICK", 0.0)
    bar.train_action.trigger()
    assert asked and len(told) == 1


def test_a_loss_of_several_outputs_is_called_a_sum():
    told = standing(NOW, ROWS, 10)._replace(is_sum=True)
    assert all(line.startswith("sum of losses ") for line in told.figures.split("\n"))
    assert "sum over all Outputs" in told.tip


def test_the_loss_of_each_of_several_outputs_is_told_by_its_name():
    losses = (("output_1", 0.25), ("output_2", float("nan")), ("output_3", 1.5))
    now = replace(NOW, output_losses=losses)
    each = of_outputs(now, {"output_1": "Real", "output_3": "Fooled"})
    assert each == " Mean of epoch 3: Real 0.25, Fooled 1.5."
    names = {"output_1": "Real", "output_3": "Fooled"}
    assert with_outputs(standing(now, ROWS, 10), now, names).tip.endswith(each)
    assert of_outputs(replace(now, shown=50), {}) == of_outputs(NOW, {}) == ""


def test_figures_of_the_weights_as_they_are_take_the_place_of_means():
    now = replace(NOW, training_now=(0.125, 0.5))
    assert standing(now, ROWS, 10).figures.split("\n")[0] == "loss 0.125   50.0%   of these weights"
    past = standing(replace(now, shown=51), ROWS, 10)
    assert past.figures.split("\n")[0] == "loss 0.5   20.0%   mean of epoch 2", "they are of now"
    best = replace(now, steps=150, returned_to=EndOfEpoch(2, 100))
    assert standing(best, ROWS, 10).figures.split("\n")[0] == "loss 0.125   50.0%   of these weights"


def test_where_there_is_hardly_room_the_tip_alone_says_what_figures_of_now_are():
    assert standing(NOW, ROWS, 10).short_figures == "loss 0.3   35.0%\nloss 0.6667   15.0%   epoch 3"
    past = standing(replace(NOW, shown=51), ROWS, 10)
    assert past.short_figures == "loss 0.5   20.0%   epoch 2\nloss 1   10.0%   epoch 2"
