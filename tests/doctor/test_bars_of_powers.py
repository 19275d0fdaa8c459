"""Bars of powers of ten: what is 0 has none, and does not make all others look alike."""

from __future__ import annotations

import pytest

from nnstudio.doctor.charts import powers


def test_a_bar_is_as_high_as_a_value_is_powers_of_ten_above_the_least():
    chart = powers([1e-3, 1.0, 1e-1], "layer", "gradient")
    assert chart.y.tolist() == pytest.approx([0.1, 3.1, 2.1])
    assert chart.y_name == "gradient, powers of ten over the least"


def test_what_is_0_has_no_bar_and_is_counted():
    chart = powers([0.0, 1e-3, 1.0, 0.0], "layer", "gradient")
    assert chart.y.tolist() == pytest.approx([0.0, 0.1, 3.1, 0.0])
    assert chart.y_name.endswith("no bar: 0 (2 of 4)")
    assert powers([0.0, 0.0], "layer", "gradient").y.tolist() == [0.0, 0.0]
