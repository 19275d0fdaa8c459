"""What people type for a number is read as they mean it, or refused with a reason."""

from __future__ import annotations

import pytest

from nnstudio.ui.widgets.typed_number import NumberRule, TypedError, in_sentence, shown, singular

WHOLE = NumberRule("batch size", 1, 65536, True, "samples")
DECIMAL = NumberRule("learning rate", 0.0, 1000.0)


def test_commas_points_thousands_units_and_powers_of_ten_are_read():
    decimals = {
        "0,5": 0.5, " 0.5 ": 0.5, ",5": 0.5, "1e-8": 1e-8, "1,5e-3": 0.0015, "0,001": 0.001, "1.000": 1.0,
        "1 000": 1000.0, "+7": 7.0, "1.000,0": 1000.0, "−0": 0.0,
    }  # fmt: skip
    assert {text: DECIMAL.read(text) for text in decimals} == decimals
    wholes = {
        "32 samples": 32, "1e3": 1000, "1,000": 1000, "10\u202f000 samples": 10000, "1'000": 1000, "2,0": 2,
        "10_000": 10000, "1 sample": 1,
    }  # fmt: skip
    read = {text: WHOLE.read(text) for text in wholes}
    assert read == wholes and all(isinstance(value, int) for value in read.values())


@pytest.mark.parametrize(
    ("rule", "text", "why"),
    [
        (WHOLE, "0", "The batch size must be at least 1"),
        (WHOLE, "10,000,000", "The batch size must be at most 65,536"),
        (WHOLE, "0,5", "The batch size must be a whole number"),
        (WHOLE, "1.000", "The batch size must be one number, and '1.000' may mean 1000 or 1"),
        (WHOLE, "", "The batch size must be a number"),
        (DECIMAL, "1e30", "The learning rate must be at most 1000"),
        (DECIMAL, "1,000", "The learning rate must be one number, and '1,000' may mean 1000 or 1"),
        (DECIMAL, "1 2", "The learning rate must be a number, not '1 2'"),
        (DECIMAL, "nan", "The learning rate must be a number, not 'nan'"),
        (NumberRule("share"), "1e400", "The share must be a finite number"),
    ],
)
def test_what_cannot_be_is_refused_with_the_reason(rule, text, why):
    with pytest.raises(TypedError) as refused:
        rule.read(text)
    assert str(refused.value) == why


def test_a_shown_number_reads_as_itself():
    for value in (0.1, 1e-8, 0.12345678901234, 1 / 3):
        assert NumberRule("x").read(shown(value)) == value
    assert [in_sentence(title) for title in ("Batch size", "L1", "Test share")] == [
        "batch size", "L1", "test share"
    ]  # fmt: skip


def test_a_unit_beside_a_one():
    assert [singular(unit) for unit in ("rows", "px", "s", "ms", "")] == ["row", "px", "s", "ms", ""]
