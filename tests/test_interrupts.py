"""Signals to end: remembered, and none that is ignored on purpose."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from nnstudio.interrupts import Interrupts


@pytest.fixture
def at_hang_up():
    """Sets what is done at SIGHUP, for the test."""
    before = signal.getsignal(signal.SIGHUP)
    yield lambda handler: signal.signal(signal.SIGHUP, handler)
    signal.signal(signal.SIGHUP, before)


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_what_nohup_ignores_stays_ignored(at_hang_up):
    at_hang_up(signal.SIG_IGN)
    with Interrupts() as interrupts:
        os.kill(os.getpid(), signal.SIGHUP)
        assert not interrupts.asked
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such signal")
def test_each_is_remembered_and_told_and_the_old_ways_come_back(capfd, at_hang_up):
    at_hang_up(signal.SIG_DFL)
    for number in (signal.SIGHUP, signal.SIGTERM, signal.SIGINT):
        before = signal.getsignal(number)
        with Interrupts() as interrupts:
            for words in ("stopping after this step", "saving what was trained"):
                os.kill(os.getpid(), number)
                assert interrupts.asked and words in capfd.readouterr().err
        assert signal.getsignal(number) is before
