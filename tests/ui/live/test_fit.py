"""The fit is drawn in the target's unit, over what suits the data."""

from __future__ import annotations

import numpy as np
import pytest
from explain.small_series import series_of

from nnstudio.data.dataset import Dataset, Split
from nnstudio.explain.fit import POINTS, Fit, FitPart, FitProbe, Kind, kind_for
from nnstudio.project import open_example
from nnstudio.ui.live.fit import LEGENDS, NOT_HERE, FitView


def data(shape: tuple[int, ...], **more) -> Dataset:
    x, y = np.ones((4, *shape), np.float32), np.linspace(0, 1.5, 4, dtype=np.float32)[:, None]
    return Dataset("d", x, y, x[:0], y[:0], **more)


def test_the_data_says_what_is_shown(tmp_path):
    assert kind_for(data((1,))) == Kind.INPUT and kind_for(data((3,))) is None
    assert kind_for(series_of(tmp_path)) == Kind.TIME and kind_for(data((5, 1))) is None
    assert kind_for(data((2,), classes=("a", "b"))) is None


def test_the_line_over_celsius_is_in_fahrenheit():
    session = open_example("celsius").session()
    (fit,) = FitProbe().run(session)
    assert fit.kind == Kind.INPUT and fit.names == ("Celsius", "Fahrenheit")
    assert [part.part for part in fit.parts] == [Split.TRAINING, session.data.watched]
    assert fit.line.shape == (2, POINTS)
    for part in fit.parts:
        np.testing.assert_allclose(part.truth, part.across * 1.8 + 32, rtol=1e-4)
    learned = fit.parts[0]
    np.testing.assert_allclose(np.interp(learned.across, *fit.line), learned.predicted, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("kind", list(Kind))
def test_each_kind_is_drawn_and_explained(qtbot, kind):
    view = FitView()
    qtbot.addWidget(view)
    view.data = data((1,))
    at, line = np.arange(3.0), np.array([[0, 1.0], [0, 2]])[:, : 2 * (kind == Kind.INPUT)]
    learned = FitPart(Split.TRAINING, 3, at, at, np.array([0, np.nan, 2]))
    watched = FitPart(Split.TEST, 9, at[:2] + 3, at[:2], at[:2])
    view.show_result(Fit(1, kind, (learned, watched), line, ("a<b", "y")))
    dots = [len(item.getData()[0]) for item in view.dots]
    assert dots == {Kind.INPUT: [3, 2], Kind.TIME: [0, 0]}[kind]
    lines = [len(item.getData()[0]) for item in (*view.lines, view.true_line, view.line)]
    assert lines == {Kind.INPUT: [0, 0, 0, 2], Kind.TIME: [3, 2, 5, 0]}[kind]
    told = view.caption.text()
    assert told.startswith(LEGENDS[kind]) and told.endswith("not finite: 1")
    assert "3 training samples" in told and "2 of 9 test samples" in told
    view.show_result(Fit(1, kind, (learned,), line, ("a<b", "y")))
    assert not len(view.dots[1].getData()[0]) and not len(view.lines[1].getData()[0])


def test_a_series_goes_on_where_what_was_learned_ends(monkeypatch):
    monkeypatch.setattr("nnstudio.explain.fit.MOST", 3)
    session = open_example("celsius").session()
    monkeypatch.setattr("nnstudio.explain.fit.kind_for", lambda _data: Kind.TIME)
    (fit,) = FitProbe().run(session)
    last = len(session.data.x_train)
    assert np.concatenate([part.across for part in fit.parts]).tolist() == [last + i for i in range(-2, 4)]
    # Told as they were written, in as many digits as a scaled float32 holds.
    scaled = session.data.y_train[-3:, 0] * session.data.y_scale + session.data.y_shift
    np.testing.assert_allclose(fit.parts[0].truth, scaled, rtol=2e-6)


@pytest.mark.parametrize("more", [{"classes": ("a", "b")}, {}], ids=["classes", "three inputs"])
def test_where_there_is_nothing_to_draw_it_over_that_is_said(qtbot, more):
    # Predicted against true is in the results, and not here as well.
    assert not FitView.fits(data((3,), **more))
    view = FitView()
    qtbot.addWidget(view)
    view.set_data(data((3,), **more))
    assert view.probe() is None and view.hint.text() == NOT_HERE
