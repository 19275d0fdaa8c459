"""However high a text field is, and however far it is scrolled, no line is cut at its end."""

from __future__ import annotations

import pytest

from nnstudio.ui.widgets.whole_lines import LEAST, SPARE, WholeLines


@pytest.fixture
def lines(qtbot):
    field = WholeLines()
    qtbot.addWidget(field)
    field.setPlainText("\n".join(f"line {number}" for number in range(60)))
    field.show()
    return field


@pytest.mark.parametrize("scrolled", [0, 1, 7, 1000])
@pytest.mark.parametrize("height", [60, 61, 67, 73, 150, 333])
def test_only_whole_lines_are_seen(lines, height, scrolled):
    lines.resize(200, height)
    lines.verticalScrollBar().setValue(scrolled)
    line = lines.cursorRect().height()
    assert lines.viewport().height() % line == SPARE
    assert round(lines.contentOffset().y()) % line == 0


@pytest.mark.parametrize("points", [6, 7, 9, 10, 18])
def test_other_letters_are_not_cut_either(lines, points):
    font = lines.font()
    font.setPointSize(points)
    lines.setFont(font)
    assert lines.viewport().height() % lines.cursorRect().height() == SPARE


def test_lines_that_all_have_room_do_not_scroll(lines):
    lines.setPlainText("one\ntwo")
    lines.setFixedHeight(lines.height_of(2))
    assert lines.verticalScrollBar().maximum() == 0


def test_it_is_never_lower_than_some_lines(lines):
    assert lines.minimumSizeHint().height() == lines.height_of(LEAST)
