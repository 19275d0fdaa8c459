"""Views that show a part of what there is say so."""

from __future__ import annotations

import numpy as np

from nnkernels.spec import layers
from nnstudio.data.dataset import Dataset
from nnstudio.explain.activations import Activations
from nnstudio.explain.prediction import Prediction
from nnstudio.explain.thumbnails import of_sample
from nnstudio.model.graph import Node
from nnstudio.ui.canvas.node_item import NodeItem
from nnstudio.ui.canvas.painting import Picture
from nnstudio.ui.live.activations import ATTENTION, ActivationView
from nnstudio.ui.live.decision_boundary import MAX_DOTS, DecisionBoundary
from nnstudio.ui.live.probability_bars import MOST_TOLD, Probabilities, shown_of


def test_the_tip_of_a_node_tells_that_its_strip_is_a_part(qapp):
    item = NodeItem(Node("d", "dense", "Dense", 0, 0), layers["dense"])
    item.set_thumbnail(Picture(of_sample(np.ones(512)), True))
    assert "Shown: the first 64 of 512 units" in item.toolTip()
    item.set_thumbnail(Picture(of_sample(np.ones(8)), True))
    assert "Shown" not in item.toolTip()


def test_feature_maps_heads_and_channels_that_are_not_shown_are_counted(qtbot):
    view = ActivationView()
    qtbot.addWidget(view)
    view.set_node("c", "Conv")
    sample = np.ones((4, 4, 6), np.float32)
    view.show_result(Activations("c", 0, 0, np.ones((4, 4, 100), np.float32), sample, "a", "a (90%)"))
    assert "first 64 of 100 feature maps, sample at channel 1 of 6" in view.caption.text()
    heads = np.ones((70, 3, 3), np.float32)
    values = np.ones((3, 2), np.float32)
    result = Activations("c", 0, 0, values, np.ones(6), "a", "a (90%)", attention=heads)
    view.show_result(result)
    assert "heads" not in view.caption.text()
    view.sight.setCurrentText(ATTENTION)
    assert "first 64 of 70 heads" in view.caption.text()


def test_of_a_prediction_too_long_to_be_read_the_headline_says_how_near_it_is(qtbot):
    view = ActivationView()
    qtbot.addWidget(view)
    view.set_node("o", "Output")
    sample, label, near = np.ones(64, np.float32), "64 labels: space 17%", "17 of 64 characters right"
    said = "64 labels: e 39% (27% on average)"
    view.show_result(Activations("o", 0, 0, np.ones((64, 5)), sample, label, said, near=near))
    assert view.caption.text() == f"<b>{near}</b>"
    assert label in view.caption.toolTip() and said in view.caption.toolTip()
    view.show_result(Activations("o", -1, 0, np.ones((64, 5)), sample, "", said))
    assert said in view.caption.text() and not view.caption.toolTip()


def test_of_many_classes_the_most_probable_are_told_and_counted(qtbot):
    bars = Probabilities()
    qtbot.addWidget(bars)
    values = np.zeros(100)
    values[90] = 1.0
    prediction = Prediction(0, tuple(f"class {i}" for i in range(100)), values, True)
    assert 90 in shown_of(prediction) and len(shown_of(prediction)) == MOST_TOLD
    bars.show_prediction(prediction)
    told = bars.accessibleDescription()
    assert "class 90  100.0%" in told and told.endswith("the most probable 32 of 100")
    few = Prediction(0, ("a", "b"), np.array([0.5, 0.5]), True)
    bars.show_prediction(few)
    assert "of 2" not in bars.accessibleDescription()


def test_samples_without_a_dot_are_counted(qtbot):
    view = DecisionBoundary()
    qtbot.addWidget(view)
    for count, said in ((MAX_DOTS + 500, "dots: 2,010 of 2,510 samples"), (10, "○ hollow: not learned from")):
        x, y = np.random.default_rng(0).random((count, 2), np.float32), np.zeros((count, 1), np.float32)
        y[0] = 1
        view.set_data(Dataset("d", x, y, x[:10], y[:10], classes=("a", "b")))
        assert view.legend.text().replace("\xa0", " ").endswith(said)
