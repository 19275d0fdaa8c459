"""Recovery copies: what was trained is kept when it ends or is paused; where none can be kept it is said."""

from __future__ import annotations

from nnstudio.project import Project
from nnstudio.ui.project.recovery import Autosave, folder


def test_what_ended_is_kept_without_being_saved(hands, window):
    hands.train("xor", 3)
    path = window.autosave.path
    hands.wait(path.exists)
    window.autosave.wait()
    assert Project.open(path).state.epoch == 3


def test_what_was_paused_is_kept(hands, window):
    window.files.open_example("xor")
    hands.wait_phase("ready")
    window.runner.train()
    hands.wait(lambda: len(window.runner.rows) > 2)
    window.runner.pause()
    hands.wait_phase("paused")
    hands.wait(window.autosave.path.exists)
    window.autosave.wait()
    assert Project.open(window.autosave.path).state.step == window.runner.snapshot.steps


def test_an_interrupted_window_leaves_a_copy_and_closes_without_a_question(hands, window):
    hands.train("xor", 2)
    path = window.autosave.path
    window.interrupt()
    hands.wait(window.isHidden)
    assert Project.open(path).state.epoch == 2


def test_where_no_copy_can_be_kept_that_is_a_sentence_and_no_error(monkeypatch, tmp_path):
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("NNSTUDIO_DATA", str(tmp_path / "file"))
    autosave = Autosave()
    assert str(folder()) in autosave.problem
    autosave.save(Project())
    autosave.discard()
    autosave.close()
