"""The small histogram of a column, and what stands below it."""

from __future__ import annotations

import pytest

from nnstudio.data.dataset import sources


@pytest.mark.parametrize(
    ("texts", "low", "high"),
    [(("M", "F", "I"), "M, F, I", ""), (("M",), "M", ""), (("a", "b", "c", "d"), "a", "d")],
)
def test_few_texts_are_all_named_and_of_many_the_most_and_the_least_frequent(tmp_path, texts, low, high):
    path = tmp_path / "t.csv"
    often = [text for i, text in enumerate(texts) for _ in range(40 - 5 * i)]
    path.write_text("kind,n\n" + "".join(f"{text},{i * 1.5}\n" for i, text in enumerate(often)))
    spread = sources["csv"].look(sources["csv"].complete({"path": str(path)})).spreads[0]
    assert (spread.low, spread.high, len(spread.bars)) == (low, high, len(texts))
