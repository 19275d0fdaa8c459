"""Curves of several runs: one that diverged leaves the others to be seen, and what is not drawn is told."""

from __future__ import annotations

import pytest

from nnstudio.training.curve import Curve, Epoch
from nnstudio.ui.runs.run_curves import RunCurves


def curve(*losses: float) -> Curve:
    return Curve(Epoch(n, n, y, None, None, None, 1.0, float(n)) for n, y in enumerate(losses, 1))


@pytest.fixture
def curves(qtbot):
    widget = RunCurves()
    qtbot.addWidget(widget)
    widget.resize(600, 400)
    widget.show()
    return widget


def told(curves: RunCurves) -> str:
    return curves.legend.text().replace("\xa0", " ")


@pytest.mark.parametrize("is_log", [False, True])
def test_a_run_that_diverged_is_cut_off_and_the_legend_says_so(curves, is_log):
    curves.log.setChecked(is_log)
    curves.show_runs([("fine", curve(0.9, 0.5, 0.4)), ("wild", curve(0.9, 4.0, 1e20))])
    curves.grab()
    top = curves.plots["loss"].getViewBox().viewRange()[1][1]
    assert (10**top if is_log else top) < 10 and "diverged up to 1e+20, cut off" in told(curves)
    curves.show_runs([("wild", curve(0.9, 4.0, 1e20))])
    curves.grab()
    assert curves.plots["loss"].getViewBox().viewRange()[1][1] > 19 and "cut off" not in told(curves)


def test_losses_without_a_logarithm_are_counted(curves):
    curves.show_runs([("run", curve(0.9, 0.0, -1.0, 0.2))])
    assert "not drawn" not in told(curves)
    curves.log.setChecked(True)
    assert "2 values of 0 or below not drawn" in told(curves)
