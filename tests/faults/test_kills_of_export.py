"""The real command is killed while it exports: what was there before is whole, or what it was to become is.

NNSTUDIO_KILLS says how many kills; NNSTUDIO_KILLS_REPORT names a file that gets a line of JSON for each.
"""

from __future__ import annotations

import json
import os
import random
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from runs.recorded import trained

from nnstudio import cli

KILLS = int(os.environ.get("NNSTUDIO_KILLS", "1"))
# Seconds after its start in which a kill falls that waits for nothing.
LONGEST = 2.5
TARGETS = ("w.safetensors", "w.onnx", "w.npz", "w.csv", "w.h", "w.json", "numpy", "pytorch", "keras")
TIME = re.compile(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00")
pytestmark = pytest.mark.skipif(os.name != "posix", reason="there is no such signal")


def words(project: Path, target: Path) -> list[str]:
    form = [] if target.suffix else ["--format", target.name]
    return ["export", str(project), str(target), *form]


def contents(folder: Path) -> dict[str, object]:
    """All files below a folder, without what is half written and what a Python that runs them leaves."""
    files = [path for path in folder.rglob("*") if path.is_file() and path.suffix not in (".part", ".pyc")]
    return {str(path.relative_to(folder)): content_of(path) for path in files}


def content_of(path: Path) -> object:
    """What is in a file, but for when it was written; in safetensors, what is said comes in any order."""
    content = path.read_bytes()
    if path.name.endswith(".parity.json"):
        return {name: told for name, told in json.loads(content).items() if name not in ("sha256", "date")}
    if path.suffix == ".safetensors":
        end = 8 + int.from_bytes(content[:8], "little")
        return json.loads(content[8:end]), content[end:]
    return TIME.sub(b"then", content)


def is_half_written(folder: Path) -> bool:
    return any(name.endswith(".part") for _, _, names in os.walk(folder) for name in names)


@pytest.mark.parametrize("seed", range(KILLS))
def test_an_export_that_is_killed_leaves_the_old_files_or_the_new_ones(seed, tmp_path, capsys):
    rng, target = random.Random(seed), TARGETS[seed % len(TARGETS)]
    waits = seed % 3 != 2
    projects = []
    for epochs in (1, 2):
        project, session = trained("celsius", epochs)
        project.state = session.state()
        projects.append(tmp_path / f"p{epochs}.nns")
        project.save(projects[-1])
    written: list[dict[str, object]] = []
    for folder, project in (("new", projects[1]), ("old", projects[0])):
        (tmp_path / folder).mkdir()
        assert cli.run(words(project, tmp_path / folder / target)) == 0
        written.append(contents(tmp_path / folder))
    new, old = written
    assert new.keys() == old.keys() and new != old
    folder = tmp_path / "old"
    command = [sys.executable, "-m", "nnstudio", *words(projects[1], folder / target)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True) as process:
        if waits:
            while process.poll() is None and not is_half_written(folder):
                time.sleep(0.0002)
        else:
            # No wait for anything: that a kill falls at any moment is what is tried.
            time.sleep(rng.uniform(0.2, LONGEST))
        was_running = process.poll() is None
        process.send_signal(signal.SIGKILL)
        told = process.communicate()[1]
    assert process.returncode in (0, -signal.SIGKILL), told
    left = contents(folder)
    assert left.keys() == old.keys()
    kinds = {"old" if left[name] == old[name] else "new" for name in left if old[name] != new[name]}
    assert all(left[name] in (old[name], new[name]) for name in left)
    # A file is written in one step; of several, a kill may fall between two.
    assert len(kinds) == 1 or len(left) > 1
    assert cli.run(words(projects[1], folder / target)) == 0 and contents(folder) == new
    if report := os.environ.get("NNSTUDIO_KILLS_REPORT"):
        row = {"seed": seed, "target": target, "waits": waits, "running": was_running, "left": sorted(kinds)}
        with open(report, "a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")
