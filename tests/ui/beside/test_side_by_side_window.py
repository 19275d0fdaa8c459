"""The window that trains two networks side by side: pause, go on, reset, other projects, and honest words."""

from __future__ import annotations

import pytest

from nnstudio.project import open_example
from nnstudio.training.messages import Phase
from nnstudio.ui.beside.second_network import SAME
from nnstudio.ui.beside.side_by_side import GO_ON, NO_DATA, NO_PICTURE, PAUSE, START, SideBySide
from nnstudio.ui.live.decision_boundary import DecisionBoundary
from nnstudio.ui.live.fit import FitView


def opened(hands, example: str, epochs: int) -> SideBySide:
    window = hands.window
    window.files.open_example(example)
    hands.wait_phase(Phase.READY)
    window.editor.change_setting("epochs", epochs)
    hands.trigger("side by side")
    return next(d for d in window.findChildren(SideBySide) if d.isVisible())


def test_a_copy_with_another_optimizer_is_trained_paused_and_trained_to_the_end(hands):
    dialog = opened(hands, "xor", 40)
    second = dialog.second
    assert second.said.text() == SAME
    second.form.changed.emit("optimizer", "hill_climber")
    assert second.said.text() == "Differs in: optimizer, learning rate."
    dialog.start_button.click()
    hands.wait(lambda: min(side.clock for side in dialog.sides) > 2)
    dialog.start_button.click()
    assert dialog.start_button.text() == GO_ON
    # What was under way when it was paused is done once the worker answers; nothing comes after it.
    clocks = []
    for _look in range(2):
        hands.compute(lambda _session: None)
        dialog._look()
        clocks.append([side.clock for side in dialog.sides])
    assert clocks[0] == clocks[1] and max(clocks[0]) < 40
    dialog.start_button.click()
    assert dialog.start_button.text() == PAUSE
    hands.wait(lambda: dialog.start_button.text() == START)
    assert [len(side.rows) for side in dialog.sides] == [40, 40] and dialog.said.isHidden()
    assert [isinstance(side.view, DecisionBoundary) for side in dialog.sides] == [True, True]
    assert [side.view._last.step for side in dialog.sides] == [40 * 25, 40 * 25]
    x, _y = dialog.lines[1][0].getData()
    assert len(x) == 40 and "dashed: validation" in dialog.caption.text()
    assert hands.window.runner.snapshot.epoch == 0, "the project is as it was"
    dialog.reset()
    assert not dialog.sides[0].rows and dialog.sides[0].view is None
    dialog.close()


def test_another_project_is_taken_from_a_file_and_told_apart(hands, tmp_path):
    path = tmp_path / "other.nns"
    open_example("celsius").save(path)
    dialog = opened(hands, "iris", 2)
    dialog.second.choose(path)
    hands.wait(lambda: dialog.sides[1].name == "other.nns")
    assert "Differs in: network, data" in dialog.second.said.text()
    assert "do not measure the same" in dialog.second.said.text()
    dialog.start_button.click()
    hands.wait(lambda: dialog.start_button.text() == START)
    first, second = dialog.sides
    assert first.view is None and first.note.text() == NO_PICTURE and isinstance(second.view, FitView)
    assert len(first.rows) == len(second.rows) == 2
    (tmp_path / "broken.nns").write_bytes(b"no project")
    dialog.second.choose(tmp_path / "broken.nns")
    hands.wait(lambda: not dialog.second.problem.isHidden())
    assert "damaged" in dialog.second.problem.text() and dialog.sides[1].name == "other.nns"
    # What is read when it is closed comes to nobody.
    dialog.second.choose(path)
    dialog.close()
    hands.wait(lambda: not hands.window.runner.inquiries.are_open)


def test_it_stops_the_run_of_the_window_and_ends_when_closed(hands):
    dialog = opened(hands, "xor", 100_000)
    hands.window.runner.orders.train()
    hands.wait_phase(Phase.RUNNING)
    dialog.start_button.click()
    hands.wait_phase(Phase.PAUSED)
    hands.wait(lambda: dialog.sides[0].clock > 0)
    besides = list(dialog._besides)
    dialog.close()
    assert all(beside.is_over for beside in besides)


def test_it_begins_at_the_speed_of_the_window_and_keeps_its_own(hands):
    bar = hands.window.panels.run_bar
    bar.speed.setCurrentIndex(1)
    dialog = opened(hands, "xor", 3000)
    assert dialog.speed.currentText() == "Full speed"
    dialog.start_button.click()
    # To watch it would take 50 seconds.
    hands.wait(lambda: dialog.start_button.text() == START)
    assert [len(side.rows) for side in dialog.sides] == [3000, 3000]
    dialog.speed.setCurrentIndex(0)
    dialog.start_button.click()
    hands.wait(lambda: dialog.sides[0].clock > 1)
    assert dialog._is_paced and bar.speed.currentText() == "Full speed"
    dialog.close()


def test_what_cannot_be_trained_is_said(hands):
    dialog = opened(hands, "xor", 5)
    dialog.second._take("Broken", open_example("iris"))
    # A network for iris cannot learn these data.
    dialog.second.project.document.set_data(dialog._document.data)
    dialog.start_button.click()
    hands.wait(lambda: not dialog.said.isHidden())
    assert dialog.said.text().startswith("Broken: ") and dialog.start_button.text() == START
    dialog.close()


@pytest.mark.usefixtures("window")
def test_without_data_there_is_nothing_to_train(hands):
    hands.trigger("side by side")
    assert hands.window.panels.message.text() == NO_DATA
