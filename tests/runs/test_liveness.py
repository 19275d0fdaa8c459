"""A process is known by its number and its beginning; where it cannot be asked, by when it last wrote."""

from __future__ import annotations

import os
import platform
import subprocess
import sys
from datetime import UTC, datetime, timedelta

import pytest

from nnstudio.runs.liveness import MOST_SILENT, is_alive, this_process
from nnstudio.runs.record import utc

LONG_AGO = "2020-01-01T00:00:00Z"
NEEDS_NUMBERS = pytest.mark.skipif(os.name != "posix", reason="elsewhere, when it last wrote is all there is")


@NEEDS_NUMBERS
def test_this_process_lives_however_long_it_was_silent():
    assert is_alive(this_process(), LONG_AGO)


@NEEDS_NUMBERS
def test_a_process_that_was_killed_is_gone_before_its_parent_asks():
    code = "from nnstudio.runs.liveness import this_process; print(this_process(), flush=True); input()"
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, stdin=subprocess.PIPE, text=True
    ) as child:
        owner = child.stdout.readline().strip()
        assert is_alive(owner, LONG_AGO)
        child.kill()
        # It stays a zombie until it is waited for.
        os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
        assert not is_alive(owner, utc(datetime.now(UTC)))
    assert not is_alive(owner, utc(datetime.now(UTC)))


@pytest.mark.skipif(sys.platform != "linux", reason="only there, a process tells when it began")
def test_a_number_that_another_process_has_now_is_no_sign_of_life():
    assert not is_alive(f"{platform.node()}|{os.getpid()}|1", utc(datetime.now(UTC)))


@pytest.mark.parametrize("owner", ["another-machine|1|2", "", "nonsense"])
def test_on_another_machine_silence_tells(owner):
    late = datetime.now(UTC) - MOST_SILENT
    assert is_alive(owner, utc(late + timedelta(seconds=30)))
    assert not is_alive(owner, utc(late - timedelta(seconds=1)))
    assert not is_alive(owner, "no time")
