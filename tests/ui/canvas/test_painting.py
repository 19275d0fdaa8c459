"""Numbers in nodes are short, and never cut off at the front."""

from __future__ import annotations

import pytest

from nnstudio.ui.canvas.painting import LONGEST, short_number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"), (0.993, "0.993"), (-1.887, "-1.89"), (0.000166, "0.0002"), (-0.000166, "-2e-04"),
        (126_000.0, "126000"), (-126_000.0, "-1e+05"), (3.2e30, "3e+30"), (-0.0072, "-0.007"),
        (1e-40, "1e-40"), (float("nan"), "nan"), (float("-inf"), "-inf"),
    ],
)  # fmt: skip
def test_a_number_fits_beside_its_bar(value, text):
    assert short_number(value) == text and len(text) <= LONGEST
