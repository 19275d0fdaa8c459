"""What checkpoints cost a training: samples a second with and without them, interleaved, medians of pairs.

python tests/benchmarks/checkpoint_speed.py [--every SECONDS] [--leg SECONDS] [--pairs N] [--threads T]
"""

from __future__ import annotations

import argparse
import math
import statistics
import tempfile
import time
from functools import partial
from pathlib import Path

from nnstudio.project import Project, open_example
from nnstudio.train_command import content_of
from nnstudio.training.checkpointer import Checkpointer
from nnstudio.training.checkpoints import identity
from nnstudio.training.session import Session
from nnstudio.training.threads import limit_threads

EXAMPLES = ("spiral", "mnist-dense", "mnist-convnet")


def leg(project: Project, session: Session, path: Path, every: float, seconds: float) -> tuple[float, int]:
    """Samples a second for so long, and the checkpoints that were written."""
    content = partial(content_of, project, session)
    writer = Checkpointer(path, content, identity(path), False, every)
    steps, began = session.steps, time.perf_counter()
    for done in session.slices(10**9):
        writer.offer(done)
        if time.perf_counter() - began >= seconds:
            break
    took = time.perf_counter() - began
    writer.close()
    if writer.problem:
        raise RuntimeError(writer.problem)
    return (session.steps - steps) * session.program.batch / took, writer.written


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
                speeds[every], count = one(every)
                written += count
            ratios.append(speeds[arguments.every] / speeds[math.inf])
    print(
        f"{name}, {arguments.threads} threads: {statistics.median(ratios):.3f} of the speed without "
        f"({min(ratios):.3f} to {max(ratios):.3f}), {written} checkpoints every {arguments.every:g} s",
        flush=True,
    )


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
