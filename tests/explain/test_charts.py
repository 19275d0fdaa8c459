"""Charts of the command line: what lies where, by their pixels."""

from __future__ import annotations

import numpy as np
import pytest

from nnstudio.explain.charts import (
    BOTTOM,
    COLOURS,
    HEIGHT,
    LEFT,
    NAMES,
    RIGHT,
    ROW,
    TOP,
    WIDTH,
    Arrows,
    Line,
    bar_chart,
    dot_chart,
    line_chart,
)

BLUE, ORANGE = (np.array(colour) / 255 for colour in COLOURS[:2])


def coloured(picture: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Rows and columns (n, 2) of the pixels of just this colour."""
    return np.argwhere(np.abs(picture - colour).max(-1) < 0.01)


def test_a_line_rises_from_left_to_right_between_its_ends():
    x = np.linspace(0, 1, 11)
    picture = line_chart([Line("", x, x, COLOURS[0])], "strength", "accuracy")
    assert picture.shape == (HEIGHT, WIDTH, 3) and picture.min() >= 0 and picture.max() == 1
    at = coloured(picture, BLUE)
    rows, columns = at[:, 0], at[:, 1]
    assert columns.min() == pytest.approx(LEFT, abs=3) and columns.max() == pytest.approx(
        WIDTH - RIGHT, abs=3
    )
    # With a margin of a twentieth on both sides.
    high = HEIGHT - TOP - BOTTOM
    assert rows.min() == pytest.approx(TOP + high * 0.05 / 1.1, abs=3)
    assert rows.max() == pytest.approx(HEIGHT - BOTTOM - high * 0.05 / 1.1, abs=3)
    assert np.corrcoef(rows, columns)[0, 1] < -0.99


def test_a_line_is_torn_where_a_number_is_none():
    y = np.array([1.0, 1.0, np.nan, 1.0, 1.0])
    picture = line_chart([Line("", np.arange(5.0), y, COLOURS[0])], "row", "value")
    columns = coloured(picture, BLUE)[:, 1]
    quarter = (WIDTH - LEFT - RIGHT) / 4
    inside = columns[(columns > LEFT + 1.1 * quarter) & (columns < LEFT + 2.9 * quarter)]
    assert len(columns) and not len(inside)


def test_a_band_lies_between_its_ends_and_nothing_at_all_is_drawn_without_numbers():
    x, y = np.arange(4.0), np.full(4, 2.0)
    line = Line("spread", x, y, COLOURS[0], low=y - 1, high=y + 1)
    picture = line_chart([line], "x", "y")
    pale = 1 + 0.25 * (BLUE - 1)
    rows = coloured(picture, np.rint(pale * 255) / 255)[:, 0]
    assert len(rows) and TOP < rows.min() < rows.max() < HEIGHT - BOTTOM
    nothing = Line("", x, np.full(4, np.nan), COLOURS[0])
    assert not len(coloured(line_chart([nothing], "x", "y"), BLUE))


def test_bars_go_to_both_sides_of_nothing_and_a_number_that_is_none_has_no_bar():
    picture = bar_chart(["height", "weight", "age"], np.array([2.0, -1.0, np.nan]), "importance")
    assert picture.shape == (TOP + BOTTOM + 3 * ROW, WIDTH, 3)
    right, left = coloured(picture, BLUE), coloured(picture, ORANGE)
    assert right[:, 0].max() < TOP + ROW < left[:, 0].min() and left[:, 0].max() < TOP + 2 * ROW
    zero = right[:, 1].min()
    assert left[:, 1].max() == pytest.approx(zero, abs=1) and left[:, 1].min() > NAMES
    assert np.ptp(right[:, 1]) == pytest.approx(2 * np.ptp(left[:, 1]), rel=0.02)


def test_bars_of_one_scale_are_as_long_as_their_numbers():
    lengths = [
        np.ptp(coloured(bar_chart(["a"], np.array([value]), "value", (0.0, 4.0)), BLUE)[:, 1])
        for value in (1.0, 3.0)
    ]
    assert lengths[1] == pytest.approx(3 * lengths[0], rel=0.02)


def test_points_lie_where_they_are_on_the_plane_over_a_field():
    points = np.array([[0.0, 0.0], [np.nan, 1.0]])
    colours = np.ones((2, 2, 3))
    colours[1] = 0.5
    groups = [("generated", points, COLOURS[0])]
    picture = dot_chart(groups, "x1", "x2", field=(colours, (-1.0, -1.0, 1.0, 1.0)))
    chart = picture[TOP : TOP + HEIGHT, LEFT : LEFT + HEIGHT]
    dots = coloured(chart, BLUE)
    assert dots.mean(0) == pytest.approx([HEIGHT / 2, HEIGHT / 2], abs=2)
    # The second row is the upper one.
    assert chart[5, HEIGHT // 3] == pytest.approx(0.5, abs=0.02) and chart[-5, HEIGHT // 3] == pytest.approx(
        1
    )


def test_arrows_lead_from_points_by_moves():
    plane = np.array([[-1.0, -1.0], [1.0, 1.0]])
    arrows = Arrows(np.zeros((1, 2)), np.array([[0.5, 0.0]]), COLOURS[1])
    picture = dot_chart([("real", plane, COLOURS[0])], "x1", "x2", arrows)
    rows, columns = coloured(picture, ORANGE).T
    assert np.ptp(rows) <= 1 and np.ptp(columns) == pytest.approx(0.25 * HEIGHT / 1.1, abs=3)
