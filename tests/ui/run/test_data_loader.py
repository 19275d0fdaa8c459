"""Data is loaded on another thread; only the newest request is told."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np
import pytest

from nnstudio.data.progress import tell
from nnstudio.model.document import DataReference
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


def loaded(qtbot, loader, project):
    told = []
    connection = loader.loaded.connect(lambda data, error: told.append(error))
    loader.load(project)
    until_told(qtbot, loader, told, 2)
    loader.disconnect(connection)
    return loader.data


def test_projects_with_the_same_data_hold_it_once(qtbot, loader):
    first = loaded(qtbot, loader, open_example("iris"))
    other = loaded(qtbot, loader, open_example("xor"))
    again = loaded(qtbot, loader, open_example("iris"))
    assert again is first and other is not first


def test_data_that_nobody_holds_any_more_goes(qtbot, loader):
    gone = weakref.ref(loaded(qtbot, loader, open_example("iris")))
    loaded(qtbot, loader, open_example("xor"))
    gc.collect()
    assert gone() is None


def test_other_options_are_other_data(qtbot, loader):
    project, changed = open_example("iris"), open_example("iris")
    options = {**changed.document.data.options, "seed": 7}
    changed.document.data = DataReference("iris", options)
    first, second = loaded(qtbot, loader, project), loaded(qtbot, loader, changed)
    assert not np.array_equal(first.x_train, second.x_train)


def test_data_of_a_file_is_read_again(qtbot, loader, tmp_path):
    path = tmp_path / "table.csv"
    project = Project()
    project.document.data = DataReference("csv", {"path": str(path), "target": "b"})
    rows = [f"{row},{2 * row}" for row in range(40)]
    path.write_text("\n".join(["a,b", *rows]))
    first = loaded(qtbot, loader, project)
    path.write_text("\n".join(["a,b", *rows[:20]]))
    second = loaded(qtbot, loader, project)
    assert sum(len(a) for a in first.arrays) == 2 * sum(len(a) for a in second.arrays)


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


@pytest.fixture
def reading(monkeypatch):
    """A project whose data tells that half is read, waits, and goes on; ``ended`` holds how that went."""

    class Reading:
        project, half, may_go_on, ended = open_example("celsius"), threading.Event(), threading.Event(), []

    load = Project.load_data

    def slow(project, *args):
        if project is not Reading.project:
            return load(project, *args)
        try:
            tell(0.5)
            Reading.half.set()
            assert Reading.may_go_on.wait(60)
            tell(0.6)
        except BaseException as error:
            Reading.ended.append(type(error).__name__)
            raise
        Reading.ended.append("whole")
        return load(project, *args)

    monkeypatch.setattr(Project, "load_data", slow)
    return Reading


def test_how_far_it_is_is_told_and_it_can_be_cancelled(qtbot, loader, reading):
    told, shares = [], []
    loader.loaded.connect(lambda data, error: told.append(error))
    loader.progressed.connect(shares.append)
    loader.load(reading.project)
    assert reading.half.wait(60)
    loader.poll()
    assert shares == [0.5]
    loader.cancel()
    assert "cancelled" in told[-1]
    reading.may_go_on.set()
    qtbot.waitUntil(lambda: bool(reading.ended), timeout=60_000)
    loader.poll()
    assert reading.ended == ["_Superseded"] and len(told) == 2 and loader.data is None


def test_what_was_asked_for_before_is_not_read_to_its_end(qtbot, loader, reading):
    told = []
    loader.loaded.connect(lambda data, error: told.append((data, error)))
    loader.load(reading.project)
    assert reading.half.wait(60)
    loader.load(open_example("xor"))
    reading.may_go_on.set()
    until_told(qtbot, loader, told, 3)
    qtbot.waitUntil(lambda: bool(reading.ended), timeout=60_000)
    assert reading.ended == ["_Superseded"] and told[-1][0].input_shape == (2,)
