"""What the engine costs besides its steps: planning, compiling, memory, scaling, and how near the peak.

    python kernels/benchmarks/engine_costs.py [plan compile memory scaling peak] [--json FILE]

Memory is compared with PyTorch's where that is installed; each side runs in a process of its own.
"""

from __future__ import annotations

import argparse
import ctypes
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from pathlib import Path
from typing import Any

# One thread for the product that is the measure of the peak; numpy reads this when it is imported.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import numpy as np
from workloads import WORKLOADS, Workload, dense, ours, program

from nnkernels import machine

ROOT = Path(__file__).resolve().parents[2]
CALL = ctypes.CFUNCTYPE(None, *[ctypes.c_void_p] * 6, *[ctypes.c_int64] * 3)


def changed(workload: Workload, number: int) -> Workload:
    """The workload with another width before its end: nothing can be left over from before."""
    layers = list(workload.layers)
    if layers[-1][0] in ("softmax", "sigmoid"):
        layers.insert(len(layers) - 2, dense(16 + number))
    else:
        layers.insert(len(layers) - 1, dense(16 + number))
    return replace(workload, layers=tuple(layers))


def plan() -> list[dict[str, Any]]:
    """From a changed graph to its first step, with compiled operators: milliseconds.

    The first time in a process loads the operators from the cache.
    """
    rows = []
    for w in WORKLOADS.values():
        x, y = w.data()
        before, after = [], []
        for number in range(8):
            start = time.perf_counter()
            planned = program(changed(w, number))
            planned.set_data(x, y, np.arange(len(x)))
            before.append((time.perf_counter() - start) * 1000)
            planned.run(1)
            after.append((time.perf_counter() - start) * 1000)
        rows.append(
            {
                "workload": w.name,
                "begun_ms": round(statistics.median(before[1:]), 1),
                "done_ms": round(statistics.median(after[1:]), 1),
                "begun_first_time_ms": round(before[0], 1),
            }
        )
    return rows


SPIRAL = """
import sys, time
sys.path[:0] = [{root!r}, {kernels!r}, {here!r}]
from workloads import WORKLOADS, program
import numpy as np
made = program(WORKLOADS["spiral"])
x, y = WORKLOADS["spiral"].data()
made.set_data(x, y, np.arange(len(x)))
made.run(1)
"""


def compiling() -> list[dict[str, Any]]:
    """Seconds with an empty cache, in a child process: the spiral's first step, and every operator."""
    rows = []
    paths = {"root": str(ROOT), "kernels": str(ROOT / "kernels"), "here": str(Path(__file__).parent)}
    for what, command in (
        ("first step of the spiral", ["-c", SPIRAL.format(**paths)]),
        ("every operator", ["-m", "nnkernels.warm"]),
    ):
        with tempfile.TemporaryDirectory() as cache:
            environment = {**os.environ, "NNSTUDIO_CACHE": cache, "PYTHONPATH": str(ROOT / "kernels")}
            environment.pop("NUMBA_CACHE_DIR", None)
            start = time.perf_counter()
            subprocess.run([sys.executable, *command], env=environment, check=True, stdout=subprocess.DEVNULL)
            rows.append({"what": what, "seconds": round(time.perf_counter() - start, 1)})
    return rows


PEAK = """
import sys
sys.path.insert(0, {here!r})
from workloads import WORKLOADS, ours, torchs
side, name = {side!r}, {name!r}
{imports}
def peak():
    # Not getrusage: its maximum outlives exec, and would be this script's own.
    return next(line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM"))
before = peak()
run = ours(WORKLOADS[name], 1) if side == "ours" else torchs(WORKLOADS[name], "eager")
run(); run()
print(before, peak())
"""


def memory() -> list[dict[str, Any]]:
    """Peak resident memory of two passes, MB: in all, and beyond what importing takes."""
    rows = []
    for name in WORKLOADS:
        row: dict[str, Any] = {"workload": name}
        for side, imports in (("ours", "import numba, nnkernels.planning.plan"), ("torch", "import torch")):
            code = PEAK.format(here=str(Path(__file__).parent), side=side, name=name, imports=imports)
            answer = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
            before, peak = (int(v) / 1024 for v in answer.stdout.split())
            row |= {side: round(peak), f"{side}_beyond_import": round(peak - before)}
        rows.append(row)
    return rows


def speed(workload: Workload, threads: int) -> float:
    """Samples per second: the median of five turns."""
    import numba

    numba.set_num_threads(threads)
    run, turns = ours(workload, threads), []
    run()
    for _ in range(5):
        passes, start = 0, time.perf_counter()
        while time.perf_counter() - start < 0.1:
            run()
            passes += 1
        turns.append(passes * workload.samples / (time.perf_counter() - start))
    return statistics.median(turns)


def scaling() -> list[dict[str, Any]]:
    """Samples per second as batch, width, depth and threads grow, from the digits' dense network."""
    base = WORKLOADS["mnist-dense"]

    def deep(width: int, depth: int) -> Workload:
        hidden = [row for _ in range(depth) for row in (dense(width), ("relu", {}))]
        return replace(base, layers=(base.layers[0], *hidden, *base.layers[-2:]))

    cases: dict[str, list[tuple[Any, Workload, int]]] = {
        "batch": [(n, replace(base, batch=n), 1) for n in (1, 4, 16, 64, 256, 1024)],
        "width": [(n, deep(n, 1), 1) for n in (32, 128, 512, 2048)],
        "depth": [(n, deep(128, n), 1) for n in (1, 2, 4, 8, 16)],
        "threads": [(n, base, n) for n in range(1, (os.cpu_count() or 1) + 1)],
    }
    return [
        {"grows": what, "to": to, "samples_per_second": round(speed(w, threads))}
        for what, row in cases.items()
        for to, w, threads in row
    ]


def best_seconds(work: Callable[[], None]) -> float:
    taken = []
    for _ in range(12):
        start = time.perf_counter()
        work()
        taken.append(time.perf_counter() - start)
    return min(taken)


def peak() -> list[dict[str, Any]]:
    """What share of the machine's best matrix product each convolution of the CIFAR net reaches.

    Winograd's way does with 16 products what counts here as 36, so it may pass 100 %.
    """
    import numba

    numba.set_num_threads(1)
    a = np.ones((1024, 1024), np.float32)
    blas = 2 * 1024**3 / best_seconds(lambda: np.dot(a, a)) / 1e9
    tile = tile_gflops()
    most = max(blas, tile)
    w = WORKLOADS["cifar-convnet"]
    planned, (x, y) = program(w), w.data()
    planned.set_data(x, y, np.arange(len(x)))
    planned.run(1)
    planned.resume(planned.steps)
    buffers = [
        b.ctypes.data for b in (planned.state, planned.acts, planned.grads, planned.params, planned.work)
    ]
    by_address = _names(planned)
    rows = [
        {"what": "numpy.dot 1024", "gflops": round(blas), "share": round(blas / most, 2)},
        {"what": "our tile in cache", "gflops": round(tile), "share": round(tile / most, 2)},
    ]
    convolutions = [n for n in planned.layout.nodes.values() if n.layer.id == "conv2d"]
    seen: dict[str, int] = {}
    for group in planned.groups:
        width = int(group[machine.CHUNK])
        for i in range(group[machine.FIRST], group[machine.LAST]):
            address, offset = (int(v) for v in planned.code[machine.CODE_WIDTH * i :][:2])
            name = by_address.get(address, "")
            if not name or name.startswith("sum_"):
                continue
            number = seen.get(name.replace("fast_", ""), 0)
            seen[name.replace("fast_", "")] = number + 1
            backward = "gradient" in name
            order = convolutions[::-1] if backward else convolutions
            node = order[number]
            flops = node.layer.flops(node.options, node.input_shapes) * width
            call = partial(CALL(address), planned.args.ctypes.data + offset, *buffers, 0, 0, width)
            seconds = best_seconds(call)
            gflops = flops / seconds / 1e9
            shape = "x".join(map(str, (*node.input_shapes[0], node.options["filters"])))
            rows.append(
                {"what": f"{shape} {name}", "gflops": round(gflops), "share": round(gflops / most, 2)}
            )
    return rows


@cache
def _tile_product() -> Any:
    """The micro-kernel as a function (a, rows, b, c); compiled once: that takes longer than to measure it."""
    import numba

    from nnkernels.vector.simd import gemm

    product = gemm.compiled

    @numba.njit
    def multiply(a: Any, rows: Any, b: Any, c: Any) -> None:
        product(a, 0, rows, 0, rows.size, 0, 1, 1, 128, b, 0, 0, 32, c, 0, 0, 32, 0, c, 0)

    return multiply


def tile_gflops() -> float:
    """The micro-kernel on 32 columns and a long sum that fit into the nearest cache."""
    a, b, c = (np.ones(1 << 14, np.float32) for _ in "abc")
    # The same 16 rows again and again, all into one place.
    rows = np.tile(np.arange(16, dtype=np.int64) * 128, 128)

    def work() -> None:
        _tile_product()(a, rows, b, c)

    work()
    return 2 * rows.size * 32 * 128 / best_seconds(work) / 1e9


def _names(result: Any) -> dict[int, str]:
    from nnkernels.ops import convolution

    kernels = [k for k in vars(convolution).values() if hasattr(k, "address")]
    return {k.address(result.dtype): k.name.removeprefix("convolution_") for k in kernels}


PARTS = {"plan": plan, "compile": compiling, "memory": memory, "scaling": scaling, "peak": peak}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("parts", nargs="*", default=list(PARTS), help=", ".join(PARTS))
    parser.add_argument("--json", type=Path, help="write the figures to this file too")
    options = parser.parse_args()
    figures = {}
    for name in options.parts:
        figures[name] = PARTS[name]()
        print(f"\n{name}")
        for row in figures[name]:
            print("  " + ", ".join(f"{k} {v}" for k, v in row.items()), flush=True)
    if options.json:
        options.json.write_text(json.dumps(figures, indent=1) + "\n")


if __name__ == "__main__":
    main()
