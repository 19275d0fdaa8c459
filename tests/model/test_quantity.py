"""Numbers are written as people do."""

from __future__ import annotations

import pytest

from nnstudio.model.quantity import (
    counted,
    error_in_digits,
    in_all_digits,
    in_digits,
    in_percent,
    rounded,
    value_in_words,
)


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


def test_an_error_that_nobody_would_see_is_only_said_to_be_small():
    assert error_in_digits(1.2e-5) == "below 0.0001"
    assert error_in_digits(0.0) == "0" and error_in_digits(1234.6) == "1,235"


def test_one_is_not_many():
    assert [counted(n, "sample") for n in (0, 1, 1200)] == ["0 samples", "1 sample", "1,200 samples"]


@pytest.mark.parametrize("value, step, text", [(-1e-9, 0.001, "0"), (-0.04, 0.1, "0"), (-0.06, 0.1, "-0.1")])
def test_a_zero_has_no_sign(value, step, text):
    assert in_all_digits(rounded(value, step)) == text


@pytest.mark.parametrize(
    ("share", "told"), [(0.95, "95%"), (0.104, "10.4%"), (0.99968, "99.97%"), (1, "100%"), (0, "0%")]
)
def test_a_share_is_told_without_figures_that_say_nothing(share, told):
    assert in_percent(share) == told


def test_a_switch_is_on_or_off_and_no_number():
    assert [value_in_words(value) for value in (True, False, 1, 0.03, 1234567, "same")] == [
        "on", "off", "1", "0.03", "1,234,567", "same",
    ]  # fmt: skip
