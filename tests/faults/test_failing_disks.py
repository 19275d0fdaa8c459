"""Everything that writes, on every kind of bad disk: a sentence, the old file as it was, nothing left over.

Disks are real: small file systems of the kernel, and system calls that fail in the C library of a child
process. NNSTUDIO_FAULTS=all tries the slow formats on all of them; NNSTUDIO_FAULTS_OUT=FILE keeps the rows.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from faults.all_writings import LONG, PRINTS, all_writings
from faults.writing_child import CALLS, MOUNTED, REAL

from nnstudio.cli import COMMANDS
from nnstudio.export.format import formats

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SECOND = "renaming the second"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="calls fail by LD_PRELOAD, disks are tmpfs")
MOUNT = ("unshare", "--user", "--map-root-user", "--mount")


def can_mount() -> bool:
    """Whether file systems can be mounted here, in a namespace of the child's own."""
    command = [*MOUNT, "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return (
        shutil.which("unshare") is not None and subprocess.run(command, capture_output=True).returncode == 0
    )


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    """What the child says, by fault."""
    compiler, home = shutil.which("cc"), tmp_path_factory.mktemp("faults")
    library = home / "failing.so"
    if compiler:
        source = str(HERE / "failing_calls.c")
        subprocess.run([compiler, "-shared", "-fPIC", source, "-o", str(library), "-ldl"], check=True)
    mounts = can_mount()
    wants_all = os.environ.get("NNSTUDIO_FAULTS") == "all"
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "kernels", ROOT / "tests"))),
        "NNSTUDIO_CONFIG": str(home / "config"),
        **({"LD_PRELOAD": str(library)} if compiler else {}),
    }
    command = [
        *(MOUNT if mounts else ()), sys.executable, "-m", "faults.writing_child",
        str(library) if compiler else "-", "yes" if mounts else "no", "yes" if wants_all else "no",
    ]  # fmt: skip
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    rows = json.loads(done.stdout)
    if out := os.environ.get("NNSTUDIO_FAULTS_OUT"):
        Path(out).write_text(json.dumps(rows, indent=1), "utf-8")
    return rows


@pytest.mark.parametrize("fault", [*(call[0] for call in CALLS), *REAL])
def test_nothing_is_lost_and_it_is_said(fault, rows):
    mine = [row for row in rows if row["fault"] == fault]
    if not mine:
        missing = "no file system can be mounted here" if fault in MOUNTED else "there is no C compiler"
        pytest.skip(missing)
    for row in mine:
        assert not row["error"], row
        if fault == "folder removed" and not row["sentence"]:
            # A folder of files is made where it is missing.
            assert row["left"] and row["is_folder"], row
            continue
        assert row["sentence"].endswith("."), row
        assert not row["left"], row
        # A drive that fails for good in the middle of several files lets none be put back: those are named.
        assert row["kept"] or (SECOND in fault and "These were written before: " in row["sentence"]), row


def test_each_kind_of_writing_met_a_fault_and_each_fault_a_writing(rows):
    if not any(row["fault"] == CALLS[0][0] for row in rows):
        pytest.skip("there is no C compiler")
    met = {}
    for row in rows:
        met.setdefault(row["kind"], set()).add(row["fault"])
    assert len(met) > 30
    assert {f"export, {form.id}" for form in formats} <= set(met)
    assert {call[0] for call in CALLS} <= set().union(*met.values())


def test_a_drive_that_fails_once_gives_back_all_files(rows):
    mine = [row for row in rows if row["fault"] == f"drive fails once, at {SECOND}"]
    if not mine:
        pytest.skip("there is no C compiler")
    assert all(row["kept"] for row in mine)


def test_every_command_that_writes_is_tried(tmp_path, monkeypatch):
    monkeypatch.setenv("NNSTUDIO_CONFIG", str(tmp_path / "config"))
    tried = {writing.command for writing in all_writings(tmp_path)} - {""}
    assert tried | PRINTS | LONG == set(COMMANDS) and not tried & (PRINTS | LONG)
