"""Results of a text: the network beside n-gram models, with a verdict; other data has no such tab."""

from __future__ import annotations

from dataclasses import replace
from math import log

import pytest

from nnstudio.data.dataset import Split
from nnstudio.data.vocabulary import Unit
from nnstudio.explain.results import ResultsProbe
from nnstudio.explain.text_scores import TextScores
from nnstudio.from_data import project_from_data
from nnstudio.ui.live.ngram_table import NGramTable
from nnstudio.ui.live.results import ResultsView


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Of a network on a text, and its data."""
    path = tmp_path_factory.mktemp("text") / "song.txt"
    path.write_text("".join(f"{n} green bottles hanging on the wall.\n" for n in range(90)), encoding="utf-8")
    session = project_from_data(path, {"guess": "each", "window": 8, "samples": 60}).project.session(1)
    return [r for r in ResultsProbe().run(session) if r is not None][-1], session.data


def cells(table) -> list[list[str]]:
    columns = range(table.columnCount())
    return [[table.item(row, column).text() for column in columns] for row in range(table.rowCount())]


def test_a_text_has_a_tab_for_it_and_says_its_bits(qtbot, results):
    result, data = results
    view = ResultsView()
    qtbot.addWidget(view)
    view.resize(600, 400)
    view.show()
    view.set_data(data)
    view.show_result(result)
    tabs = view.class_tabs
    at = tabs.indexOf(tabs.ngrams)
    assert tabs.isTabVisible(at) and "bits per character" in view.caption.text()
    tabs.setCurrentIndex(at)
    rows = cells(tabs.ngrams.table)
    assert [row[0] for row in rows] == ["The network", *(
        f"Order {n}: {before} before" for n, before in enumerate(("none", 1, 2, 3, 4), 1)
    )]  # fmt: skip
    assert rows[0][1] == f"{result.text.nats:.3f}" and rows[3][2] == f"{result.text.ngrams[2] / log(2):.3f}"
    view.show_result(replace(result, text=None))
    assert not tabs.isTabVisible(at) and "bits" not in view.caption.text()


def test_without_the_text_or_with_a_part_of_it_counted_that_is_said(qtbot):
    table = NGramTable()
    qtbot.addWidget(table)
    table.draw(TextScores(Unit.WORDS, 2.0, (), 0, 0), Split.TEST)
    assert len(cells(table.table)) == 1 and "not there" in table.told.text()
    table.draw(TextScores(Unit.WORDS, 2.0, (3.0, 1.0), 10, 2500), Split.TEST)
    told = table.told.text()
    assert "better than order 1" in told and "first 10 of 2,500 words" in told
    assert "the test part" in table.table.toolTip()
    table.draw(TextScores(Unit.WORDS, float("nan"), (3.0, 1.0), 10, 10), Split.TEST)
    assert cells(table.table)[0] == ["The network", "-", "-", "-"] and "better" not in table.told.text()
