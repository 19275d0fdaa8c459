"""`nnstudio runs`, and what `nnstudio train` leaves there: words, files and exit codes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from runs.recorded import keep_trained, record, trained

from nnstudio import cli
from nnstudio.exit_codes import ExitCode
from nnstudio.project import Project
from nnstudio.runs.record import RunContent, RunStatus, utc
from nnstudio.runs.store import RunStore


@pytest.fixture
def run(capsys):
    def call(*words) -> tuple[int, str, str]:
        capsys.readouterr()
        code = cli.run([str(word) for word in words])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call


@pytest.fixture
def store() -> RunStore:
    """Two runs of the network of Celsius, the second with another learning rate."""
    store = RunStore()
    for rate in (0.1, 0.2):
        keep_trained(store, *trained("celsius", 3, learning_rate=rate))
    return store


def names(out: str) -> list[str]:
    """Of a printed table, whose names have a blank."""
    return re.findall(r"^\w{8}  (\w+ \d+)", out, re.MULTILINE)


def test_training_leaves_a_run_that_opens_with_the_weights_of_the_project(run, tmp_path):
    project = tmp_path / "c.nns"
    run("example", "celsius", project)
    assert run("train", project, "--epochs", 2, "--threads", 1)[0] == 0
    code, out, err = run("runs", "list")
    assert code == 0 and names(out) == ["c 1"] and "finished" in out and "1 run." in err
    assert run("train", project, "--epochs", 4, "--threads", 1)[0] == 0
    (kept,) = RunStore().list()
    state = RunStore().open("c 1").state
    assert kept.epochs == 4 and kept.id == Project.open(project).state.run
    assert np.array_equal(state.params, Project.open(project).state.params)
    run("train", project, "--epochs", 2, "--seed", 5, "--threads", 1)
    assert RunStore().get("c 2").parent == kept.id


def test_a_training_that_is_killed_is_listed_as_cut_off_and_one_that_is_stopped_as_stopped(run, tmp_path):
    project = tmp_path / "x.nns"
    run("example", "xor", project)
    words = [sys.executable, "-m", "nnstudio", "train", str(project), "--epochs", "1000000", "--json"]
    for number, status in ((signal.SIGTERM, "stopped"), (signal.SIGKILL, "cut off")):
        with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as child:
            while not RunStore().list(status="running"):
                child.stdout.readline()
            assert json.loads(run("runs", "list", "--json")[1].splitlines()[0])["status"] == "running"
            os.kill(child.pid, number)
            child.communicate()
        assert [
            each["status"] for each in map(json.loads, run("runs", "list", "--json")[1].splitlines())
        ] == [status]


@pytest.mark.parametrize("content, said", [(b"no database " * 99, "was damaged"), (None, "is not recorded")])
def test_a_store_that_cannot_be_used_is_said_and_training_goes_on(run, tmp_path, content, said):
    project, file = tmp_path / "c.nns", RunStore().path
    run("example", "celsius", project)
    file.write_bytes(content) if content else file.mkdir()
    code, _, err = run("train", project, "--epochs", 2, "--threads", 1)
    assert code == 0 and err.count(said) == 1 and Project.open(project).state.epoch == 2


def test_lists_are_filtered_and_sorted(run, store):
    store.set_tags("mine 1", ["Good"])
    store.save(record(1, name="other 1", project_name="other", began="2020-01-01T00:00:00Z"))
    assert names(run("runs", "list")[1]) == ["mine 2", "mine 1", "other 1"]
    assert names(run("runs", "list", "--tag", "good")[1]) == ["mine 1"]
    assert names(run("runs", "list", "--project", "OTHER")[1]) == ["other 1"]
    assert names(run("runs", "list", "--text", "adam celsius")[1]) == ["mine 2", "mine 1"]
    assert names(run("runs", "list", "--since", "2d")[1]) == ["mine 2", "mine 1"]
    assert names(run("runs", "list", "--sort", "name", "--descending")[1]) == ["other 1", "mine 2", "mine 1"]
    assert run("runs", "list", "--status", "running")[1] == "No run is like that.\n"


def test_an_empty_store_says_so(run):
    code, out, err = run("runs", "list")
    assert (code, out) == (0, "No run is kept here yet.\n") and err.startswith("0 runs.")


@pytest.mark.parametrize(
    "text, ago",
    [("3h", timedelta(hours=3)), ("2d", timedelta(days=2)), ("1w", timedelta(weeks=1))],
)
def test_a_span_is_counted_back_from_now(run, text, ago):
    for number, more in enumerate((-10, 10)):
        began = datetime.now() - ago - timedelta(seconds=more)
        RunStore().save(record(number, name=f"n {number}", began=utc(began)))
    assert names(run("runs", "list", "--since", text)[1]) == ["n 0"]


def test_times_are_those_of_the_persons_clock(run):
    RunStore().save(record(1, name="n 1", began=utc(datetime(2026, 11, 30, 14, 0))))
    assert names(run("runs", "list", "--since", "2026-11-30T14:00")[1]) == ["n 1"]
    assert names(run("runs", "list", "--since", "2026-11-30T14:01")[1]) == []
    assert "2026-11-30 14:00" in run("runs", "list", "--since", "2026-11-30")[1]
    with pytest.raises(SystemExit):
        run("runs", "list", "--since", "yesterday")


def test_a_column_that_does_not_exist_is_refused_with_the_nearest(run, capsys):
    with pytest.raises(SystemExit) as refused:
        run("runs", "list", "--sort", "valloss")
    assert refused.value.code == ExitCode.REFUSED and "did you mean val_loss" in capsys.readouterr().err


def test_show_says_all_that_is_known(run, store):
    store.set_notes("mine 1", "Noted.")
    code, out, _ = run("runs", "show", "mine 1")
    facts = dict(re.split(r" {2,}", line, maxsplit=1) for line in out.splitlines())
    assert code == 0 and facts["Name"] == "mine 1" and facts["Epochs"] == "3" and facts["Notes"] == "Noted."
    assert "learning rate 0.1" in facts["Settings"] and facts["Weights"] == "final and best"
    assert json.loads(run("runs", "show", "mine 1", "--json")[1])["notes"] == "Noted."
    code, _, err = run("runs", "show", "nothing")
    assert code == ExitCode.REFUSED and "There is no run 'nothing'" in err


def test_compare_tells_differences_in_sentences(run, store):
    code, out, _ = run("runs", "compare", "mine 2", "mine 1")
    assert code == 0 and out.splitlines()[1:] == ["  Learning rate 0.2 instead of 0.1."]
    told = json.loads(run("runs", "compare", "mine 2", "mine 1", "--json")[1])
    assert told["differences"] == [{"about": "settings", "sentence": "Learning rate 0.2 instead of 0.1."}]
    assert "have the same network" in run("runs", "compare", "mine 1", "mine 1")[1]


def test_export_as_tables_events_and_projects(run, store, tmp_path):
    curves, events, project = tmp_path / "c.csv", tmp_path / "tb", tmp_path / "p.nns"
    assert run("runs", "export", "mine 1", "mine 2", "mine 1", curves)[0] == 0
    assert len(curves.read_text().splitlines()) == 1 + 2 * 3
    assert run("runs", "export", "mine 1", "mine 2", curves, "--format", "summary", "--replace")[0] == 0
    assert len(curves.read_text().splitlines()) == 1 + 2
    assert run("runs", "export", "mine 1", "mine 2", events, "--format", "tensorboard")[0] == 0
    assert len(list(events.iterdir())) == 2
    code, out, _ = run("runs", "export", "mine 1", project)
    assert code == 0 and "after epoch 3" in out and Project.open(project).state.epoch == 3
    assert run("runs", "export", "mine 1", project, "--best", "--replace")[0] == 0
    assert run("evaluate", project)[0] == 0


@pytest.mark.parametrize(
    "words, said",
    [
        (["mine 1", "out"], "could be several things"),
        (["mine 1", "mine 2", "p.nns"], "one run, not 2"),
        (["mine 1", "c.csv", "--best"], "--best is for projects"),
        (["mine 1", "there.csv"], "already exists"),
        (["mine 1", "there.nns"], "already exists"),
        (["mine 1", "no/such/folder.csv"], "cannot be written"),
    ],
)
def test_what_cannot_be_exported_is_a_sentence(run, store, tmp_path, monkeypatch, words, said):
    monkeypatch.chdir(tmp_path)
    for name in ("there.csv", "there.nns"):
        Path(name).write_text("mine")
    code, _, err = run("runs", "export", *words)
    assert code == ExitCode.REFUSED and said in err and Path("there.csv").read_text() == "mine"


def test_a_project_without_the_weights_of_its_run_is_written_and_said_to_be(run, store, tmp_path):
    store.set_pinned("mine 1", True)
    store.save(record(9, name="large"), RunContent(final=os.urandom(2**17)))
    kept = store.get("mine 2")
    store.save(record(int(kept.id, 16)), RunContent(final=os.urandom(2**17)))
    store.set_limit(2**17)
    code, _, err = run("runs", "export", "mine 2", tmp_path / "p.nns")
    assert code == ExitCode.INCOMPLETE and "no longer kept" in err
    assert Project.open(tmp_path / "p.nns").state is None


def test_open_writes_a_project_and_opens_the_window_on_it(run, store, tmp_path, monkeypatch):
    opened = []
    monkeypatch.setattr("nnstudio.app.run_window", lambda words: opened.append(words) or 0)
    assert run("runs", "open", "mine 1", tmp_path / "p.nns")[0] == 0
    assert opened == [[str(tmp_path / "p.nns")]] and Project.open(tmp_path / "p.nns").state.epoch == 3
    assert run("runs", "open", "mine 1", tmp_path / "p.csv")[0] == ExitCode.REFUSED and len(opened) == 1


def test_delete_says_what_went_and_refuses_what_runs(run, store):
    store.save(record(1, name="busy 1", status=RunStatus.RUNNING))
    code, _, err = run("runs", "delete", "mine 1", "busy 1")
    assert code == ExitCode.REFUSED and "still running" in err and len(store.list()) == 3
    code, out, _ = run("runs", "delete", "mine 1")
    assert code == 0 and "Deleted “mine 1”" in out
    assert sorted(names(run("runs", "list")[1])) == ["busy 1", "mine 2"]


def test_the_limit_is_told_and_changed_and_lets_go_only_where_that_is_said(run, store):
    assert "of at most 2,048 MB" in run("runs", "limit")[1]
    assert "of at most 1,536 MB" in run("runs", "limit", "1.5GB")[1] and store.limit == 1536 * 2**20
    for number in range(5):
        store.save(record(number, name=f"n {number}"), RunContent(project=os.urandom(2**19)))
    code, _, err = run("runs", "limit", "1MB")
    assert code == ExitCode.REFUSED and "--let-go" in err and len(store.list()) == 7
    code, _, err = run("runs", "limit", "1MB", "--let-go")
    assert code == 0 and "went" in err and store.used_bytes <= 2**20
    gone = 7 - len(store.list())
    assert gone >= 4 and f"{gone} older runs went to make room" in run("runs", "list")[2]
    for size in ("900", "1kB", "-1MB", "many"):
        with pytest.raises(SystemExit):
            run("runs", "limit", size)
