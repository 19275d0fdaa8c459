"""Work in the background is shown once it takes a while, and can be cancelled."""

from __future__ import annotations

import threading

import pytest

from nnstudio.export import exporting
from nnstudio.model import file_mark
from nnstudio.project import Project, open_example
from nnstudio.training.messages import Phase


@pytest.fixture
def xor(hands, window):
    window.files.open_example("xor")
    hands.wait_phase(Phase.READY)
    return window


@pytest.fixture
def gate():
    """Holds work up until it is set."""
    gate = threading.Event()
    yield gate
    gate.set()


def cancel(hands, window) -> None:
    bar = window.panels.status
    hands.wait(bar.cancel.isVisible)
    bar.cancel.click()


@pytest.fixture
def waiting(xor, gate):
    """Holds the worker up, so that nothing can be asked of its session."""
    ended = xor.runner.worker.compute(lambda _session: gate.wait(60))
    yield xor
    gate.set()
    ended.result(60)


def test_a_cancelled_save_leaves_the_old_file_and_the_project_unsaved(
    hands, xor, gate, monkeypatch, tmp_path
):
    path, write = tmp_path / "mine.nns", file_mark.write_atomically
    assert hands.save(path)
    before = path.read_bytes()

    def slow(*args):
        assert gate.wait(60)
        write(*args)

    monkeypatch.setattr(file_mark, "write_atomically", slow)
    xor.editor.change_nodes(["dense_1"], "units", 5)
    xor.files.save()
    cancel(hands, xor)
    gate.set()
    hands.wait(lambda: not xor.panels.status.cancel.isVisible())
    assert path.read_bytes() == before and xor.workspace.is_modified
    assert [p.name for p in tmp_path.glob("*.part")] == []
    assert "cancelled" in xor.panels.status.currentMessage()


def test_a_cancelled_opening_shows_what_was_open(hands, xor, gate, monkeypatch, tmp_path):
    path, read = tmp_path / "other.nns", Project.open
    open_example("celsius").save(path)

    def slow(where):
        assert gate.wait(60)
        return read(where)

    monkeypatch.setattr(Project, "open", staticmethod(slow))
    before = xor.workspace.project
    xor.files.open(path)
    cancel(hands, xor)
    # Nobody waits for the drive.
    assert not xor.panels.status.cancel.isVisible()
    gate.set()
    hands.wait(lambda: not xor.runner.inquiries.are_open)
    assert xor.workspace.project is before and not xor.panels.message.isVisible()


def test_a_cancelled_export_writes_nothing(hands, xor, gate, monkeypatch, tmp_path):
    path, compare = tmp_path / "w.npz", exporting.compare

    def slow(*args):
        assert gate.wait(60)
        return compare(*args)

    monkeypatch.setattr(exporting, "compare", slow)
    xor.exports.export_to(path)
    cancel(hands, xor)
    assert "cancelling" in xor.panels.status.task_text.text()
    gate.set()
    hands.wait(lambda: not xor.panels.status.cancel.isVisible())
    assert list(tmp_path.iterdir()) == []
    assert not xor.panels.message.isVisible()


def test_a_save_that_waits_for_the_state_is_cancelled_at_once(hands, waiting, gate, tmp_path):
    path, window = tmp_path / "mine.nns", waiting
    window.editor.change_nodes(["dense_1"], "units", 5)
    window.files.save_to(path)
    cancel(hands, window)
    assert not window.panels.status.cancel.isVisible() and not window.files.is_saving
    assert "cancelled" in window.panels.status.currentMessage()
    gate.set()
    hands.wait(lambda: not window.runner.inquiries.are_open)
    assert not path.exists() and window.workspace.is_modified


def test_an_export_that_waits_for_the_worker_is_cancelled_at_once(hands, waiting, gate, tmp_path):
    window = waiting
    window.exports.export_to(tmp_path / "w.npz")
    cancel(hands, window)
    assert not window.panels.status.cancel.isVisible()
    gate.set()
    hands.wait(lambda: not window.runner.inquiries.are_open)
    assert list(tmp_path.iterdir()) == []


def test_one_node_is_one_node(window):
    window.panels.status.show_size(1, 1)
    assert window.panels.status.summary.text() == "1 node, 1 parameter"


def test_nothing_is_exported_of_the_network_before(hands, xor, gate, monkeypatch, tmp_path):
    load = Project.load_data
    monkeypatch.setattr(Project, "load_data", lambda project: (gate.wait(60), load(project))[1])
    xor.files.open_example("iris")
    assert not hands.export(tmp_path / "w.npz")
    assert "cannot run yet" in xor.panels.message.text() and list(tmp_path.iterdir()) == []
