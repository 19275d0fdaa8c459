"""The small histogram of a column, and what stands below it."""

from __future__ import annotations

import pytest

from nnstudio.data.dataset import sources


@pytest.mark.parametrize(
    ("texts", "low", "high"),
    [(("M", "F", "I"), "M, F, I", ""), (("M",), "M", ""), (("a", "b", "c", "d"), "4 values: a, b, c, …", "")],
)
def test_few_texts_are_all_named_and_of_many_how_many_and_the_most_frequent(tmp_path, texts, low, high):
    path = tmp_path / "t.csv"
    often = [text for i, text in enumerate(texts) for _ in range(40 - 5 * i)]
    path.write_text("kind,n\n" + "".join(f"{text},{i * 1.5}\n" for i, text in enumerate(often)))
    spread = sources["csv"].look(sources["csv"].complete({"path": str(path)})).spreads[0]
    assert (spread.low, spread.high, len(spread.bars)) == (low, high, len(texts))


def test_a_column_that_numbers_rows_claims_no_range_of_what_fits_into_the_bars(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("part,n\n" + "".join(f"P{i:04d},{i * 1.5}\n" for i in range(640)))
    spread = sources["csv"].look(sources["csv"].complete({"path": str(path)})).spreads[0]
    assert (spread.low, spread.high) == ("640 values: P0000, P0001, P0002, …", "")
