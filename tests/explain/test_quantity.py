"""Numbers are written as people do."""

from __future__ import annotations

import pytest

from nnstudio.explain.quantity import in_digits


@pytest.mark.parametrize(
    "value, text",
    [
        (126_000.0, "126,000"),
        (125_999.6, "126,000"),
        (-1234.4, "-1,234"),
        (123.456, "123.5"),
        (0.01234567, "0.01235"),
        (0.0, "0"),
        (1.5e13, "1.5e+13"),
        (2.5e-7, "2.5e-07"),
        (float("nan"), "nan"),
        (float("-inf"), "-inf"),
    ],
)
def test_as_people_write_them(value, text):
    assert in_digits(value) == text
