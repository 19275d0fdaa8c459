"""The bar, the timeline and the views agree on whose weights are shown, whatever became of them."""

from __future__ import annotations

import pytest

from nnstudio.model.quantity import in_digits
from nnstudio.training.messages import Phase


@pytest.fixture
def early(hands, window):
    """A window on xor whose training was stopped early: large steps only make it worse."""
    window.files.open_example("xor")
    for name, value in (("patience", 2), ("epochs", 9), ("learning_rate", 0.9)):
        window.editor.change_setting(name, value)
    window.runner.orders.train()
    hands.wait_phase(Phase.FINISHED)
    assert window.runner.snapshot.returned_to is not None
    return window


def test_after_early_stopping_everything_is_of_the_best_epoch(hands, early):
    epoch, step = early.runner.snapshot.returned_to
    best = f"step {step:,} (best, epoch {epoch:,})"
    bar, line, views = early.panels.run_bar, early.live.timeline, early.live.views
    hands.wait(lambda: views["decision_boundary"].mark.text() == best)
    hands.wait(lambda: views["loss_curve"].mark.text() == best and views["loss_curve"]._pointed == epoch)
    hands.wait(lambda: early.live.thumbnails.legend.mark.text() == best)
    assert line.label.text().startswith(f"now, {best}")
    done = early.runner.snapshot.epoch
    assert f"epoch {epoch:,} (best of {done})" in bar.status.text() and f"step {step:,} " in bar.status.text()
    hands.wait(lambda: "of these weights" in bar.figures.text())
    session = early.runner.worker.compute(lambda s: s.evaluate(s.data.x_train, s.data.y_train))
    loss, accuracy = session.result(60)
    assert bar.figures.text().startswith(f"loss {in_digits(loss)}   {accuracy:.1%}   of these weights")
    assert f"\nloss {in_digits(early.runner.rows[epoch - 1].val_loss)} " in bar.figures.text()
    assert "by validation loss: its weights are back" in early.panels.outcome.text.text()
    # The timeline still leads to what was after the last step.
    line.slider.setValue(line.slider.maximum() - 1)
    hands.wait(lambda: early.runner.snapshot.shown == line.steps()[-2])
    line.now.click()
    hands.wait(lambda: early.runner.snapshot.shown is None and line.label.text().startswith("now, step"))


def test_weights_set_by_hand_grey_the_figures_until_they_are_taken_back(hands, window):
    hands.train("xor", 2)
    figures = window.panels.run_bar.figures
    node = next(n.id for n in window.editor.graph.nodes if n.kind == "dense")
    window.run_steps.write(node, "weight", 0, 9.0)
    hands.wait(lambda: not figures.isEnabled() and figures.text().startswith("loss was"))
    hands.trigger("undo")
    hands.wait(lambda: figures.isEnabled() and "was" not in figures.text())


def test_a_group_keeps_the_figures_the_timeline_and_the_curve(hands, window):
    hands.train("spiral", 2)
    hands.wait(lambda: "of these weights" in window.panels.run_bar.figures.text())
    before, steps = window.panels.run_bar.figures.text(), window.live.timeline.steps()
    inner = [n.id for n in window.editor.graph.nodes if n.kind in ("dense", "tanh")][:2]
    window.canvas.canvas.select(inner)
    window.editor.make_subnetwork()
    run = window.runner.snapshot.run_id
    hands.wait(lambda: window.runner.snapshot.run_id > run and window.runner.has_network)
    # Those of the weights are evaluated anew; until then the epoch's are told.
    hands.wait(lambda: window.panels.run_bar.figures.text() == before)
    assert window.panels.run_bar.figures.isEnabled()
    assert window.live.timeline.steps() == steps and len(window.runner.rows) == 2
