"""Explanations as files: what stands in a picture, an animation and a table."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from explain.explained import pictures
from PIL import Image

from nnstudio.data.dataset import DataError, Dataset
from nnstudio.explain.drawn import AGAINST, FOR, GAP, HEIGHT, Drawing, in_colours, in_one_channel
from nnstudio.explain.method import Explanation, Kind

DATA = pictures()
SAMPLE = DATA.x_test[0]
ROW = Dataset(
    "row", np.zeros((2, 2), np.float32), np.zeros((2, 1), np.float32), np.zeros((0, 2)), np.zeros((0, 1)), (),
    ("height", "weight"), x_shift=np.array([10.0, 100.0]), x_scale=np.array([2.0, 5.0]),
)  # fmt: skip


def opened(content: bytes) -> Image.Image:
    return Image.open(io.BytesIO(content))


def rows_of(drawing: Drawing) -> list[list[str]]:
    return list(csv.reader(io.StringIO(drawing.content(".csv").decode())))


def test_colours_are_white_for_nothing_and_strongest_at_the_most():
    colours = in_colours(np.array([[0.0, 4.0, -4.0, 2.0, np.nan]]))[0]
    np.testing.assert_allclose(colours[0], 1)
    np.testing.assert_allclose(colours[4], 1)
    np.testing.assert_allclose(colours[1], FOR)
    np.testing.assert_allclose(colours[2], AGAINST)
    np.testing.assert_allclose(colours[3], (1 + FOR) / 2)
    assert (in_colours(np.zeros((2, 2))) == 1).all()


def test_channels_add_up_where_they_have_signs_and_the_largest_size_counts():
    assert in_one_channel(np.array([[[1.0, -3.0, 0.5]]])).tolist() == [[-1.5]]
    assert in_one_channel(np.array([[[1.0, 3.0, 0.5]]])).tolist() == [[3.0]]


def test_importance_is_drawn_beside_the_sample_and_over_it():
    values = np.zeros((8, 8, 1))
    values[2, 3] = 1.0
    picture = opened(Drawing(Kind.IMPORTANCE, DATA, SAMPLE, Explanation(values)).content(".png"))
    assert picture.size == (3 * HEIGHT + 2 * GAP, HEIGHT)
    pixels, each = np.asarray(picture) / 255, HEIGHT // 8
    at = 2 * each + 1, 3 * each + 1
    np.testing.assert_allclose(pixels[at], SAMPLE[2, 3], atol=0.003)
    np.testing.assert_allclose(pixels[at[0], HEIGHT + GAP + at[1]], FOR, atol=0.003)
    np.testing.assert_allclose(pixels[1, HEIGHT + GAP + 1], 1)


def test_a_change_is_drawn_with_its_difference_amplified_by_what_is_told():
    changed = SAMPLE.astype(np.float64)
    changed[0, 0, 0] += 0.1
    drawing = Drawing(Kind.SAMPLE, DATA, SAMPLE, Explanation(changed))
    assert drawing.amplified == pytest.approx(5, rel=1e-5)
    pixels = np.asarray(opened(drawing.content(".png"))) / 255
    difference = pixels[:, 2 * (HEIGHT + GAP) :]
    np.testing.assert_allclose(difference[1, 1], [1, 0.5, 0.5], atol=0.003)
    np.testing.assert_allclose(difference[-1, -1], 0.5, atol=0.003)
    unchanged = Drawing(Kind.SAMPLE, DATA, SAMPLE, Explanation(SAMPLE))
    assert unchanged.amplified == 1
    alone = Drawing(Kind.SAMPLE, DATA, SAMPLE, Explanation(changed, is_of_sample=False))
    assert opened(alone.content(".png")).size == (HEIGHT, HEIGHT)


def test_a_gif_shows_how_it_grew_with_not_too_many_pictures():
    frames = [np.full((8, 8, 3), i / 200) for i in range(200)]
    drawing = Drawing(Kind.SAMPLE, DATA, SAMPLE, Explanation(frames[-1]), frames)
    animation = opened(drawing.content(".gif"))
    assert animation.format == "GIF" and 50 <= animation.n_frames <= 61
    animation.seek(animation.n_frames - 1)
    assert abs(np.asarray(animation.convert("RGB"))[0, 0, 0] / 255 - 199 / 200) < 0.02


def test_a_row_of_numbers_is_a_table_in_the_units_of_the_data():
    sample = np.array([1.0, -1.0], np.float32)
    told = Drawing(Kind.IMPORTANCE, ROW, sample, Explanation(np.array([0.5, -2.0])))
    assert rows_of(told) == [
        ["input", "sample", "importance"], ["height", "12", "0.5"], ["weight", "95", "-2"],
    ]  # fmt: skip
    assert told.strongest(1) == [("weight", -2.0)]
    changed = Drawing(Kind.SAMPLE, ROW, sample, Explanation(np.array([2.0, 0.0])))
    assert rows_of(changed)[1:] == [["height", "12", "14"], ["weight", "95", "100"]]


def test_a_picture_is_a_row_for_each_value_and_importance_of_all_channels_is_that_of_each():
    rows = rows_of(Drawing(Kind.IMPORTANCE, DATA, SAMPLE, Explanation(np.full((8, 8, 1), 0.25))))
    assert rows[0] == ["row", "column", "channel", "sample", "importance"] and len(rows) == 1 + 8 * 8 * 3
    assert rows[-1][:3] == ["7", "7", "2"] and rows[-1][4] == "0.25"


def test_a_table_is_its_rows():
    explanation = Explanation(None, {}, ("strength", "accuracy"), ((0.0, 1.0), (0.5, 0.25)))
    assert rows_of(Drawing(Kind.TABLE, DATA, SAMPLE, explanation))[1:] == [["0.0", "1.0"], ["0.5", "0.25"]]


def test_a_sequence_is_drawn_with_its_steps_to_the_right():
    data = replace(ROW, x_train=np.zeros((2, 5, 2), np.float32), x_shift=0.0, x_scale=1.0, features=())
    values = np.zeros((5, 2))
    values[4, 1] = 1
    drawing = Drawing(Kind.IMPORTANCE, data, np.zeros((5, 2)), Explanation(values))
    pixels = np.asarray(opened(drawing.content(".png"))) / 255
    assert pixels.shape == (HEIGHT, HEIGHT // 2 * 5, 3)
    np.testing.assert_allclose(pixels[-1, -1], FOR, atol=0.003)
    assert rows_of(drawing)[0] == ["step", "feature", "sample", "importance"]


@pytest.mark.parametrize(
    "kind, data, sample, suffix, words",
    [
        (Kind.TABLE, DATA, SAMPLE, ".gif", "Only a sample that grows"),
        (Kind.IMPORTANCE, DATA, SAMPLE, ".gif", "Only a sample that grows"),
        (Kind.IMPORTANCE, DATA, SAMPLE, ".jpg", "'.jpg' is no kind of file"),
        (Kind.IMPORTANCE, DATA, SAMPLE, "", "no kind of file"),
    ],
)
def test_what_cannot_be_drawn_is_refused_before_anything_is_computed(kind, data, sample, suffix, words):
    with pytest.raises(DataError, match=words):
        Drawing(kind, data, sample, Explanation()).check(suffix)


def test_the_importance_of_a_row_is_bars_and_a_table_a_curve():
    bars = opened(
        Drawing(Kind.IMPORTANCE, ROW, np.zeros(2), Explanation(np.array([2.0, -1.0]))).content(".png")
    )
    pixels = np.asarray(bars) / 255
    assert all((np.abs(pixels - colour).max(-1) < 0.01).any() for colour in (FOR, AGAINST))
    rows = Explanation(None, columns=("strength", "accuracy"), rows=((0.0, 1.0), (0.3, 0.2)))
    curve = np.asarray(opened(Drawing(Kind.TABLE, ROW, np.zeros(2), rows).content(".png"))) / 255
    at = np.argwhere(np.abs(curve - FOR).max(-1) < 0.01)
    assert np.ptp(at[:, 1]) > 500 and np.corrcoef(*at.T)[0, 1] > 0.95


def test_a_row_that_grows_begins_as_it_was_and_its_bars_keep_their_scale():
    frames = [np.array([0.5, 0.0]), np.array([2.0, 0.0])]
    drawing = Drawing(Kind.SAMPLE, ROW, np.zeros(2), Explanation(frames[-1]), frames)
    with opened(drawing.content(".gif")) as animation:
        lengths = []
        for at in range(animation.n_frames):
            animation.seek(at)
            pixels = np.asarray(animation.convert("RGB")) / 255
            lengths.append(int((np.abs(pixels - FOR).max(-1) < 0.05).any(0).sum()))
    assert len(lengths) == 3 and lengths[0] <= 2 and lengths[2] == pytest.approx(4 * lengths[1], rel=0.05)
