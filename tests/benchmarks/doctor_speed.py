"""What the doctor costs a training at full speed: steps a second with and without it, interleaved.

The worker trains as it does for the window; the doctor's reports are taken as the window takes them. Ratios
are medians of pairs, of the clock and of the processor's time: on a machine that is busy with something else
only the latter tells.

python tests/benchmarks/doctor_speed.py [--leg SECONDS] [--pairs N] [--threads T] [EXAMPLE ...]
"""

from __future__ import annotations

import argparse
import statistics
import time

from nnstudio.doctor.probe import DoctorProbe
from nnstudio.project import open_example
from nnstudio.training.messages import Job, Phase
from nnstudio.training.threads import limit_threads
from nnstudio.training.worker import Worker

EXAMPLES = ("spiral", "mnist-dense", "mnist-convnet")
# As often as the window polls while it races.
POLL_SECONDS = 0.12


def settle(worker: Worker, seconds: float, is_watched: bool) -> None:
    """Wait for the first report, which may take half of the time, as that of any view; of a large network
    none may come in so many seconds.
    """
    began = time.perf_counter()
    while is_watched and time.perf_counter() - began < seconds:
        if worker.take_result("doctor", worker.snapshot().start) is not None:
            return
        time.sleep(POLL_SECONDS)


def leg(worker: Worker, seconds: float, is_watched: bool) -> tuple[float, float, int]:
    """Steps a second of the clock and of the processor, and how many reports came."""
    worker.set_probe("doctor", DoctorProbe(()) if is_watched else None, True)
    settle(worker, seconds, is_watched)
    before, began, used, reports = worker.snapshot().steps, time.perf_counter(), time.process_time(), 0
    while time.perf_counter() - began < seconds:
        time.sleep(POLL_SECONDS)
        reports += worker.take_result("doctor", worker.snapshot().start) is not None
    steps = worker.snapshot().steps - before
    return steps / (time.perf_counter() - began), steps / (time.process_time() - used), reports


def measure(name: str, arguments: argparse.Namespace) -> None:
    project = open_example(name)
    document, data = project.document, project.load_data()
    worker = Worker()
    try:
        worker.set_full_speed(True)
        settings = document.settings.with_option("epochs", 1_000_000)
        threads = limit_threads(arguments.threads)
        worker.load(Job(1, document.to_network(), data, settings, threads))
        worker.start()
        while worker.snapshot().phase != Phase.RUNNING:
            time.sleep(0.02)
        ratios, reports = [], 0
        for pair in range(arguments.pairs):
            speeds = {}
            # Each is first in every other pair.
            for is_watched in ((True, False), (False, True))[pair % 2]:
                *speeds[is_watched], count = leg(worker, arguments.leg, is_watched)
                reports += count
            (clock, used), (clock_without, used_without) = speeds[True], speeds[False]
            ratios.append((clock / clock_without, used / used_without))
        by_clock, by_processor = (statistics.median(part) for part in zip(*ratios, strict=True))
        print(
            f"{name}, {threads} threads, {reports} reports: {by_clock:.4f} of the speed without, "
            f"{by_processor:.4f} by the processor's time",
            flush=True,
        )
    finally:
        worker.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--leg", type=float, default=4.0)
    parser.add_argument("--pairs", type=int, default=7)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("names", nargs="*", default=EXAMPLES)
    given = parser.parse_args()
    for example in given.names:
        measure(example, given)
