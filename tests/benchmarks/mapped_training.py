"""How much slower training is where the samples lie in a file: `python tests/benchmarks/mapped_training.py`.

Two sessions learn the same 50,000 pictures, one from memory and one from a mapped file, epoch by epoch in
turn, each first every other time. What counts is the wall clock, and of that the median of the ratios of
pairs: whatever else the machine does meets both. The first epoch, in which the file is read, counts apart.
With `--pictures N`, `--pairs N` and `--network EXAMPLE`; the usual one computes little with each picture,
which is the hardest for the file. Where its pages fit into memory, the system keeps them after that epoch.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from dataclasses import replace

import numpy as np

from nnstudio.data.dataset import Dataset
from nnstudio.data.mapped import create
from nnstudio.data.storage import cut, folder
from nnstudio.project import open_example
from nnstudio.training.session import Session

# Not slower than from memory by more than this.
BAR = 1.10


def pictures(count: int) -> Dataset:
    """Random pictures of the size of MNIST's, in memory; the last tenth is watched."""
    rng = np.random.default_rng(0)
    x = rng.standard_normal((count, 28, 28, 1), np.float32)
    y = rng.integers(0, 10, (count, 1)).astype(np.float32)
    trained = count - count // 10
    return Dataset(
        "pictures", x[:trained], y[:trained], x[:0], y[:0], tuple("0123456789"), x_validation=x[trained:],
        y_validation=y[trained:],
    )  # fmt: skip


def on_disk(data: Dataset) -> Dataset:
    """The same with its inputs in a file."""
    parts = (data.x_train, data.x_validation)
    counts = [len(part) for part in parts]
    mapped = create(folder(), sum(part.nbytes for part in parts))
    train, validation = cut(np.ndarray((sum(counts), *data.input_shape), np.float32, mapped), counts)
    for to, part in zip((train, validation), parts, strict=True):
        to[...] = part
    return replace(data, x_train=train, x_validation=validation)


def session_of(network: str, data: Dataset) -> Session:
    document = open_example(network).document
    return Session(document.to_network(), data, document.settings.with_option("epochs", 10**6), 1, None)


def epoch(session: Session) -> float:
    """Wall-clock seconds of one more epoch."""
    start = time.perf_counter()
    for _progress in session.slices(session.epoch + 1):
        pass
    return time.perf_counter() - start


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pictures", type=int, default=50_000)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--network", default="mnist-dense")
    chosen = parser.parse_args()
    data = pictures(chosen.pictures)
    sessions = {
        "memory": session_of(chosen.network, data),
        "file": session_of(chosen.network, on_disk(data)),
    }
    first = {name: epoch(session) for name, session in sessions.items()}
    ratios = []
    for pair in range(chosen.pairs):
        seconds = {name: epoch(sessions[name]) for name in sorted(sessions, reverse=pair % 2 == 1)}
        ratios.append(seconds["file"] / seconds["memory"])
        print(f"memory {seconds['memory']:.2f} s, file {seconds['file']:.2f} s, ratio {ratios[-1]:.3f}")
    load = f"{os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else "unknown"
    print(
        f"First epoch: memory {first['memory']:.2f} s, file {first['file']:.2f} s. After it: median ratio "
        f"{statistics.median(ratios):.3f} of {chosen.pairs} pairs, {min(ratios):.3f} to {max(ratios):.3f}; "
        f"at most {BAR:.2f} is right. Load average {load} on {os.cpu_count()} cores."
    )


if __name__ == "__main__":
    main()
