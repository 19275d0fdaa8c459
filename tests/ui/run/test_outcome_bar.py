"""When a run has ended, one line says what came out, and a button leads to the Results."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nnstudio.doctor.examination import Report
from nnstudio.doctor.finding import Diagnosis
from nnstudio.model.document import DataReference
from nnstudio.model.quantity import in_digits
from nnstudio.training.messages import Phase

GAN = Path(__file__).parents[3] / "resources" / "lessons" / "gan" / "start.nns"


def said(hands) -> str:
    return hands.window.panels.outcome.text.text()


@pytest.fixture
def opened(hands, window, tmp_path):
    """A window on a table with a validation part."""
    path = tmp_path / "flats.csv"
    path.write_text("size,age,kind\n" + "".join(f"{i},{i % 7},{'ab'[i % 2]}\n" for i in range(200)))
    hands.create_from(path)
    hands.wait(lambda: window.runner.has_network)
    window.show_canvas()
    return window


def test_the_end_of_a_run_tells_the_accuracy_and_leads_to_the_results(hands, opened):
    bar = opened.panels.outcome
    assert bar.isHidden()
    opened.editor.change_setting("epochs", 2)
    opened.runner.orders.train()
    hands.wait(lambda: "predicted correctly" in said(hands))
    assert not bar.isHidden()
    assert said(hands).startswith("Finished after 2 epochs. ") and "validation samples" in said(hands)
    bar.to_view.click()
    hands.wait(lambda: opened.live.views["results"]._latest is not None)
    assert f"{opened.live.views['results']._latest.accuracy:.1%} of" in said(hands)
    bar.dismiss.click()
    assert bar.isHidden()


def test_what_was_dismissed_stays_away_when_the_doctor_has_looked(hands, opened):
    bar, outcome = opened.panels.outcome, opened.outcome
    opened.show_canvas()
    opened.editor.change_setting("epochs", 2)
    opened.runner.orders.train()
    hands.wait(lambda: said(hands).startswith("Finished after 2 epochs."))
    bar.dismiss.click()
    outcome.note_report(None)
    assert bar.isHidden()
    outcome.note_report(Report(opened.runner.snapshot.step_shown, ()))
    assert bar.isHidden()
    opened.runner.orders.train()
    hands.wait(lambda: "predicted correctly" in said(hands))
    assert not bar.isHidden(), "another end is told"


def test_a_run_that_stops_early_past_its_first_epochs_says_so_again(hands, opened):
    opened.editor.change_setting("epochs", 2)
    # Nothing is as good as the weights of the first epoch.
    opened.editor.change_setting("patience", 1)
    opened.editor.change_setting("learning_rate", 0.0)
    for after in ("2 epochs", "3 epochs"):
        opened.runner.orders.train()
        hands.wait(lambda after=after: f"after {after}" in said(hands) or f"for {after}" in said(hands))
    assert said(hands).startswith("Stopped early after 3 epochs, best epoch 1 by validation loss: ")
    hands.wait(lambda: "These samples chose the epoch" in said(hands))
    opened.panels.outcome.to_view.click()
    view = opened.live.views["results"]
    hands.wait(lambda: view._latest is not None and view._latest.chose == 1)
    assert "these samples chose the epoch" in view.caption.text()
    assert "chose epoch 1 by the loss of these very validation samples" in view.caption.toolTip()


def test_a_run_that_is_stopped_by_hand_says_so_and_one_that_goes_on_takes_it_back(hands, opened):
    opened.panels.run_bar.step_action.trigger()
    hands.wait_phase(Phase.PAUSED)
    opened.panels.run_bar.stop_action.trigger()
    hands.wait(lambda: "predicted correctly" in said(hands))
    assert said(hands).startswith("Stopped by you after 1 step. ")
    opened.panels.run_bar.step_action.trigger()
    hands.wait(lambda: not said(hands))
    assert opened.panels.outcome.isHidden()


def test_without_a_validation_part_the_test_part_stays_aside(hands, window):
    window.files.open_example("xor")
    window.editor.choose_data(DataReference("xor", {"validation_ratio": 0.0}))
    window.editor.change_setting("epochs", 2)
    window.runner.orders.train()
    hands.wait(lambda: "those for testing" in said(hands))
    assert "%" not in said(hands)


def test_of_what_imitates_no_accuracy_is_told(hands, window):
    assert hands.open(GAN)
    hands.wait(lambda: window.runner.has_network)
    window.editor.change_setting("epochs", 1)
    window.runner.orders.train()
    hands.wait(lambda: "Generated points" in said(hands))
    assert said(hands).startswith("Finished after 1 epoch. ") and "%" not in said(hands)
    assert "neither a judge that is always right nor a falling sum of losses is the goal" in said(hands)
    assert "real called real" in window.panels.run_bar.figures.text()
    window.panels.outcome.to_view.click()
    assert window.panels.outcome.to_view.text() == "Generated points"
    assert not window.docks["generator"].isHidden()


def test_overfitting_is_told_at_the_end_and_leads_to_the_problems(hands, opened):
    opened.editor.change_setting("epochs", 2)
    opened.runner.orders.train()
    hands.wait(lambda: "predicted correctly" in said(hands))
    bar, outcome, step = opened.panels.outcome, opened.outcome, opened.runner.snapshot.steps
    outcome.note_report(Report(step, ()))
    assert bar.problems.isHidden() and "overfits" not in said(hands)
    diagnosis = Diagnosis("overfitting", "Overfitting", "", "It does.", (), step)
    outcome.note_report(Report(step - 1, (diagnosis,)))
    assert bar.problems.isHidden(), "that was seen of an earlier step"
    outcome.note_report(Report(step, (diagnosis,)))
    assert "predicted correctly. It overfits: the validation loss has risen" in said(hands)
    bar.problems.click()
    hands.wait(opened.panels.problems.isVisible)
    outcome.note_report(Report(step, ()))
    assert bar.problems.isHidden() and "overfits" not in said(hands)


@pytest.mark.parametrize(
    "finding, words",
    [
        ("nothing_learned", "It is no clear help on new samples: its validation loss"),
        ("sorted_target", "sorted apart from its rows"),
        ("unseen_targets", "is never seen in training"),
    ],
)
def test_what_the_doctor_says_of_new_samples_is_told_at_the_end_in_place_of_overfitting(
    hands, opened, finding, words
):
    opened.editor.change_setting("epochs", 2)
    opened.runner.orders.train()
    hands.wait(lambda: "predicted correctly" in said(hands))
    step = opened.runner.snapshot.steps
    opened.outcome.note_report(Report(step, (Diagnosis(finding, "It", "", "It does.", (), step),)))
    assert words in said(hands) and "overfits" not in said(hands)
    assert not opened.panels.outcome.problems.isHidden()


def test_a_run_that_lost_what_it_had_learned_says_which_epoch_was_far_better(hands, window):
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    for name, value in (("epochs", 60), ("warmup_steps", 4000), ("learning_rate", 100.0)):
        window.editor.change_setting(name, value)
    window.runner.orders.train()
    hands.wait_phase(Phase.FINISHED)
    hands.wait(lambda: "it was best at epoch" in said(hands))


def test_training_samples_that_are_known_far_better_are_told_after_the_score(hands, opened):
    opened.editor.change_setting("epochs", 2)
    opened.runner.orders.train()
    hands.wait(lambda: "predicted correctly" in said(hands))
    now, row = opened.runner.snapshot, opened.runner.rows[-1]
    opened.outcome.note_report(Report(now.steps, ()))
    opened.outcome._on_snapshot(replace(now, training_now=(row.val_loss / 4, row.val_accuracy)))
    assert f"predicted correctly. The loss is {in_digits(row.val_loss / 4, 3)} on the training" in said(hands)
    step = now.steps
    opened.outcome.note_report(Report(step, (Diagnosis("overfitting", "It", "", "It does.", (), step),)))
    assert "It overfits" in said(hands) and "The loss is" not in said(hands), "the doctor says it already"
