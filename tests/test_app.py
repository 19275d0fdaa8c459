"""Starting and ending the program: what is offered first, and signals from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys

import pytest

from nnstudio.__main__ import opens_window
from nnstudio.project import Project

# A window with an edit that was not saved, which says when it is ready.
PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from nnstudio import app

def edit(window, arguments):
    window.files.open_example("xor")
    window.editor.change_nodes(["dense_1"], "name", "Mine")
    QTimer.singleShot(0, window, lambda: print("ready", flush=True))

app.open_first = edit
sys.exit(app.run_window([]))
"""

# One that is told to end before anything but its first screen was made; says whether there is more.
ENDED_EARLY = """
import os, signal, sys
from nnstudio import app
from nnstudio.ui.shell import furnishing

def end(self):
    os.kill(os.getpid(), signal.SIGTERM)

furnishing.Furnishing._go_on = end
code = app.run_window([])
print("nnstudio.ui.shell.studio" in sys.modules)
sys.exit(code)
"""


def test_no_word_or_a_project_opens_the_window_without_looking_at_the_commands(tmp_path):
    (tmp_path / "mine.nns").touch()
    (tmp_path / "mine.csv").touch()
    project = str(tmp_path / "mine.nns")
    assert opens_window([]) and opens_window([project])
    for words in (["train"], ["train", project], [project, "more"], [str(tmp_path / "no.nns")],
                  [str(tmp_path / "mine.csv")], ["--version"]):  # fmt: skip
        assert not opens_window(words)


@pytest.mark.parametrize("times", [1, 5])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_a_signal_keeps_the_work_and_ends_the_window(tmp_path, number, times):
    environment = {**os.environ, "NNSTUDIO_DATA": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    environment |= {"XDG_CONFIG_HOME": str(tmp_path)}
    process = subprocess.Popen(
        [sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
        text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    for _ in range(times):
        process.send_signal(number)
    _out, errors = process.communicate(timeout=100)
    assert process.returncode == 130 and "Traceback" not in errors
    (copy,) = (tmp_path / "recovery").glob("*.nns")
    assert Project.open(copy).document.graph["dense_1"].name == "Mine"


@pytest.mark.skipif(os.name == "nt", reason="Windows has no such signals")
def test_a_signal_ends_a_window_of_which_only_the_first_screen_is_there(tmp_path):
    environment = {**os.environ, "NNSTUDIO_DATA": str(tmp_path), "QT_QPA_PLATFORM": "offscreen"}
    environment |= {"XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-c", ENDED_EARLY], capture_output=True, env=environment, text=True, timeout=100
    )
    assert done.returncode == 130 and "Traceback" not in done.stderr
    assert done.stdout == "False\n"
