"""Names of rows below a plot do not touch each other."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QFontMetricsF

from nnstudio.ui.widgets.time_axis import TimeAxis


@pytest.mark.parametrize("pixels", [90.0, 160.0, 250.0, 800.0])
@pytest.mark.parametrize("rows", [30, 74, 144, 3650])
def test_dates_have_room(qapp, pixels, rows):
    axis = TimeAxis()
    axis.show_rows(rows, lambda row: "1990-09-23")
    metrics = QFontMetricsF(qapp.font())
    for spacing, _offset in axis.tickSpacing(0.0, float(rows), pixels):
        assert spacing * pixels / rows > metrics.horizontalAdvance("1990-09-23")
        assert spacing == round(spacing), "a name stands at a row"
