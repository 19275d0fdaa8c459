"""The dialog of exports: every format can be chosen, written and judged; failures are sentences in it."""

from __future__ import annotations

import json
from pathlib import Path

import onnx
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest

from nnkernels.spec import Option
from nnstudio.export.format import Format, formats
from nnstudio.ui.project import export_dialog
from nnstudio.ui.project.export_dialog import ExportDialog, fitting
from nnstudio.ui.widgets.plain_text import PlainLabel


@pytest.fixture
def dialog(hands, window, tmp_path) -> ExportDialog:
    window.files.open_example("iris")
    hands.wait(lambda: window.runner.has_network)
    window.exports.ask_export()
    dialog = window.findChild(ExportDialog)
    assert dialog is not None
    return dialog


def choose(dialog: ExportDialog, name: str, path: Path) -> None:
    row = [dialog.list.item(i).data(Qt.ItemDataRole.UserRole) for i in range(dialog.list.count())].index(name)
    dialog.list.setCurrentRow(row)
    dialog.path.clear()
    QTest.keyClicks(dialog.path, str(path))


def shown(dialog: ExportDialog) -> dict[str, str]:
    rows = dialog.report_rows
    return {
        rows.itemAt(i, rows.ItemRole.LabelRole).widget().text(): rows.itemAt(i, rows.ItemRole.FieldRole)
        .widget()
        .text()
        for i in range(rows.rowCount())
    }


def test_all_formats_are_offered_with_what_they_are_for(dialog):
    titles = [dialog.list.item(i).text() for i in range(dialog.list.count())]
    assert titles == [form.title for form in formats]
    for i in range(dialog.list.count()):
        dialog.list.setCurrentRow(i)
        assert dialog.help.text() == dialog.format.help and dialog.judge.text()
        assert Path(dialog.path.text()).name.startswith("Iris")


def test_a_report_is_shown_and_the_dialog_stays(hands, dialog, tmp_path):
    choose(dialog, "npz", tmp_path / "mine")
    dialog.export.click()
    hands.wait(dialog.export.isEnabled)
    assert "predicts the same" in dialog.said.text() and dialog.isVisible()
    report = json.loads((tmp_path / "mine.npz.parity.json").read_text())
    rows = shown(dialog)
    assert rows["SHA-256"].rstrip("…") in report["sha256"]
    seen = " ".join([dialog.judge.text(), dialog.said.text(), dialog.note.text(), *rows.values()])
    assert seen.count(report["judge"]) == 1, "who checked it is told once"
    assert report["sentence"].count(report["judge"]) == 1, "and in the report"
    assert "1, 7" in rows["Samples"]
    assert 'np.load("mine.npz"' in dialog.usage.text.toPlainText() and not dialog.busy.isVisible()
    dialog.usage.copy.click()
    assert QGuiApplication.clipboard().text() == dialog.usage.text.toPlainText()


def test_what_cannot_be_written_is_said_in_the_dialog(hands, dialog, tmp_path):
    choose(dialog, "npz", tmp_path / "none" / "mine.npz")
    dialog.export.click()
    hands.wait(dialog.export.isEnabled)
    assert "cannot be written" in dialog.said.text() and not shown(dialog)


@pytest.mark.parametrize(
    ("typed", "kind", "name"),
    [
        ("net.v1.2.onnx", "npz", "net.v1.2.npz"), ("net.v1.2", "onnx", "net.v1.2.onnx"),
        ("net.h", "c-int8", "net.int8.h"), ("net.int8.h", "c", "net.h"),
        ("Net.INT8.H", "c-int8", "Net.int8.h"),
        ("net.npz", "pytorch", "net-pytorch"), ("net-pytorch", "npz", "net.npz"), ("mine", "keras", "mine"),
        (".npz", "npz", ".npz"),
    ],
)  # fmt: skip
def test_only_the_end_of_a_name_follows_the_format(typed, kind, name):
    assert fitting(Path("here") / typed, formats[kind]) == Path("here") / name


def test_a_file_is_replaced_only_when_asked(hands, dialog, tmp_path, monkeypatch):
    path = tmp_path / "mine.npz"
    path.write_text("precious")
    monkeypatch.setattr(export_dialog, "may_replace", lambda *_: False)
    choose(dialog, "npz", path)
    dialog.export.click()
    assert dialog.export.isEnabled() and path.read_text() == "precious"
    choose(dialog, "numpy", tmp_path)
    dialog.export.click()
    assert dialog.export.isEnabled() and list(tmp_path.iterdir()) == [path]


def test_closing_it_meanwhile_is_no_harm(hands, dialog, window, tmp_path):
    choose(dialog, "npz", tmp_path / "mine.npz")
    dialog.export.click()
    dialog.close()
    hands.wait(lambda: (tmp_path / "mine.npz.parity.json").exists())


class Choosy(Format):
    """Writes down which options it was given."""

    id, title, suffix = "choosy", "Choosy", ".choosy"
    help = "A format for this test."
    options = (
        Option("rounded", False, "Whether numbers lose digits."),
        Option("digits", 4, "How many stay.", 1, 9, when=("rounded", True)),
        Option("order", "up", "Which way it goes.", choices=("up", "down")),
    )

    def write(self, network, path):
        path.write_text(json.dumps({option.name: self.setting(option.name) for option in self.options}))


@pytest.fixture
def choosy(monkeypatch):
    list(formats)
    monkeypatch.setattr(formats, "_entries", {**formats._entries, "choosy": Choosy()})


def test_options_are_chosen_by_keys_and_reach_the_format(choosy, hands, dialog, tmp_path):
    choose(dialog, "choosy", tmp_path / "mine.choosy")
    dialog.list.setFocus()
    digits = dialog.options.editors["digits"]
    assert not digits.isVisible(), "nothing is rounded yet"
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    assert dialog.focusWidget().accessibleName() == "Rounded"
    assert "lose digits" in dialog.focusWidget().accessibleDescription()
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Space)
    assert digits.isVisible()
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Up)
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Down)
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_Tab)
    assert dialog.focusWidget() is dialog.path
    told = [label.text() for label in dialog.options.findChildren(PlainLabel)]
    assert all(option.help in told for option in Choosy.options)
    dialog.export.click()
    hands.wait(dialog.export.isEnabled)
    chosen = {"rounded": True, "digits": 5, "order": "down"}
    assert json.loads((tmp_path / "mine.choosy").read_text()) == chosen


def test_each_format_keeps_what_was_chosen_of_its_own(choosy, dialog, tmp_path):
    choose(dialog, "choosy", tmp_path / "mine.choosy")
    dialog.options.editors["rounded"].click()
    choose(dialog, "npz", tmp_path / "mine.npz")
    assert dialog.options is None
    choose(dialog, "onnx", tmp_path / "mine.onnx")
    assert list(dialog.options.editors) == ["rows"] and not dialog.options.editors["rows"].isChecked()
    choose(dialog, "choosy", tmp_path / "mine.choosy")
    assert dialog.options.editors["rounded"].isChecked()


def test_a_graph_that_takes_rows_is_a_box_to_tick(hands, dialog, tmp_path):
    choose(dialog, "onnx", tmp_path / "mine.onnx")
    dialog.options.editors["rows"].click()
    dialog.export.click()
    hands.wait(dialog.export.isEnabled)
    assert "predicts the same" in dialog.said.text()
    graph = onnx.load(tmp_path / "mine.onnx").graph
    assert len(graph.input) == 4 and "label" in [output.name for output in graph.output]
