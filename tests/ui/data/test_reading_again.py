"""While a correction is read, and where it cannot be, what was in sight stays; no file is read twice."""

from __future__ import annotations

from threading import Event

import pytest

from nnstudio.data.csv_file import CsvFile
from nnstudio.data.kept_files import KeptFiles
from nnstudio.data.progress import tell
from nnstudio.training.messages import Phase
from nnstudio.ui.data.looking import AS_BEFORE, READING_AGAIN
from nnstudio.ui.data.reading import GivenUp


@pytest.fixture
def readings(monkeypatch):
    """Of which files tables were read, one after the other."""
    read, names = CsvFile.read, []

    def counted(self, path, *rest):
        names.append(path.name)
        return read(self, path, *rest)

    monkeypatch.setattr(CsvFile, "read", counted)
    return names


@pytest.fixture
def assistant(hands, window, tmp_path, readings):
    path = tmp_path / "mine.csv"
    path.write_text("length,width,size\n" + "".join(f"{i % 9},{i % 4},{i % 9 > 4}\n" for i in range(90)))
    window.files.new_from_data(path, {})
    dialog = hands.assistant()
    hands.wait(lambda: dialog.page.look is not None)
    return dialog


def test_from_the_assistant_to_the_new_project_the_file_is_read_once(hands, window, assistant, readings):
    assistant.page.header.said.emit("width", "left out")
    hands.wait(lambda: assistant.page.look is not None)
    assistant.confirm.click()
    hands.wait(lambda: window.panels.data_page.look is not None)
    hands.wait_phase(Phase.READY)
    assert readings == ["mine.csv"]


def test_a_file_too_large_to_be_kept_is_read_once_too_while_it_is_in_sight(
    hands, window, tmp_path, readings, monkeypatch
):
    monkeypatch.setattr("nnstudio.data.tables.source.KEPT", KeptFiles(2, 10, shares=True))
    path = tmp_path / "large.csv"
    path.write_text("length,size\n" + "".join(f"{i % 9},{i % 9 > 4}\n" for i in range(90)))
    window.files.new_from_data(path, {})
    dialog = hands.assistant()
    hands.wait(lambda: dialog.page.look is not None)
    assert readings == ["large.csv"], "who looks at the rows takes what the proposal read"
    dialog.page.header.said.emit("length", "category")
    hands.wait(lambda: dialog.page.look is not None and dialog.confirm.isEnabled())
    dialog.confirm.click()
    hands.wait(lambda: window.panels.data_page.look is not None)
    before = len(readings)
    window.runner.planner.retry()
    hands.wait_phase(Phase.READY)
    assert len(readings) == before, "who loads the data takes what is in sight"


def test_a_file_that_nobody_looks_at_any_more_is_not_read_to_its_end(hands, window, tmp_path, monkeypatch):
    path, ended, goes_on = tmp_path / "mine.csv", [], Event()

    def look(_self, _options):
        try:
            while True:
                goes_on.wait()
                tell(0.5)
        except GivenUp as error:
            ended.append(error)
            raise

    path.write_text("length,size\n" + "".join(f"{i % 9},{i % 9 > 4}\n" for i in range(90)))
    window.files.new_from_data(path, {})
    dialog = hands.assistant()
    hands.wait(lambda: dialog.page.look is not None)
    monkeypatch.setattr(CsvFile, "look", look)
    dialog.page.header.said.emit("length", "category")
    hands.wait(dialog.confirm.isEnabled)
    dialog.reject()
    goes_on.set()
    hands.wait(lambda: bool(ended))


def test_a_file_that_changed_meanwhile_is_read_again(hands, assistant, readings):
    path = assistant.path
    path.write_text(path.read_text() + "3,3,True\n")
    assistant.page.header.said.emit("width", "category")
    hands.wait(lambda: assistant.page.look is not None)
    assert "91 rows" in assistant.page.understood.text() and len(readings) == 2


def test_while_a_correction_is_read_the_rows_stay_greyed(hands, assistant):
    page, model = assistant.page, assistant.page.table.model()
    page.table.setCurrentIndex(model.index(7, 1))
    network = assistant.network.text()
    page.header.said.emit("width", "left out")
    assert page.veil.isVisible() and page.veil.text == page.understood.text() == READING_AGAIN
    assert page.table.model() is model and page.table.isVisible() and page.target.currentText() == "size"
    assert assistant.network.text() == network and not assistant.network.isEnabled()
    assert not assistant.confirm.isEnabled()
    hands.wait(lambda: page.look is not None)
    assert not page.veil.isVisible() and page.table.model() is not model
    at = page.table.currentIndex()
    assert (at.row(), at.column()) == (7, 1) and assistant.network.isEnabled()


def test_what_cannot_be_read_is_told_beside_the_setting_and_the_rows_stay(hands, assistant):
    page, model = assistant.page, assistant.page.table.model()
    assistant.form.changed.emit("skip_rows", "1-900")
    hands.wait(lambda: bool(page.problem.text()))
    hands.wait(lambda: page.veil.text != READING_AGAIN)
    (told,) = (w for w in assistant.form.children() if w.objectName() == "error")
    assert "up to the 90 rows" in told.text() and told.isVisible()
    assert "Rows to skip" in page.problem.text() and page.problem.isVisible()
    assistant.form.changed.emit("skip_rows", "1-3")
    hands.wait(lambda: page.look is not None)
    assert not [w for w in assistant.form.children() if w.objectName() == "error"]
    assert page.problem.text() == "" and not page.veil.isVisible() and page.table.model() is not model


def test_rows_that_cannot_be_read_at_all_stay_as_they_were(hands, assistant):
    page, model = assistant.page, assistant.page.table.model()
    assistant.path.write_text("")
    assistant.form.changed.emit("delimiter", "tab")
    hands.wait(lambda: page.veil.text == AS_BEFORE)
    assert page.table.model() is model and page.table.isVisible() and page.understood.text() == ""
    assert page.problem.text() and assistant.reason.text().startswith("A network is proposed once")
