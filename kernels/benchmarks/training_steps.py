"""Whole training steps, side by side with PyTorch eager on the same cores in the same run.

    python kernels/benchmarks/training_steps.py [--threads 1] [--pairs 15] [--json FILE]

Needs PyTorch (`pip install torch==2.13.0`), which nothing else here does. Data lies in memory; a
step is batch gathering, forward, loss, backward and update. The two sides take turns, and the
figure is the median of the ratios of neighbouring turns.
"""

from __future__ import annotations

import argparse
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from nnkernels.network import NetworkSpec, NodeSpec
from nnkernels.plan import build
from nnkernels.spec import optimizers

# name: layers, input shape, loss, optimizer, batch, classes, samples, required ratio
WORKLOADS = {
    "spiral": (
        [("dense", 8), ("tanh", 0), ("dense", 8), ("tanh", 0), ("dense", 1), ("sigmoid", 0)],
        (2,), "binary_cross_entropy", "sgd", 10, 2, 400, 60.0,
    ),
    "mnist-dense": (
        [("flatten", 0), ("dense", 128), ("relu", 0), ("dense", 10), ("softmax", 0)],
        (28, 28, 1), "softmax_cross_entropy", "adam", 64, 10, 3200, 1.5,
    ),
    "mnist-convnet": (
        [("conv2d", 16), ("relu", 0), ("maxpool2d", 0), ("conv2d", 32), ("relu", 0), ("maxpool2d", 0),
         ("flatten", 0), ("dense", 128), ("relu", 0), ("dense", 10), ("softmax", 0)],
        (28, 28, 1), "softmax_cross_entropy", "adam", 64, 10, 640, 1.0,
    ),
}  # fmt: skip
SIZE_OPTION = {"dense": "units", "conv2d": "filters"}


def ours(name: str, x: np.ndarray, y: np.ndarray, threads: int) -> Callable[[], int]:
    """A function that makes one pass over the data and returns the number of steps."""
    layers, shape, loss, optimizer, batch, *_ = WORKLOADS[name]
    nodes = [NodeSpec("n", "input")]
    for kind, size in layers:
        options = {SIZE_OPTION[kind]: size} if size else {}
        nodes.append(NodeSpec(nodes[-1].id + "n", kind, options, (nodes[-1].id,)))
    nodes.append(NodeSpec("output", "output", {}, (nodes[-1].id,)))
    program = build(NetworkSpec(tuple(nodes)), shape, loss, optimizer, batch, 1)
    program.params[: program.layout.parameter_count] = program.layout.initial(0)
    rng = np.random.default_rng(0)

    def run() -> int:
        program.set_data(x, y, rng.permutation(len(x)))
        program.set_hyperparameters(optimizers[optimizer].defaults())
        return len(program.run(10**9, threads))

    return run


def torchs(name: str, x: np.ndarray, y: np.ndarray) -> Callable[[], int]:
    """The same with PyTorch, eager, NCHW."""
    import torch
    from torch import nn

    layers, shape, loss, optimizer, batch, *_ = WORKLOADS[name]
    modules: list[nn.Module] = []
    for kind, size in layers:
        modules += {
            "dense": lambda n: [nn.LazyLinear(n)],
            "conv2d": lambda n: [nn.LazyConv2d(n, 3, padding=1)],
            "maxpool2d": lambda n: [nn.MaxPool2d(2)],
            "flatten": lambda n: [nn.Flatten()],
            "relu": lambda n: [nn.ReLU()],
            "tanh": lambda n: [nn.Tanh()],
        }.get(kind, lambda n: [])(size)
    model = nn.Sequential(*modules)
    inputs = torch.tensor(np.moveaxis(x, -1, 1) if len(shape) == 3 else x, dtype=torch.float32)
    inputs = inputs.contiguous()
    binary = loss == "binary_cross_entropy"
    targets = torch.tensor(y, dtype=torch.float32) if binary else torch.tensor(y[:, 0]).long()
    criterion = nn.BCEWithLogitsLoss() if binary else nn.CrossEntropyLoss()
    model(inputs[:2])
    settings = optimizers[optimizer].defaults()
    if optimizer == "adam":
        update: torch.optim.Optimizer = torch.optim.Adam(model.parameters(), settings["learning_rate"])
    else:
        update = torch.optim.SGD(model.parameters(), settings["learning_rate"])

    def run() -> int:
        order = torch.randperm(len(inputs))
        for start in range(0, len(order), batch):
            index = order[start : start + batch]
            update.zero_grad()
            criterion(model(inputs[index]), targets[index]).backward()
            update.step()
        return -(-len(order) // batch)

    return run


def compare(name: str, threads: int, pairs: int) -> dict[str, float | str | int]:
    """Interleaved turns; samples per second of both and the median of the paired ratios."""
    _, shape, _, _, batch, classes, count, required = WORKLOADS[name]
    rng = np.random.default_rng(1)
    x = rng.normal(size=(count, *shape)).astype(np.float32)
    y = rng.integers(0, classes, (count, 1))
    sides = {"ours": ours(name, x, y, threads), "torch": torchs(name, x, y)}
    for run in sides.values():
        run()
    turns: dict[str, list[float]] = {"ours": [], "torch": []}
    for _ in range(pairs):
        for side, run in sides.items():
            # A turn of our fast side repeats until it is long enough to time.
            passes, start = 0, time.perf_counter()
            while time.perf_counter() - start < 0.15:
                run()
                passes += 1
            turns[side].append((time.perf_counter() - start) / passes)
    ratio = statistics.median(t / o for o, t in zip(turns["ours"], turns["torch"], strict=True))
    return {
        "workload": name,
        "batch": batch,
        "threads": threads,
        "ours_samples_per_second": round(count / statistics.median(turns["ours"])),
        "torch_samples_per_second": round(count / statistics.median(turns["torch"])),
        "ratio": round(ratio, 2),
        "required": required,
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--pairs", type=int, default=15)
    parser.add_argument("--json", help="write the rows to this file too")
    options = parser.parse_args()
    import numba
    import torch

    torch.set_num_threads(options.threads)
    numba.set_num_threads(options.threads)
    versions = {
        "python": platform.python_version(), "numpy": np.__version__,
        "numba": numba.__version__, "torch": torch.__version__, "machine": platform.machine(),
    }  # fmt: skip
    print(f"threads {options.threads}, " + ", ".join(f"{k} {v}" for k, v in versions.items()))
    print(f"{'workload':<15}{'batch':>6}{'ours/s':>12}{'PyTorch/s':>12}{'ratio':>9}{'wanted':>9}")
    rows = []
    for name in WORKLOADS:
        row = compare(name, options.threads, options.pairs)
        rows.append(row)
        print(
            f"{name:<15}{row['batch']:>6}{row['ours_samples_per_second']:>12,}"
            f"{row['torch_samples_per_second']:>12,}{row['ratio']:>8}x{row['required']:>8}x"
        )
    if options.json:
        Path(options.json).write_text(json.dumps({"versions": versions, "rows": rows}, indent=1))


if __name__ == "__main__":
    main()
