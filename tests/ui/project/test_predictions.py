"""New samples in the window: predicted off its thread, written beside, shown; also when the data is gone."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from moved_data import by_reference, saved_table
from PySide6.QtWidgets import QFileDialog

from nnstudio import cli
from nnstudio.data.dataset import Picks, sources
from nnstudio.from_data import project_from_data
from nnstudio.ui.project import predictions
from nnstudio.ui.project.predictions_dialog import PredictionsDialog


@pytest.fixture(autouse=True)
def settings_of_nobody(tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))


@pytest.fixture
def project(tmp_path, monkeypatch) -> Path:
    """A project on a table that is kept by reference; "new.csv" holds rows of it, one without its income."""
    by_reference(monkeypatch)
    saved_table(tmp_path)
    rows = (tmp_path / "table.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "new.csv").write_text("\n".join([*rows[:6], "50,red,mid,2003-05-05,,3,town 1,no", ""]))
    return tmp_path / "p.nns"


def shown(hands) -> PredictionsDialog:
    """The dialog that comes, or a failure with what is said instead."""
    window = hands.window

    def dialogs() -> list[PredictionsDialog]:
        return [dialog for dialog in window.findChildren(PredictionsDialog) if dialog.isVisible()]

    hands.wait(lambda: bool(dialogs() or (window.panels.message.text() and not window.presenter._data_error)))
    assert dialogs(), window.panels.message.text()
    return dialogs()[0]


def cells(dialog: PredictionsDialog) -> list[list[str]]:
    model = dialog.table.model()
    every = range(model.columnCount())
    return [[model.index(row, at).data() for at in every] for row in range(model.rowCount())]


@pytest.mark.parametrize("is_gone", [False, True])
def test_a_file_is_predicted_as_on_the_command_line(hands, project, is_gone, capsys):
    new = project.with_name("new.csv")
    if is_gone:
        project.with_name("table.csv").unlink()
    assert hands.open(project)
    if is_gone:
        hands.wait(lambda: "go on without it" in hands.window.panels.message.text())
    else:
        hands.wait(lambda: hands.window.runner.has_network)
    hands.window.predictions.predict(new)
    dialog = shown(hands)
    out = new.with_name("new-predictions.csv")
    assert str(out) in dialog.said.text() and "6 rows, 1 of them without" in dialog.said.text()
    assert cells(dialog)[5] == ["no prediction", "no prediction"]
    notes = [dialog.notes.item(i).text() for i in range(dialog.notes.count())]
    assert any("'income' is missing" in note for note in notes)
    dialog.close()
    cli.run(["predict", str(project), str(new)])
    assert capsys.readouterr().out == out.read_text(encoding="utf-8")


def test_a_folder_of_pictures_is_predicted_when_those_of_training_are_gone(hands, tmp_path, monkeypatch):
    example = tmp_path / "example"
    example.mkdir()
    given = sources["image_folder"].example(example)
    project = project_from_data(Path(given.pop("path")), given, kind="image_folder").project
    project.state = project.session().state()
    project.save(tmp_path / "p.nns")
    (example / "dark").rename(tmp_path / "new")
    shutil.rmtree(example)
    assert hands.open(tmp_path / "p.nns")
    hands.wait(lambda: "go on without it" in hands.window.panels.message.text())
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path / "new"))
    hands.window.predictions.ask(Picks.FOLDER)
    dialog = shown(hands)
    assert [row[0] for row in cells(dialog)] == ["0.png", "1.png", "2.png", "3.png"]
    assert (tmp_path / "new-predictions.csv").is_file()


def test_what_cannot_be_written_can_be_saved_elsewhere(hands, project, tmp_path, monkeypatch):
    assert hands.open(project)
    hands.wait(lambda: hands.window.runner.has_network)
    (tmp_path / "new-predictions.csv").mkdir()
    hands.window.predictions.predict(tmp_path / "new.csv")
    dialog = shown(hands)
    assert "cannot be written" in dialog.said.text() or "is a folder" in dialog.said.text()
    other = str(tmp_path / "mine")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (other, ""))
    dialog._on_save()
    assert (tmp_path / "mine.csv").read_text().startswith("kind,probability")


def test_a_file_is_replaced_only_when_asked(hands, project, tmp_path, monkeypatch):
    (tmp_path / "new-predictions.csv").write_text("precious")
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: (str(tmp_path / "new.csv"), ""))
    monkeypatch.setattr(predictions, "may_replace", lambda *_: False)
    hands.window.predictions.ask()
    assert (tmp_path / "new-predictions.csv").read_text() == "precious"


def test_what_is_of_another_kind_is_a_sentence(hands, project, tmp_path):
    assert hands.open(project)
    hands.wait(lambda: hands.window.runner.has_network)
    (tmp_path / "odd.png").write_bytes(b"no picture")
    hands.window.predictions.predict(tmp_path / "odd.png")
    hands.wait(lambda: "is a picture, but the network takes a table" in hands.window.panels.message.text())


def test_without_a_network_nothing_is_predicted(hands, project, tmp_path):
    hands.window.predictions.predict(tmp_path / "new.csv")
    hands.wait(lambda: "cannot run yet" in hands.window.panels.message.text())


def test_a_project_without_its_data_is_exported(hands, project, tmp_path):
    (tmp_path / "table.csv").unlink()
    assert hands.open(project)
    hands.wait(lambda: "go on without it" in hands.window.panels.message.text())
    ended = []
    hands.window.exports.export_to(tmp_path / "w.npz", ended=ended.append)
    hands.wait(lambda: bool(ended))
    assert "random samples within the ranges of training" in ended[0].sentence
    assert (tmp_path / "w.npz.parity.json").is_file()
