"""Every dialog begins where the last file was opened or saved."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtWidgets import QFileDialog

from nnstudio.ui.widgets.file_dialogs import LastFolder, ask_folder, ask_open, ask_save


@pytest.fixture
def begun(monkeypatch):
    """Where each dialog began; each ends with the file of the list."""
    monkeypatch.setattr(LastFolder, "path", "")
    starts, ends = [], []
    for name in ("getOpenFileName", "getSaveFileName"):
        monkeypatch.setattr(
            QFileDialog, name, lambda _p, _t, start, _f: starts.append(start) or (ends.pop(), "")
        )
    monkeypatch.setattr(
        QFileDialog, "getExistingDirectory", lambda _p, _t, start: starts.append(start) or ends.pop()
    )
    return starts, ends


def test_a_dialog_begins_in_the_folder_of_the_last_one(begun, tmp_path):
    starts, ends = begun
    ends += [
        "",
        str(tmp_path / "c" / "data"),
        str(tmp_path / "b" / "saved.nns"),
        str(tmp_path / "a" / "one.csv"),
    ]
    assert ask_open(None, "Open") == str(tmp_path / "a" / "one.csv")
    assert ask_save(None, "Save", "new.nns", "All (*)")[0] == str(tmp_path / "b" / "saved.nns")
    assert ask_folder(None, "Folder") == str(tmp_path / "c" / "data")
    ask_open(None, "Open")
    assert [Path(start) if start else start for start in starts] == [
        "",
        tmp_path / "a" / "new.nns",
        tmp_path / "b",
        tmp_path / "c",
    ]


def test_a_whole_path_is_proposed_as_it_is_and_none_chosen_changes_nothing(begun, tmp_path):
    starts, ends = begun
    LastFolder.follow(tmp_path / "x" / "file")
    ends += ["", ""]
    ask_save(None, "Save", str(tmp_path / "y.nns"), "All (*)")
    ask_open(None, "Open")
    assert starts[0] == str(tmp_path / "y.nns") and Path(starts[1]) == tmp_path / "x"
