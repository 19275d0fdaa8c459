"""Resume goes on to the end of a run and Continue beyond it: the same word, and the same end, for a run that
stands where it stood, whatever was edited and undone meanwhile.
"""

from __future__ import annotations

import pytest

from nnstudio.training.messages import Phase

END = 6


@pytest.fixture
def run(hands, window):
    """A run that was trained to its end; its word, and where it ends when it goes on."""
    hands.train("xor", END)

    class Run:
        def word(self) -> str:
            return window.panels.run_bar.train_action.text()

        def settle(self) -> None:
            """Wait for the plan of an edit."""
            window.runner.planner.settle_now()
            hands.wait(lambda: window.runner.is_planned and window.runner.snapshot.phase.has_network)

        def end(self) -> int:
            before = window.runner.snapshot.steps
            window.runner.orders.train()
            hands.wait(lambda: window.runner.snapshot.steps > before)
            hands.wait_phase(Phase.FINISHED)
            return window.runner.snapshot.epoch

    return Run()


def note(hands, window):
    hands.trigger("note")


def batch(hands, window):
    window.editor.change_setting("batch_size", 5)


def weight(hands, window):
    node = next(n.id for n in window.editor.graph.nodes if n.kind == "dense")
    window.run_steps.write(node, "weight", 0, 1.0)


def reset(hands, window):
    window.run_steps.reset()


@pytest.mark.parametrize("edit", [note, batch, weight, reset])
def test_a_finished_run_is_trained_on_after_an_edit_and_its_undo(hands, window, run, edit):
    assert run.word() == "Continue"
    edit(hands, window)
    run.settle()
    hands.wait(lambda: run.word() == ("Train" if edit is reset else "Continue"))
    hands.trigger("undo")
    run.settle()
    hands.wait(lambda: run.word() == "Continue" and window.runner.snapshot.epoch == END)
    assert run.end() == 2 * END and run.word() == "Continue"


@pytest.mark.parametrize("edit", [batch, reset])
def test_a_run_beyond_its_end_resumes_to_where_it_was_begun_to(hands, window, run, edit):
    window.runner.orders.train()
    # Before its first epoch is through.
    window.runner.orders.pause()
    hands.wait_phase(Phase.PAUSED)
    epoch = window.runner.snapshot.epoch
    edit(hands, window)
    run.settle()
    hands.trigger("undo")
    run.settle()
    hands.wait(lambda: window.runner.snapshot.epoch == epoch and run.word() == "Resume")
    assert window.panels.run_bar.status.text().startswith(f"epoch {epoch} of {2 * END}\n")
    assert run.end() == 2 * END


def test_a_run_beyond_its_end_resumes_to_the_same_end_when_it_was_saved(hands, window, run, tmp_path):
    window.runner.orders.train()
    window.runner.orders.pause()
    hands.wait_phase(Phase.PAUSED)
    assert hands.save(tmp_path / "p.nns") and hands.open(tmp_path / "p.nns")
    run.settle()
    hands.wait(lambda: run.word() == "Resume")
    assert f" of {2 * END}\n" in window.panels.run_bar.status.text()


def test_more_epochs_make_it_resume_and_fewer_continue(hands, window, run):
    window.editor.change_setting("epochs", END + 3)
    hands.wait(lambda: run.word() == "Resume")
    assert run.end() == END + 3
    window.editor.change_setting("epochs", 2)
    hands.wait(lambda: run.word() == "Continue" and window.runner.snapshot.goal == 0)
    assert run.end() == 2 + END + 3


def test_a_saved_run_says_the_same_when_it_is_opened(hands, window, run, tmp_path):
    assert hands.save(tmp_path / "p.nns") and hands.open(tmp_path / "p.nns")
    run.settle()
    hands.wait(lambda: run.word() == "Continue")
