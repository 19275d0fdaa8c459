"""Errors of predicted numbers in words: all of them where there is room, else in short with a tip."""

from __future__ import annotations

import numpy as np

from nnstudio.data.dataset import Dataset, Split
from nnstudio.explain.results import NumberResults
from nnstudio.ui.live.results import ResultsView


def test_a_narrow_panel_tells_errors_in_short_and_leaves_the_height_to_the_points(qtbot):
    numbers = np.arange(20.0).reshape(20, 1)
    view = ResultsView()
    qtbot.addWidget(view)
    view.set_data(Dataset("n", numbers, numbers, numbers[:5], numbers[:5]))
    view.resize(900, 240)
    view.show()
    truth, edges = np.arange(5.0), np.array([1.0, 3.0])
    results = NumberResults(
        1,
        Split.VALIDATION,
        5,
        truth,
        truth + 2,
        5,
        0,
        np.ones(1, int),
        edges,
        2.0,
        2.5,
        0.875,
        targets=("Ra (µm)",),
    )
    view.show_result(results)
    full = "5 validation samples: mean absolute error <b>2</b> and root mean square error <b>2.5</b>"
    full += " of 'Ra (µm)'"
    assert view.caption.text().startswith(full) and not view.caption.toolTip()
    view.resize(256, 240)
    assert view.caption.text() == "mean absolute error <b>2</b> of 'Ra (µm)', R² <b>0.8750</b>"
    assert view.caption.toolTip().startswith(full)
    plot, residuals = view.number_tabs.scatter, view.number_tabs.residuals
    labels = [each.getAxis(side).labelText for each in (plot, residuals) for side in ("bottom", "left")]
    assert labels == ["true Ra (µm)", "predicted Ra (µm)", "predicted − true Ra (µm)", "count"]
    qtbot.waitUntil(lambda: plot.getPlotItem().vb.height() > 90)
