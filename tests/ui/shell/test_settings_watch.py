"""Settings that cannot be kept are told of, once, and those that can are not."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from PySide6.QtCore import QObject, QSettings

from nnstudio.ui.project.messages import Messages
from nnstudio.ui.shell import settings_watch
from nnstudio.ui.shell.settings_watch import SettingsWatch


@pytest.fixture
def noted(qtbot):
    """What is said of settings in a file, by a watch that looks three times."""
    owner = QObject()

    def look(path, change: bool = True) -> list[str]:
        messages, told = Messages(owner), []
        messages.wrote.connect(lambda text, _path: told.append(text))
        settings = QSettings(str(path), QSettings.Format.IniFormat)
        watch = SettingsWatch(settings, messages)
        for _ in range(3):
            watch.look()
            if change:
                settings.setValue("theme", "dark")
                settings.sync()
        return told

    return look


def test_settings_that_are_kept_say_nothing(noted, tmp_path):
    assert noted(tmp_path / "settings.ini") == []
    assert "dark" in (tmp_path / "settings.ini").read_text()


@pytest.mark.parametrize("change", [True, False])
def test_a_folder_that_cannot_be_written_is_said_once_with_what_it_costs(noted, tmp_path, change):
    (tmp_path / "file").write_text("in the way")
    (told,) = noted(tmp_path / "file" / "settings.ini", change)
    assert str(tmp_path / "file" / "settings.ini") in told
    assert "Not a directory" in told or "File exists" in told
    assert told.endswith("are forgotten when this window is closed.")


def test_a_disk_that_is_full_is_said_once(noted, tmp_path, monkeypatch):
    # Qt itself says that all went well, and writes a part.
    monkeypatch.setattr(settings_watch.shutil, "disk_usage", lambda _folder: SimpleNamespace(free=100))
    (told,) = noted(tmp_path / "settings.ini")
    assert "the disk is full. Until that is mended" in told


def test_a_file_that_another_program_holds_is_said_once(noted, tmp_path, monkeypatch):
    monkeypatch.setattr(QSettings, "status", lambda _settings: QSettings.Status.AccessError)
    (told,) = noted(tmp_path / "settings.ini")
    assert "another program holds the file" in told


def test_a_file_that_cannot_be_read_is_said_once(noted, tmp_path):
    (tmp_path / "settings.ini").write_bytes(b"[General\ntheme dark\n= =\n")
    (told,) = noted(tmp_path / "settings.ini", change=False)
    assert "damaged" in told


def test_the_window_says_it(qtbot, window, tmp_path):
    window.settings_watch.settings = QSettings("/dev/null/settings.ini", QSettings.Format.IniFormat)
    window.settings_watch.look()
    assert "Settings cannot be kept" in window.panels.written.text.text()
