"""NumPy multiplies on the thread that asks."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nnstudio.blas_threads import VARIABLES

# Runs a command as the program does, multiplies, and says how many threads there are.
PROGRAM = """
import os, sys
if sys.argv[1] == "program":
    from nnstudio.__main__ import main
    sys.argv[1:] = ["examples"]
    main()
import numpy as np
np.ones((500, 500), np.float32) @ np.ones((500, 500), np.float32)
print(len(os.listdir("/proc/self/task")))
"""


def threads(start: str, **chosen: str) -> int:
    # OpenBLAS asks for OMP_NUM_THREADS, too, which tests of sweeps may leave in the environment.
    unset = {"OMP_NUM_THREADS", *VARIABLES}
    environment = {name: value for name, value in os.environ.items() if name not in unset} | chosen
    command = [sys.executable, "-c", PROGRAM, start]
    said = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    return int(said.stdout.splitlines()[-1])


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Threads are counted in /proc.")
@pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="One core has one thread anyway.")
def test_no_thread_waits_for_products_at_full_load():
    assert threads("program") == 1
    assert threads("numpy alone") > 1
    assert threads("program", OPENBLAS_NUM_THREADS="2") == 2
