"""How fast the loss surface comes: first picture and all of it, and pictures a second while it trains.

    python tests/benchmarks/surface_speed.py

Of a network that rests, medians of three runs: seconds until the first and the finest picture of 33 x 33
on 512 samples. Of `spiral` while it trains on the worker's thread: pictures of 31 x 31 on 256 samples in a
second, at the speed for watching and at full speed. No window is open. Runs under any screen, or none.
"""

from __future__ import annotations

import os
import statistics
import time

from nnstudio.explain.surface import SurfaceProbe
from nnstudio.project import open_example
from nnstudio.training.messages import Job
from nnstudio.training.worker import Worker

SECONDS = 8.0


def resting(name: str) -> None:
    """First and last picture of a network that was trained for a moment."""
    session = open_example(name).session(os.cpu_count() or 1)
    for _ in range(30):
        session.single_step()
    firsts, lasts = [], []
    for _ in range(3):
        started = time.perf_counter()
        times = [(time.perf_counter() - started, r) for r in SurfaceProbe(size=33).run(session) if r]
        firsts.append(times[0][0])
        lasts.append(times[-1][0])
        size, samples = times[0][1].values.shape[0], times[0][1].samples
    first, last = statistics.median(firsts), statistics.median(lasts)
    print(
        f"{name:<15} {size}x{size} after {first:.2f} s, 33x33 after {last:.2f} s ({samples} samples)",
        flush=True,
    )


def live(full_speed: bool) -> None:
    """Pictures a second of spiral while it trains."""
    project = open_example("spiral")
    data, worker = project.load_data(), Worker()
    settings = project.document.settings.with_option("epochs", 1_000_000)
    worker.load(Job(1, project.document.to_network(), data, settings, os.cpu_count() or 1))
    worker.set_full_speed(full_speed)
    worker.set_probe("surface", SurfaceProbe(size=31, samples=256))
    worker.start()
    while worker.take_result("surface", worker.snapshot().start) is None:
        time.sleep(0.01)
    steps, seen, started = set(), 0, time.perf_counter()
    while time.perf_counter() - started < SECONDS:
        result = worker.take_result("surface", worker.snapshot().start)
        if result is not None:
            seen += 1
            steps.add(result.step)
        time.sleep(0.002)
    worker.close()
    speed = "full speed" if full_speed else "60 epochs a second"
    print(f"spiral, {speed}: {seen / SECONDS:.1f} pictures a second, of {len(steps)} steps", flush=True)


def main() -> None:
    for name in ("mnist-convnet", "mnist-dense", "spiral"):
        resting(name)
    for full_speed in (False, True):
        live(full_speed)


if __name__ == "__main__":
    main()
