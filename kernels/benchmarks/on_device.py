"""A graphics card and the engine: the contract, the speed beside PyTorch's, where a step's time goes.

    kernels/benchmarks/on_device.sh [--dry] [--workloads NAME ...]

Needs no network and less than four minutes; where they do not suffice, "no time left" stands in the cells,
and --workloads asks for those. PyTorch for CUDA joins the table where it is installed; what fails says why,
and has "failed" there. Each workload is measured by a process of its own (`on_card.py`), one at a time,
because an error of a card ends all that its process could do there; they get ready together, beside the
contract. The last lines sum up. ``--dry`` goes the whole way on numba's simulator, which measures nothing:
"not run" stands in each cell.
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import json
import os
import queue
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from on_card import FAILED, PARTS, RIVALS, ROOT, WAYS

CONTRACT = ROOT / "tests" / "kernels" / "cuda"
# Seconds from the start: of the contract, each of whose programs is compiled, and of all.
CONTRACT_SECONDS, ALL_SECONDS = 90, 225
# And of those who look for the card, or end.
PROBE_SECONDS, WAIT_SECONDS = 40, 2
# Processes of the contract at most: each takes some 400 MB of the card.
MOST_PROCESSES = 4
NO_TIME = "no time left"
STEPS = ("walker alone", "with cuBLAS")
BEGAN = time.perf_counter()


def left(until: float | None = None) -> float:
    """Seconds until so many have passed from the start; without a number, all that there are."""
    return max(BEGAN + (ALL_SECONDS if until is None else until) - time.perf_counter(), 0.0)


class Child:
    """A process of `on_card.py`, or of a ``command`` that talks like it; ended with all that it began."""

    def __init__(self, name: str, command: Sequence[str]) -> None:
        self.name, self.said = name, list[str]()
        self.ready, self.done, self.told = False, False, dict[str, Any]()
        self.cells, self.steps = dict[str, str](), dict[str, list[str]]()
        self._log, self._is_over = tempfile.TemporaryFile("w+"), False  # noqa: SIM115
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log, text=True,
            start_new_session=True,
        )  # fmt: skip
        self._lines: queue.Queue[str | None] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._lines.put(line)
        self._lines.put(None)

    def listen(self, seconds: float, until_ready: bool = False) -> bool:
        """Take in what it tells for so long at most; whether it has ended, or is ready."""
        end = time.perf_counter() + seconds
        while not self.done and not (until_ready and self.ready):
            try:
                line = self._lines.get(timeout=max(end - time.perf_counter(), 0.0))
            except queue.Empty:
                return False
            if line is None:
                self._note_end()
            else:
                # Libraries print, too.
                with contextlib.suppress(json.JSONDecodeError):
                    told = json.loads(line)
                    self._take(told if isinstance(told, dict) else {})
        return True

    def _take(self, told: dict[str, Any]) -> None:
        self.told |= told
        self.ready = self.ready or "ready" in told
        self.done = self.done or "done" in told
        self.cells |= told.get("speed", {})
        if "step" in told:
            self.steps[told["way"]] = told["step"]
        if "said" in told:
            self.say(told["said"])

    def _note_end(self) -> None:
        """It ended without a word: what it left on its error stream may say why."""
        self.done = True
        try:
            code: int | None = self._process.wait(WAIT_SECONDS)
        except subprocess.TimeoutExpired:
            code = None
        if code != 1 or not self.said:
            self._log.seek(0)
            last = (self._log.read().strip() or "without a word").splitlines()[-1][:300]
            self.say(f"{self.name or 'The look for a card'} ended with {code}: {last}")

    def say(self, text: str) -> None:
        if text not in self.said:
            self.said.append(text)
            print(text, flush=True)

    def go(self) -> None:
        """Let it measure."""
        with contextlib.suppress(OSError):
            assert self._process.stdin is not None
            self._process.stdin.write("go\n")
            self._process.stdin.flush()

    def end(self) -> None:
        if not self._is_over:
            self._is_over = True
            end(self._process)
            self._reader.join(WAIT_SECONDS)
            for pipe in (self._process.stdin, self._process.stdout, self._log):
                with contextlib.suppress(OSError):
                    assert pipe is not None
                    pipe.close()


def end(process: subprocess.Popen[str]) -> None:
    """End a process that began a session, and whatever it began."""
    with contextlib.suppress(OSError):
        os.killpg(process.pid, signal.SIGKILL)
    # What waits for a driver may not end before that answers.
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(WAIT_SECONDS)


def command_of(name: str, dry: bool) -> list[str]:
    return [sys.executable, str(Path(__file__).with_name("on_card.py")), name, *["--dry"] * dry]


class Contract:
    """The contract tests, in processes of their own; the project's settings of pytest want more packages."""

    def __init__(self, dry: bool, together: bool) -> None:
        self._dry, self.result, self.holds = dry, "was not run", False
        if importlib.util.find_spec("pytest") is None:
            self.result = "was not run: pytest is not installed"
            self._process: subprocess.Popen[str] | None = None
            return
        self._folder = tempfile.TemporaryDirectory()
        settings, self._log = Path(self._folder.name, "pytest.ini"), Path(self._folder.name, "log")
        settings.write_text("[pytest]\n")
        command = [
            sys.executable, "-m", "pytest", "-v", "--tb=short", "-p", "no:cacheprovider", "--noconftest",
            "-c", str(settings), f"--rootdir={ROOT}", "--continue-on-collection-errors",
            *sorted(str(path) for path in CONTRACT.glob("*contract.py")),
        ]  # fmt: skip
        if dry:
            command += ["-k", "whole_programs or library or evaluated"]
        elif together and importlib.util.find_spec("xdist") is not None:
            command += ["-n", str(min(os.cpu_count() or 1, MOST_PROCESSES))]
        paths = [ROOT / "tests", ROOT / "kernels", ROOT]
        around = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, paths))}
        around |= {"NUMBA_ENABLE_CUDASIM": "1"} if dry else {}
        with self._log.open("w") as log:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=around, stdin=subprocess.DEVNULL, stdout=log,
                stderr=subprocess.STDOUT, text=True, start_new_session=True,
            )  # fmt: skip

    def wait(self, seconds: float) -> None:
        """Say how it ended, within so many seconds."""
        where = "on the simulator, a part of it" if self._dry else "on this card"
        if self._process is not None:
            try:
                code = self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                code = None
            log = self._log.read_text(errors="replace")
            self.end()
            self._read(log, code)
        print(f"The contract, {where}, {self.result}.", flush=True)

    def end(self) -> None:
        if self._process is not None:
            end(self._process)
            self._process = None
            self._folder.cleanup()

    def _read(self, log: str, code: int | None) -> None:
        """``code`` is how it ended, None if it did not."""
        passed, failed = log.count("PASSED"), sorted(set(re.findall(r"(?:FAILED|ERROR) (\S+::\S+)", log)))
        failed += sorted(set(re.findall(r"(\S+::\S+) (?:FAILED|ERROR)", log)) - set(failed))
        counts = f"{passed} tests passed, {len(failed)} failed"
        if code is None:
            self.result = f"did not end in time: {counts} by then"
        elif code == 0:
            self.result, self.holds = f"holds: {counts}", True
        else:
            self.result = f"does not hold: {counts}" if failed else "could not be run (see above)"
            print(log[-4000:])
        for name in failed[:20]:
            print(f"Failed: {name.rsplit('/', 1)[-1]}")


def measure_all(children: Sequence[Child], dry: bool, until: float | None = None) -> None:
    """One after the other, who is ready first, until so many seconds from the start have passed.

    Each has its share of what is left of them, in a rehearsal all.
    """
    until = ALL_SECONDS if until is None else until
    waiting = list(children)
    while waiting and left(until) > 0:
        chosen = next((child for child in waiting if child.listen(0, until_ready=True)), None)
        if chosen is None:
            time.sleep(0.05)
            continue
        waiting.remove(chosen)
        chosen.go()
        if not chosen.listen(left(until) / (1 if dry else len(waiting) + 1)):
            chosen.say(f"{chosen.name} was not through in its time, and was ended.")
        chosen.end()
    for child in waiting:
        child.say(f"{child.name} was not ready in time: its programs were still being compiled.")
        child.end()


def row(cells: Sequence[str]) -> None:
    print(f"| {' | '.join(cells)} |", flush=True)


def tables(children: Sequence[Child]) -> None:
    """What was measured, and what was not."""
    sides = [*WAYS, *(side for rival in RIVALS for side in (rival, f"{rival} ratio"))]
    print("\nSamples a second. Ratios: ours as trained over PyTorch's.\n")
    row(["workload", *WAYS, *(head for rival in RIVALS for head in (f"PyTorch {rival}", "ratio"))])
    row(["---"] * (len(sides) + 1))
    for child in children:
        empty = FAILED if child.done and not child.told.get("done") else NO_TIME
        row([child.name, *(child.cells.get(side, "" if side.endswith("ratio") else empty) for side in sides)])
    print("\nOne step, microseconds: piece by piece, then as one of many in a run.\n")
    row(["workload", "pieces", "launch", "walker", "library", "copy", "in a run"])
    row(["---"] * (len(PARTS) + 3))
    for child in children:
        for way in child.steps or STEPS:
            empty = FAILED if child.done and not child.told.get("done") else NO_TIME
            row([f"{child.name}, {way}", *child.steps.get(way, [empty] * (len(PARTS) + 2))])


def sum_up(card: str, contract: Contract | None, children: Sequence[Child], dry: bool) -> int:
    """The last lines; returns the exit code."""
    print(f"\nSummary, after {time.perf_counter() - BEGAN:.0f} s{', of a rehearsal' if dry else ''}: {card}.")
    print(f"The contract {contract.result if contract is not None else 'was not asked for'}.")
    whole = [
        child.name for child in children if child.told.get("done") and FAILED not in child.cells.values()
    ]
    print(f"{'Gone through' if dry else 'Measured'}: {', '.join(whole) or 'nothing'}.")
    others = [child.name for child in children if child.name not in whole]
    if others:
        print(f"Not, or in part: {', '.join(others)}. Why stands above; --workloads asks for some alone.")
    return 0 if not others and (contract is None or contract.holds) else 1


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--dry", action="store_true", help="on numba's simulator, without a card")
    parser.add_argument("--workloads", nargs="+", metavar="NAME", help="measure these, without the contract")
    given = parser.parse_args(arguments)
    sys.path[:0] = [str(ROOT), str(ROOT / "kernels"), str(Path(__file__).parent)]
    from workloads import WORKLOADS

    unknown = set(given.workloads or ()) - set(WORKLOADS)
    if unknown:
        parser.error(f"no such workload: {', '.join(sorted(unknown))}")
    probe = Child("", command_of("", given.dry))
    in_time = probe.listen(PROBE_SECONDS)
    probe.end()
    if "card" not in probe.told:
        late = "" if in_time else f"The card did not answer within {PROBE_SECONDS} s."
        print(f"No device: nothing was run. {probe.told.get('problem', late)}".rstrip())
        return 1
    print(probe.told["card"], flush=True)
    return run(given.workloads, list(WORKLOADS), given.dry, probe.told)


def run(asked: Sequence[str] | None, known: Sequence[str], dry: bool, told: dict[str, Any]) -> int:
    """The contract, unless workloads are ``asked`` for, and the workloads; what was ``told`` of the card."""
    names, shared, children = list(asked or known), told["shared"], list[Child]()
    contract: Contract | None = None
    if not shared:
        print("This card is one process's at a time: all is done one after the other.")

    def begin(some: Sequence[str]) -> None:
        children.extend(Child(name, command_of(name, dry)) for name in some)

    try:
        if shared and (os.cpu_count() or 1) >= MOST_PROCESSES:
            begin(names)
        if asked is None:
            contract = Contract(dry, shared)
            contract.wait(left(CONTRACT_SECONDS))
        if shared:
            begin(names[len(children) :])
            measure_all(children, dry)
        while len(children) < len(names):
            # Its share, for getting ready and for measuring.
            until = time.perf_counter() - BEGAN + left() / (len(names) - len(children))
            begin(names[len(children) : len(children) + 1])
            measure_all(children[-1:], dry, until)
        tables(children)
        return sum_up(told["card"], contract, children, dry)
    finally:
        for each in [*children, *([contract] if contract is not None else [])]:
            each.end()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    sys.exit(main())
