"""Who trains a project: one process at a time, until it ends, however it ends."""

from __future__ import annotations

import subprocess
import sys

from nnstudio.training.training_lock import TrainingLock, is_being_trained

HOLD = """
import sys
from pathlib import Path
from nnstudio.training.training_lock import TrainingLock
print(TrainingLock(Path(sys.argv[1])).take(), flush=True)
sys.stdin.read()
"""


def test_another_process_has_it_until_it_is_gone(tmp_path):
    path = tmp_path / "p.nns"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    with subprocess.Popen([sys.executable, "-c", HOLD, str(path)], **pipes) as other:
        assert other.stdout.readline() == "True\n"
        assert is_being_trained(path) and not TrainingLock(path).take()
        assert not is_being_trained(tmp_path / "q.nns")
        other.kill()
    assert not is_being_trained(path)


def test_it_is_let_go_at_the_end_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_DATA", str(tmp_path / "own"))
    with TrainingLock(tmp_path / "p.nns") as lock:
        assert lock.take() and is_being_trained(tmp_path / "p.nns")
    assert not is_being_trained(tmp_path / "p.nns")
    assert list((tmp_path / "own" / "training").iterdir()) == []


def test_where_no_lock_can_be_kept_training_goes_on(tmp_path, monkeypatch):
    (tmp_path / "own").write_text("no folder")
    monkeypatch.setenv("NNSTUDIO_DATA", str(tmp_path / "own"))
    with TrainingLock(tmp_path / "p.nns") as lock:
        assert lock.take()
    assert not is_being_trained(tmp_path / "p.nns")
