"""What runs once on a machine with a card: what fails says why, the rest goes on, a summary ends it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nnkernels.planning import hardware

BENCHMARKS = Path(__file__).resolve().parents[2] / "kernels" / "benchmarks"
HEAD = "import json, sys, time\ndef tell(**what): print(json.dumps(what), flush=True)\n"
READY = HEAD + "tell(ready=True)\nsys.stdin.readline()\n"
GOOD = (
    READY + "tell(speed={'as trained': '1,234'})\ntell(way='walker alone', step=['3'] * 6)\ntell(done=True)\n"
)
CARD = {"card": "A card, CUDA 12", "shared": True}


@pytest.fixture
def on_device(monkeypatch):
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    module = __import__("on_device")
    monkeypatch.setattr(module, "BEGAN", time.perf_counter())
    return module


@pytest.fixture
def run(on_device, monkeypatch, capfd) -> Callable[..., tuple[int, list[str]]]:
    """Measures workloads that are small programs, given by name; the exit code, and what was told."""

    def run(programs: dict[str, str], **told: object) -> tuple[int, list[str]]:
        monkeypatch.setattr(on_device, "command_of", lambda name, dry: [sys.executable, "-c", programs[name]])
        code = on_device.run(list(programs), [], False, {**CARD, **told})
        return code, capfd.readouterr().out.splitlines()

    return run


@pytest.mark.parametrize("shared", [True, False])
def test_all_is_measured_and_summed_up(run, shared):
    code, lines = run({"one": GOOD, "two": GOOD}, shared=shared)
    assert code == 0
    assert sum(line.startswith(("| one | 1,234 |", "| two | 1,234 |")) for line in lines) == 2
    assert "| one, walker alone | 3 | 3 | 3 | 3 | 3 | 3 |" in lines
    assert "A card" in lines[-3] and "not asked for" in lines[-2] and lines[-1] == "Measured: one, two."
    assert ("one process's at a time" in lines[0]) == (not shared)


FAULTS = {
    "crashes": READY + "import os\nos.abort()\n",
    "cannot begin": "import no_such_package\n",
    "tells why": HEAD + "tell(said='It failed: no room.')\nsys.exit(1)\n",
    "fails in part": GOOD.replace("'1,234'", "'failed'"),
    "is never ready": HEAD + "time.sleep(60)\n",
    "hangs": READY + "tell(speed={'as trained': '77'})\ntime.sleep(60)\n",
    "says what is no answer": "print('{nonsense')\nprint('[1]')\n" + GOOD.replace("'1,234'", "'failed'"),
}
WORDS = {
    "crashes": "ended with -6",
    "cannot begin": "no_such_package",
    "tells why": "It failed: no room.",
    "is never ready": "not ready in time",
    "hangs": "not through in its time",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_what_fails_says_why_and_the_rest_goes_on(run, on_device, monkeypatch, fault):
    monkeypatch.setattr(on_device, "ALL_SECONDS", 3)
    code, lines = run({"bad": FAULTS[fault], "good": GOOD})
    assert code == 1
    assert WORDS.get(fault, "") in "\n".join(lines)
    assert any(line.startswith("| good | 1,234 |") for line in lines)
    assert lines[-2] == "Measured: good." and lines[-1].startswith("Not, or in part: bad.")
    if fault == "hangs":
        assert any(line.startswith("| bad | 77 | no time left") for line in lines)


def test_without_a_card_it_says_so(on_device, monkeypatch, capfd):
    monkeypatch.delenv("NUMBA_ENABLE_CUDASIM", raising=False)
    assert on_device.main([]) == 1
    (line,) = capfd.readouterr().out.splitlines()
    assert line.startswith("No device: nothing was run. ")
    assert hardware.INSTALL in line or "card" in line


@pytest.mark.parametrize(
    "log, code, words, holds",
    [
        ("a.py::t PASSED\nb.py::u PASSED\n", 0, "holds: 2 tests passed, 0 failed", True),
        (
            "[gw0] [ 9%] PASSED a.py::t\n[gw1] FAILED x/b.py::u\nFAILED x/b.py::u - no\n", 1,
            "does not hold: 1 tests passed, 1 failed", False,
        ),
        ("a.py::t PASSED\nb.py::u FAILED\n", None, "did not end in time: 1 tests passed, 1 failed", False),
        ("No module named numba", 4, "could not be run", False),
    ],
)  # fmt: skip
def test_the_contract_is_told_by_what_pytest_left(on_device, log, code, words, holds, capfd):
    contract = object.__new__(on_device.Contract)
    contract.holds = False
    contract._read(log, code)
    assert words in contract.result and contract.holds == holds
    assert ("Failed: b.py::u" in capfd.readouterr().out) == ("FAILED" in log)
