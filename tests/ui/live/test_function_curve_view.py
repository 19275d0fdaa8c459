"""The view of a layer's function: what is drawn and said, for which node, unit and sample."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from nnstudio.data.dataset import Dataset
from nnstudio.explain.function_curve import FunctionCurve, FunctionCurveProbe, NoFunction
from nnstudio.ui.live.function_curve import MOST_BARS, ROW, SELECT, STAND_IN, UNCONNECTED, FunctionCurveView
from nnstudio.ui.live.requests import ShowSample

X = np.linspace(-6, 6, 5)
SEEN = FunctionCurve(
    step=7, node="a", shown="f", sample=0, unit=1, units=3, position=(1,), x=X, y=X / 12,
    slope=X / 6, at=(2.0, 0.25, -0.5), row_at=None, is_stand_in=False, names=(),
)  # fmt: skip


def row(count: int, row_at: int, names: tuple[str, ...] = ()) -> FunctionCurve:
    values = np.arange(count) / count
    return replace(SEEN, x=values, y=values, slope=-values, row_at=row_at, names=names)


@pytest.fixture
def view(qtbot):
    view = FunctionCurveView()
    qtbot.addWidget(view)
    x = np.zeros((9, 2), np.float32)
    view.set_data(Dataset("d", x, x[:, :1], x[:0], x[:0, :1]))
    view.set_names({"a": "Sum", "f": "Perhaps"})
    view.set_node("a", "Sum")
    view.show()
    return view


def points(item) -> list[tuple[float, float]]:
    return list(zip(*map(list, item.getData()), strict=True))


def test_curve_derivative_and_the_unit_on_both_are_drawn_and_told(view):
    view.show_result(SEEN)
    assert points(view.value) == list(zip(X, X / 12, strict=True))
    assert points(view.slope) == list(zip(X, X / 6, strict=True))
    assert [points(dot) for dot in view.dots] == [[(2.0, 0.25)], [(2.0, -0.5)]]
    assert view.upright.value() == 2 and view.upright.isVisible()
    assert all(f"<b>{number}</b>" in view.caption.text() for number in ("2", "0.25", "-0.5"))
    assert view.layer_name.toolTip() == "Perhaps", "the activation behind the layer that is selected"
    assert (view.unit.value(), view.unit.maximum(), view.unit.isEnabled()) == (2, 3, True)
    assert not view.bars.isVisible() and STAND_IN not in view.caption.text()


def test_a_stand_in_for_the_derivative_is_told(view):
    view.show_result(replace(SEEN, is_stand_in=True))
    assert STAND_IN in view.caption.text()


def test_of_a_picture_the_position_is_told(view):
    view.show_result(replace(SEEN, position=(0, 4, 1)))
    assert view.layer_name.toolTip() == "Perhaps · position [1, 5, 2]"


def test_what_is_not_finite_is_told_and_not_drawn(view):
    view.show_result(replace(SEEN, at=(np.nan, np.nan, np.nan)))
    assert not any(points(dot) for dot in view.dots) and not view.upright.isVisible()
    assert "no finite number" in view.caption.text()
    view.show_result(replace(SEEN, at=(1.0, 2.0, np.inf)))
    assert [len(points(dot)) for dot in view.dots] == [1, 0]


def test_a_row_is_bars_around_the_unit(view):
    view.show_result(row(4, 2, tuple("abcd")))
    assert view.bars.isVisible() and not view.value.isVisible() and not any(map(points, view.dots))
    np.testing.assert_allclose(view.bars.opts["height"], [0, 0.25, 0.5, 0.75])
    np.testing.assert_allclose(view.slope_bars.opts["height"], [0, -0.25, -0.5, -0.75])
    assert [text for _, text in view.plot.getAxis("bottom")._tickLevels[0]] == list("abcd")
    assert ROW in view.caption.text()
    view.show_result(row(1000, 990))
    shown = view.bars.opts["x"]
    assert len(shown) == MOST_BARS and shown[-1] == 1000 and 991 in shown
    assert "Bars 969 to 1,000 of 1,000." in view.caption.text()
    view.show_result(SEEN)
    assert not view.bars.isVisible() and view.value.isVisible()


def test_it_follows_the_unit_and_a_sample_of_ones_own(view, qtbot):
    assert view.probe() == FunctionCurveProbe("a", 0, 0, None)
    view.show_result(SEEN)
    with qtbot.waitSignal(view.probe_changed):
        view.unit.setValue(3)
    with qtbot.waitSignal(view.probe_changed):
        view.on_request(ShowSample(np.array([1.5, 2], np.float32)))
    assert view.probe() == FunctionCurveProbe("a", 2, 0, (1.5, 2.0)) and view.sample.text() == "own"
    with qtbot.waitSignal(view.probe_changed):
        view.on_request(ShowSample(None))
    assert view.probe() == FunctionCurveProbe("a", 2, 0, None)


def test_another_node_has_no_old_curve(view):
    view.show_result(SEEN)
    view.set_node("z", "Z")
    assert not view.plot.isVisible() and view.hint.isVisible()
    view.show_result(SEEN)
    assert not view.plot.isVisible(), "it came too late"
    view.show_result(NoFunction(7, "z", True))
    assert view.hint.text() == f"“Z” has no curve. {SELECT}"
    view.show_result(NoFunction(7, "z", False))
    assert view.hint.text() == f"“Z” {UNCONNECTED}"
    view.set_node("")
    assert view.hint.text() == SELECT and view.probe() is None
