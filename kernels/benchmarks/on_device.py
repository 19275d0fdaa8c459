"""A graphics card and the engine: the contract, the speed beside PyTorch's, where a step's time goes.

    kernels/benchmarks/on_device.sh [--dry]

Needs no network and less than four minutes. PyTorch for CUDA joins the table where it is installed. ``--dry``
goes the whole way on numba's simulator, which measures nothing: "not run" stands in each cell.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CONTRACT = ROOT / "tests" / "kernels" / "cuda" / "contract.py"
# Seconds of the contract, at most: each of its programs is compiled.
CONTRACT_SECONDS = 110
PAIRS, NOT_RUN = 3, "not run"
RIVALS = ("eager", "graphs")


def contract(dry: bool) -> bool:
    """Run the contract tests and say how that ended; whether it holds."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--noconftest", str(CONTRACT)]
    if dry:
        command += ["-k", "whole_programs"]
    elif importlib.util.find_spec("xdist") is not None:
        command += ["-n", "auto"]
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=CONTRACT_SECONDS)
    except subprocess.TimeoutExpired:
        print(f"The contract did not end within {CONTRACT_SECONDS} seconds: run {CONTRACT} by itself.")
        return False
    if done.returncode != 0:
        print(done.stdout[-4000:], done.stderr[-1000:])
    where = "on the simulator, of whole programs alone" if dry else "on this card"
    print(f"The contract, {where}: {(done.stdout.strip() or 'nothing').splitlines()[-1]}", flush=True)
    return done.returncode == 0


def speed(one_pass: Callable[[], int], samples: int) -> float:
    """Samples per second of passes that take a quarter of a second together."""
    passes, start = 0, time.perf_counter()
    while time.perf_counter() - start < 0.25:
        one_pass()
        passes += 1
    return passes * samples / (time.perf_counter() - start)


def compare(name: str) -> str:
    """A line of the table: interleaved turns, ratios of neighbouring ones."""
    from workloads import WORKLOADS, ours, torchs

    from nnkernels.cuda.program import Graphics

    workload = WORKLOADS[name]
    sides = {"ours": ours(workload, 1, Graphics())}
    if importlib.util.find_spec("torch") is not None:
        sides |= {flavour: torchs(workload, flavour, "cuda") for flavour in RIVALS}
    for one_pass in sides.values():
        one_pass()
    turns = [{side: speed(run, workload.samples) for side, run in sides.items()} for _ in range(PAIRS)]
    cells = [f"{statistics.median(turn['ours'] for turn in turns):,.0f}"]
    for rival in RIVALS:
        if rival not in sides:
            cells += ["no PyTorch", NOT_RUN]
            continue
        ratio = statistics.median(turn["ours"] / turn[rival] for turn in turns)
        cells += [f"{statistics.median(turn[rival] for turn in turns):,.0f}", f"{ratio:.2f}x"]
    return f"| {name} | {' | '.join(cells)} |"


def parts(name: str) -> str:
    """A line on one step: what a launch costs, a copy of the parameters, and the step itself."""
    from workloads import WORKLOADS, program

    from nnkernels.cuda.program import Graphics

    workload = WORKLOADS[name]
    planned, (x, y) = program(workload, Graphics()), workload.data()
    most = len(x) // workload.batch

    def seconds(work: Callable[[], object]) -> float:
        times = []
        for _ in range(9):
            planned.set_data(x, y, order)
            start = time.perf_counter()
            work()
            times.append(time.perf_counter() - start)
        return statistics.median(times)

    import numpy as np

    order = np.arange(len(x))
    planned.set_data(x, y, order)
    planned.run(1)
    one, many = seconds(lambda: planned.run(1)), seconds(lambda: planned.run(most))
    step = (many - one) / max(most - 1, 1)
    card = planned.graphics.card
    buffer = card.array(planned.params)
    copies = seconds(lambda: (card.upload(planned.params, buffer), card.download(buffer, 0, len(buffer))))
    micro = [f"{value * 1e6:,.1f}" for value in (one - step - copies, copies, step)]
    return f"| {name} | {' | '.join(micro)} |"


def rehearse(names: list[str]) -> None:
    """Plan all workloads for a card, and make two steps of the smallest on the simulator."""
    import numpy as np
    from workloads import WORKLOADS, program

    from nnkernels.cuda.program import Graphics

    for name in names:
        program(WORKLOADS[name], Graphics())
    spiral = WORKLOADS["spiral"]
    planned, (x, y) = program(spiral, Graphics()), spiral.data()
    planned.set_data(x, y, np.arange(len(x)))
    print(f"Planned for a card: {', '.join(names)}; {len(planned.run(2))} steps of spiral on the simulator.")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--dry", action="store_true", help="on numba's simulator, without a card")
    dry = parser.parse_args().dry
    if dry:
        os.environ["NUMBA_ENABLE_CUDASIM"] = "1"
    sys.path[:0] = [str(ROOT), str(ROOT / "kernels"), str(Path(__file__).parent)]
    from workloads import WORKLOADS

    from nnkernels.cuda.card import problem

    why = problem()
    if why:
        print(f"No device: nothing was run. {why}")
        return 1
    names = list(WORKLOADS)
    if dry:
        rehearse(names)
    else:
        from numba import cuda

        print(f"{cuda.get_current_device().name}, {cuda.runtime.get_version()}")
    holds = contract(dry)
    print("\n| workload | ours, samples/s | PyTorch eager | ratio | PyTorch, CUDA graph | ratio |")
    print("|---|---|---|---|---|---|")
    for name in names:
        print(f"| {name} {f'| {NOT_RUN} ' * 5}|" if dry else compare(name), flush=True)
    print("\nOne step, microseconds:\n")
    print("| workload | launch and wait | copies of a run | step |\n|---|---|---|---|")
    for name in names:
        print(f"| {name} {f'| {NOT_RUN} ' * 3}|" if dry else parts(name), flush=True)
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
