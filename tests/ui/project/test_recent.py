"""What stands among the recent projects, and under which name."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QSettings

from nnstudio.lessons.draft import copied
from nnstudio.lessons.lesson import shipped_lesson
from nnstudio.lessons.own import add, remove
from nnstudio.lessons.package import pack
from nnstudio.lessons.progress import prepare
from nnstudio.ui.project.recent import WORK, RecentProjects, called, told
from nnstudio.ui.widgets.file_dialogs import LastFolder


@pytest.fixture
def recent(tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_DATA", str(tmp_path / "own"))
    monkeypatch.setattr(LastFolder, "path", "")
    return RecentProjects(QSettings(str(tmp_path / "settings.ini"), QSettings.Format.IniFormat))


def test_the_work_in_a_lesson_is_called_as_the_lesson_is(recent, tmp_path):
    work = prepare(shipped_lesson("celsius"))
    mine = tmp_path / "celsius.nns"
    mine.write_bytes(work.read_bytes())
    recent.remember(mine)
    recent.remember(work)
    assert [(called(path), told(path)) for path in recent.paths()] == [
        ("From Celsius to Fahrenheit (lesson)", WORK), ("celsius", str(tmp_path)),
    ]  # fmt: skip
    assert LastFolder.path == str(tmp_path), "file dialogs do not begin where the work in a lesson lies"


def test_the_work_in_a_lesson_that_is_gone_keeps_the_name_of_its_file(recent, tmp_path):
    pack(shipped_lesson("celsius").folder, tmp_path / "mine.nnlesson")
    lesson = add(tmp_path / "mine.nnlesson").folder
    work = prepare(lesson)
    assert called(work) == "From Celsius to Fahrenheit (lesson)"
    (lesson.folder / "lesson.toml").write_text("nonsense", encoding="utf-8")
    assert called(work) == work.stem
    remove(lesson)
    assert called(work) == work.stem


def test_a_trial_of_a_teacher_is_none_of_them(recent):
    trial = prepare(copied(shipped_lesson("celsius")).lesson())
    recent.remember(trial)
    assert recent.paths() == []
    recent.settings.setValue("recent", [str(trial)])
    assert recent.paths() == [], "one of an older version is left out, too"


def test_the_work_is_known_behind_a_link(recent, tmp_path, monkeypatch):
    (tmp_path / "far").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "far")
    monkeypatch.setenv("NNSTUDIO_DATA", str(tmp_path / "link"))
    recent.remember(prepare(shipped_lesson("celsius")))
    assert [called(path) for path in recent.paths()] == ["From Celsius to Fahrenheit (lesson)"]
