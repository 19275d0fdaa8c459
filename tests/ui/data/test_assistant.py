"""The assistant: data is shown and corrected before anything is replaced."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QMessageBox

from nnstudio.data.tables.settings import ColumnRole
from nnstudio.training.messages import Phase
from nnstudio.ui.project import files


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "mine.csv"
    rows = "".join(f"{i % 9},{i % 4},{'big' if i % 9 > 4 else 'small'}\n" for i in range(90))
    path.write_text("length,width,size\n" + rows)
    return path


@pytest.fixture
def assistant(hands, window, table):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.files.new_from_data(table, {})
    dialog = hands.assistant()
    hands.wait(lambda: dialog.page.look is not None)
    return dialog


def test_it_shows_the_data_and_a_network_with_its_reason(assistant):
    assert "90 rows" in assistant.page.understood.text() and assistant.page.target.currentText() == "size"
    assert assistant.network.text().startswith("Input → Dense") and "rows" in assistant.reason.text()
    assert assistant.confirm.isEnabled() and assistant.confirm.isDefault()
    # What is said at the columns is not asked for a second time.
    assert not {"path", "target", "task", "columns"} & set(assistant.form.editors)


def test_a_correction_at_a_column_is_in_the_project(hands, window, assistant):
    before = assistant.proposed
    assistant.page.header.said.emit("width", "left out")
    assert assistant.proposed is None and not assistant.confirm.isEnabled()
    hands.wait(lambda: assistant.proposed is not None)
    assert assistant.proposed is not before and assistant.proposed.data.features == ("length",)
    hands.wait(lambda: assistant.page.look is not None)
    assert assistant.page.look.columns[1].role == ColumnRole.LEFT_OUT
    assistant.confirm.click()
    hands.wait(lambda: window.runner.data is not None and window.runner.data.features == ("length",))
    hands.wait_phase(Phase.READY)


def test_escape_leaves_everything_as_it_was(window, assistant):
    project, done = window.workspace.project, window.editor.document.history.done
    QTest.keyClick(assistant, Qt.Key.Key_Escape)
    assert not assistant.isVisible() and assistant.proposed is None
    assert window.workspace.project is project and window.editor.document.history.done == done


def test_return_opens_the_menu_of_a_column_and_creates_nothing(window, assistant):
    project = window.workspace.project
    assistant.page.table.setCurrentIndex(assistant.page.table.model().index(0, 1))
    QTest.keyClick(assistant.page.table, Qt.Key.Key_Return)
    assert window.workspace.project is project and assistant.isVisible()


def test_a_file_that_cannot_be_read_is_mended_on_the_spot(hands, window, tmp_path):
    (tmp_path / "bad.csv").write_text("a;b\n" + "".join(f"{i};{i % 3}\n" for i in range(40)))
    window.files.new_from_data(tmp_path / "bad.csv", {"delimiter": "comma"})
    assistant = hands.assistant()
    assert "only one column" in assistant.page.problem.text() and not assistant.confirm.isEnabled()
    assert assistant.reason.text().startswith("A network is proposed once")
    assistant.form.changed.emit("delimiter", "guess")
    hands.wait(lambda: assistant.proposed is not None)
    assert assistant.page.problem.text() == "" and assistant.confirm.isEnabled()


def test_a_file_that_nothing_reads_gets_a_sentence(window, tmp_path):
    (tmp_path / "some.xyz").write_text("?")
    window.files.new_from_data(tmp_path / "some.xyz", {})
    assert "neither a project" in window.panels.message.text()


def test_what_is_not_saved_is_asked_about_last_and_cancel_returns_to_the_assistant(
    window, assistant, monkeypatch
):
    window.editor.change_setting("epochs", 3)
    project, asked = window.workspace.project, []

    def answer(*question):
        asked.append(question)
        return QMessageBox.StandardButton.Cancel

    monkeypatch.setattr(files, "ask", answer)
    assistant.confirm.click()
    assert len(asked) == 1 and window.workspace.project is project and assistant.isVisible()
