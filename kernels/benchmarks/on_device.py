"""A graphics card and the engine: the contract, the speed beside PyTorch's, where a step's time goes.

    kernels/benchmarks/on_device.sh [--dry] [--workloads NAME ...]

Needs no network and less than four minutes; where they do not suffice, "no time left" stands in the cells,
and --workloads asks for those. PyTorch for CUDA joins the table where it is installed; what fails says why,
and has "failed" there. ``--dry`` goes the whole way on numba's simulator, which measures nothing: "not run"
stands in each cell.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "tests" / "kernels" / "cuda"
# Seconds of the contract, at most: each of its programs is compiled. And from the start to the last figure.
CONTRACT_SECONDS, ALL_SECONDS = 90, 225
PAIRS, NOT_RUN, NO_TIME, FAILED = 3, "not run", "no time left", "failed"
# From how many multiplications on a library computes a product: as the engine has it, never, and always.
WAYS = {"as trained": None, "walker alone": 2**62, "with cuBLAS": 1}
RIVALS = ("eager", "graphs", "compile")
BEGAN = time.perf_counter()


def is_late() -> bool:
    return time.perf_counter() - BEGAN > ALL_SECONDS


def contract(dry: bool) -> bool:
    """Run the contract tests and say how that ended; whether it holds."""
    tests = sorted(str(path) for path in CONTRACT.glob("*contract.py"))
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--noconftest", *tests]
    if dry:
        command += ["-k", "whole_programs or library or evaluated"]
    elif importlib.util.find_spec("xdist") is not None:
        command += ["-n", "auto"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=CONTRACT_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"The contract did not end within {CONTRACT_SECONDS} seconds: run {CONTRACT} by itself.")
        return False
    if done.returncode != 0:
        print(done.stdout[-4000:], done.stderr[-1000:])
    where = "on the simulator, a part of it" if dry else "on this card"
    print(f"The contract, {where}: {(done.stdout.strip() or 'nothing').splitlines()[-1]}", flush=True)
    return done.returncode == 0


def speed(one_pass: Callable[[], int], samples: int) -> float:
    """Samples per second of passes that take a quarter of a second together."""
    passes, start = 0, time.perf_counter()
    while time.perf_counter() - start < 0.25:
        one_pass()
        passes += 1
    return passes * samples / (time.perf_counter() - start)


def sides(name: str) -> dict[str, Callable[[], int] | None]:
    """A pass of a workload by each way of ours and each rival that there is, made ready by one."""
    from workloads import WORKLOADS, ours, torchs

    from nnkernels.cuda.program import Graphics

    workload, ready = WORKLOADS[name], dict[str, Callable[[], int] | None]()
    makers: dict[str, Callable[[], Callable[[], int]]] = {
        way: lambda large=large: ours(workload, 1, Graphics(large=large)) for way, large in ways().items()
    }
    if importlib.util.find_spec("torch") is not None:
        makers |= {rival: lambda rival=rival: torchs(workload, rival, "cuda") for rival in RIVALS}
    for side, make in makers.items():
        if is_late():
            break
        try:
            run = make()
            run()
        except Exception as error:
            said(f"{name}, {side}", error)
            run = None
        ready[side] = run
    return ready


def said(what: str, error: Exception) -> None:
    """Tell what failed: the rest is still measured."""
    print(f"{what} failed: {type(error).__name__}: {' '.join(str(error).split())[:300]}", flush=True)


def ways() -> dict[str, int | None]:
    """Our ways that there are here."""
    from nnkernels.cuda.card import card

    return WAYS if card().library is not None else {way: WAYS[way] for way in ("as trained", "walker alone")}


def compare(name: str) -> list[str]:
    """The cells of a line of the table: interleaved turns, ratios of neighbouring ones."""
    from workloads import WORKLOADS

    runs, samples = sides(name), WORKLOADS[name].samples
    turns = [
        {side: speed(run, samples) for side, run in runs.items() if run is not None}
        for _ in range(0 if is_late() else PAIRS)
    ]
    missing = dict.fromkeys(RIVALS, "no PyTorch") if importlib.util.find_spec("torch") is None else {}
    missing |= {way: "no cuBLAS" for way in WAYS if way not in ways()}

    def cell(side: str) -> str:
        if side in runs and runs[side] is None:
            return FAILED
        if not turns or side not in runs:
            return missing.get(side, NO_TIME)
        return f"{statistics.median(turn[side] for turn in turns):,.0f}"

    def ratio(rival: str) -> str:
        if not turns or None in (runs.get("as trained"), runs.get(rival)):
            return NOT_RUN
        return f"{statistics.median(turn['as trained'] / turn[rival] for turn in turns):.2f}x"

    return [*(cell(way) for way in WAYS), *(text for rival in RIVALS for text in (cell(rival), ratio(rival)))]


def ready_program(name: str, large: int | None) -> Any:
    """A program of a workload on the card that has made its first steps, and has most of a pass before it."""
    import numpy as np
    from workloads import WORKLOADS, program

    from nnkernels.cuda.program import Graphics

    workload = WORKLOADS[name]
    planned, (x, y) = program(workload, Graphics(large=large)), workload.data()
    planned.set_data(x, y, np.arange(len(x)))
    for _ in range(2):
        planned.run(1)
    return planned


def parts(name: str, large: int | None) -> list[str]:
    """The cells of a line on one step: putting it into the stream, walker, library, copy, and in a run."""
    from nnkernels.cuda.timing import step_times

    planned = ready_program(name, large)
    x, y, order = planned._data
    steps = len(order) // planned.batch
    times = []
    for _ in range(1 if planned.graphics.card.backend.simulated else 9):
        planned.set_data(x, y, order)
        planned.run(1)
        times.append(step_times(planned))

    def many() -> float:
        planned.set_data(x, y, order)
        start = time.perf_counter()
        planned.run(steps)
        return (time.perf_counter() - start) / steps

    in_a_run = 0.0 if planned.graphics.card.backend.simulated else statistics.median(many() for _ in range(9))
    chosen = [statistics.median(getattr(t, part) for t in times) for part in PARTS]
    return [str(times[0].pieces), *(f"{value * 1e6:,.1f}" for value in (*chosen, in_a_run))]


PARTS = ("launch", "walks", "products", "copy")


def rehearse(names: list[str]) -> None:
    """Plan all workloads for a card in each way, and make steps of the smallest on the simulator."""
    from workloads import WORKLOADS, program

    from nnkernels.cuda.program import Graphics

    for name in names:
        pieces = {way: program(WORKLOADS[name], Graphics(large=large)) for way, large in WAYS.items()}
        counts = ", ".join(f"{way} {planned.pieces_of_a_step}" for way, planned in pieces.items())
        print(f"Planned for a card: {name}; pieces of a step: {counts}.", flush=True)
    for way, large in WAYS.items():
        cells = parts("spiral", large)
        print(f"Steps of spiral on the simulator, {way}: {cells[0]} pieces.", flush=True)


def table(heads: Iterable[str], lines: Iterable[tuple[str, Callable[[], list[str]]]], dry: bool) -> None:
    """Print a table line by line as it is measured."""
    heads = list(heads)
    print(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for name, measure in lines:
        empty = NOT_RUN if dry else NO_TIME
        try:
            cells = [empty] * (len(heads) - 1) if dry or is_late() else measure()
        except Exception as error:
            said(name, error)
            cells = [FAILED] * (len(heads) - 1)
        print(f"| {name} | {' | '.join(cells)} |", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--dry", action="store_true", help="on numba's simulator, without a card")
    parser.add_argument("--workloads", nargs="+", metavar="NAME", help="measure these, without the contract")
    given = parser.parse_args()
    dry: bool = given.dry
    if dry:
        os.environ["NUMBA_ENABLE_CUDASIM"] = "1"
    sys.path[:0] = [str(ROOT), str(ROOT / "kernels"), str(Path(__file__).parent)]
    from workloads import WORKLOADS

    from nnkernels.cuda.card import problem

    unknown = set(given.workloads or ()) - set(WORKLOADS)
    if unknown:
        parser.error(f"no such workload: {', '.join(sorted(unknown))}")
    why = problem()
    if why:
        print(f"No device: nothing was run. {why}")
        return 1
    names = given.workloads or list(WORKLOADS)
    if dry:
        rehearse(names)
    else:
        from numba import cuda

        print(f"{cuda.get_current_device().name}, {cuda.runtime.get_version()}")
    holds = given.workloads is not None or contract(dry)
    print("\nSamples a second. Ratios: ours as trained over PyTorch's.")
    rivals = [head for rival in RIVALS for head in (f"PyTorch {rival}", "ratio")]
    table(["workload", *WAYS, *rivals], [(name, lambda name=name: compare(name)) for name in names], dry)
    print("\nOne step, microseconds: piece by piece, then as one of many in a run.")
    heads = ["workload", "pieces", "launch", "walker", "library", "copy", "in a run"]
    both = [(way, large) for way, large in ways().items() if large is not None]
    lines = [
        (f"{name}, {way}", lambda name=name, large=large: parts(name, large))
        for name in names for way, large in both
    ]  # fmt: skip
    table(heads, lines, dry)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
