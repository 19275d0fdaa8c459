"""What the rows tell of their kind is taken, said beside the kind, and changed there."""

from __future__ import annotations

import pytest

from nnstudio.data.tables.look import TableLook


@pytest.fixture
def assistant(hands, window, tmp_path):
    path = tmp_path / "sales.csv"
    rows = "".join(f"{1990 + i // 12}-{i % 12 + 1:02},{i % 12 + i}\n" for i in range(120))
    path.write_text("month,sales\n" + rows.replace(",30\n", ",?\n", 1))
    window.files.new_from_data(path, {})
    dialog = hands.assistant()
    hands.wait(lambda: dialog.page.series is not None)
    return dialog


def test_a_series_is_proposed_with_the_reason_and_a_table_can_be_chosen(hands, assistant):
    assert assistant.kind.currentText() == "Time series" == assistant.proposed.source.title
    assert assistant.why.isVisible() and assistant.why.text().endswith("take the file as a table.")
    assert [mark.text for mark in assistant.marks.marks] == ["?"] and assistant.marks.isVisible()
    assert {"window", "time_gaps"} <= set(assistant.form.editors)
    assistant.kind.setCurrentText("CSV file")
    assistant.kind.activated.emit(assistant.kind.currentIndex())
    assert not assistant.why.isVisible() and assistant.reference.kind == "csv"
    hands.wait(lambda: isinstance(assistant.page.look, TableLook))
    assert assistant.proposed.source.id == "csv" and not assistant.why.isVisible()


def test_the_kind_is_guessed_once_the_first_reading_is_mended(hands, window, tmp_path):
    rows = "".join(f"{1990 + i // 12}-{i % 12 + 1:02};{i % 12 + i}\n" for i in range(120))
    (tmp_path / "sales.csv").write_text("month;sales\n" + rows)
    window.files.new_from_data(tmp_path / "sales.csv", {"delimiter": "comma"})
    dialog = hands.assistant()
    assert dialog.proposed is None and dialog.reference.kind == "csv"
    dialog.form.changed.emit("delimiter", "guess")
    hands.wait(lambda: dialog.proposed is not None)
    assert dialog.proposed.source.id == "series" and dialog.kind.currentText() == "Time series"
    # An edit afterwards guesses nothing any more.
    dialog.kind.setCurrentText("CSV file")
    dialog.kind.activated.emit(dialog.kind.currentIndex())
    dialog.form.changed.emit("seed", 3)
    hands.wait(lambda: dialog.proposed is not None)
    assert dialog.proposed.source.id == "csv"
