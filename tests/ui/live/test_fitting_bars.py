"""A bar whose name and number have no room beside each other."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontMetrics

from nnstudio.ui.live.probability_bars import fitting


def test_the_name_is_cut_and_never_its_number(qapp):
    metrics = QFontMetrics(QFont())
    told = "the end of a line  21.4%"
    whole = metrics.horizontalAdvance(told)
    assert fitting(told, metrics, whole) == told
    for width in (whole - 1, whole // 2):
        text = fitting(told, metrics, width)
        assert text.endswith("…  21.4%") and metrics.horizontalAdvance(text) <= width
    assert fitting(told, metrics, 1).endswith("21.4%")
