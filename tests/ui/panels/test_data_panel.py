"""The choice of data: previews, targets, and kinds that are not known here."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from nnstudio.data.dataset import load
from nnstudio.model.document import DataReference
from nnstudio.ui.panels.data_panel import DataPanel


@pytest.fixture
def panel(qtbot):
    def look_up(work, then, failed):
        try:
            seen = work()
        except Exception as error:
            failed(error)
        else:
            then(seen)

    panel = DataPanel(look_up)
    qtbot.addWidget(panel)
    return panel


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "t<b>.csv"
    path.write_text("width;<i>height</i>;good\n1,5;2;yes\n2,5;3;no\n3,5;4;yes\n4,5;5;no\n")
    return str(path)


def test_a_preview_says_how_the_file_is_read(panel, table):
    panel.show_reference(DataReference("csv", {"path": table}), lambda: Path(table))
    assert "t&lt;b&gt;.\u200bcsv" in panel.guessed.text() and "semicolon" in panel.guessed.text()
    assert [panel.target.itemText(i) for i in range(panel.target.count())] == [
        "width", "<i>height</i>", "good",
    ]  # fmt: skip
    assert panel.target.currentText() == "good" and panel.table.item(0, 0).text() == "1,5"


def test_a_preview_follows_the_options(panel, table):
    panel.show_reference(
        DataReference("csv", {"path": table, "header": "no", "target": "column 1"}), lambda: Path(table)
    )
    assert panel.target.currentText() == "column 1" and panel.table.item(0, 0).text() == "width"


def test_a_kind_that_is_not_known_here_shows_no_choice_and_another_can_be_chosen(qtbot, panel, table):
    panel.show_reference(DataReference("csv", {"path": table}), lambda: Path(table))
    panel.show_reference(DataReference("of_a_plug_in", {"path": "x", "depth": 3}), lambda: None)
    assert panel.picker.currentIndex() == -1 and panel.form is None
    with qtbot.waitSignal(panel.data_requested) as asked:
        panel.picker.setCurrentIndex(panel.picker.findData("iris"))
        panel.picker.activated.emit(panel.picker.currentIndex())
    assert asked.args == [DataReference("iris", {})]
    panel.show_reference(DataReference("iris", {}), lambda: None)
    assert panel.form is not None and "species" in panel.help.text().lower()


def test_only_the_newest_preview_is_shown(qtbot, table):
    waiting = []
    panel = DataPanel(lambda work, then, failed: waiting.append((work, then)))
    qtbot.addWidget(panel)
    for target in ("width", "good"):
        panel.show_reference(DataReference("csv", {"path": table, "target": target}), lambda: Path(table))
    for work, then in reversed(waiting):
        then(work())
    assert panel.target.currentText() == "good"


def test_the_arrays_of_a_file_are_chosen_from_a_list(qtbot, panel, tmp_path):
    path = tmp_path / "t.json"
    rows = [{"x": i, "y": i % 2} for i in range(9)]
    path.write_text(json.dumps({"old": rows, "new": rows}))
    panel.show_reference(DataReference("json", {"path": str(path), "array": "newer"}), lambda: path)
    box = panel.form.editors["array"]
    assert [box.itemText(i) for i in range(box.count())] == ["Automatic", "old", "new", "newer"]
    assert box.currentData() == "newer" and not box.isHidden()
    with qtbot.waitSignal(panel.data_requested) as asked:
        box.setCurrentIndex(2)
    assert asked.args[0].options["array"] == "new"
    path.write_text(json.dumps(rows))
    panel.show_reference(DataReference("json", {"path": str(path)}), lambda: path)
    assert box.isHidden() and box.currentData() == "", "there is nothing to choose"


def test_a_text_that_the_data_cannot_be_read_with_is_refused_at_its_field(qtbot, panel, table):
    asked = []
    panel.data_requested.connect(asked.append)
    panel.show_reference(DataReference("csv", {"path": table, "skip_rows": "1"}), lambda: Path(table))
    field = panel.form.editors["skip_rows"]
    field.show()
    for text, sentence in (("3x", "takes numbers from 1 on"), ("2-90", "up to the 4 rows")):
        field.setText(text)
        field.textEdited.emit(text)
        field.apply()
        assert sentence in field.problem and "Rows to skip" in field.problem and "'1' stays" in field.problem
        assert asked == [] and field.text() == text
        # The document is shown anew, as after each command.
        panel.form.show_values({"skip_rows": "1"})
        assert field.text() == text
    field.setText("")
    field.textEdited.emit("")
    field.apply()
    assert not field.problem and asked[0].options["skip_rows"] == ""


def test_the_season_that_was_guessed_stands_in_its_field(panel, tmp_path):
    path = tmp_path / "months.csv"
    rows = "".join(f"{1990 + i // 12}-{i % 12 + 1:02},{i + 10 * (i % 12)}\n" for i in range(72))
    path.write_text("month,sales\n" + rows)
    for chosen, shown in ((0, "guess (12)"), (6, "6 rows"), (0, "guess (12)")):
        options = {"path": str(path), "season": chosen}
        panel.show_reference(DataReference("series", options), lambda: path)
        panel.show_loaded(None)
        field = panel.form.editors["season"]
        assert field.text() == (shown if chosen else "guess"), "it is not known yet"
        panel.show_loaded(load("series", options))
        assert field.text() == shown
