"""Files that earlier versions wrote stay readable; those of later ones are left alone."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest
from runs.recorded import record

from nnstudio.runs.migrations import APPLICATION, STEPS, VERSION
from nnstudio.runs.record import RunError, RunStatus
from nnstudio.runs.store import RunStore

GOLDEN = Path(__file__).parents[1] / "golden"


def pragma(path: Path, name: str) -> int:
    with sqlite3.connect(path) as connection:
        (value,) = connection.execute(f"PRAGMA {name}").fetchone()
    connection.close()
    return int(value)


def test_there_is_a_file_of_every_version():
    assert len(STEPS) == VERSION
    assert all((GOLDEN / f"runs-{number}.sqlite").exists() for number in range(1, VERSION + 1))


@pytest.mark.parametrize("number", range(1, VERSION + 1))
def test_what_an_earlier_version_wrote_is_read_and_written_on(tmp_path, number):
    path = shutil.copy(GOLDEN / f"runs-{number}.sqlite", tmp_path / "runs.sqlite")
    store = RunStore(Path(path))
    table, xor = store.list()
    assert (xor.name, xor.notes, xor.tags, xor.is_pinned) == ("First try", "Noted.", ("a", "b"), True)
    assert (xor.epochs, xor.steps, xor.seed, xor.status) == (3, 75, 1, RunStatus.FINISHED)
    assert xor.settings["optimizer"] == "adam" and xor.best["epoch"] == 3
    assert len(store.curve(xor.id)) == 3
    opened, best = store.open(xor.id), store.open(xor.id, best=True)
    assert opened.state.step == 75 and not opened.warnings
    assert opened.state.params[: len(best.state.params)] == pytest.approx(best.state.params)
    assert np.isfinite(opened.state.params).all() and opened.session().epoch == 3
    assert table.data_name == "tiny.csv" and store.open(table.id).load_data().features == ("a",)
    assert [run.name for run in store.removed()] == ["Gone"] and store.limit == 10**6
    store.save(record(1))
    assert len(store.list()) == 3 and pragma(store.path, "user_version") == VERSION
    if number >= 2:
        assert store.restore([record(2).id]) == 0 and store.get("Deleted").notes == "By mistake."


def test_a_new_file_says_whose_it_is(tmp_path):
    RunStore(tmp_path / "runs.sqlite").save(record(1))
    assert pragma(tmp_path / "runs.sqlite", "application_id") == APPLICATION
    assert pragma(tmp_path / "runs.sqlite", "user_version") == VERSION


def test_a_file_of_a_later_version_is_left_alone_and_said(tmp_path):
    path = tmp_path / "runs.sqlite"
    RunStore(path).save(record(1))
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    for use in (RunStore(path).list, lambda: RunStore(path).save(record(2))):
        with pytest.raises(RunError, match="newer nnstudio"):
            use()
    assert pragma(path, "user_version") == VERSION + 1 and not list(tmp_path.glob("*damaged*"))
