"""`nnstudio train` where a checkpoint lies beside the project, and where a signal ends it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from interrupted_runs import Run, differences

from nnkernels.planning.hardware import Hardware
from nnstudio import cli
from nnstudio.exit_codes import ExitCode
from nnstudio.project import Project
from nnstudio.training import checkpointer, engine
from nnstudio.training.checkpoints import paths_beside
from nnstudio.training.engine import Device
from nnstudio.training.training_lock import TrainingLock


@pytest.fixture
def killed(tmp_path) -> Run:
    """A run of 40 epochs that left two checkpoints, in its second epoch; its project was never trained."""
    run = Run(tmp_path / "p.nns")
    for _ in range(2):
        run.step(15, 10.0)
    return run


@pytest.fixture
def train(capsys):
    def call(path: Path, *words) -> tuple[int, list[int], str]:
        """Exit code, epochs that were printed, and what was said."""
        code = cli.run(["train", str(path), "--json", *map(str, words)])
        out, err = capsys.readouterr()
        return code, [json.loads(line)["epoch"] for line in out.splitlines()], err

    return call


def names(folder: Path) -> list[str]:
    return sorted(file.name for file in folder.iterdir())


def test_nothing_is_trained_where_nobody_said_what_becomes_of_a_checkpoint(killed, train):
    before = {file: file.read_bytes() for file in killed.path.parent.iterdir()}
    code, epochs, told = train(killed.path)
    assert (code, epochs) == (ExitCode.REFUSED, [])
    assert "1 epoch and 100 samples of the next" in told and "--resume" in told and "--no-resume" in told
    assert {file: file.read_bytes() for file in killed.path.parent.iterdir()} == before


def test_a_resumed_training_ends_as_a_whole_one_and_takes_its_checkpoints_along(killed, train, tmp_path):
    (tmp_path / "whole").mkdir()
    whole = Run(tmp_path / "whole" / "p.nns")
    assert train(whole.path)[0] == 0
    code, epochs, told = train(killed.path, "--resume")
    assert (code, epochs) == (ExitCode.DONE, list(range(2, 41))) and "Going on from a checkpoint" in told
    one, other = Project.open(killed.path).state, Project.open(whole.path).state
    assert differences(one, other) == []
    assert names(tmp_path) == ["p.nns", "whole"]


def test_what_a_killed_training_was_told_is_still_known(killed, train):
    settings = killed.project.document.settings
    killed.project.document.set_settings(settings.with_option("epochs", 3).with_option("seed", 5))
    killed.project.state = None
    killed.session = killed.project.session()
    killed.writer = killed.checkpointer()
    killed.step(25, 10.0)
    code, epochs, _ = train(killed.path, "--resume")
    assert (code, epochs) == (ExitCode.DONE, [2, 3])
    assert Project.open(killed.path).document.settings.seed == 5
    # The other one is of another run.
    assert names(killed.path.parent) == ["p-epoch-1.nns", "p.nns"]


def test_what_is_not_resumed_becomes_a_project_of_its_own(killed, train):
    code, epochs, told = train(killed.path, "--no-resume", "--epochs", 2)
    assert (code, epochs) == (ExitCode.DONE, [1, 2]) and "kept as 'p-epoch-1.nns'" in told
    assert names(killed.path.parent) == ["p-epoch-1.nns", "p.nns"]
    assert Project.open(killed.path.parent / "p-epoch-1.nns").state.step == 30
    # It opens and trains like any other.
    assert train(killed.path.parent / "p-epoch-1.nns", "--epochs", 2)[:2] == (ExitCode.DONE, [2])


def test_resume_without_a_checkpoint_goes_on_from_the_project(killed, train):
    for path in paths_beside(killed.path):
        path.unlink()
    code, epochs, told = train(killed.path, "--resume", "--epochs", 2)
    assert (code, epochs) == (ExitCode.DONE, [1, 2]) and "There is no checkpoint" in told


def test_a_training_that_early_stopping_ended_is_not_resumed(tmp_path, train):
    run = Run(tmp_path / "p.nns", patience=1, learning_rate=0.5)
    code, epochs, _ = train(run.path)
    ended = Project.open(run.path).state
    assert code == ExitCode.DONE and 1 < len(epochs) < 40
    code, epochs, told = train(run.path, "--resume")
    assert (code, epochs) == (ExitCode.DONE, []) and "early stopping had ended" in told
    assert differences(Project.open(run.path).state, ended) == []
    assert train(run.path)[1], "without --resume a person trains on"


def test_a_damaged_checkpoint_is_told_and_the_one_before_it_is_taken(killed, train):
    newest = killed.newest().path
    newest.write_bytes(newest.read_bytes()[:-100])
    assert newest.name in train(killed.path)[2]
    code, epochs, told = train(killed.path, "--resume", "--epochs", 2)
    assert (code, epochs) == (ExitCode.DONE, [1, 2])
    assert f"'{newest.name}' is damaged" in told and "kept as 'p.nns.damaged'" in told
    assert names(killed.path.parent) == ["p.nns", "p.nns.damaged"]


def test_where_all_are_damaged_it_is_told_and_training_begins_with_the_project(killed, train):
    for path in paths_beside(killed.path):
        path.write_bytes(b"no archive")
    code, epochs, told = train(killed.path, "--resume", "--epochs", 1)
    assert (code, epochs) == (ExitCode.DONE, [1]) and told.count("damaged") >= 4
    assert names(killed.path.parent) == ["p.nns", "p.nns.damaged", "p.nns.damaged-2"]


def test_a_checkpoint_of_a_project_that_changed_since_is_kept_and_not_taken(killed, train):
    changed = Project.open(killed.path)
    changed.document.set_settings(changed.document.settings.with_option("learning_rate", 0.001))
    changed.save(killed.path)
    code, epochs, told = train(killed.path, "--epochs", 1)
    assert (code, epochs) == (ExitCode.DONE, [1]) and "kept as 'p-epoch-1.nns'" in told


def test_the_timeline_from_before_a_kill_comes_back(tmp_path, train):
    run = Run(tmp_path / "p.nns")
    assert train(run.path, "--epochs", 5)[0] == 0
    before = Project.open(run.path).state.kept.steps
    run.project = Project.open(run.path)
    run.project.document.set_settings(run.project.document.settings.with_option("epochs", 9))
    run.session = run.project.session()
    run.writer = run.checkpointer(goes_on=True)
    run.step(25, 10.0)
    assert train(run.path, "--resume")[0] == 0
    after = Project.open(run.path).state.kept.steps
    assert set(before) & set(after) >= {0, before[1]} and after[-1] == 180


def test_checkpoints_lie_beside_what_is_written(killed, train, tmp_path):
    out = tmp_path / "out.nns"
    code, epochs, _ = train(killed.path, "--out", out, "--epochs", 1)
    assert (code, epochs) == (ExitCode.DONE, [1])
    assert all(path.exists() for path in paths_beside(killed.path))


@pytest.mark.parametrize(
    "words, told",
    [
        (("--resume", "--seed", 3), "leave out one of them"),
        (("--checkpoint-every", "-1"), "--checkpoint-every must be 0 or more"),
        (("--checkpoint-every", "nan"), "--checkpoint-every must be 0 or more"),
    ],
)
def test_what_cannot_be_meant_is_refused(killed, train, words, told):
    code, epochs, said = train(killed.path, *words)
    assert (code, epochs) == (ExitCode.REFUSED, []) and told in said


def test_a_project_is_trained_by_one_process_at_a_time(killed, train, tmp_path):
    with TrainingLock(killed.path) as other:
        assert other.take()
        code, epochs, told = train(killed.path, "--resume")
        assert (code, epochs) == (ExitCode.REFUSED, []) and "by another process" in told
        assert train(killed.path, "--out", tmp_path / "q.nns", "--epochs", 1)[0] == ExitCode.DONE


@pytest.mark.parametrize("seconds, is_written", [("0", False), ("0.00001", True)])
def test_no_checkpoint_is_written_where_none_is_wanted(seconds, is_written, tmp_path, train, monkeypatch):
    written, write = [], checkpointer.write_atomically

    def seen(path: Path, content: memoryview) -> None:
        written.append(path)
        write(path, content)

    monkeypatch.setattr(checkpointer, "write_atomically", seen)
    path = Run(tmp_path / "p.nns").path
    assert train(path, "--checkpoint-every", seconds)[0] == ExitCode.DONE
    assert bool(written) == is_written and names(tmp_path) == ["p.nns"]


@pytest.mark.skipif(sys.platform == "win32", reason="there are no such terminals")
def test_a_terminal_that_is_closed_ends_the_training_and_it_is_saved(tmp_path):
    import fcntl
    import pty
    import termios

    path = Run(tmp_path / "p.nns").path
    ours, theirs = pty.openpty()
    # Without a size no bar is drawn.
    termios.tcsetwinsize(theirs, (24, 80))
    command = [sys.executable, "-m", "nnstudio", "train", str(path), "--epochs", "1000000", "--threads", "1"]

    def take_terminal() -> None:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)

    streams = {"stdin": theirs, "stdout": theirs, "stderr": theirs}
    process = subprocess.Popen(command, **streams, start_new_session=True, preexec_fn=take_terminal)
    os.close(theirs)
    # The first bar is drawn when signals are heeded already.
    os.read(ours, 1)
    os.close(ours)
    assert process.wait(60) == ExitCode.STOPPED
    assert Project.open(path).state.step > 0 and names(tmp_path) == ["p.nns"]


def test_the_loss_of_each_output_is_printed(tmp_path, capsys):
    path = tmp_path / "gan.nns"
    shutil.copy(Path(__file__).parents[1] / "resources" / "lessons" / "gan" / "start.nns", path)
    assert cli.run(["train", str(path), "--epochs", "2", "--json"]) == ExitCode.DONE
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [set(row["losses"]) for row in rows] == [{"real", "caught", "fooled"}] * 2
    assert rows[1]["loss"] == pytest.approx(sum(rows[1]["losses"].values()))
    assert cli.run(["train", str(path), "--epochs", "3"]) == ExitCode.DONE
    told = capsys.readouterr().out
    names = Project.open(path).document.graph.names()
    assert all(f"loss of {names[output]} " in told for output in rows[0]["losses"])


def test_why_a_card_takes_longer_than_it_might_is_said_once(tmp_path, train, monkeypatch):
    def slow(device: Device, learns: bool, say: Callable[[str], None]) -> Hardware:
        for text in ("Slow.", "Slow.", "Slower."):
            say(text)
        return Hardware()

    monkeypatch.setattr(engine, "hardware_of", slow)
    code, epochs, told = train(Run(tmp_path / "p.nns").path, "--device", "cuda", "--epochs", 3)
    assert (code, epochs) == (ExitCode.DONE, [1, 2, 3])
    assert [line for line in told.splitlines() if "Slow" in line] == ["nnstudio: Slow.", "nnstudio: Slower."]
