"""The marks of missing values: seen ones are checked or not, own ones are added; the rows follow."""

from __future__ import annotations

import json

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from nnstudio.data.tables.marks import Mark
from nnstudio.ui.data.mark_list import MarkList

CELLS = ("3", "?", "-999", "", "5", "4", "7", "?", "None", "6")


@pytest.fixture
def assistant(hands, window, tmp_path):
    path = tmp_path / "house.csv"
    path.write_text("size,sold\n" + "".join(f"{CELLS[i % 10]},{i % 2}\n" for i in range(100)))
    window.files.new_from_data(path, {})
    dialog = hands.assistant()
    hands.wait(lambda: dialog.page.look is not None)
    return dialog


def shown(assistant):
    items = [assistant.marks.list.item(at) for at in range(assistant.marks.list.count())]
    return {item.text().split(" ")[0]: (item, item.checkState() == Qt.CheckState.Checked) for item in items}


def test_seen_marks_are_checked_and_others_added(hands, assistant):
    marks = shown(assistant)
    assert {text: on for text, (_item, on) in marks.items()} == {
        "empty": True, "?": True, "None": True, "-999": False,
    }  # fmt: skip
    assert marks["?"][0].text().endswith("20 cells") and "missing_marks" not in assistant.form.editors
    assert not marks["empty"][0].flags() & Qt.ItemFlag.ItemIsUserCheckable
    marks["-999"][0].setCheckState(Qt.CheckState.Checked)
    assert assistant.reference.options["missing_marks"] == "-999"
    hands.wait(lambda: assistant.page.look is not None)
    assert assistant.page.look.columns[0].missing == 40 + 10 and shown(assistant)["-999"][1]
    QTest.keyClicks(assistant.marks.own, "7")
    QTest.keyClick(assistant.marks.own, Qt.Key.Key_Return)
    assert assistant.isVisible() and assistant.reference.options["missing_marks"] == "-999, 7"
    hands.wait(lambda: assistant.page.look is not None)
    assert assistant.page.look.columns[0].missing == 60 and assistant.marks.own.text() == ""


def test_a_usual_mark_can_be_a_value(hands, assistant):
    shown(assistant)["None"][0].setCheckState(Qt.CheckState.Unchecked)
    assert assistant.reference.options["kept_marks"] == "None"
    hands.wait(lambda: assistant.page.look is not None)
    assert not shown(assistant)["None"][1] and "None" in set(assistant.page.look.frame["size"])


def test_space_checks_and_unchecks(qtbot):
    marks, told = MarkList(), []
    qtbot.addWidget(marks)
    marks.changed.connect(lambda said: told.append(tuple(said.values())))
    marks.show_marks([Mark("", 2, True, True), Mark("?", 1, True, True), Mark("-1", 3, False, False)])
    marks.list.setCurrentRow(2)
    QTest.keyClick(marks.list, Qt.Key.Key_Space)
    marks.list.setCurrentRow(1)
    QTest.keyClick(marks.list, Qt.Key.Key_Space)
    assert told == [("-1", ""), ("-1", "?")]
    # One that is there already is checked.
    marks.own.setText("?")
    marks._add()
    assert told[-1] == ("-1", "") and marks.list.item(1).text() == "?   ·   1 cell"


def test_the_data_page_opens_the_list_and_it_stays_open(hands, window, tmp_path):
    path = tmp_path / "house.json"
    path.write_text(json.dumps([{"size": CELLS[i % 10], "sold": i % 2} for i in range(100)]))
    hands.create_from(path)
    page = window.panels.data_page
    hands.wait(lambda: page.look is not None)
    assert page.marks.text() == "Missing values: 40 …"
    QTest.mouseClick(page.marks, Qt.MouseButton.LeftButton)
    (item,) = page.marks.marks.list.findItems("-999", Qt.MatchFlag.MatchStartsWith)
    item.setCheckState(Qt.CheckState.Checked)
    assert window.workspace.document.data.options["missing_marks"] == "-999"
    hands.wait(lambda: page.marks.text() == "Missing values: 50 …")
    assert page.marks.popup.isVisible()
    page.marks.popup.close()
