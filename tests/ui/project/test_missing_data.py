"""A project whose data file is not there: each part of the window says so, and what helps is at hand."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QFileDialog

from nnstudio.model.document import DataReference
from nnstudio.project import open_example
from nnstudio.training.messages import Phase
from nnstudio.ui.shell.presenter import LOADING

ROWS = "length,width,size\n" + "".join(
    f"{i % 9},{i % 4},{'big' if i % 9 > 4 else 'small'}\n" for i in range(60)
)


@pytest.fixture
def waiting(hands, window, tmp_path):
    """A window on a project that was saved elsewhere and learns from 'flats.csv'."""
    (tmp_path / "there").mkdir()
    project = open_example("iris")
    project.document.data = DataReference("csv", {"path": str(tmp_path / "there" / "flats.csv")})
    window.files.show(project, "Open")
    hands.wait(lambda: "flats.csv" in window.panels.message.text())
    return window


def test_problems_and_the_greyed_train_say_what_is_missing(hands, waiting):
    problems, train = waiting.panels.problems, waiting.panels.run_bar.train_action
    (row,) = problems.rows
    assert row.problem.serious and "flats.csv" in row.problem.text and "Data" in row.where.text()
    assert not problems.note.isVisibleTo(problems) and not train.isEnabled()
    assert train.toolTip().startswith("Train (Ctrl+Return) is not possible yet.")
    assert "flats.csv" in train.toolTip()
    waiting.editor.choose_data(DataReference("iris"))
    waiting.runner.planner.settle_now()
    assert problems.note.text() == LOADING
    hands.wait_phase(Phase.READY)
    assert not problems.rows and "No problems" in problems.note.text()
    assert train.isEnabled() and train.toolTip() == "Train (Ctrl+Return)"


@pytest.mark.parametrize("name, is_awaited", [("flats.csv", True), ("houses.csv", False)])
def test_enter_takes_the_file_that_is_missing_but_no_other(hands, waiting, tmp_path, name, is_awaited):
    (tmp_path / name).write_text(ROWS)
    waiting.drops.take(str(tmp_path / name))
    dialog = hands.assistant()
    assert (dialog.adopt.isDefault(), dialog.confirm.isDefault()) == (is_awaited, not is_awaited)
    dialog.reject()


def test_where_the_data_is_there_enter_changes_nothing_that_is_open(hands, window, tmp_path):
    path = tmp_path / "flats.csv"
    path.write_text(ROWS)
    hands.create_from(path)
    window.drops.take(str(path))
    dialog = hands.assistant()
    assert dialog.confirm.isDefault() and dialog.adopt.isVisible()
    dialog.reject()


def test_a_network_that_cannot_be_made_is_a_problem_though_none_is_seen_in_it(hands, window, monkeypatch):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)

    def refuse(*_job, **_settings):
        raise MemoryError

    monkeypatch.setattr("nnstudio.training.worker.Session", refuse)
    window.editor.change_nodes(["dense_1"], "units", 7)
    hands.wait_phase(Phase.FAILED)
    (row,) = window.panels.problems.rows
    assert "memory" in row.problem.text
    train = window.panels.run_bar.train_action
    assert not train.isEnabled() and "memory" in train.toolTip()


def test_the_message_offers_to_choose_the_file_which_is_read_as_it_was(hands, waiting, tmp_path, monkeypatch):
    project = waiting.workspace.project
    options = {**project.document.data.options, "target": "width"}
    waiting.editor.choose_data(DataReference("csv", options))
    message = waiting.panels.message
    hands.wait(message.offered.isVisible)
    assert message.offered.text() == "Choose the file…" == waiting.panels.data.choose.text()
    (tmp_path / "houses.csv").write_text(ROWS)
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "houses.csv"), ""))
    message.offered.click()
    hands.wait(lambda: waiting.runner.data is not None)
    # A mere other file begins with what is guessed of it.
    assert waiting.runner.data.targets == ("width",) and not message.offered.isVisible()
    assert waiting.panels.data.choose.text() == "Choose a file…"
