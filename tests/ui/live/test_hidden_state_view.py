"""The hidden state as colours: units and steps can be pointed at, and one unit is seen over the sequence."""

from __future__ import annotations

import csv
import io
from dataclasses import replace

import numpy as np
import pytest
from explain.small_series import series_of
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest

from nnstudio.explain.hidden_state import HiddenState, Memory, NoState
from nnstudio.ui.live.hidden_state import NO_LAYER, NOT_HERE, HiddenStateView

VALUES = np.array([[0.5, -1.0, 0.25], [0.0, 0.1, 0.2]])
SERIES = HiddenState(
    7,
    "r",
    Memory.STATE,
    0,
    VALUES,
    False,
    ("May: 3", "June: 4", "July: 8"),
    np.array([3.0, 4, 8]),
    "9",
    "8.5",
)
TEXT = replace(SERIES, inputs=("<", "space", "n"), line=np.zeros(0), truth="o", prediction="o (40%)")


@pytest.fixture
def view(qtbot, tmp_path):
    view = HiddenStateView()
    qtbot.addWidget(view)
    view.resize(560, 360)
    view.set_data(series_of(tmp_path))
    view.set_names({"r": "LSTM"})
    view.show()
    return view


def scene(view, unit: int, step: int) -> QPointF:
    return QPointF(view.map.getPlotItem().vb.mapViewToScene(QPointF(step, unit)))


def colour(view, unit: int, step: int):
    at = view.map.mapFromScene(scene(view, unit, step))
    return view.map.grab().toImage().pixelColor(at.x() + 3, at.y() + 3)


def test_each_unit_is_a_row_and_its_sign_a_colour(view):
    view.show_result(SERIES)
    high, low = colour(view, 1, 1), colour(view, 1, 2)
    assert high.blue() > high.red() and low.red() > low.blue()
    assert colour(view, 2, 1).saturation() < min(high.saturation(), low.saturation())
    assert view.caption._whole == "LSTM, orange −1 to blue 1" and view.memory.isHidden()


def test_a_click_on_a_row_shows_its_unit_over_the_sequence_beside_what_enters(view):
    view.show_result(SERIES)
    at = view.map.mapFromScene(scene(view, 2, 2))
    QTest.mouseClick(view.map.viewport(), Qt.MouseButton.LeftButton, pos=at)
    assert view.unit.value() == 2
    assert list(view.values.getData()[1]) == pytest.approx(list(VALUES[1]))
    entering = view.entering.getData()[1]
    assert (entering.argmin(), entering.argmax()) == (0, 2)
    assert view.curve.isVisible() and view.text.isHidden()


def test_a_step_under_the_mouse_is_read(view):
    view.show_result(SERIES)
    view._on_mouse(scene(view, 1, 2))
    assert view.reading.text() == "After step 2 of 3 (June: 4): unit 1 holds −1.".replace("−", "-")
    view._on_mouse(QPointF(-9, -9))
    assert view.reading.text() == "True: 9. Predicted: 8.5."


def test_over_a_text_each_token_has_the_colour_of_what_its_unit_then_held(view):
    view.show_result(TEXT)
    assert view.text.isVisible() and view.curve.isHidden()
    told = view.text.text()
    assert "&lt;" in told and "\u00a0" in told
    backs = [part[:7] for part in told.split("background-color:")[1:]]
    assert len(backs) == 3 and len(set(backs)) == 3
    view.unit.set_value(2)
    assert view.text.text() != told


def test_the_colours_are_a_table_too(view):
    view.show_result(SERIES)
    rows = list(csv.DictReader(io.StringIO(view.csv_text())))
    assert [row["input"] for row in rows] == list(SERIES.inputs) and rows[0]["layer"] == "LSTM"
    assert [float(row["unit 1"]) for row in rows] == list(VALUES[0])


def test_an_lstm_lets_its_memory_cell_be_seen(view):
    view.show_result(replace(SERIES, has_cell=True))
    assert view.memory.isVisible() and view.probe().memory == Memory.STATE
    view.memory.setCurrentIndex(1)
    assert view.probe().memory == Memory.CELL


def test_numbers_that_are_not_finite_do_no_harm_and_are_told(view):
    broken = VALUES.copy()
    broken[0] = np.nan
    view.show_result(replace(SERIES, values=broken))
    view._on_mouse(scene(view, 1, 2))
    assert view.reading.text().endswith("holds not finite.")
    view.repaint_theme()
    view.grab()


def test_where_no_layer_is_recurrent_that_is_said(view):
    view.show_result(SERIES)
    view.show_result(NoState(8))
    assert view.hint.text() == NO_LAYER and view.hint.isVisible() and view.map.isHidden()


def test_of_data_without_steps_nothing_is_asked(view):
    data = replace(view.data, x_train=np.zeros((3, 2), np.float32), series=None)
    assert not HiddenStateView.fits(data)
    view.set_data(data)
    assert view.probe() is None and view.hint.text() == NOT_HERE
