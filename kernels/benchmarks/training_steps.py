"""Whole training steps, side by side with what people would use instead, on the same cores in one run.

    python kernels/benchmarks/training_steps.py [--threads 1 2] [--pairs 9] [--only NAME ...] [--avx2]
        [--json FILE]

Needs PyTorch, JAX and scikit-learn (`pip install torch==2.13.0 jax==0.10.0 scikit-learn`), which nothing else
here does; TensorFlow Playground's way of learning runs where there is node. Data lies in memory, random
but for networks called late: those have learned from real digits for a thousand steps and more before. A step
is gathering the batch, forward, loss, backward and update. The sides take turns, and a ratio is the median of
the ratios of neighbouring turns; the one that counts is to the fastest rival. The last table is in the
project's README.
"""

from __future__ import annotations

import argparse
import json
import platform
import shutil
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from processors import processor, start_again_with_avx2
from workloads import LATE, WORKLOADS, Workload, flavours, ours, torchs

TURN_SECONDS = 0.15
# The ways of JAX, by what the table calls them.
JAX = {"JAX, scan": "scan", "JAX, steps": "steps"}
# A rival so many times slower than the fastest in its first turn takes no more turns.
FAR_BEHIND = 10
NETWORKS = WORKLOADS | LATE
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


def answering(command: list[str]) -> Side:
    """A process that trains for one turn for each line that it is given."""
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    questions, answers = process.stdin, process.stdout

    def turn() -> float:
        questions.write("\n")
        questions.flush()
        return float(answers.readline())

    return turn


def playground() -> Side | None:
    """TensorFlow Playground's way of learning, in node; None where there is no node."""
    node = shutil.which("node")
    return answering([node, str(Path(__file__).with_name("playground_engine.mjs"))]) if node else None


def jax(workload: Workload, threads: int, way: str) -> Side:
    """JAX in a process of its own; ``way`` as `jax_engine` takes it."""
    script = Path(__file__).with_name("jax_engine.py")
    return answering([sys.executable, str(script), workload.name, str(threads), way])


def sides_of(workload: Workload, threads: int) -> dict[str, Side]:
    """Everybody who takes part in one row, ours first."""
    sides_of = {"ours": timed(ours(workload, threads), workload.samples)}
    for flavour in flavours(workload):
        sides_of[flavour] = timed(torchs(workload, flavour), workload.samples)
    sides_of |= {name: jax(workload, threads, way) for name, way in JAX.items()}
    if workload.name == "spiral":
        sides_of["scikit-learn"] = scikit_learn(workload)
        engine = playground()
        if engine is not None:
            sides_of["playground"] = engine
    return sides_of


def first_turns(workload: Workload, sides: dict[str, Side]) -> Iterator[tuple[str, float]]:
    """The first turn of each; a rival that fails is left out, and it is said."""
    for name, turn in sides.items():
        try:
            yield name, turn()
        except RuntimeError as error:
            if name == "ours":
                raise
            print(f"{workload.name}: {name} does not run here: {error}", file=sys.stderr)


def learn(side: Side, samples: float) -> None:
    """Take turns that are not timed, until so many samples went by."""
    while samples > 0:
        samples -= side() * TURN_SECONDS


def compare(workload: Workload, threads: int, pairs: int) -> dict[str, Any]:
    """Interleaved turns: median speeds, and medians of the paired ratios."""
    sides = sides_of(workload, threads)
    first = dict(first_turns(workload, sides))
    # One pass of the large ConvNet in JAX's loop takes half a minute: who is far behind is not asked again.
    asked = [n for n in first if n not in JAX or first[n] * FAR_BEHIND > max(first.values())]
    for name in asked:
        learn(sides[name], workload.samples * workload.passes)
    turns: dict[str, list[float]] = {name: [] for name in asked}
    # The first of these is a warm-up, too: torch.compile and node's own compiler need it.
    for _ in range(pairs + 1):
        for name in asked:
            turns[name].append(sides[name]())
    speeds = first | {name: statistics.median(values[1:]) for name, values in turns.items()}
    best_torch = max((f for f in flavours(workload) if f in speeds), key=lambda name: speeds[name])
    best = max((best_torch, *(name for name in JAX if name in speeds)), key=lambda name: speeds[name])

    def ratio(name: str) -> float:
        return statistics.median(a / b for a, b in zip(turns["ours"][1:], turns[name][1:], strict=True))

    return {
        "workload": workload.name,
        "batch": workload.batch,
        "threads": threads,
        "samples_per_second": {name: round(speed) for name, speed in speeds.items()},
        "best_torch": best_torch,
        "to_torch": round(ratio(best_torch), 2),
        "best_rival": best,
        "ratio": round(ratio(best), 2),
        "wanted": workload.wanted,
        "others": {n: round(ratio(n), 1) for n in ("scikit-learn", "playground") if n in first},
    }


def show(row: dict[str, Any]) -> str:
    """One line of the table."""
    others = "".join(f", {ratio}x {name}" for name, ratio in row["others"].items())
    speeds = row["samples_per_second"]
    torch, rival = row["best_torch"], row["best_rival"]
    return (
        f"| {row['workload']} | {row['threads']} | {speeds['ours']:,} | {speeds[torch]:,} ({torch}) "
        f"| {row['to_torch']}x | {speeds[rival]:,} ({rival}) | {row['ratio']}x{others} "
        f"| {row['wanted']:g}x |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, nargs="+", default=[1, 2])
    parser.add_argument("--pairs", type=int, default=9)
    parser.add_argument("--only", nargs="+", default=list(NETWORKS), choices=list(NETWORKS))
    parser.add_argument("--avx2", action="store_true", help="use no vectors of 512 bits, on either side")
    parser.add_argument("--json", type=Path, help="write the rows to this file too")
    options = parser.parse_args()
    if options.avx2:
        start_again_with_avx2()
    import jaxlib
    import numba
    import numpy
    import sklearn
    import torch

    warnings.filterwarnings("ignore")
    versions = {
        "python": platform.python_version(), "numpy": numpy.__version__, "numba": numba.__version__,
        "torch": torch.__version__, "jax": jaxlib.__version__, "scikit-learn": sklearn.__version__,
        "machine": platform.machine(), "processor": processor(),
    }  # fmt: skip
    print(", ".join(f"{k} {v}" for k, v in versions.items()))
    print("| workload | threads | ours, samples/s | PyTorch's best | ratio | best rival | ratio | wanted |")
    print("|---|---|---|---|---|---|---|---|")
    rows = []
    for name in options.only:
        for threads in options.threads:
            torch.set_num_threads(threads)
            numba.set_num_threads(threads)
            rows.append(compare(NETWORKS[name], threads, options.pairs))
            print(show(rows[-1]), flush=True)
    if options.json:
        options.json.write_text(json.dumps({"versions": versions, "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
