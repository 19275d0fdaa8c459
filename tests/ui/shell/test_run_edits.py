"""What was edited in the course of a run is known by its step, as long as the run has it."""

from __future__ import annotations

import pytest

from nnstudio.training.messages import Phase


@pytest.fixture
def trained(hands, window):
    """A window on xor after 3 epochs, and the edits that the curve was told of."""
    hands.train("xor", 3)
    window.told = lambda: [(edit.step, edit.title) for edit in window.live._edits]
    return window


def planned(hands, edit) -> None:
    before = hands.window.runner.snapshot.run_id
    edit()
    hands.wait(lambda: hands.window.runner.snapshot.run_id > before and hands.window.runner.has_network)


def test_an_edit_is_marked_and_goes_with_its_undo(trained, hands):
    steps = trained.runner.snapshot.steps
    assert trained.told() == []
    planned(hands, lambda: trained.editor.change_node("dense_1", "units", 9))
    assert trained.told() == [(steps, "Set units of Dense to 9")]
    trained.panels.run_bar.step_action.trigger()
    hands.wait(lambda: trained.runner.snapshot.steps == steps + 1)
    assert trained.told() == [(steps, "Set units of Dense to 9")]
    planned(hands, lambda: hands.trigger("undo"))
    assert trained.runner.snapshot.steps == steps and trained.told() == []


def test_another_learning_rate_is_an_edit_and_so_is_taking_it_back(trained, hands):
    steps, title = trained.runner.snapshot.steps, "Set learning rate to 0.5"
    trained.editor.change_setting("learning_rate", 0.5)
    assert trained.told() == [(steps, title)]
    hands.trigger("undo")
    assert trained.told() == [], "no step was made with it"
    trained.editor.change_setting("learning_rate", 0.5)
    trained.panels.run_bar.step_action.trigger()
    hands.wait(lambda: trained.runner.snapshot.steps == steps + 1)
    hands.trigger("undo")
    assert trained.told() == [(steps, title), (steps + 1, f"Undone: {title}")]
    # Nothing that is trained.
    trained.editor.add_note()
    assert len(trained.told()) == 2


def test_a_network_that_cannot_run_for_a_while_keeps_the_marks(trained, hands):
    steps = trained.runner.snapshot.steps
    trained.editor.change_setting("learning_rate", 0.5)
    link = trained.editor.graph.links[0]
    trained.editor.remove([], [link])
    hands.wait_phase(Phase.FAILED)
    planned(hands, lambda: trained.editor.connect_nodes(link, None))
    assert trained.told()[0] == (steps, "Set learning rate to 0.5")


def test_another_run_has_none(trained, hands):
    trained.editor.change_setting("learning_rate", 0.5)
    hands.trigger("reset")
    hands.wait_phase(Phase.READY)
    assert trained.told() == []
