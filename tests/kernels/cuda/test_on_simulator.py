"""The contract of the graphics card, on numba's simulator: in a process of its own, which alone has that."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

CONTRACT = sorted(str(path) for path in Path(__file__).parent.glob("*contract.py"))


def test_the_contract_holds_on_the_simulator():
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--noconftest", *CONTRACT]
    surroundings = os.environ | {"NUMBA_ENABLE_CUDASIM": "1"}
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    assert " passed" in done.stdout and "skipped" not in done.stdout
