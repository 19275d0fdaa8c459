"""Larger text and then the usual one again leaves every panel as wide and as high as it was."""

from __future__ import annotations

import pytest

from nnstudio.training.messages import Phase
from nnstudio.ui.widgets.theme import theme


@pytest.fixture
def panels(window, hands):
    """Sizes of the panels in sight, in a window of 1024 x 700 with an example."""
    window.resize(1024, 700)
    window.files.open_example("iris")
    hands.wait_phase(Phase.READY)
    settle(window, hands)

    def sizes() -> dict[str, tuple[int, int]]:
        docks = ((name, window.docks[name]) for name in window.docks)
        return {n: (d.width(), d.height()) for n, d in docks if not d.visibleRegion().isEmpty()}

    yield sizes
    theme.set_text_scale(1.0)


def settle(window, hands) -> None:
    hands.wait(lambda: not window.layouts._follow.isActive())


def scale(window, hands, name: str, times: int = 1) -> None:
    for _ in range(times):
        hands.trigger(name)
        settle(window, hands)


@pytest.mark.parametrize("steps", [1, 4])
def test_panels_stand_as_before_once_the_text_is_as_before(window, hands, panels, steps):
    before = panels()
    scale(window, hands, "larger text", steps)
    assert panels() != before
    scale(window, hands, "smaller text", steps)
    assert panels() == before
    scale(window, hands, "larger text", steps)
    scale(window, hands, "normal text")
    assert panels() == before and not window.layouts.steps.can_undo


def test_panels_of_a_layout_of_ones_own_come_back_too(window, hands, panels):
    window.docks["map"].hide()
    hands.wait(lambda: window.layouts.steps.arrangement is None)
    before = panels()
    scale(window, hands, "larger text", 6)
    scale(window, hands, "normal text")
    assert panels() == before and "map" not in before


def test_what_a_person_changed_meanwhile_stays(window, hands, panels):
    scale(window, hands, "larger text", 2)
    window.docks["map"].hide()
    hands.wait(lambda: window.layouts.steps.can_undo)
    scale(window, hands, "normal text")
    assert "map" not in panels() and window.docks["map"].isHidden()


def test_a_window_of_another_size_does_not_get_the_panels_of_the_one_before(window, hands, panels):
    scale(window, hands, "larger text", 3)
    window.resize(1360, 850)
    settle(window, hands)
    scale(window, hands, "normal text")
    assert panels()["inspector"][0] > 225
