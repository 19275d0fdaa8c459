"""Generated points with their arrows, generated pictures as a sheet, and the curve of each loss."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QToolButton

from nnstudio.data.dataset import Dataset
from nnstudio.data.imitation import ORIGINS
from nnstudio.explain.boundary import Boundary
from nnstudio.explain.curves import Measured, OutputCurves
from nnstudio.explain.generated import NO_GENERATOR, GeneratedPictures, GeneratedPoints
from nnstudio.explain.looks import ACROSS, BAR, GAP, sheet_of
from nnstudio.ui.live.generated_pictures import GeneratedPicturesView
from nnstudio.ui.live.generator import GeneratorView, arrows
from nnstudio.ui.live.loss_curve import LossCurve
from nnstudio.ui.widgets.theme import contrast, theme

FIELD = Boundary(7, np.full((4, 4), 0.5), (-2.0, -2.0, 2.0, 2.0), 2)
POINTS = np.array([[0, 0], [1, 1], [np.nan, 0], [0, 9]], np.float32)
MOVES = np.array([[1, 0], [0, 2], [1, 1], [1, 1]], np.float32)


def real(shape: tuple[int, ...]) -> Dataset:
    x = np.linspace(0, 1, 4 * int(np.prod(shape)), dtype=np.float32).reshape(4, *shape)
    return Dataset("real", x, np.ones((4, 1), np.float32), x[:0], np.ones((0, 1), np.float32), ORIGINS)


def shown(qtbot, view, data: Dataset):
    qtbot.addWidget(view)
    view.resize(420, 380)
    view.show()
    view.set_data(data)
    return view


def test_points_and_arrows_are_drawn_over_the_judges_opinion(qtbot):
    view = shown(qtbot, GeneratorView(), real((2,)))
    view.show_result(GeneratedPoints(7, FIELD, POINTS, MOVES, 0.25, 0.75))
    x, y = view.copies.getData()
    assert list(zip(x, y, strict=True)) == [(0, 0), (1, 1), (0, 9)]
    ends = np.stack(view.arrows.getData(), 1).reshape(3, 6, 2)
    assert (ends[:, 0] == POINTS[[0, 1, 3]]).all() and ends[0, 1, 1] == 0 < ends[0, 1, 0]
    edge = view.copies.opts["pen"].color()
    assert contrast(edge, QColor(theme.class_colour(0))) >= 3, "seen on their own colour"
    told = view.measured.text()
    assert (
        "near real points: 25%" in told
        and "covered: 75%" in told
        and "not finite: 1 of 4" in told
        and "outside of the picture: 1" in told
    )
    view.flow.setChecked(False)
    assert len(view.arrows.getData()[0]) == 0 and len(view.copies.getData()[0]) == 3
    view.set_data(real((2,)))
    assert len(view.copies.getData()[0]) == 0 and view.measured.text() == ""


def test_real_points_are_seen_above_generated_ones_and_all_that_is_drawn_is_explained(qtbot):
    view = shown(qtbot, GeneratorView(), real((2,)))
    view.show_result(GeneratedPoints(7, FIELD, POINTS, MOVES, 0.25, 0.75))
    for size in ((420, 380), (900, 900)):
        view.resize(*size)
        assert view.dots.opts["size"] < view.copies.opts["size"]
    assert all(view.dots.zValue() > item.zValue() for item in (view.copies, view.arrows, view.image))
    told = view.legend.text()
    assert "background: the judge" in told and "arrows: to a lower loss" in told
    assert "Small dots above them: real points." in view.legend.toolTip()
    view.flow.setChecked(False)
    assert "·" not in told
    assert "arrows" not in view.legend.text() and "background" in view.legend.text()


def test_as_many_real_points_as_generated_ones_are_shown_and_it_says_of_how_many(qtbot):
    x = np.zeros((300, 2), np.float32)
    data = replace(real((2,)), x_train=x, y_train=np.ones((300, 1), np.float32))
    view = shown(qtbot, GeneratorView(), data)
    assert len(view.dots.getData()[0]) == 256 and "dots: 256 of 300 samples" in view.legend.text()


def test_arrows_have_lengths_as_their_slopes_up_to_a_longest_one():
    moves = np.array([[3.0, 0.0]] * 9 + [[0.0, 300.0]])
    x, y = arrows(np.zeros((10, 2)), moves, 0.5)
    tips = np.hypot(x, y).reshape(10, 6)[:, 1]
    assert tips.max() == pytest.approx(0.5) and tips[9] > tips[0] > 0
    assert all(len(part) == 0 for part in arrows(np.zeros((3, 2)), np.zeros((3, 2)), 0.5))


def test_without_a_generator_the_views_say_what_is_missing(qtbot):
    points = shown(qtbot, GeneratorView(), real((2,)))
    points.show_result(GeneratedPoints(7, problem=NO_GENERATOR))
    assert points.hint.isVisible() and "Noise" in points.hint.text() and not points.plot.isVisible()
    pictures = shown(qtbot, GeneratedPicturesView(), real((3, 2, 1)))
    pictures.show_result(GeneratedPictures(7, problem=NO_GENERATOR))
    assert pictures.hint.isVisible() and "Noise" in pictures.hint.text() and not pictures.sheet.isVisible()


def test_views_are_for_data_that_is_told_to_be_real():
    labelled = replace(real((2,)), classes=("a", "b"))
    assert GeneratorView.fits(real((2,))) and not GeneratorView.fits(labelled)
    assert not GeneratorView.fits(real((3, 2, 1))) and GeneratedPicturesView.fits(real((3, 2, 1)))
    assert not GeneratedPicturesView.fits(real((2,)))


def test_a_sheet_has_a_bar_below_each_picture():
    pictures = np.full((ACROSS + 1, 4, 4, 1), 0.5)
    pictures[0] = 1.0
    answers = np.array([1.0, 0.5, *[0.0] * (ACROSS - 1)])
    sheet = sheet_of(pictures, answers, (1.0, 0.0, 0.0), (0.0, 0.0, 0.2), (0.0, 0.3, 0.0))
    first, below = sheet[GAP : GAP + 4], sheet[GAP + 4]
    assert (first[:, GAP : GAP + 4] == 1).all() and (first[:, 2 * GAP + 4 : 2 * GAP + 8] == 0.5).all()
    reds = (below == (1.0, 0.0, 0.0)).all(1)
    assert reds[GAP : GAP + 4].all() and reds.sum() == 6
    second_row = GAP + 4 + BAR + GAP
    assert (sheet[second_row : second_row + 4, GAP : GAP + 4] == 0.5).all()


def test_pictures_are_shown_with_what_the_judge_says(qtbot):
    view = shown(qtbot, GeneratedPicturesView(), real((3, 2, 1)))
    pictures = np.zeros((2, 3, 2, 1), np.float32)
    pictures[1, 0, 0, 0] = np.nan
    view.show_result(GeneratedPictures(3, pictures, np.array([0.25, 0.75])))
    assert view.sheet.isVisible() and view.image.image.shape[2] == 3
    assert "to the judge, 50% on average" in view.told.text() and "not finite: 1" in view.told.text()


@pytest.mark.parametrize("add_up", [True, False])
def test_the_loss_of_each_output_is_a_line_with_its_name(qtbot, add_up):
    view = LossCurve()
    qtbot.addWidget(view)
    view.set_names({"o1": "Caught", "o2": "Fooled"})
    losses = np.array([[0.7, 0.6], [np.nan, 0.5]])
    view.show_result(
        Measured(20, (), outputs=OutputCurves(("o1", "o2"), np.array([1.0, 2.0]), losses, add_up))
    )
    drawn = [line.yData.tolist() for line in view.lines["loss"] if line.yData is not None and len(line.yData)]
    assert [0.6, 0.5] in drawn and "Caught" in view.legend.text() and "Fooled" in view.legend.text()
    assert ("below:" in view.legend.text()) == (not add_up)
    assert "·" not in view.legend.text(), "it would be left alone at the end of a line"
    view.legend.setText("word " * 60)
    view.resize(300, 300)
    view.show()
    log = next(b for b in view.findChildren(QToolButton) if b.defaultAction() is view.log_scale)
    assert view.legend.height() > 2 * log.height()
    assert log.y() == view.options.y() == view.legend.y(), "beside the first line"
    view.clear()
    assert "Caught" not in view.legend.text()


def test_the_lower_curve_says_that_it_counts_real_samples_and_is_no_goal(qtbot):
    view = shown(qtbot, LossCurve(), real((2,)))
    titles = [view.quantity.itemText(i) for i in range(view.quantity.count())]
    assert titles[:2] == ["Real called real", "Learning rate"]
    assert "100% is not the goal" in view.legend.text() and "falling losses" in view.legend.toolTip()
    mixed = replace(real((2,)), y_train=np.array([[0], [1], [1], [0]], np.float32))
    view.set_data(mixed)
    view.clear()
    assert view.quantity.itemText(0) == "Accuracy" and "goal" not in view.legend.text()


def test_points_and_pictures_are_tables_too(qtbot):
    view = shown(qtbot, GeneratorView(), real((2,)))
    assert view.csv_text() == ""
    view.show_result(GeneratedPoints(7, FIELD, POINTS[:2], MOVES[:2], 0.25, 0.75))
    assert view.csv_text() == "x1,x2,x1 moves by,x2 moves by\n0,0,1,0\n1,1,0,2\n"
    sheet = shown(qtbot, GeneratedPicturesView(), replace(real((1, 2, 1)), x_scale=255.0))
    assert sheet.csv_text() == ""
    pictures = np.array([[0, 1], [0.5, 0.25]], np.float32).reshape(2, 1, 2, 1)
    sheet.show_result(GeneratedPictures(3, pictures, np.array([0.5, 1.0])))
    assert sheet.csv_text().splitlines() == [
        "picture,real for the judge,row,column,channel,value",
        "0,0.5,0,0,0,0", "0,0.5,0,1,0,255", "1,1,0,0,0,127.5", "1,1,0,1,0,63.75",
    ]  # fmt: skip


def test_bars_that_would_be_specks_are_not_drawn_nor_told(qtbot):
    view = shown(qtbot, GeneratedPicturesView(), real((12, 2, 1)))
    pictures = GeneratedPictures(3, np.zeros((64, 12, 2, 1), np.float32), np.full(64, 0.5))
    view.resize(400, 400)
    view.show_result(pictures)
    tall = view.image.image.shape[0]
    assert "Bars:" in view.told.text()
    view.resize(400, 120)
    assert view.image.image.shape[0] == tall - 8 * BAR
    assert "Bars" not in view.told.text() and "Real to the judge: 50%" in view.told.text()
