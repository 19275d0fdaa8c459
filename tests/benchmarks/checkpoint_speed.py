"""What it costs a training to be kept while it goes on, by checkpoints beside the project, recovery copies of
the window, and records of the run; under four minutes.

    python tests/benchmarks/checkpoint_speed.py [EXAMPLE ...] [--leg SECONDS] [--rounds N] [--threads T]

In each round a session trains on for a while with each of them and with none, in turn; what is printed are
medians of the ratios to none, by the clock and by the processor's time: on a machine that is busy with
something else only that tells. All is kept once a second, to see what it costs at all; the last number is
what that comes to at the rate of the program.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from nnstudio.project import Project, open_example
from nnstudio.runs import recorder
from nnstudio.runs.record import RunContent, RunRecord
from nnstudio.runs.recorder import RunRecorder
from nnstudio.runs.store import NOTHING, RunStore
from nnstudio.train_command import content_of
from nnstudio.training.checkpointer import SECONDS, Checkpointer
from nnstudio.training.checkpoints import identity
from nnstudio.training.curve import Epoch
from nnstudio.training.progress import Progress
from nnstudio.training.session import Session
from nnstudio.training.threads import limit_threads
from nnstudio.ui.project.autosave import Autosave
from nnstudio.ui.project.keeper import TRAINING_MS

EXAMPLES = ("spiral", "mnist-dense", "mnist-convnet")
EVERY = 1.0


@dataclass
class Keeping:
    """One way of keeping a training.

    Attributes:
        every: seconds between two times in the program.
        offer: is told of each slice; close waits until all is written; count says how often that was so far.
    """

    every: float
    offer: Callable[[Progress | Epoch], None]
    close: Callable[[], None]
    count: Callable[[], int]


def no_keeping() -> Keeping:
    return Keeping(EVERY, lambda _done: None, lambda: None, lambda: 0)


def checkpoints(project: Project, session: Session, path: Path) -> Keeping:
    content = partial(content_of, project, session)
    writer = Checkpointer(path, content, identity(path), False, EVERY)
    return Keeping(SECONDS, writer.offer, writer.close, lambda: writer.written)


def recovery_copies(project: Project, session: Session) -> Keeping:
    autosave, due, written = Autosave(), [time.monotonic() + EVERY], list[None]()

    def offer(_done: Progress | Epoch) -> None:
        if time.monotonic() >= due[0]:
            due[0] = time.monotonic() + EVERY
            project.state = session.state()
            autosave.save(project, lambda: written.append(None))

    def close() -> None:
        autosave.wait()
        if autosave.problem:
            raise RuntimeError(autosave.problem)
        autosave.discard()
        autosave.close()

    return Keeping(TRAINING_MS / 1000, offer, close, lambda: len(written))


def records(project: Project, session: Session, path: Path) -> Keeping:
    """As the record of a run that goes on is kept; the window does the same."""

    def fail(text: str) -> None:
        raise RuntimeError(text)

    saves: list[str] = []

    class Counting(RunStore):
        def save(self, record: RunRecord, content: RunContent = NOTHING) -> tuple[str, ...]:
            saves.append(record.id)
            return super().save(record, content)

    usual, recorder.SECONDS = recorder.SECONDS, EVERY
    recording = RunRecorder(Counting(), project, session, path, fail)
    recording.__enter__()

    def close() -> None:
        recording.__exit__(None, None, None)
        recorder.SECONDS = usual

    return Keeping(usual, recording.offer, close, lambda: len(saves))


def leg(session: Session, keeping: Keeping, seconds: float) -> tuple[float, float, int]:
    """Samples a second of the clock and of the processor, and how often something was kept."""
    steps, began, used = session.steps, time.perf_counter(), time.process_time()
    for done in session.slices(10**9):
        keeping.offer(done)
        if time.perf_counter() - began >= seconds:
            break
    took = time.perf_counter() - began
    keeping.close()
    used = time.process_time() - used
    samples = (session.steps - steps) * session.program.batch
    return samples / took, samples / used, keeping.count()


def measure(name: str, arguments: argparse.Namespace, folder: Path) -> None:
    """Print a line for each way of keeping."""
    project, path = open_example(name), folder / f"{name}.nns"
    project.save(path)
    session = project.session(limit_threads(arguments.threads))
    ways: dict[str, Callable[[], Keeping]] = {
        "": no_keeping,
        "checkpoints": partial(checkpoints, project, session, path),
        "recovery copies": partial(recovery_copies, project, session),
        "records of runs": partial(records, project, session, path),
    }
    # A network that learns changes what a step costs, the most at first.
    leg(session, no_keeping(), 2 * arguments.leg)
    told: dict[str, list[tuple[float, float, int, float]]] = {way: [] for way in ways}
    for number in range(arguments.rounds):
        names = list(ways)
        # Each is first, second and so on in turn.
        names = names[number % len(names) :] + names[: number % len(names)]
        speeds, every = {}, {}
        for way in names:
            keeping = ways[way]()
            every[way] = keeping.every
            speeds[way] = leg(session, keeping, arguments.leg)
        clock, processor, _ = speeds[""]
        for way, (by_clock, by_processor, count) in speeds.items():
            told[way].append((by_clock / clock, by_processor / processor, count, every[way]))
    for way, rows in told.items():
        if way:
            tell(name, way, rows, arguments)


def tell(
    name: str, way: str, rows: Sequence[tuple[float, float, int, float]], arguments: argparse.Namespace
) -> None:
    clock, processor, counts, (every, *_) = zip(*rows, strict=True)
    count = sum(counts) / len(counts)
    # Seconds of the processor for each time, as a share of the time between two in the program.
    lost = (1 - statistics.median(processor)) * arguments.leg / max(count, 1)
    print(
        f"{name:14} {way:16} {count:3.1f} in {arguments.leg:g} s: {_told(clock)} of the speed without, "
        f"{_told(processor)} by the processor's time; every {every:g} s: {1 - lost / every:.4f}",
        flush=True,
    )


def _told(ratios: Sequence[float]) -> str:
    return f"{statistics.median(ratios):.3f} ({min(ratios):.2f} to {max(ratios):.2f})"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--leg", type=float, default=3.5)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("names", nargs="*", default=EXAMPLES)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        # Nothing of the person's own is written to.
        os.environ["NNSTUDIO_DATA"] = folder
        os.environ["NNSTUDIO_CONFIG"] = folder
        for example in given.names:
            measure(example, given, Path(folder))


if __name__ == "__main__":
    main()
