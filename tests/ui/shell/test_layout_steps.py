"""One change of the layout is put back by one step, exactly; what nobody did is no step."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QCoreApplication, QPoint, Qt
from PySide6.QtTest import QTest

from nnstudio.ui.shell.arrangement import SHIPPED


def settle() -> None:
    for _ in range(5):
        QCoreApplication.processEvents()


def sizes(window) -> dict[str, tuple]:
    settle()
    docks = window.docks
    return {name: docks[name].geometry().getRect() for name in docks if docks.is_seen(name)}


def drag_edge(window, right_of: str, by: int) -> None:
    """The edge between a panel and the next one on its right."""
    dock = window.docks[right_of].geometry()
    edge = QPoint(dock.right() + 3, dock.center().y())
    QTest.mouseMove(window, edge)
    QTest.mousePress(window, Qt.MouseButton.LeftButton, pos=edge)
    for share in (0.5, 1.0):
        QTest.mouseMove(window, edge + QPoint(int(by * share), 0))
    settle()
    QTest.mouseRelease(window, Qt.MouseButton.LeftButton, pos=edge + QPoint(by, 0))


def test_an_edge_that_was_dragged_comes_back_in_one_step(window, hands):
    before = sizes(window)
    drag_edge(window, "loss_curve", 60)
    after = sizes(window)
    assert after["loss_curve"][2] == before["loss_curve"][2] + 60
    hands.trigger("undo layout")
    assert sizes(window) == before
    assert not window.menus.actions["undo layout"].isEnabled()
    hands.trigger("redo layout")
    assert sizes(window) == after


@pytest.mark.parametrize(
    "change",
    [
        lambda docks: docks["loss_surface"].titleBarWidget().float.click(),
        lambda docks: docks["map"].toggleViewAction().trigger(),
        lambda docks: docks.window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, docks["weights"]),
        lambda docks: docks.window.splitDockWidget(
            docks["loss_surface"], docks["loss_curve"], Qt.Orientation.Horizontal
        ),
    ],
)
def test_what_a_person_moves_opens_or_closes_is_one_step(window, hands, change):
    before = sizes(window)
    change(window.docks)
    settle()
    assert sizes(window) != before or window.docks["loss_surface"].isFloating()
    hands.trigger("undo layout")
    assert sizes(window) == before and not window.docks["loss_surface"].isFloating()
    assert not window.layouts.steps.can_undo and window.layouts.steps.can_redo


def test_tabs_sizes_of_the_window_and_data_are_no_steps(window, hands):
    settle()
    window.docks.raise_("weights")
    settle()
    window.resize(1500, 950)
    settle()
    window.files.open_example("celsius")
    hands.wait(lambda: window.docks["decision_boundary"].isHidden())
    settle()
    hands.trigger("start")
    hands.trigger("go canvas")
    settle()
    assert not window.layouts.steps.can_undo


def test_a_step_leaves_the_tabs_in_front(window, hands):
    drag_edge(window, "loss_curve", 40)
    window.docks.raise_("weights")
    settle()
    hands.trigger("undo layout")
    settle()
    assert window.docks.is_seen("weights")


def test_another_layout_is_one_step_too(window, hands):
    before = sizes(window)
    for arrangement in SHIPPED[1:3]:
        window.layouts.choose(arrangement)
    hands.trigger("undo layout")
    hands.trigger("undo layout")
    assert sizes(window) == before


def test_another_tab_leaves_all_widths(window, hands):
    window.files.open_example("spiral")
    hands.wait(lambda: window.runner.has_network)
    before = sizes(window)
    for name in window.live.views:
        window.docks.raise_(name)
        widths = {rect[2] for at, rect in sizes(window).items() if at in window.live.views}
        assert widths <= {rect[2] for rect in before.values()}, name
