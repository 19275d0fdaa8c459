"""A damaged store keeps all runs that can still be read, says what is lost, and the damaged file stays."""

from __future__ import annotations

import os
import random
import signal
import sqlite3

import numpy as np
import pytest
from runs.recorded import keep_trained, record, trained, writer

from nnstudio import cli
from nnstudio.exit_codes import ExitCode
from nnstudio.runs.record import RunContent, RunError
from nnstudio.runs.sqlite_pages import rows_in
from nnstudio.runs.store import RunStore

PAGE = 4096


@pytest.fixture
def store(tmp_path) -> RunStore:
    """Forty runs, each with weights of several pages, and one that was trained."""
    store = RunStore(tmp_path / "runs.sqlite")
    for number in range(40):
        content = RunContent(final=random.Random(number).randbytes(6000 + 500 * number))
        store.save(record(number, name=f"run {number}", notes="n" * 40 * number, seed=number), content)
    keep_trained(store, *trained("celsius", 3))
    return store


def overwrite(store: RunStore, start: int, length: int, seed: int = 0) -> bytes:
    """Put other bytes into the middle of the file; returns all that is there then."""
    content = bytearray(store.path.read_bytes())
    content[start : start + length] = random.Random(seed).randbytes(len(content[start : start + length]))
    store.path.write_bytes(content)
    return bytes(content)


def root_of(store: RunStore, table: str) -> int:
    """Where the page begins from which all of a table is reached."""
    with sqlite3.connect(store.path) as connection:
        query = "SELECT rootpage FROM sqlite_master WHERE name = ?"
        (page,) = connection.execute(query, (table,)).fetchone()
    connection.close()
    return (page - 1) * PAGE


def aside(store: RunStore) -> list[bytes]:
    return [file.read_bytes() for file in store.path.parent.glob("runs-damaged-*.sqlite")]


@pytest.mark.parametrize("table", ["runs", "contents", "sqlite_master"])
def test_nothing_is_lost_with_a_page_that_only_leads_to_others(store, table):
    before, curve = store.list(), store.curve("mine 1")
    params = store.open("mine 1").state.params
    store.set_limit(10**9)
    damaged = overwrite(store, 0 if table == "sqlite_master" else root_of(store, table), PAGE)
    assert store.open("mine 1").state.params.tobytes() == params.tobytes()
    assert store.list() == before and store.curve("mine 1") == curve and store.limit == 10**9
    (note,) = store.take_notes()
    assert "41 runs could be read and are kept. Others may be lost." in note
    assert aside(store) == [damaged]
    assert sorted(file.name[:12] for file in store.path.parent.iterdir()) == ["runs-damaged", "runs.sqlite"]


@pytest.mark.parametrize("seed", range(4))
def test_what_is_overwritten_in_the_middle_costs_what_lay_there_and_nothing_else(store, seed):
    before = {run.id: run for run in store.list()}
    size = store.path.stat().st_size
    start = random.Random(seed).randrange(PAGE, size - 60_000)
    damaged = overwrite(store, start, 60_000, seed)
    sound = store.list()
    if not aside(store):
        # Nothing of what a list reads was hit.
        assert {run.id: run for run in sound} == before
        assert store.path.read_bytes() == damaged
        return
    whole = [run for run in sound if run == before.get(run.id)]
    named = [run for run in sound if not run.name.startswith("recovered")]
    # 60,000 of about a million bytes.
    assert len(whole) >= 20 and len(named) >= 20
    assert all(before[run.id].notes == run.notes for run in named)
    (note,) = store.take_notes()
    assert f"{len(sound)} runs could be read" in note and "lost" in note
    store.save(record(99))
    store.delete([record(99).id])
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert not connection.execute("PRAGMA foreign_key_check").fetchall()
    connection.close()


def test_a_file_that_was_cut_off_keeps_what_is_left(store):
    before = {run.id: run for run in store.list()}
    content = store.path.read_bytes()
    store.path.write_bytes(content[: len(content) // 2])
    kept = store.list()
    assert 10 <= len(kept) < 41 and "lost" in store.take_notes()[0]
    assert sum(run == before[run.id] for run in kept) >= 10


def test_a_run_whose_record_is_lost_comes_back_with_its_weights_and_its_curve(store):
    run, curve = store.get("mine 1"), store.curve("mine 1")
    params = store.open("mine 1").state.params
    content = store.path.read_bytes()
    # Of its record alone, its name and folder stand in its row.
    at = content.index(b"/somewhere/mine.nns")
    overwrite(store, at // PAGE * PAGE, PAGE)
    kept = store.list()
    (again,) = (each for each in kept if each.id == run.id)
    assert again.name.startswith("recovered") and again.epochs == 3 and "damaged" in again.reason
    assert again.settings == run.settings and store.curve(run.id) == curve
    assert np.array_equal(store.open(run.id).state.params, params)
    assert "without name, notes and tags" in store.take_notes()[0]


def test_deleted_runs_do_not_come_back(store):
    for number in range(10, 20):
        store.delete([record(number).id])
    store.discard([record(20).id])
    overwrite(store, root_of(store, "runs"), PAGE)
    ids = {run.id for run in store.list()}
    assert not ids & {record(number).id for number in range(10, 21)} and len(ids) == 30
    assert store.restore([record(20).id]) == 0


def test_a_log_that_is_gone_after_a_kill_leaves_a_store_that_works(store):
    with writer(store, 1000, "on") as child:
        for _ in range(40):
            child.stdout.readline()
        os.kill(child.pid, signal.SIGKILL)
        child.stdout.read()
    for end in ("-wal", "-shm"):
        store.path.with_name(f"{store.path.name}{end}").unlink(missing_ok=True)
    # What was in the log alone is gone, and nobody can know it; what is in the file stays.
    kept = {run.id for run in store.list()}
    assert {record(number).id for number in range(40)} <= kept
    store.save(record(99))
    assert store.get(record(99).id).epochs == 0


def test_letters_that_are_spoilt_hide_no_other_run(store):
    content = store.path.read_bytes()
    at = content.index(b"n" * 1000) + 500
    store.path.write_bytes(content[:at] + b"\xff\xfe" + content[at + 2 :])
    assert sum("\ufffd\ufffd" in run.notes for run in store.list()) == 1 and len(store.list()) == 41


def test_the_disk_is_full_while_it_is_saved_and_nothing_is_lost(store, monkeypatch):
    damaged = overwrite(store, root_of(store, "runs"), PAGE)
    connect = sqlite3.connect

    def small(path, *arguments, **named):
        connection = connect(path, *arguments, **named)
        if str(path).endswith(".part"):
            connection.execute("PRAGMA max_page_count = 20")
        return connection

    monkeypatch.setattr(sqlite3, "connect", small)
    with pytest.raises(RunError, match="the disk is full"):
        store.list()
    assert store.path.read_bytes() == damaged and not aside(store)
    assert [file.name for file in store.path.parent.iterdir()] == ["runs.sqlite"]
    monkeypatch.undo()
    assert len(store.list()) == 41


def test_the_command_line_says_what_was_lost_and_its_exit_code_does(capsys):
    store = RunStore()
    store.save(record(1, name="one"))
    content = store.path.read_bytes()
    store.path.write_bytes(b"\0" * PAGE + content[PAGE:])
    assert cli.run(["runs", "list"]) == ExitCode.INCOMPLETE
    told = capsys.readouterr()
    assert "one" in told.out and "1 run could be read and is kept" in told.err
    assert "runs-damaged-" in told.err
    assert cli.run(["runs", "list"]) == ExitCode.DONE


# The pages alone, against SQLite itself


@pytest.mark.parametrize("size", [512, 4096, 65536])
def test_rows_are_read_as_sqlite_reads_them(tmp_path, size):
    rng, path = random.Random(size), tmp_path / "t.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute(f"PRAGMA page_size = {size}")
        connection.execute("CREATE TABLE t (a, b, c, d, e, f)")
        for number in range(300):
            whole = rng.choice((0, 1, -1, 127, 128, -32768, 2**23, 2**31, -(2**47), 2**62))
            text = "é" * rng.randrange(3000 if number % 3 else 5)
            blob = rng.randbytes(rng.randrange(9000 if number % 5 else 3))
            row = (number, whole, rng.random(), text, blob, None)
            connection.execute("INSERT INTO t VALUES (?, ?, ?, ?, ?, ?)", row)
        connection.execute("DELETE FROM t WHERE a BETWEEN 100 AND 250")
        connection.commit()
        expected = connection.execute("SELECT * FROM t").fetchall()
    connection.close()
    rows = [row for row in rows_in(path.read_bytes()) if len(row) == 6]
    assert sorted(rows, key=lambda row: row[0]) == expected


def test_no_bytes_make_it_fail(store):
    whole = store.path.read_bytes()
    most = len(list(rows_in(whole)))
    for seed in range(20):
        rng, content = random.Random(seed), bytearray(whole)
        for _ in range(300):
            content[rng.randrange(len(content))] = rng.randrange(256)
        start = rng.randrange(len(content))
        content[start : start + 3000] = rng.randbytes(3000)
        assert len(list(rows_in(bytes(content[: rng.randrange(len(content))])))) <= most + 20
