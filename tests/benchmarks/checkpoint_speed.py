"""What checkpoints cost a training: samples a second with and without them, interleaved, medians of pairs.

Seconds of the clock, and of the processor: on a machine that is busy with something else only those tell.

python tests/benchmarks/checkpoint_speed.py [--every SECONDS] [--leg SECONDS] [--pairs N] [--threads T]
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import time
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from nnstudio.project import Project, open_example
from nnstudio.train_command import content_of
from nnstudio.training.checkpointer import Checkpointer
from nnstudio.training.checkpoints import identity
from nnstudio.training.session import Session
from nnstudio.training.threads import limit_threads

EXAMPLES = ("spiral", "mnist-dense", "mnist-convnet")


def leg(
    project: Project, session: Session, path: Path, every: float, seconds: float
) -> tuple[float, float, int]:
    """Samples a second of the clock and of the processor, and how many checkpoints were written."""
    content = partial(content_of, project, session)
    writer = Checkpointer(path, content, identity(path), False, every)
    steps, began, used = session.steps, time.perf_counter(), time.process_time()
    for done in session.slices(10**9):
        writer.offer(done)
        if time.perf_counter() - began >= seconds:
            break
    took = time.perf_counter() - began
    writer.close()
    used = time.process_time() - used
    if writer.problem:
        raise RuntimeError(writer.problem)
    samples = (session.steps - steps) * session.program.batch
    return samples / took, samples / used, writer.written


def measure(name: str, arguments: argparse.Namespace) -> None:
    project = open_example(name)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "p.nns"
        project.save(path)
        session = project.session(limit_threads(arguments.threads))
        one = partial(leg, project, session, path, seconds=arguments.leg)
        one(math.inf)
        ratios, written = [], 0
        for pair in range(arguments.pairs):
            speeds = {}
            # Each is first in every other pair.
            for every in ((arguments.every, math.inf), (math.inf, arguments.every))[pair % 2]:
                *speeds[every], count = one(every)
                written += count
            kept, none = speeds[arguments.every], speeds[math.inf]
            ratios.append((kept[0] / none[0], kept[1] / none[1]))
    clock, processor = zip(*ratios, strict=True)
    print(
        f"{name}, {arguments.threads} threads, {written} checkpoints, one every {arguments.every:g} s: "
        f"{_told(clock)} of the speed without, {_told(processor)} by the processor's time",
        flush=True,
    )


def _told(ratios: Sequence[float]) -> str:
    return f"{statistics.median(ratios):.4f} ({min(ratios):.3f} to {max(ratios):.3f})"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=float, default=10.0)
    parser.add_argument("--leg", type=float, default=20.0)
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("names", nargs="*", default=EXAMPLES)
    given = parser.parse_args()
    for example in given.names:
        measure(example, given)
