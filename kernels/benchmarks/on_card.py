"""One workload on a graphics card, for `on_device.py`: a process of its own, so that it may fail alone.

    python on_card.py NAME [--dry]      measures a workload; "" tells of the card

It prints a JSON object a line, says ``{"ready": true}`` when all is compiled, and measures when a line comes
in: the card is then its own. Rivals come last, as they may take longest.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import os
import statistics
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
PAIRS, NOT_RUN, FAILED = 3, "not run", "failed"
# From how many multiplications on a library computes a product: as the engine has it, never, and always.
TRAINED = "as trained"
WAYS = {TRAINED: None, "walker alone": 2**62, "with cuBLAS": 1}
RIVALS = ("eager", "graphs", "compile")
PARTS = ("launch", "walks", "products", "copy")
# In CUDA's list of how processes may share a card: one at a time.
EXCLUSIVE = 3

Pass = Callable[[], int]


def tell(**what: Any) -> None:
    print(json.dumps(what), flush=True)


def tell_failed(what: str, error: BaseException) -> None:
    """What failed, as a sentence: the rest is still measured."""
    words = " ".join(str(error).split())[:300].rstrip(".")
    tell(said=f"{what} failed: {type(error).__name__}{': ' * bool(words)}{words}.")


def tell_of_card() -> None:
    """Whether there is one, what it is called, and whether processes may share it."""
    from nnkernels.cuda.card import problem
    from nnkernels.planning.installed import is_simulated

    why = problem()
    if why:
        tell(problem=why)
        return
    if is_simulated():
        tell(card="numba's simulator", shared=True)
        return
    from numba import cuda

    device, name = cuda.get_current_device(), "a card"
    try:
        raw = device.name
        name = f"{raw.decode() if isinstance(raw, bytes) else raw}, CUDA {cuda.runtime.get_version()}"
    except Exception as error:
        tell_failed("To ask for the card's name", error)
    tell(card=name, shared=getattr(device, "COMPUTE_MODE", 0) != EXCLUSIVE)


def ways() -> dict[str, int | None]:
    """Our ways that there are here."""
    from nnkernels.cuda.card import card

    try:
        has_library = card().library is not None
    except Exception as error:
        tell_failed("cuBLAS", error)
        has_library = False
    return {way: large for way, large in WAYS.items() if has_library or large != 1}


def graphics(large: int | None) -> Any:
    from nnkernels.cuda.program import Graphics

    return Graphics(large=large, say=lambda text: tell(said=text))


def ready_pass(what: str, make: Callable[[], Pass]) -> Pass | None:
    """A pass that was made once; None where that failed."""
    try:
        run = make()
        run()
    except Exception as error:
        tell_failed(what, error)
        return None
    return run


def speed(one_pass: Pass, samples: int) -> float:
    """Samples per second of passes that take a quarter of a second together."""
    passes, start = 0, time.perf_counter()
    while time.perf_counter() - start < 0.25:
        one_pass()
        passes += 1
    return passes * samples / (time.perf_counter() - start)


def speeds(runs: dict[str, Pass | None], samples: int) -> dict[str, str]:
    """A cell for each, of interleaved turns; with a rival among them the ratio of ours to it."""
    turns = [
        {side: speed(run, samples) for side, run in runs.items() if run is not None} for _ in range(PAIRS)
    ]
    cells = {side: FAILED for side, run in runs.items() if run is None}
    cells |= {side: f"{statistics.median(turn[side] for turn in turns):,.0f}" for side in turns[0]}
    for rival in RIVALS:
        if rival in turns[0] and TRAINED in turns[0]:
            ratio = statistics.median(turn[TRAINED] / turn[rival] for turn in turns)
            cells[f"{rival} ratio"] = f"{ratio:.2f}x"
    return cells


def ready_program(name: str, large: int | None) -> Any:
    """A program of a workload on the card that has made its first steps, and has most of a pass before it."""
    import numpy as np
    from workloads import WORKLOADS, program

    workload = WORKLOADS[name]
    planned, (x, y) = program(workload, graphics(large)), workload.data()
    planned.set_data(x, y, np.arange(len(x)))
    for _ in range(2):
        planned.run(1)
    return planned


def parts(name: str, large: int | None) -> list[str]:
    """The cells of a line on one step: pieces, putting it there, walker, library, copy, in a run."""
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


def rehearse(name: str) -> None:
    """Plan a workload for a card in each way, and make steps of the smallest on the simulator."""
    from workloads import WORKLOADS, program

    pieces = {way: program(WORKLOADS[name], graphics(large)) for way, large in WAYS.items()}
    counts = ", ".join(f"{way} {planned.pieces_of_a_step}" for way, planned in pieces.items())
    tell(said=f"Planned for a card: {name}; pieces of a step: {counts}.")
    tell(ready=True)
    sys.stdin.readline()
    for way, large in WAYS.items() if name == "spiral" else ():
        tell(said=f"Steps of spiral on the simulator, {way}: {parts(name, large)[0]} pieces.")
    tell(speed=dict.fromkeys([*WAYS, *RIVALS, *(f"{rival} ratio" for rival in RIVALS)], NOT_RUN))
    for way in ("walker alone", "with cuBLAS"):
        tell(way=way, step=[NOT_RUN] * (len(PARTS) + 2))


def measure(name: str) -> None:
    from workloads import WORKLOADS, ours, torchs

    workload, there = WORKLOADS[name], ways()
    runs = {
        way: ready_pass(f"{name}, {way}", lambda large=large: ours(workload, 1, graphics(large)))
        for way, large in there.items()
    }
    tell(ready=True)
    sys.stdin.readline()
    tell(speed={**speeds(runs, workload.samples), **{way: "no cuBLAS" for way in WAYS if way not in there}})
    for way, large in there.items():
        if large is not None:
            try:
                tell(way=way, step=parts(name, large))
            except Exception as error:
                tell_failed(f"{name}, {way}, one step", error)
                tell(way=way, step=[FAILED] * (len(PARTS) + 2))
    if importlib.util.find_spec("torch") is None:
        tell(speed=dict.fromkeys(RIVALS, "no PyTorch"))
        return
    for rival in RIVALS:
        run = ready_pass(f"{name}, PyTorch {rival}", lambda rival=rival: torchs(workload, rival, "cuda"))
        cells = speeds({TRAINED: runs[TRAINED], rival: run}, workload.samples)
        # Ours was measured by itself.
        tell(speed={side: cell for side, cell in cells.items() if side != TRAINED})


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("name", help="the workload")
    parser.add_argument("--dry", action="store_true", help="on numba's simulator, without a card")
    given = parser.parse_args()
    if given.dry:
        os.environ["NUMBA_ENABLE_CUDASIM"] = "1"
    sys.path[:0] = [str(ROOT), str(ROOT / "kernels"), str(Path(__file__).parent)]
    try:
        if given.name:
            rehearse(given.name) if given.dry else measure(given.name)
        else:
            tell_of_card()
    except Exception as error:
        tell_failed(given.name or "To look for a card", error)
        return 1
    tell(done=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
