"""A project that was trained further than it was saved: what the window asks, and what follows."""

from __future__ import annotations

from itertools import pairwise

import pytest
from doctor.corpus.building import dense, project
from interrupted_runs import Run
from PySide6.QtWidgets import QMessageBox

from nnstudio.model.arrange import WIDTH
from nnstudio.model.document import DataReference
from nnstudio.project import Project
from nnstudio.training.training_lock import TrainingLock
from nnstudio.ui.project import opening

TAKE, LEAVE = QMessageBox.StandardButton.Yes, QMessageBox.StandardButton.No


@pytest.fixture
def killed(tmp_path) -> Run:
    """A run that left two checkpoints at steps 15 and 30; its project was never trained."""
    run = Run(tmp_path / "p.nns")
    for _ in range(2):
        run.step(15, 10.0)
    return run


@pytest.fixture
def answer(monkeypatch):
    """Lets a question be answered with a button; returns what is asked."""
    asked = []

    def with_(button):
        def answered(box):
            asked.append([box.text(), *(box.button(one).text() for one in (TAKE, LEAVE))])
            return button

        monkeypatch.setattr(QMessageBox, "exec", answered)
        return asked

    return with_


def test_nodes_that_lie_on_one_another_are_laid_out_as_no_edit(tmp_path):
    built = project(DataReference("xor"), dense(4), "tanh", dense(1), "sigmoid", loss="binary_cross_entropy")
    built.save(tmp_path / "piled.nns")
    opened = opening.open_with_checkpoint(tmp_path / "piled.nns").project
    across = sorted(node.x for node in opened.document.graph.nodes)
    assert all(b - a >= WIDTH for a, b in pairwise(across)) and not opened.is_modified
    opened.save(tmp_path / "spread.nns")
    again = opening.open_with_checkpoint(tmp_path / "spread.nns").project
    assert again.document.to_dict() == opened.document.to_dict()


def names(run: Run) -> list[str]:
    return sorted(file.name for file in run.path.parent.iterdir() if file.suffix != ".ini")


def test_one_that_is_taken_is_trained_on_and_goes_when_it_is_saved(hands, window, killed, answer):
    asked = answer(TAKE)
    assert hands.open(killed.path)
    ((text, take, leave),) = asked
    assert "1 epoch and 100 samples of the next" in text and (take, leave) == ("&Take", "&Leave")
    project = window.workspace.project
    assert project.path == killed.path and project.state.step == 30
    assert window.workspace.is_modified and names(killed)[0] == "p.nns" and len(names(killed)) == 3
    hands.wait(lambda: window.runner.snapshot.steps == 30)
    assert hands.save(killed.path)
    assert names(killed) == ["p.nns"] and Project.open(killed.path).state.step == 30
    assert not window.workspace.is_modified
    window.files.new()
    assert hands.open(killed.path) and len(asked) == 1, "it is offered once"


def test_one_that_is_left_is_kept_as_a_project_and_not_offered_again(hands, window, killed, answer):
    asked, notes = answer(LEAVE), []
    window.messages.wrote.connect(lambda text, _path: notes.append(text))
    assert hands.open(killed.path)
    assert window.workspace.project.state is None and not window.workspace.is_modified
    hands.wait(lambda: bool(notes))
    assert "kept as 'p-epoch-1.nns'" in notes[0] and names(killed) == ["p-epoch-1.nns", "p.nns"]
    assert Project.open(killed.path.parent / "p-epoch-1.nns").state.step == 30
    window.files.new()
    assert hands.open(killed.path) and len(asked) == 1


def test_what_is_being_trained_is_shown_as_it_was_saved_and_nothing_is_asked(hands, window, killed):
    notes = []
    window.messages.wrote.connect(lambda text, _path: notes.append(text))
    with TrainingLock(killed.path) as other:
        assert other.take() and hands.open(killed.path)
    assert notes == [opening.TRAINED_NOW.format("p.nns")]
    assert window.workspace.project.state is None and len(names(killed)) == 3


def test_a_save_of_another_run_leaves_them(hands, window, killed, answer):
    answer(TAKE)
    assert hands.open(killed.path)
    hands.wait(lambda: window.runner.snapshot.steps == 30)
    window.runner.orders.reset()
    hands.wait(lambda: window.runner.snapshot.steps == 0)
    assert hands.save(killed.path) and len(names(killed)) == 3
