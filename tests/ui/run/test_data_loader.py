"""Data is loaded on another thread; only the newest request is told."""

from __future__ import annotations

import threading

import pytest

from nnstudio.project import Project, open_example
from nnstudio.ui.run.data_loader import DataLoader


@pytest.fixture
def loader(qapp):
    loader = DataLoader(qapp)
    yield loader
    loader.setParent(None)


def until_told(qtbot, loader, told, count):
    def seen() -> bool:
        loader.poll()
        return len(told) == count

    qtbot.waitUntil(seen, timeout=100_000)


def test_it_says_that_it_begins_and_then_what_came(qtbot, loader):
    told = []
    loader.loaded.connect(lambda data, error: told.append((data, error)))
    loader.load(open_example("xor"))
    assert told == [(None, "")]
    until_told(qtbot, loader, told, 2)
    assert told[1][0].input_shape == (2,) and told[1][1] == "" and loader.data is told[1][0]


def test_what_was_asked_for_before_is_not_told(qtbot, loader, monkeypatch):
    may_end, load = threading.Event(), Project.load_data
    slow = open_example("celsius")

    def waiting(project):
        if project is slow:
            assert may_end.wait(60)
        return load(project)

    monkeypatch.setattr(Project, "load_data", waiting)
    told = []
    loader.loaded.connect(lambda data, error: told.append(data))
    loader.load(slow)
    loader.load(open_example("xor"))
    until_told(qtbot, loader, told, 3)
    may_end.set()
    for thread in threading.enumerate():
        if thread.name == "nnstudio-data":
            thread.join(60)
    loader.poll()
    assert len(told) == 3 and loader.data.input_shape == (2,)


@pytest.mark.parametrize(
    ("error", "sentence"),
    [(MemoryError(), "does not fit into memory"), (IndexError("cell 3"), "IndexError: cell 3")],
)
def test_whatever_goes_wrong_is_a_sentence(qtbot, loader, monkeypatch, caplog, error, sentence):
    def broken(_project):
        raise error

    monkeypatch.setattr(Project, "load_data", broken)
    told = []
    loader.loaded.connect(lambda data, error: told.append(error))
    loader.load(Project())
    until_told(qtbot, loader, told, 2)
    assert sentence in told[1] and loader.data is None
    caplog.clear()
