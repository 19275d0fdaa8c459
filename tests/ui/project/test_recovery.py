"""What a killed session left: the newest edits, what was learned, and a sentence that says what is in it."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QMessageBox

from nnstudio.model.commands import ChangeNode, ChangeSettings
from nnstudio.project import Project, open_example
from nnstudio.ui.project.autosave import Autosave
from nnstudio.ui.project.recovery import described, forget, recovered
from nnstudio.ui.project.recovery_offer import offer


@pytest.fixture
def project() -> Project:
    """One that was trained for an epoch and saved never."""
    project = open_example("celsius")
    session = project.session()
    for _ in session.slices(1):
        pass
    project.state = session.state()
    return project


@pytest.fixture
def autosave():
    autosave = Autosave()
    yield autosave
    autosave.discard()
    autosave.close()


def rename(project, name, units=1):
    graph = project.document.graph
    node = next(n for n in graph.nodes if n.kind == "dense")
    for option, value in (("units", units), ("name", name)):
        if node.options.get(option) != value:
            project.document.history.push(ChangeNode(graph, node.id, option, value))


def names(project):
    return [node.name for node in project.document.graph.nodes]


def test_edits_after_the_last_copy_are_there_with_what_was_learned_before(project, autosave):
    autosave.save(project)
    autosave.wait()
    rename(project, "Mine")
    autosave.note(project)
    autosave.wait()
    (only,) = recovered(autosave.path)
    assert "Mine" in names(only) and (only.state.params == project.state.params).all()
    assert not only.is_modified and only.state.judged_from == 0


def test_what_was_learned_with_other_settings_is_not_judged_as_learned_with_those_of_the_edits(
    project, autosave
):
    autosave.save(project)
    autosave.wait()
    project.document.history.push(ChangeSettings(project.document, "learning_rate", 0.5))
    autosave.note(project)
    autosave.wait()
    (only,) = recovered(autosave.path)
    assert only.document.settings.hyperparameters()["learning_rate"] == 0.5
    assert only.state.judged_from == only.state.step > 0


def test_edits_that_what_was_learned_does_not_fit_are_shown_after_it(project, autosave):
    autosave.save(project)
    autosave.wait()
    rename(project, "Mine", units=3)
    autosave.note(project)
    autosave.wait()
    trained, edited = recovered(autosave.path)
    assert "Mine" not in names(trained) and (trained.state.params == project.state.params).all()
    assert "Mine" in names(edited) and edited.state is None
    assert edited.document.data == trained.document.data


def test_edits_alone_go_on_from_the_file_that_they_began_with(project, autosave, tmp_path):
    project.save(tmp_path / "p.nns")
    project.path = tmp_path / "p.nns"
    rename(project, "Mine")
    autosave.note(project)
    autosave.wait()
    assert not autosave.path.exists()
    (only,) = recovered(autosave.path)
    assert "Mine" in names(only) and (only.state.params == project.state.params).all()
    (tmp_path / "p.nns").unlink()
    (only,) = recovered(autosave.path)
    assert "Mine" in names(only) and only.state is None


def test_a_damaged_copy_gives_its_edits_and_says_what_is_lost(project, autosave):
    autosave.save(project)
    autosave.wait()
    autosave.path.write_bytes(b"no project")
    (only,) = recovered(autosave.path)
    assert names(only) == names(project) and only.warnings == ("What it learned in 1 epoch cannot be read.",)


def test_it_is_said_what_is_in_it(project, autosave):
    autosave.save(project)
    autosave.wait()
    assert ", with 1 whole epoch of training, as it was on" in described(autosave.path)
    rename(project, "Mine")
    autosave.note(project)
    autosave.wait()
    title = project.document.history.commands[-1].title
    told = f"with edits that were not saved (the last one: {title}) and 1 whole epoch of training, as"
    assert told in described(autosave.path)


@pytest.mark.parametrize("has_file", [True, False])
def test_a_file_is_spoken_of_only_where_there_is_one(project, autosave, tmp_path, has_file):
    project.path = tmp_path / "mine.nns" if has_file else None
    rename(project, "Mine")
    autosave.note(project)
    autosave.wait()
    asked, over = [], []

    def discard(_title, text, _buttons):
        asked.append(text)
        return QMessageBox.StandardButton.Discard

    offer(None, discard, [autosave.path], lambda: None, lambda: over.append(True))
    assert over == [True] and ("leaves that file alone" in asked[0]) == has_file
    assert ("a project that was never saved" in asked[0]) != has_file


def test_the_table_is_written_once(tmp_path, autosave):
    table = tmp_path / "t.csv"
    table.write_text("a,b\n" + "".join(f"{i},{2 * i}\n" for i in range(40)))
    project = open_example("celsius")
    project.document.data = type(project.document.data)("csv", {})
    project.link_data(table)
    rename(project, "Mine")
    autosave.save(project)
    autosave.wait()
    (kept,) = autosave.path.parent.glob("*.table")
    before = kept.stat()
    autosave.save(project)
    autosave.wait()
    assert kept.stat() == before and autosave.path.stat().st_size < 20_000
    table.unlink()
    (only,) = recovered(autosave.path)
    assert only.brought.table == kept.read_bytes()
    forget(autosave.path)
    assert [path.suffix for path in autosave.path.parent.iterdir()] == [".lock"]


def test_what_was_to_follow_a_copy_follows_a_later_one(project, autosave):
    done = []
    for number in range(5):
        autosave.save(project, lambda number=number: done.append(number))
    autosave.wait()
    assert sorted(done) == [0, 1, 2, 3, 4]


def test_undoing_all_edits_takes_the_copy_back(hands, window):
    window.files.open_example("xor")
    hands.wait(lambda: window.runner.is_planned)
    window.editor.change_node("dense_1", "units", 5)
    copy = window.keeper.autosave.path
    hands.wait(copy.exists)
    window.editor.undo()
    hands.wait(lambda: not copy.exists() and not copy.with_suffix(".json").exists())


def test_edits_that_do_not_fit_are_opened_and_undo_shows_what_was_trained(
    hands, window, project, autosave, monkeypatch
):
    autosave.save(project)
    autosave.wait()
    rename(project, "Mine", units=3)
    autosave.note(project)
    autosave.close()
    monkeypatch.setattr(QMessageBox, "exec", lambda _box: QMessageBox.StandardButton.Open)
    window.files.offer_recovery()
    hands.wait(lambda: "Mine" in names(window.workspace.project))
    assert "Undo shows" in window.panels.message.text()
    hands.wait(lambda: not autosave.path.exists())
    window.editor.undo()
    assert "Mine" not in names(window.workspace.project)
    assert (hands.state().params == project.state.params).all()
