"""The process that carries out a sweep for the window: python -m nnstudio.sweep.process.

Reads one `Job` from its input, then writes an `Event` a line. It ends when its input is closed: because a
person asks for that, or because the window is gone. What was trained until then is kept.
"""

from __future__ import annotations

import math
import os
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import BinaryIO

import msgspec

from nnstudio.project import Project
from nnstudio.project_name import begin_as
from nnstudio.runs.store import RunStore
from nnstudio.sweep.comparison import spread_of
from nnstudio.sweep.keeping import SweepKeeper
from nnstudio.sweep.messages import Begun, Event, Finished, Job, Progress, Setting, Told
from nnstudio.sweep.order import carry_out, check_installed
from nnstudio.sweep.plan import Metric, Plan, check_plan, check_start
from nnstudio.sweep.report import verdict
from nnstudio.sweep.results import News, TrialResult, WorkerEnded, WorkersAwaited
from nnstudio.sweep.tally import Tally, best_run
from nnstudio.sweep.trial import REFUSALS, ClusterError
from nnstudio.training.priority import lower_priority

NO_MEMORY = "This machine does not have enough memory."


def serve(job: Job, tell: Callable[[Event], None], is_over: Callable[[], bool]) -> None:
    """Carry out a sweep, tell what happens, and leave it early once ``is_over`` says so.

    What a person can mend is told and not raised.
    """
    try:
        check_installed()
        project = _opened(job)
        plan = job.order.plan(project.document)
        data = project.load_data()
        check_start(plan, project, data)
        tell(Begun(plan.total, tuple(check_plan(plan, project, data))))
        path = Path(job.path) if job.path else None
        keeper = SweepKeeper(RunStore(), project, path, data, job.shared.id)
        _go_through(job, plan, keeper, tell, is_over)
    except (*REFUSALS, ClusterError) as error:
        tell(Finished(str(error) or NO_MEMORY))
    else:
        tell(Finished())


def _opened(job: Job) -> Project:
    project = job.shared.opened()
    begin_as(project, job.name)
    if job.shared.path:
        project.link_data(Path(job.shared.path))
    return project


def _go_through(
    job: Job, plan: Plan, keeper: SweepKeeper, tell: Callable[[Event], None], is_over: Callable[[], bool]
) -> None:
    tally, told = Tally(plan), -1
    with closing(carry_out(job.order, plan, keeper)) as news:
        for event in news:
            tally.take(event)
            for message in _messages(event, tally, keeper):
                tell(message)
            if tally.trainings != told:
                told = tally.trainings
                tell(Progress(told))
            if is_over():
                break


def _messages(event: News, tally: Tally, keeper: SweepKeeper) -> Iterator[Event]:
    """What there is to tell of it; what was trained is kept before it is told."""
    if isinstance(event, WorkerEnded | WorkersAwaited):
        yield Told(event.sentence)
    elif isinstance(event, TrialResult):
        yield from map(Told, list(keeper.keep(event)))
        yield setting_of(event, tally)


def setting_of(result: TrialResult, tally: Tally) -> Setting:
    """A setting that is through, without what was trained."""
    plan = tally.plan
    values = list(result.by_repeat(plan.metric).values())
    best = best_run(result, plan)
    run = best.outcome.state.run if best is not None and best.outcome.state is not None else ""
    return Setting(
        result.number, result.values, result.status, result.value,
        spread_of(values).deviation if result.value is not None else None, result.epochs, len(result.runs),
        result.message, run, tuple(verdict(tally.results, plan)), _mean(result, plan.metric.other),
        sum(run.outcome.seconds for run in result.runs),
    )  # fmt: skip


def _mean(result: TrialResult, metric: Metric) -> float | None:
    values = list(result.by_repeat(metric).values())
    return spread_of(values).mean if values and all(map(math.isfinite, values)) else None


def _own_output() -> BinaryIO:
    """The pipe to the window; what anything else prints, workers included, goes to where errors go."""
    output = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return output


def _await_end(over: threading.Event) -> None:
    # Not through the buffer that the main thread reads: it would be locked when the interpreter ends.
    with suppress(OSError):
        while os.read(0, 1024):
            pass
    over.set()


def main() -> None:
    """Serve the window that started this process."""
    # Ctrl+C reaches all processes of a terminal; the window decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    lower_priority()
    output, over = _own_output(), threading.Event()
    job = msgspec.json.decode(sys.stdin.buffer.readline(), type=Job)
    threading.Thread(target=_await_end, args=(over,), daemon=True).start()

    def tell(event: Event) -> None:
        # Without a window, the end of the input has been seen, too.
        with suppress(BrokenPipeError):
            output.write(msgspec.json.encode(event) + b"\n")
            output.flush()

    serve(job, tell, over.is_set)


if __name__ == "__main__":
    main()
