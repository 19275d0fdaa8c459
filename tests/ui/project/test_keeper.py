"""Recovery copies: what was trained is kept when it ends or is paused; where none can be kept it is said."""

from __future__ import annotations

from nnstudio.model import projectfile
from nnstudio.model.atomic_file import FileError
from nnstudio.project import Project
from nnstudio.training.messages import Phase
from nnstudio.ui.project.autosave import Autosave
from nnstudio.ui.project.recovery import folder


def kept(window):
    """The training state in the recovery copy; None where there is none yet."""
    path = window.keeper.autosave.path
    return Project.open(path).state if path.exists() else None


def test_what_ended_is_kept_without_being_saved(hands, window):
    hands.train("xor", 3)
    # A copy of the edits before it may come first.
    hands.wait(lambda: kept(window) is not None and kept(window).epoch == 3)


def test_what_was_paused_is_kept(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    window.runner.orders.train()
    hands.wait(lambda: len(window.runner.rows) > 2)
    window.runner.orders.pause()
    hands.wait_phase(Phase.PAUSED)
    hands.wait(lambda: kept(window) is not None and kept(window).step == window.runner.snapshot.steps)


def test_an_interrupted_window_leaves_a_copy_and_closes_without_a_question(hands, window):
    hands.train("xor", 2)
    path = window.keeper.autosave.path
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


def test_a_window_that_is_closed_while_it_saves_waits_for_the_save(
    hands, window, monkeypatch, tmp_path, held_writing
):
    began, gate, failure = held_writing
    hands.train("xor", 2)
    hands.wait(window.keeper.autosave.path.exists)
    window.keeper.autosave.wait()
    failure.append(FileError("disk full"))
    window.files.save_to(tmp_path / "held" / "a.nns")
    hands.wait(began.is_set)
    asked = []
    monkeypatch.setattr(window.files.leaving, "leave", lambda _then, closes: asked.append(closes))
    window.close()
    assert not window.isHidden()
    gate.set()
    hands.wait(lambda: bool(asked))
    assert window.workspace.is_modified and "disk full" in window.panels.message.text()


def test_copies_go_on_after_an_error_and_it_is_told(window, monkeypatch, caplog):
    autosave, packed = Autosave(), projectfile.packed

    def broken(*_content, **_options):
        raise ValueError("nobody expected this")

    monkeypatch.setattr(projectfile, "packed", broken)
    autosave.save(Project())
    autosave.wait()
    assert "nobody expected this" in autosave.problem
    caplog.clear()
    monkeypatch.setattr(projectfile, "packed", packed)
    autosave.save(Project())
    autosave.wait()
    assert autosave.path.exists() and autosave.problem == ""
    autosave.discard()
    autosave.close()


def test_a_copy_follows_an_edit_with_the_weights_of_the_edited_network(hands, window):
    hands.train("xor", 3)
    window.editor.change_node("dense_1", "units", 3)
    copy = window.keeper.autosave.path
    hands.wait(lambda: copy.exists() and Project.open(copy).document.graph["dense_1"].options["units"] == 3)
    state = Project.open(copy).state
    size = len(hands.compute(lambda s: s.parameters.copy()))
    assert state is None or len(state.params) == len(hands.compute(lambda s: s.state().params)) >= size


def test_a_copy_holds_a_weight_set_by_hand(hands, window):
    hands.train("xor", 3)
    window.run_steps.write("dense_1", "weight", 0, 7.25)
    copy = window.keeper.autosave.path

    def is_kept():
        # One that was written before holds the edit alone.
        state = Project.open(copy).state if copy.exists() else None
        return state is not None and (state.params == 7.25).sum() == 1

    hands.wait(is_kept)


def test_a_window_that_is_ended_while_a_save_fails_leaves_a_copy(hands, window, tmp_path, held_writing):
    began, gate, failure = held_writing
    hands.train("xor", 2)
    failure.append(FileError("disk full"))
    window.files.save_to(tmp_path / "held" / "a.nns")
    hands.wait(began.is_set)
    window.interrupt()
    gate.set()
    hands.wait(window.isHidden)
    assert Project.open(window.keeper.autosave.path).state.epoch == 2
