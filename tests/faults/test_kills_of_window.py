"""A window that is killed at any moment: what was edited and trained is offered again, once.

At most a second of edits is lost and ten of training. NNSTUDIO_KILLS is how often, NNSTUDIO_KILLS_SEED the
first seed; NNSTUDIO_KILLS_OUT=FILE keeps what was lost each time.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from nnstudio.project import Project, open_example

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("NNSTUDIO_KILLS", "2"))
FIRST = int(os.environ.get("NNSTUDIO_KILLS_SEED", "0"))
# Seconds that a window lives at the most, before it is killed: in the gate it is short.
LONGEST = 14.0 if KILLS > 5 else 2.5
EDITS, TRAINING, PATIENCE = 1.0, 10.0, 60.0
pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="windows are forked from one process")


@pytest.fixture(scope="module")
def driver():
    """The process that becomes windows."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "kernels", ROOT / "tests"))),
        "QT_QPA_PLATFORM": "offscreen",
    }
    command = [sys.executable, "-m", "faults.window_driver"]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, text=True, env=environment, **pipes) as process:
        assert process.stdout.readline() == "ready\n"
        yield process
        process.stdin.close()


def begin(driver, **order) -> int:
    driver.stdin.write(json.dumps(order) + "\n")
    driver.stdin.flush()
    return int(driver.stdout.readline())


def wait(condition, home: Path) -> None:
    """Until it holds; the errors of the window where it never does."""
    end = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < end, (home / "errors.txt").read_text()
        time.sleep(0.01)


def logged(home: Path) -> list[dict]:
    """What the window noted down; the last line may be cut off."""
    rows = []
    for line in (home / "log.jsonl").read_text("utf-8").splitlines():
        try:
            rows.append(json.loads(line))
        except ValueError:
            break
    return rows


def since(rows: list[dict], moment: float) -> list[dict]:
    """What stood at a moment, and all that came after it."""
    before = [row for row in rows if row["time"] <= moment]
    return before[-1:] + [row for row in rows if row["time"] > moment]


@pytest.mark.parametrize("seed", range(FIRST, FIRST + KILLS))
def test_what_a_killed_window_held_is_offered_once(seed, driver, tmp_path):
    (tmp_path / "own").mkdir()
    open_example("spiral").save(tmp_path / "p.nns")
    pid = begin(driver, what="work", home=str(tmp_path), seed=seed)
    log = tmp_path / "log.jsonl"
    wait(lambda: log.exists() and log.stat().st_size > 0, tmp_path)
    time.sleep(random.Random(seed).uniform(0.2, LONGEST))
    killed = time.time()
    os.kill(pid, signal.SIGKILL)
    wait(lambda: not Path(f"/proc/{pid}").exists(), tmp_path)
    rows = logged(tmp_path)
    # What lies there is whole, whatever was being written.
    assert Project.open(tmp_path / "p.nns").warnings == ()
    if (tmp_path / "out.npz").exists():
        with np.load(tmp_path / "out.npz") as arrays:
            assert all(np.isfinite(arrays[name]).all() for name in arrays if arrays[name].dtype.kind == "f")
    assert "Traceback" not in (tmp_path / "errors.txt").read_text()

    begin(driver, what="reopen", home=str(tmp_path))
    wait((tmp_path / "result.json").exists, tmp_path)
    result = json.loads((tmp_path / "result.json").read_text("utf-8"))
    keep_report(seed, killed, rows, result)
    assert result["document"] in {row["document"] for row in since(rows, killed - EDITS)}
    assert result["steps"] >= min(row["steps"] for row in since(rows, killed - TRAINING))
    assert len(result["asked"]) == result["copies"] and result["left"] == []
    assert all("kept a copy of 'p.nns' from" in text for text in result["asked"])


def keep_report(seed: int, killed: float, rows: list[dict], result: dict) -> None:
    """Seconds of edits and of training that were lost."""
    out = os.environ.get("NNSTUDIO_KILLS_OUT")
    if not out:
        return
    same = [row["time"] for row in rows if row["document"] == result["document"]]
    later = [row["time"] for row in rows if same and row["time"] > same[-1]]
    # An undo takes the steps back as well, so the last time counts at which there were no more.
    trained = [row["time"] for row in rows if row["steps"] <= result["steps"]]
    told = {
        "seed": seed, "lived": killed - rows[0]["time"], "actions": rows[-1]["done"],
        "edits_lost": killed - later[0] if later else 0.0,
        "training_lost": 0.0 if trained[-1] == rows[-1]["time"] else killed - trained[-1], **result,
    }  # fmt: skip
    with open(out, "a", encoding="utf-8") as file:
        file.write(json.dumps(told) + "\n")
