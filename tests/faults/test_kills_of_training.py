"""The real command is killed at random moments, reopened and resumed: it ends at the bits of a whole run.

NNSTUDIO_KILLS says how many kills; NNSTUDIO_KILLS_REPORT names a file that gets a line of JSON for each.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from functools import cache
from pathlib import Path

import pytest
from interrupted_runs import PICTURES, POINTS, differences, project_of

from nnstudio.exit_codes import ExitCode
from nnstudio.project import Project
from nnstudio.training.checkpoints import checkpoints_beside
from nnstudio.training.state import TrainingState

KILLS = int(os.environ.get("NNSTUDIO_KILLS", "2"))
# Epochs that take a second or two, so that a kill falls into the middle of them.
PROJECTS = {"points": (POINTS, {"epochs": 6000}), "pictures": (PICTURES, {})}
SECONDS = 0.1
WAIT = 60
# The kernel's own word for a process that this signal ended; and those that save first.
HARD, SOFT = signal.SIGKILL, (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)
MOMENTS = ("training", "writing a checkpoint", "saving")


@cache
def whole_run(name: str) -> TrainingState:
    """What a run comes to that nothing interrupts and that keeps no checkpoints."""
    parts, changes = PROJECTS[name]
    session = project_of(parts, **changes).session()
    for _ in session.slices():
        pass
    return session.state()


def start(project: Path, *words: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "nnstudio", "train", str(project), "--json", *map(str, words)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


class Rows(threading.Thread):
    """Reads what a training prints, so that it never waits for a reader; ``reached`` is set at an epoch."""

    def __init__(self, process: subprocess.Popen[str], epoch: int) -> None:
        super().__init__()
        self.reached, self.last = threading.Event(), 0
        self._process, self._epoch = process, epoch
        self.start()

    def run(self) -> None:
        for line in self._process.stdout:
            if line.endswith("\n"):
                self.last = json.loads(line)["epoch"]
            if self.last >= self._epoch:
                self.reached.set()
        self.reached.set()


def wait_for_writing(folder: Path, process: subprocess.Popen[str]) -> None:
    """Until a temporary file is there; it is so for milliseconds."""
    while process.poll() is None and not any(name.endswith(".part") for name in os.listdir(folder)):
        time.sleep(0.0005)


def train_until_killed(
    project: Path, number: int, moment: str, epochs: int, threads: int
) -> tuple[int, float, int]:
    """Returns the last epoch that was printed, when the signal was sent, and the exit code."""
    with start(project, "--checkpoint-every", SECONDS, "--threads", threads) as process:
        rows = Rows(process, epochs)
        rows.reached.wait()
        if moment != "training":
            wait_for_writing(project.parent, process)
        sent = time.time()
        process.send_signal(number)
        process.wait(WAIT)
        rows.join()
    return rows.last, sent, process.returncode


@pytest.mark.parametrize("seed", range(KILLS))
def test_what_is_killed_and_resumed_ends_as_if_it_had_never_been(seed, tmp_path):
    rng = random.Random(seed)
    name, threads = rng.choice(tuple(PROJECTS)), rng.choice((1, 2))
    number = HARD if seed % 2 == 0 else rng.choice(SOFT)
    whole, moment = whole_run(name), MOMENTS[seed % len(MOMENTS)]
    epochs = whole.epoch if moment == "saving" else rng.randint(1, whole.epoch * 9 // 10)
    parts, changes = PROJECTS[name]
    path = tmp_path / "p.nns"
    project_of(parts, **changes).save(path)
    printed, sent, code = train_until_killed(path, number, moment, epochs, threads)

    reopened = Project.open(path)
    assert reopened.warnings == ()
    beside = checkpoints_beside(path, path)
    stands, since = (reopened.state.epoch, 0.0) if reopened.state is not None else (0, None)
    if beside.newer:
        stands, since = beside.newer[0].epoch, sent - beside.newer[0].taken.timestamp()
    if number in SOFT:
        # A signal that came when all was saved finds no handler any more.
        assert code in (ExitCode.STOPPED, ExitCode.DONE, -number)
        assert stands >= printed and not beside.newer and not beside.damaged

    resumed = start(path, "--resume", "--threads", 3 - threads)
    _, told = resumed.communicate(timeout=WAIT)
    assert resumed.returncode == ExitCode.DONE, told
    assert differences(Project.open(path).state, whole) == []
    assert [file.name for file in tmp_path.iterdir()] == ["p.nns"]
    if report := os.environ.get("NNSTUDIO_KILLS_REPORT"):
        told = {"seed": seed, "project": name, "threads": threads, "signal": int(number), "moment": moment,
                "code": code, "printed": printed, "stands": stands, "seconds": since}  # fmt: skip
        with open(report, "a", encoding="utf-8") as file:
            file.write(json.dumps(told) + "\n")
