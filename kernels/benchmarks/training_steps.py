"""Whole training steps, side by side with what people would use instead, on the same cores in one run.

    python kernels/benchmarks/training_steps.py [--threads 1 2] [--pairs 9] [--only NAME ...] [--json FILE]

Needs PyTorch and scikit-learn (`pip install torch==2.13.0 scikit-learn`), which nothing else here does;
TensorFlow Playground's way of learning runs where there is node. Data lies in memory; a step is
gathering the batch, forward, loss, backward and update. The sides take turns, and a ratio is the median
of the ratios of neighbouring turns. The last table is in the project's README.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from workloads import WORKLOADS, Workload, flavours, ours, torchs

TURN_SECONDS = 0.15
# A side of a comparison: gives the samples per second of one turn.
Side = Callable[[], float]


def timed(one_pass: Callable[[], int], samples: int) -> Side:
    """Repeat passes over the data until the turn is long enough to time."""

    def turn() -> float:
        passes, start = 0, time.perf_counter()
        while time.perf_counter() - start < TURN_SECONDS:
            one_pass()
            passes += 1
        return passes * samples / (time.perf_counter() - start)

    return turn


def scikit_learn(workload: Workload) -> Side:
    """scikit-learn's MLPClassifier on the spiral's network: one pass is one partial_fit."""
    from sklearn.neural_network import MLPClassifier

    x, y = workload.data()
    model = MLPClassifier((8, 8), "tanh", solver="sgd", batch_size=workload.batch, momentum=0.0)

    def run() -> int:
        model.partial_fit(x, y[:, 0], classes=[0, 1])
        return len(x) // workload.batch

    return timed(run, len(x))


def playground() -> Side | None:
    """TensorFlow Playground's way of learning, in node; None where there is no node."""
    node = shutil.which("node")
    if node is None:
        return None
    script = Path(__file__).with_name("playground_engine.mjs")
    process = subprocess.Popen([node, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    questions, answers = process.stdin, process.stdout

    def turn() -> float:
        questions.write("\n")
        questions.flush()
        return float(answers.readline())

    return turn


def sides_of(workload: Workload, threads: int) -> dict[str, Side]:
    """Everybody who takes part in one row, ours first."""
    sides_of = {"ours": timed(ours(workload, threads), workload.samples)}
    for flavour in flavours(workload):
        sides_of[flavour] = timed(torchs(workload, flavour), workload.samples)
    if workload.name == "spiral":
        sides_of["scikit-learn"] = scikit_learn(workload)
        engine = playground()
        if engine is not None:
            sides_of["playground"] = engine
    return sides_of


def compare(workload: Workload, threads: int, pairs: int) -> dict[str, Any]:
    """Interleaved turns: median speeds, and medians of the paired ratios."""
    sides = sides_of(workload, threads)
    for turn in sides.values():
        # Twice: torch.compile and node's own compiler need a warm-up.
        turn()
        turn()
    turns: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(pairs):
        for name, turn in sides.items():
            turns[name].append(turn())
    speeds = {name: statistics.median(values) for name, values in turns.items()}
    best = max(flavours(workload), key=lambda name: speeds[name])

    def ratio(name: str) -> float:
        return statistics.median(a / b for a, b in zip(turns["ours"], turns[name], strict=True))

    return {
        "workload": workload.name,
        "batch": workload.batch,
        "threads": threads,
        "samples_per_second": {name: round(speed) for name, speed in speeds.items()},
        "best_torch": best,
        "ratio": round(ratio(best), 2),
        "wanted": workload.wanted,
        "others": {n: round(ratio(n), 1) for n in ("scikit-learn", "playground") if n in sides},
    }


def show(row: dict[str, Any]) -> str:
    """One line of the table."""
    others = "".join(f", {ratio}x {name}" for name, ratio in row["others"].items())
    speeds = row["samples_per_second"]
    return (
        f"| {row['workload']} | {row['threads']} | {speeds['ours']:,} | {speeds[row['best_torch']]:,} "
        f"({row['best_torch']}) | {row['ratio']}x{others} | {row['wanted']:g}x |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--only", nargs="+", default=list(WORKLOADS), choices=list(WORKLOADS))
    parser.add_argument("--json", type=Path, help="write the rows to this file too")
    options = parser.parse_args()
    import numba
    import numpy
    import sklearn
    import torch

    warnings.filterwarnings("ignore")
    versions = {
        "python": platform.python_version(), "numpy": numpy.__version__, "numba": numba.__version__,
        "torch": torch.__version__, "scikit-learn": sklearn.__version__, "machine": platform.machine(),
    }  # fmt: skip
    print(", ".join(f"{k} {v}" for k, v in versions.items()))
    print("| workload | threads | ours, samples/s | PyTorch's best | ratio | wanted |")
    print("|---|---|---|---|---|---|")
    rows = []
    for name in options.only:
        for threads in options.threads:
            torch.set_num_threads(threads)
            numba.set_num_threads(threads)
            rows.append(compare(WORKLOADS[name], threads, options.pairs))
            print(show(rows[-1]), flush=True)
    if options.json:
        options.json.write_text(json.dumps({"versions": versions, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
