"""Two windows on one project, or a project that another program changed: it is noticed, nothing is lost."""

from __future__ import annotations

import subprocess
import sys

import pytest
from PySide6.QtWidgets import QFileDialog, QMessageBox

from nnstudio.project import Project, open_example

Button = QMessageBox.StandardButton
HOLDER = """
import sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from nnstudio.ui.project.claim import _lock_of
application = QCoreApplication([])
lock = _lock_of(Path(sys.argv[1]))
lock.setStaleLockTime(0)
Path(lock.fileName()).parent.mkdir(parents=True)
assert lock.tryLock(0)
print("held", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "mine.nns"
    open_example("xor").save(path)
    return path


@pytest.fixture
def asked(monkeypatch, window):
    """What was asked, and the answers that are still to come."""
    texts, answers = [], []

    def answer(_title, text, *_buttons):
        texts.append(text)
        return answers.pop(0)

    monkeypatch.setattr(window.files, "ask", answer)
    return texts, answers


@pytest.fixture
def holder(path):
    """Another process that has the project open, by another name of it."""
    link = path.with_name("link.nns")
    link.symlink_to(path)
    with subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(link)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout.readline() == b"held\n"
        yield process
        process.kill()


def test_a_project_that_another_window_has_open_is_asked_about(hands, window, path, holder, asked):
    texts, answers = asked
    answers += [Button.Cancel, Button.Open, Button.Yes]
    assert not hands.open(path)
    assert "'mine.nns' is open in another window" in texts[0] and "computer" not in texts[0]
    assert hands.open(path)
    assert window.workspace.project.path is None and "copy" in window.panels.status.currentMessage()
    assert hands.open(path) and window.workspace.project.path == path
    holder.kill()
    holder.wait()
    # A window that was killed holds nothing.
    assert hands.open(path) and len(texts) == 3


def test_this_window_does_not_ask_about_itself_and_lets_go(hands, window, path, asked):
    assert hands.open(path) and hands.open(path)
    (lock,) = (window.files.claim._lock.fileName(),)
    assert window.files.claim.told_of_holder(path) == ""
    window.files.new()
    hands.wait(lambda: window.workspace.project.path is None)
    assert not type(path)(lock).exists()


def changed(path):
    """Another program writes it."""
    project = Project.open(path)
    project.document.set_settings(project.document.settings.with_option("seed", 77))
    project.save(path)


def seed(path):
    return Project.open(path).document.settings.seed


@pytest.fixture
def edited(hands, window, path):
    hands.open(path)
    hands.wait(lambda: window.runner.is_planned)
    window.editor.change_setting("seed", 5)
    changed(path)
    return path


def test_what_another_program_changed_stays_until_a_person_overwrites_it(hands, window, edited, asked):
    texts, answers = asked
    answers += [Button.Cancel, Button.Yes]
    assert not hands.save(edited)
    assert "was changed by another program" in texts[0] and seed(edited) == 77
    assert window.workspace.is_modified and "was not saved" in window.panels.message.text()
    assert hands.save(edited) and seed(edited) == 5
    window.editor.change_setting("seed", 6)
    assert hands.save(edited) and seed(edited) == 6 and len(texts) == 2


def test_both_are_kept_by_saving_as(hands, window, edited, asked, monkeypatch):
    other = edited.with_name("other.nns")
    asked[1].append(Button.Save)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_words: (str(other), ""))
    assert hands.save(edited)
    assert (seed(edited), seed(other)) == (77, 5) and window.workspace.project.path == other


def test_the_command_line_saves_elsewhere(edited, monkeypatch, capsys):
    from nnstudio import cli, train_command

    show = train_command._show

    def meanwhile(*words):
        show(*words)
        edited.write_bytes(b"theirs")

    monkeypatch.setattr(train_command, "_show", meanwhile)
    assert cli.run(["train", str(edited), "--epochs", "1", "--json"]) == 2
    rescued = edited.with_name("mine (2).nns")
    told = capsys.readouterr().err
    assert "changed by another program" in told and f"saved in '{rescued}'" in told
    assert edited.read_bytes() == b"theirs" and Project.open(rescued).state.epoch == 1
