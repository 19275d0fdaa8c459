"""The window follows the project: only what differs is told, and sentences stay until they were read."""

from __future__ import annotations

import pytest

from nnstudio.training.messages import Phase


@pytest.fixture
def xor(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    return window


def test_what_is_the_same_is_not_shown_again(xor, monkeypatch):
    told = []
    for panel, name in (
        (xor.panels.inspector, "show_nodes"),
        (xor.panels.training, "show_settings"),
        (xor.panels.data, "show_reference"),
        (xor.panels.history, "show_history"),
    ):
        monkeypatch.setattr(panel, name, lambda *_args, name=name, **_named: told.append(name))
    xor.presenter.look_again()
    assert told == []
    xor.editor.change_setting("epochs", 77)
    assert set(told) == {"show_settings", "show_history"}


def test_a_sentence_stays_while_the_network_trains_and_goes_with_the_next_order(hands, xor):
    xor.editor.change_setting("epochs", 100_000)
    xor.runner.orders.train()
    hands.wait(lambda: xor.runner.snapshot.steps > 10)
    xor.messages.say("The disk is full.")
    steps = xor.runner.snapshot.steps
    hands.wait(lambda: xor.runner.snapshot.steps > steps + 10)
    assert xor.panels.message.isVisible() and "disk is full" in xor.panels.message.text()
    xor.panels.run_bar.train_action.trigger()
    assert not xor.panels.message.isVisible()


def test_a_sentence_goes_with_the_next_edit(hands, xor):
    xor.messages.say("This link would make a circle.")
    xor.editor.change_nodes(["dense_1"], "units", 5)
    assert not xor.panels.message.isVisible()


def test_the_title_tells_what_is_open_and_whether_it_is_saved(hands, xor, tmp_path):
    assert xor.windowTitle() == "XOR[*] - nnstudio" and not xor.isWindowModified()
    xor.editor.change_setting("epochs", 9)
    assert xor.isWindowModified()
    assert hands.save(tmp_path / "mine.nns")
    assert xor.windowTitle().startswith("mine.nns") and not xor.isWindowModified()
