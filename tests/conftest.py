"""Nothing may warn, leak or hang: warnings of Python, Qt and logging fail a test."""

from __future__ import annotations

import gc
import itertools
import logging
import os
import threading

import pytest

from nnstudio.blas_threads import keep_to_one_thread

# Before NumPy comes with the first test.
keep_to_one_thread()
os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
# What is collected stays, and garbage among it would be looked for again and again.
gc.disable()


def pytest_collection_finish():
    """What all tests share stays: no collection of garbage walks over it, which took a fifth of the time."""
    gc.collect()
    gc.freeze()
    gc.enable()


@pytest.fixture(autouse=True)
def quiet_log(caplog):
    """A log record at WARNING or above fails the test, unless it read `caplog.records` and cleared it."""
    yield
    loud = [r for r in caplog.get_records("call") if r.levelno >= logging.WARNING]
    if loud:
        pytest.fail("Logged: " + "; ".join(r.getMessage() for r in loud))


@pytest.fixture(scope="session")
def data_folders(tmp_path_factory):
    """Names of folders that are new. pytest would list all folders of the run for each."""
    folder = tmp_path_factory.mktemp("data")
    return (folder / str(number) for number in itertools.count())


@pytest.fixture(autouse=True)
def own_folders(data_folders, monkeypatch):
    """Recovery files and unpacked tables go to a folder of the test's own."""
    folder = next(data_folders)
    folder.mkdir()
    monkeypatch.setenv("NNSTUDIO_DATA", str(folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(folder / "cache")) if "NNSTUDIO_CACHE" in os.environ else None


@pytest.fixture(autouse=True)
def no_leaked_threads():
    """Threads that a test starts must end with it (numba's own pool lives as long as the process)."""
    before = set(threading.enumerate())
    yield
    leaked = [t for t in threading.enumerate() if t not in before and t.name.startswith("nnstudio")]
    for thread in leaked:
        # Long, because what one writes at last may wait for its turn on a busy machine.
        thread.join(30)
    alive = [t.name for t in leaked if t.is_alive()]
    assert not alive, f"threads left behind: {alive}"
