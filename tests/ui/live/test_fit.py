"""The fit is drawn in the target's unit, over what suits the data."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnstudio.data.dataset import Dataset, Split
from nnstudio.explain.fit import POINTS, Fit, FitProbe, Kind, kind_for
from nnstudio.project import open_example
from nnstudio.ui.live.fit import LEGENDS, NOT_HERE, FitView


def data(shape: tuple[int, ...], **more) -> Dataset:
    x, y = np.ones((4, *shape), np.float32), np.linspace(0, 1.5, 4, dtype=np.float32)[:, None]
    return Dataset("d", x, y, x[:0], y[:0], **more)


def test_the_data_says_what_is_shown():
    assert kind_for(data((1,))) == Kind.INPUT and kind_for(data((3,))) == Kind.TRUTH
    assert kind_for(data((5, 1), split_settings={"source": "series"})) == Kind.TIME
    assert kind_for(data((2,), classes=("a", "b"))) is None


def test_the_line_over_celsius_is_in_fahrenheit():
    session = open_example("celsius").session()
    (fit,) = FitProbe().run(session)
    assert fit.kind == Kind.INPUT and fit.names == ("Celsius", "Fahrenheit")
    np.testing.assert_allclose(fit.truth, fit.across * 1.8 + 32, rtol=1e-4)
    assert fit.line.shape == (2, POINTS)
    np.testing.assert_allclose(np.interp(fit.across, *fit.line), fit.predicted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_is_drawn_and_explained(qtbot, kind):
    view = FitView()
    qtbot.addWidget(view)
    view.data = data((1,))
    at, line = np.arange(3.0), np.array([[0, 1.0], [0, 2]])[:, : 2 * (kind == Kind.INPUT)]
    predicted = np.array([0, np.nan, 2])
    view.show_result(Fit(1, kind, Split.TEST, 9, at, at, predicted, line, ("a<b", "y")))
    assert len(view.dots.getData()[0]) == {Kind.INPUT: 3, Kind.TIME: 0, Kind.TRUTH: 2}[kind]
    assert len(view.line.getData()[0]) == {Kind.INPUT: 2, Kind.TIME: 3, Kind.TRUTH: 0}[kind]
    assert view.caption.text().startswith(LEGENDS[kind]) and "3 of 9 test samples" in view.caption.text()
    assert view.caption.text().endswith("not finite: 1")


def test_where_no_number_is_predicted_that_is_said(qtbot):
    view = FitView()
    qtbot.addWidget(view)
    view.set_data(replace(data((2,)), classes=("a", "b")))
    assert view.probe() is None and view.hint.text() == NOT_HERE
