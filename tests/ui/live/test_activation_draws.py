"""Of layers that act in training only, the Activations view shows draws, and says so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PySide6.QtTest import QTest

from nnstudio.data.dataset import Dataset
from nnstudio.explain.activations import Activations
from nnstudio.training.messages import Phase
from nnstudio.ui.live.activations import ATTENTION, IN_TRAINING, OUTPUT, ActivationView
from nnstudio.ui.live.map_colours import scaled
from nnstudio.ui.live.tiles import drawn
from nnstudio.ui.widgets.theme import theme


def activations(draws: np.ndarray | None, attention: np.ndarray | None = None) -> Activations:
    values = np.zeros((4, 4, 1)) if draws is None else draws[0]
    return Activations("a", 0, 0, values, np.ones((4, 4, 1)), "seven", "seven (90%)", attention, draws)


@pytest.fixture
def view(qtbot) -> ActivationView:
    view = ActivationView()
    qtbot.addWidget(view)
    view.set_node("a", "Flip")
    return view


def sights(view: ActivationView) -> list[str]:
    return [view.sight.itemText(i) for i in range(view.sight.count())]


def test_draws_come_first_and_the_output_can_be_chosen(view):
    result = activations(np.random.default_rng(0).random((8, 4, 4, 1)))
    view.show_result(result)
    assert sights(view) == [IN_TRAINING, OUTPUT] and not view.sight.isHidden()
    assert "as in training: 8 draws" in view.caption.text()
    assert view.images["maps"].image.shape == (9, 19)
    assert view.caption.toolTip().startswith("As in training: 8 draws. They are drawn")
    view.sight.setCurrentIndex(1)
    assert "as in training" not in view.caption.text() and not view.caption.toolTip()
    assert view.images["maps"].image.shape == (4, 4)
    # The choice stays for the next sample of the same layer.
    view.show_result(result)
    assert view.sight.currentText() == OUTPUT


def test_mixtures_are_called_so_and_the_tip_tells_their_targets(view):
    result = replace(activations(np.zeros((2, 4, 4, 1))), mixed=("70% <b> + 30% c", "100% c"))
    view.show_result(result)
    assert "as in training: 2 mixtures" in view.caption.text()
    tip = view.caption.toolTip()
    assert (
        "Mixed with other training samples (mixup), the targets of which are 1: 70% &lt;b&gt; + 30% c; 2:"
        in tip
    )
    view.show_result(replace(result, mixed=()))
    assert view.caption.toolTip().endswith("Mixed with other training samples (mixup).")


def test_other_layers_offer_what_they_have(view):
    view.show_result(activations(None))
    assert sights(view) == [OUTPUT] and view.sight.isHidden()
    view.show_result(activations(None, np.ones((1, 4, 4))))
    assert sights(view) == [OUTPUT, ATTENTION] and not view.sight.isHidden()


def test_of_many_feature_maps_the_caption_names_the_one_that_is_drawn(view):
    view.show_result(activations(np.zeros((8, 4, 4, 5))))
    assert "8 draws, feature map 1 of 5" in view.caption.text()


@pytest.mark.parametrize(
    ("shape", "expected"),
    [((8, 5), (8, 5)), ((2, 6, 3), (3, 13)), ((2, 4, 4, 3), (4, 9, 3)), ((2, 4, 4, 16), (4, 9))],
)
def test_draws_of_any_shape_become_one_picture_on_one_scale(shape, expected):
    picture = drawn(np.random.default_rng(0).normal(size=shape))
    assert picture.shape == expected
    assert np.nanmin(picture) >= 0 and np.nanmax(picture) <= 1


def test_draws_of_many_units_are_no_hairlines():
    draws = np.arange(8 * 512, dtype=float).reshape(8, 512)
    picture = drawn(draws)
    lines, across = picture.shape
    assert 0.5 < across / lines < 4
    # Nothing is lost, and the draws stay apart in their order.
    assert np.array_equal(picture[np.isfinite(picture)], scaled(draws).ravel().astype(np.float32))
    assert np.isnan(picture).all(1).sum() == 7


def test_in_the_window_dropout_is_seen_as_in_training(hands, window):
    window.files.open_example("mnist-convnet")
    hands.wait_phase(Phase.READY, Phase.PAUSED)
    view = window.live.views["activations"]
    hands.click_node("dropout_1")
    hands.wait(lambda: view._last is not None and view._last.node == "dropout_1")
    assert view.maps.isVisible() and "as in training: 8 draws" in view.caption.text()


def test_in_the_window_mixup_is_typed_in_and_the_input_shows_mixtures(hands, window):
    window.files.open_example("mnist-dense")
    hands.wait_phase(Phase.READY, Phase.PAUSED)
    view = window.live.views["activations"]
    hands.click_node("input_1")
    hands.wait(lambda: view._last is not None and view._last.node == "input_1")
    assert view._last.mixed is None and "as in training" not in view.caption.text()
    editor = window.panels.training.extras.editors["mixup"]
    assert "Beta(mixup, mixup)" in editor.toolTip()
    editor.selectAll()
    QTest.keyClicks(editor, "0.4\r")
    hands.wait(lambda: view._last is not None and view._last.mixed is not None)
    assert view.maps.isVisible() and "as in training: 8 mixtures" in view.caption.text()


@pytest.mark.parametrize(
    ("classes", "label", "prediction", "colour"),
    [
        (("1", "10"), "1", "10 (90%)", "error"),
        (("1", "10"), "10", "10 (90%)", "good"),
        (("a (b)", "a"), "a", "a (b) (60%)", "error"),
        ((), "238,000", "237,811", "text"),
    ],
)
def test_only_a_class_is_right_or_wrong(view, classes, label, prediction, colour):
    x, y = np.zeros((1, 2), np.float32), np.zeros((1, 1), np.float32)
    view.data = Dataset("d", x, y, x, y, classes)
    view.show_result(Activations("a", 0, 1, np.zeros(3), np.ones(2), label, prediction))
    assert f"color:{getattr(theme.colours, colour)}'>{prediction}" in view.caption.text()


def test_a_caption_that_is_too_long_wraps(view):
    view.show_result(Activations("a", 0, 0, np.zeros(3), np.ones(2), "238,000", "353,249"))
    assert view.caption.heightForWidth(80) > view.caption.heightForWidth(800)
