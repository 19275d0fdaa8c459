"""How far each workload's step stands from what this processor could do at best, and where its time goes.

    OPENBLAS_NUM_THREADS=1 python kernels/benchmarks/roofline.py [--only NAME ...] [--avx2] [--json FILE]

One thread; NumPy, whose product is one measure of the peak, takes more unless it is told.
A step's roof is the time that its operations take at the measured peak, or its bytes at the bandwidth
measured over as many bytes as the step touches, whichever is longer. Operations are those that
layers declare (forward once, backward once for each of inputs and weights) and a few for each parameter;
bytes are each value written once and read by whoever needs it. A step can be faster than that roof where it
does with fewer operations than layers declare (Winograd's convolutions, rows of a table that are looked
up). Each instruction is timed by itself, in a machine that has no other: what is in cache there may not be in
a whole step, and the other way round, so the parts are compared with the whole, and the difference is told.
"""

from __future__ import annotations

import argparse
import json
import time
from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np
from engine_costs import best_seconds, tile_gflops
from processors import processor, start_again_with_avx2
from workloads import WORKLOADS, Workload, program

from nnkernels import machine
from nnkernels.jit import KERNELS
from nnkernels.program import MAX_STEPS, Program
from nnkernels.spec import Role, size_of

# Operations of an optimizer for each parameter.
UPDATE_OPERATIONS = {"sgd": 2, "adam": 12}
# How often a value of a node is written or read: forward by itself and its reader, backward the value by its
# reader, and its gradient written and read.
TOUCHES = 5
# An instruction is timed for so long, so often.
SECONDS, TURNS = 0.02, 5
# Instructions by what they do: a word in their kernel's name.
KINDS = {
    "convolution": "convolutions", "conv": "convolutions", "dense": "matrix products",
    "attention": "attention", "recurrence": "recurrence", "lookup": "embedding", "embedding": "embedding",
    "pool": "pooling", "batch_norm": "normalising", "layer_norm": "normalising", "optimizers": "optimizer",
    "regularise": "optimizer", "losses": "loss", "elementwise": "activations", "softmax": "activations",
    "gather": "gathering",
}  # fmt: skip


def kind_of(name: str) -> str:
    """What an instruction does, by the name of its kernel."""
    return next((kind for word, kind in KINDS.items() if word in name), "other")


def operations(planned: Program, optimizer: str) -> float:
    """Additions and multiplications of one step, as layers declare them."""
    total = 0.0
    first = True
    for node in planned.layout.nodes.values():
        declared = node.layer.flops(node.options, node.input_shapes)
        # Nobody needs the gradient of the data.
        ways = (3 - int(first)) if node.parameters else 2
        first = first and not node.parameters
        total += declared * ways * planned.batch
    return total + planned.layout.parameter_count * UPDATE_OPERATIONS[optimizer]


def bytes_touched(planned: Program) -> float:
    """Bytes that one step writes and reads at the least."""
    nodes = [n for n in planned.layout.nodes.values() if n.layer.role != Role.OUTPUT]
    values = sum(size_of(n.shape) for n in nodes if not n.layer.is_view(n.options, True))
    parameters = planned.layout.parameter_count
    slots = len(planned.params) / parameters - 1
    # A parameter is read forward, backward and by its update, which writes it, and each slot, too; its
    # gradient is written and read.
    touches = planned.batch * values * TOUCHES + parameters * (6 + 2 * slots)
    return float(touches * planned.dtype.itemsize)


def bandwidth(size: float) -> float:
    """Bytes per second of ``a = b + c`` over three arrays that are as large as this, together."""
    import numba

    @numba.njit(fastmath=True)
    def add(a: np.ndarray, b: np.ndarray, c: np.ndarray, times: int) -> None:
        for turn in range(times):
            # The sum differs from turn to turn, so that no turn is left out.
            for i in range(a.size):
                a[i] = b[i] + c[i]
            b[turn % b.size] += 1

    count = max(int(size / 12), 256)
    a, b, c = (np.ones(count, np.float32) for _ in "abc")
    times = max(int(2e7 / (12 * count)), 1)
    add(a, b, c, 1)
    return times * 12 * count / best_seconds(lambda: add(a, b, c, times))


def peak_gflops() -> float:
    """The best that was seen here: NumPy's matrix product, or our tile in the nearest cache."""
    a = np.ones((1024, 1024), np.float32)
    return max(2 * 1024**3 / best_seconds(lambda: np.dot(a, a)) / 1e9, tile_gflops())


class Stopwatch:
    """Times steps of a program with some of its groups alone."""

    def __init__(self, workload: Workload) -> None:
        self.planned = program(workload)
        self.x, self.y = workload.data()
        # A pass that is long enough, over the same samples again and again.
        whole = len(self.x) // workload.batch * workload.batch
        passes = -(-MAX_STEPS * workload.batch // whole)
        self.order = np.tile(np.arange(whole), passes)
        self.whole = self.planned.groups

    def seconds(self, groups: np.ndarray) -> float:
        """Of one step with these groups; the median of some turns."""
        self.planned.groups = groups
        steps, turns = 1, []
        while len(turns) < TURNS:
            self.planned.set_data(self.x, self.y, self.order)
            start = time.perf_counter()
            self.planned.run(steps)
            taken = time.perf_counter() - start
            if taken < SECONDS and steps < MAX_STEPS:
                steps = min(max(2 * steps, int(steps * SECONDS / max(taken, 1e-9))), MAX_STEPS)
                continue
            turns.append(taken / steps)
        self.planned.groups = self.whole
        return float(np.median(turns))

    def by_kernel(self) -> dict[str, float]:
        """Seconds of a step by the name of the kernel."""
        names = self._names()
        empty = self.seconds(self.whole[:0])
        taken: dict[str, float] = defaultdict(float)
        for group in self.whole:
            for i in range(group[machine.FIRST], group[machine.LAST]):
                alone, at = group.copy(), i * machine.CODE_WIDTH
                alone[machine.FIRST], alone[machine.LAST] = i, i + 1
                # It stands in a run of instructions, which the machine goes through to its end.
                end = self.planned.code[at + machine.END]
                self.planned.code[at + machine.END] = i + 1
                taken[names[int(self.planned.code[at + machine.ADDRESS])]] += max(
                    self.seconds(alone[None]) - empty, 0.0
                )
                self.planned.code[at + machine.END] = end
        return dict(taken)

    def _names(self) -> dict[int, str]:
        used = set(self.planned.code[machine.ADDRESS :: machine.CODE_WIDTH].tolist())
        named = {}
        for kernel in KERNELS.values():
            # Only of those that are compiled: all others are not in use.
            if len(named) < len(used) and (address := kernel.address(self.planned.dtype)) in used:
                named[address] = kernel.name
        return named


def row_of(workload: Workload) -> dict[str, Any]:
    """The roof of one workload, and where its time goes."""
    # Right before: a shared machine is not as fast all the time.
    peak, watch = peak_gflops(), Stopwatch(workload)
    step = watch.seconds(watch.whole)
    kinds: dict[str, float] = defaultdict(float)
    for name, seconds in watch.by_kernel().items():
        kinds[kind_of(name)] += seconds
    count, touched = operations(watch.planned, workload.optimizer), bytes_touched(watch.planned)
    speed = bandwidth(touched)
    roof = max(count / peak / 1e9, touched / speed)
    return {
        "workload": workload.name, "peak_gflops": peak, "step_us": step * 1e6,
        "operations": count, "bytes": touched, "bandwidth_gb": speed / 1e9, "gflops": count / step / 1e9,
        "bound": "operations" if count / peak / 1e9 >= touched / speed else "bytes",
        "share": roof / step, "instructions": len(watch.planned.code) // machine.CODE_WIDTH,
        "kinds": {k: v / step for k, v in sorted(kinds.items(), key=lambda item: -item[1])},
    }  # fmt: skip


def show(row: dict[str, Any]) -> str:
    """One line of the table."""
    kinds = ", ".join(f"{kind} {share:.0%}" for kind, share in row["kinds"].items() if share >= 0.01)
    rest = 1 - sum(row["kinds"].values())
    speed = f"{row['gflops']:.1f} of {row['peak_gflops']:.0f}"
    return (
        f"| {row['workload']} | {row['step_us']:,.1f} | {row['operations'] / 1e6:,.3g} "
        f"| {row['bytes'] / 1e6:,.3g} at {row['bandwidth_gb']:.0f} GB/s | {speed} "
        f"| {row['share']:.0%} ({row['bound']}) | {kinds}; whole minus parts {rest:+.0%} |"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", nargs="+", default=list(WORKLOADS), choices=list(WORKLOADS))
    parser.add_argument("--avx2", action="store_true", help="use no vectors of 512 bits")
    parser.add_argument("--json", type=Path, help="write the rows to this file too")
    options = parser.parse_args()
    if options.avx2:
        start_again_with_avx2()
    import numba

    numba.set_num_threads(1)
    print(processor())
    print("| workload | step, µs | million operations | million bytes | GFLOP/s, peak | of its roof | time |")
    print("|---|---|---|---|---|---|---|")
    rows = []
    for name in options.only:
        rows.append(row_of(WORKLOADS[name]))
        print(show(rows[-1]), flush=True)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=1) + "\n")


if __name__ == "__main__":
    main()
