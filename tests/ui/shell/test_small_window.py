"""In a window of 1024 x 700, no page and no message takes the room of another."""

from __future__ import annotations

import pytest

from nnstudio.training.messages import Phase

SIZE = (1024, 700)
# Panels beside the middle of the window.
BESIDE = ("palette", "map", "inspector", "data")


@pytest.fixture
def small(window, hands):
    window.resize(*SIZE)
    hands.wait(lambda: not window.layouts._follow.isActive())
    return window


@pytest.fixture
def flats(tmp_path):
    """A table with names of columns as people write them, and a gap."""
    path = tmp_path / "flats.csv"
    rows = "".join(f"{30 + i % 90},{'' if i % 8 == 0 else 1 + i % 4},{1900 + i},{i * 3.5}\n" for i in range(80))
    path.write_text("area_in_square_metres,number_of_rooms,year_of_construction,price_in_thousands\n" + rows)
    return path


def widths(window) -> dict[str, int]:
    return {name: window.docks[name].width() for name in BESIDE}


def is_steady(window, before) -> bool:
    return widths(window) == before and (window.width(), window.height()) == SIZE


@pytest.mark.parametrize("example", ["celsius", "mnist-dense", "passengers"])
def test_the_data_of_an_example_leaves_the_panels_their_width(small, hands, example):
    small.files.open_example(example)
    hands.wait_phase(Phase.READY)
    before = widths(small)
    small.show_data()
    page = small.panels.data_page
    hands.wait(lambda: page.isVisible() and bool(page.understood.text()))
    assert is_steady(small, before)
    small.show_canvas()
    assert is_steady(small, before)


def test_the_data_of_a_table_leaves_the_panels_their_width(small, hands, flats):
    hands.create_from(flats)
    hands.wait_phase(Phase.READY)
    before = widths(small)
    assert before["inspector"] > 200
    small.show_data()
    page = small.panels.data_page
    hands.wait(lambda: page.look is not None and page.target.isVisible() and page.marks.isVisible())
    assert is_steady(small, before)
    boxes = (page.target, page.task, page.marks, page.propose, page.shown)
    assert all(box.geometry().right() < page.width() and box.visibleRegion() for box in boxes)
    small.show_canvas()
    assert is_steady(small, before)
