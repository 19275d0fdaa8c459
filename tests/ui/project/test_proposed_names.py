"""Files that are written of a project are proposed under its name, each with what it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from nnstudio.ui.project.record_dialog import RecordDialog
from nnstudio.ui.widgets.file_dialogs import OpenProject


@pytest.fixture
def asked(monkeypatch) -> list[str]:
    names: list[str] = []

    def answer(_parent, _title, name, *_more, **_also):
        names.append(Path(name).name)
        return "", ""

    monkeypatch.setattr(QFileDialog, "getSaveFileName", answer)
    return names


def test_each_dialog_proposes_the_name_of_the_project(hands, window, asked, tmp_path):
    window.files.open_example("xor")
    hands.wait(lambda: window.runner.has_network)
    window.exports.ask_figure()
    curve = window.live.views["loss_curve"]
    curve._ask_export()
    assert asked == ["XOR.svg", "XOR curves.csv"]
    window.files.save_to(tmp_path / "mine.nns")
    hands.wait(lambda: OpenProject.name == "mine")
    for view in ("", "results"):
        window.exports.ask_record(view)
        (dialog,) = (each for each in window.findChildren(RecordDialog) if each.isVisible())
        dialog.record_button.click()
    assert asked[2:] == ["mine training.gif", "mine results.gif"]


def test_what_no_file_may_be_called_is_left_out():
    try:
        OpenProject.follow("a/b: what?")
        assert OpenProject.named("curves") == "a-b- what- curves"
        OpenProject.follow("..")
        assert OpenProject.named("") == "network"
    finally:
        OpenProject.follow("")
