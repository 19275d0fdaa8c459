"""How a person comes to the runs, and back."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from nnstudio.project import open_example
from nnstudio.training.messages import Phase
from nnstudio.training.state import EndOfEpoch
from nnstudio.ui.runs.runs import opened_in_words


def by_menu(window) -> None:
    window.menus.actions["runs"].trigger()


def by_tab(window) -> None:
    bar = window.page_tabs
    at = [bar.tabText(i) for i in range(bar.count())].index("Runs")
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=bar.tabRect(at).center())


def by_curve(window) -> None:
    curve = window.live.views["loss_curve"]
    actions = {action.text(): action for action in curve.options.options.actions()}
    actions["All runs …"].trigger()


@pytest.mark.parametrize("way", [by_menu, by_tab, by_curve])
def test_the_page_has_all_the_room_and_gives_it_back(hands, window, way):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    assert window.docks["inspector"].isVisible()
    way(window)
    assert window.runs.page.isVisible() and not window.docks["inspector"].isVisible()
    hands.wait(lambda: window.runs.page.listing is not None)
    window.page_tabs.setCurrentIndex(0)
    assert window.canvas.isVisible() and window.docks["inspector"].isVisible()


def test_the_tabs_stay_under_the_pointer_when_the_panels_go(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    bar = window.page_tabs

    def stands():
        hands.wait(lambda: bar.isVisible())
        return bar.mapTo(window, QPoint()).x()

    before = stands()
    assert before > 50
    for page in ("Runs", "Sweep", "Network", "Sweep", "Data"):
        bar.setCurrentIndex([bar.tabText(i) for i in range(bar.count())].index(page))
        hands.wait(lambda: stands() == before)


def test_the_line_that_says_a_run_was_kept_leads_to_it(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    for _ in range(2):
        window.runner.orders.step()
        hands.wait(lambda: window.runner.snapshot.steps == 1)
        window.run_steps.reset()
        hands.wait(lambda: window.runner.snapshot.steps == 0)
    note, table = window.runs.note, window.runs.page.table
    hands.wait(lambda: "XOR 2" in note.text.text())
    note.button.click()
    hands.wait(lambda: [run.name for run in table.selected()] == ["XOR 2"])
    assert note.isHidden() and table.isVisible()


def test_what_is_open_is_named_with_the_epoch_that_its_weights_are_of():
    session = open_example("xor").session()
    for _ in session.slices(2):
        pass
    state = session.state()
    assert opened_in_words("run xor 3", "", None) == "Opened run xor 3."
    assert opened_in_words("run xor 3", "", state) == "Opened run xor 3, trained for 2 epochs."
    begun = replace(state, epoch=0, step=1)
    assert opened_in_words("run xor 3", "", begun) == "Opened run xor 3, trained for 1 step."
    early = replace(state, returned_to=EndOfEpoch(1, 4))
    assert opened_in_words("setting 2 of the sweep", "Units 8", early) == (
        "Opened setting 2 of the sweep (Units 8), with the weights of epoch 1, the best of 2 epochs; its "
        "training is over."
    )
