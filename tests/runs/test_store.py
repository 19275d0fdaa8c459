"""The store of runs: what is kept comes back, with several processes, kills, damage and full disks."""

from __future__ import annotations

import os
import signal
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pytest
from runs.recorded import keep_trained, record, trained, writer

from nnstudio.model.document import DataReference
from nnstudio.project import Project
from nnstudio.runs.keeping import keep, snapshot_of
from nnstudio.runs.record import RunContent, RunError, RunStatus
from nnstudio.runs.store import RunStore


@pytest.fixture
def store(tmp_path) -> RunStore:
    return RunStore(tmp_path / "own" / "runs.sqlite")


def test_a_run_comes_back_with_its_curve_weights_and_run(store):
    project, session = trained("xor", 4)
    kept = keep_trained(store, project, session, parent="b" * 32)
    assert (kept.epochs, kept.steps, kept.status, kept.name) == (4, session.steps, "finished", "mine 1")
    assert kept.has_weights and kept.has_best_weights and kept.parent == "b" * 32
    assert store.curve(kept.id) == session.history
    again = store.open(kept.id)
    assert again.path is None and not again.warnings and again.state.run == session.run
    assert again.document.to_dict() == project.document.to_dict()
    assert np.array_equal(again.state.params, session.program.params)


def test_a_reopened_run_trains_on_to_the_same_bits(store):
    project, session = trained("celsius", 2)
    kept = keep_trained(store, project, session)
    sessions = session, store.open(kept.id).session()
    for each in sessions:
        for _ in each.slices(5):
            pass
    assert np.array_equal(sessions[0].program.params, sessions[1].program.params)


def test_a_table_travels_along_once_and_goes_with_the_last_run(store, tmp_path):
    table = tmp_path / "t.csv"
    table.write_text("a,size\n" + "".join(f"{i},{2 * i}\n" for i in range(40)))

    def keep() -> str:
        project, _ = trained("celsius", 1)
        project.document.set_data(DataReference("csv", {"path": str(table), "target": "size"}))
        session = project.session()
        session.single_step()
        return keep_trained(store, project, session).id

    first, second = keep(), keep()

    def tables() -> int:
        with sqlite3.connect(store.path) as connection:
            (count,) = connection.execute("SELECT count(*) FROM tables").fetchone()
        connection.close()
        return count

    assert tables() == 1 and store.get(first).data_name == "t.csv"
    store.delete([first])
    table.unlink()
    project = store.open(second)
    assert tables() == 1 and len(project.load_data().x_train) + len(project.load_data().x_test) <= 40
    store.delete([second])
    assert tables() == 0


def test_what_a_person_sets_stays_while_the_run_goes_on(store):
    store.save(record(1, project_name="spiral", status=RunStatus.RUNNING))
    run = store.get("spiral 1").id
    store.set_name(run, " Mine ")
    store.set_notes(run, "noted")
    store.set_tags(run, ["a", "b ", "a", ""])
    store.set_pinned(run, True)
    store.save(record(1, project_name="spiral", epochs=7))
    kept = store.get(run)
    assert (kept.name, kept.notes, kept.tags, kept.is_pinned) == ("Mine", "noted", ("a", "b"), True)
    assert kept.epochs == 7
    with pytest.raises(RunError, match="needs a name"):
        store.set_name(run, "  ")


def test_content_that_is_not_given_again_stays(store):
    content = RunContent(project=b'{"a": 1}', final=b"f", best=b"b")
    store.save(record(1, best={"epoch": 3}), content)
    store.save(record(1, best={"epoch": 3}))
    kept = store.get(f"{1:032x}")
    assert kept.has_best_weights and kept.has_weights
    assert store.project_text(kept.id) == {"a": 1}


def test_runs_are_had_by_id_beginning_or_name_and_else_it_is_said(store):
    for number, name in ((1, "one"), (2, "two"), (3, "two")):
        store.save(record(number + 16 * number, name=name))
    assert store.get("one").name == store.get(f"{17:032x}").name == "one"
    store.save(record(16**31, name="last"))
    assert store.get("1").name == store.get("10000").name == "last"
    with pytest.raises(RunError, match="no run 'three'"):
        store.get("three")
    with pytest.raises(RunError, match="one of 2 runs"):
        store.get("two")
    with pytest.raises(RunError, match="one of 3 runs"):
        store.get("000")
    with pytest.raises(RunError, match="no run ''"):
        store.get("")


def test_lists_are_filtered_and_the_newest_comes_first(store):
    for number in range(4):
        store.save(record(number, name=f"n{number}", tags=("x",) * (number % 2), seconds=float(-number)))
    assert [run.name for run in store.list()] == ["n3", "n2", "n1", "n0"]
    assert [run.name for run in store.list(tag="x", order="seconds", is_descending=False)] == ["n3", "n1"]
    assert [run.name for run in store.list("n2")] == ["n2"]


def test_a_running_run_is_not_deleted_and_neither_are_the_others(store):
    store.save(record(1, name="done"))
    store.save(record(2, name="busy", status=RunStatus.RUNNING))
    with pytest.raises(RunError, match="'busy' is still running"):
        store.delete(["done", "busy"])
    assert len(store.list()) == 2


def test_deleting_gives_the_room_back(store):
    for number in range(4):
        store.save(record(number), RunContent(final=os.urandom(2**18)))
    before = store.used_bytes
    store.delete([run.id for run in store.list()])
    assert store.used_bytes < before / 8


def test_a_discarded_run_is_gone_until_it_is_restored(store):
    run = keep_trained(store, *trained("celsius", 2))
    store.set_notes(run.id, "noted")
    kept, curve, params = store.get(run.id), store.curve(run.id), store.open(run.id).state.params
    store.discard([run.id])
    assert store.list() == [] and store.known(run.id) is None
    for ask in (store.get, store.curve, store.open):
        with pytest.raises(RunError, match="no run"):
            ask(run.id)
    assert store.restore([run.id, "f" * 32]) == 1
    assert (store.get(run.id), store.curve(run.id)) == (kept, curve)
    assert np.array_equal(store.open(run.id).state.params, params)


def test_a_discarded_run_that_goes_on_is_there_again_with_its_notes(store):
    store.save(record(1, name="mine", notes="noted"))
    store.discard([record(1).id])
    store.save(record(1, epochs=9))
    assert [(run.name, run.notes, run.epochs) for run in store.list()] == [("mine", "noted", 9)]


def test_erased_runs_give_their_room_back_and_so_do_those_that_nobody_can_restore_any_more(store):
    for number in range(3):
        store.save(record(number), RunContent(final=os.urandom(2**18)))
    store.discard([record(0).id, record(1).id])
    before = store.used_bytes
    with sqlite3.connect(store.path) as connection:
        connection.execute("UPDATE runs SET discarded = '2020-01-01T00:00:00Z' WHERE id = ?", (record(0).id,))
    connection.close()
    # One that is not discarded is not erased.
    store.erase([record(2).id])
    assert before - store.used_bytes > 2**17 and len(store.list()) == 1
    assert store.restore([record(number).id for number in range(3)]) == 1
    assert len(store.list()) == 2


# Several processes, and kills


def test_two_processes_begin_the_file_and_write_at_once(store):
    with writer(store, 0) as one, writer(store, 1000) as other:
        one.communicate(), other.communicate()
    assert (one.returncode, other.returncode) == (0, 0)
    assert len(store.list()) == 30 and all(run.has_weights for run in store.list())
    assert len({run.name for run in store.list()}) == 30


@pytest.mark.skipif(os.name != "posix", reason="there is no such signal")
def test_a_kill_while_writing_costs_nothing_that_was_written(store):
    with writer(store, 0, "on") as child:
        for _ in range(3):
            line = child.stdout.readline()
        os.kill(child.pid, signal.SIGKILL)
        written = [line, *child.stdout.readlines()]
    last = int(written[-1])
    runs = {run.id: run for run in store.list()}
    assert {f"{number:032x}" for number in range(last + 1)} <= runs.keys()
    assert all(run.has_weights and run.status == RunStatus.CUT_OFF for run in runs.values())
    with sqlite3.connect(store.path) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    connection.close()
    store.save(record(10**9))
    store.delete([run.id for run in store.list()])


# Damage and disks


def test_a_file_that_is_no_database_is_put_aside_and_said(store):
    store.path.parent.mkdir()
    store.path.write_bytes(b"not a database, but something of a person's " * 100)
    store.save(record(1, name="new"))
    assert [run.name for run in store.list()] == ["new"]
    (note,) = store.take_notes()
    (aside,) = store.path.parent.glob("runs-damaged-*.sqlite")
    assert str(aside) in note and aside.read_bytes().startswith(b"not a database")
    assert store.take_notes() == ()


def test_pages_that_were_overwritten_are_noticed_and_the_file_is_put_aside(store):
    for number in range(30):
        store.save(record(number), RunContent(final=os.urandom(5000)))
    content = bytearray(store.path.read_bytes())
    content[4096:] = b"\xff" * (len(content) - 4096)
    store.path.write_bytes(content)
    assert store.list() == []
    (aside,) = store.path.parent.glob("runs-damaged-*.sqlite")
    assert aside.read_bytes() == bytes(content) and "was damaged" in store.take_notes()[0]


def test_a_record_that_cannot_be_read_hides_neither_its_run_nor_another(store):
    run = keep_trained(store, *trained("celsius", 2))
    store.set_name(run.id, "one")
    store.save(record(2, name="two"))
    with sqlite3.connect(store.path) as connection:
        connection.execute("""UPDATE runs SET facts = '{"epochs": "many"}' WHERE name = 'one'""")
    connection.close()
    assert {each.name: each.reason[:21] for each in store.list()} == {
        "one": "Its record was damage", "two": ""
    }  # fmt: skip
    assert ["'one' cannot be read" in note for note in store.take_notes()] == [True]
    assert store.open("one").state.epoch == 2 and len(store.curve("one")) == 2
    store.delete(["one"])
    assert [each.name for each in store.list()] == ["two"]


@pytest.mark.parametrize("kind", ["project", "curve", "final", "best"])
def test_what_is_not_as_it_was_written_is_never_opened(store, kind):
    run = keep_trained(store, *trained("celsius", 2)).id
    with sqlite3.connect(store.path) as connection:
        query = "SELECT content FROM contents WHERE kind = ?"
        content = bytearray(connection.execute(query, (kind,)).fetchone()[0])
        content[len(content) // 2] ^= 1
        connection.execute("UPDATE contents SET content = ? WHERE kind = ?", (bytes(content), kind))
    connection.close()
    with pytest.raises(RunError, match="damaged"):
        store.open(run)
    assert store.get(run).epochs == 2


@pytest.mark.parametrize("folder", ["/proc/nnstudio", "/dev/null"])
@pytest.mark.skipif(sys.platform != "linux", reason="there are no such folders")
def test_a_folder_that_cannot_be_written_is_a_sentence(folder):
    with pytest.raises(RunError, match="cannot be kept in"):
        RunStore(Path(folder) / "own" / "runs.sqlite").save(record(1))


def test_a_file_that_cannot_be_opened_is_a_sentence(tmp_path):
    with pytest.raises(RunError, match="unable to open"):
        RunStore(tmp_path).save(record(1))


def test_a_full_disk_is_a_sentence_and_the_file_as_it_was(store, monkeypatch):
    store.save(record(1))
    connect = sqlite3.connect

    def small(*arguments, **named):
        # SQLite's own limit raises what a full disk raises.
        connection = connect(*arguments, **named)
        connection.execute("PRAGMA max_page_count = 20")
        return connection

    monkeypatch.setattr(sqlite3, "connect", small)
    with pytest.raises(RunError, match="the disk is full"):
        store.save(record(2), RunContent(final=os.urandom(2**18)))
    assert len(store.list()) == 1


def test_where_nothing_can_be_written_runs_are_still_read_and_that_is_said(store):
    store.save(record(1, name="here"))
    # In the way of what SQLite writes beside the file, as a full disk or a read-only folder is.
    Path(f"{store.path}-wal").mkdir()
    with pytest.raises(RunError, match="cannot be used"):
        store.save(record(2))
    assert [run.name for run in store.list()] == ["here"] and store.get("here").epochs == 0
    (note,) = store.take_notes()
    assert "may lack the latest changes" in note
    Path(f"{store.path}-wal").rmdir()
    store.save(record(2))
    assert len(store.list()) == 2 and not store.take_notes()


def test_another_writer_that_holds_on_is_a_sentence(store, monkeypatch):
    monkeypatch.setattr("nnstudio.runs.database.WAIT_SECONDS", 0.05)
    store.save(record(1))
    other = sqlite3.connect(store.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(RunError, match="another program has been writing"):
        store.save(record(2))
    assert len(store.list()) == 1, "reading waits for nobody"
    other.close()


def test_best_weights_of_an_epoch_that_was_not_the_best_in_the_end_are_said_to_be(store):
    project, session = trained("celsius", 2)
    run = keep_trained(store, project, session).id
    assert not store.open(run, best=True).warnings
    for _ in session.slices(4):
        pass
    # Nobody looked at the parameters after the epochs since.
    keep(store, snapshot_of(project, session.state(), RunStatus.FINISHED))
    opened = store.open(run, best=True)
    assert opened.state.epoch == 2 and "better than these, after epoch 2," in opened.warnings[-1]


def test_opening_says_what_is_no_longer_kept(store):
    project, session = trained("celsius", 2)
    run = keep_trained(store, project, session).id
    store.set_limit(1)
    with pytest.raises(RunError, match="no run"):
        store.get(run)
    project, session = trained("celsius", 2)
    run = keep_trained(store, project, session).id
    with sqlite3.connect(store.path) as connection:
        connection.execute("DELETE FROM contents WHERE kind IN ('final', 'best')")
    connection.close()
    opened: Project = store.open(run)
    assert opened.state is None and "no longer kept" in opened.warnings[-1]
    assert opened.document.to_dict() == project.document.to_dict()
    with pytest.raises(RunError, match="best weights of 'mine 1' are not kept"):
        store.open(run, best=True)
